//! Bitbucket Data Center's dialect, after dac-static.atlassian.com/server/bitbucket: lists in pages by `nextPageStart`, versions of what can be
//! changed, exceptions by name, a missing permission as a 401.

mod act;
mod routes;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::super::server::{Reply, Request, Server};
use super::super::{Hosted, Refused};
use super::strict::Faults;
use crate::credential::{Credential, Secret};
use crate::forge::bitbucket::DataCenter;
use crate::forge::client::Limits;
use crate::forge::{Kind, Place};

/// The HTTP access token that it accepts.
pub const HTTP_ACCESS_TOKEN: &str = "BBDC-NDEyMzQ1Njc4OTAx0123456789abcdef";

/// A server that speaks as Bitbucket Data Center does, over a forge in memory.
pub struct BitbucketDataCenterServer {
    server: Server,
    dialect: Arc<Dialect>,
}

/// What Bitbucket keeps besides what every forge does.
struct Dialect {
    hosted: Arc<Hosted>,
    faults: Faults,
    longest_page: Mutex<usize>,
    /// What the token may not do.
    revoked: Mutex<BTreeSet<String>>,
    /// How often somebody else is quicker than a change.
    interferences: Mutex<usize>,
    /// The versions of pull requests and comments that were changed.
    versions: Mutex<BTreeMap<(Kept, u64), u64>>,
    /// Who was asked for a review of which pull request, which stays so when they answer.
    reviewers: Mutex<BTreeMap<u64, BTreeSet<String>>>,
    /// The keys of statuses, by the commit and the name.
    keys: Mutex<BTreeMap<(String, String), String>>,
    /// Deployments by environment, key and number.
    deployed: Mutex<BTreeMap<(String, String, i64), String>>,
}

/// What has a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    Pull,
    Comment,
}

/// How an answer goes on from what the forge said.
enum Said {
    /// This, with a status.
    Json(u16, Value),
    /// Nothing.
    Nothing,
    /// One page of this list.
    List(Vec<Value>),
}

/// A refusal: by the forge, or in this dialect's own words.
enum Complaint {
    Refused(Refused),
    /// A status, the exception, and the first error with what else is in it.
    Exception(u16, &'static str, Value),
}

impl BitbucketDataCenterServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(hosted: Arc<Hosted>) -> Self {
        let dialect = Arc::new(Dialect {
            hosted,
            faults: Faults::default(),
            longest_page: Mutex::new(1000),
            revoked: Mutex::default(),
            interferences: Mutex::default(),
            versions: Mutex::default(),
            reviewers: Mutex::default(),
            keys: Mutex::default(),
            deployed: Mutex::default(),
        });
        let answering = dialect.clone();
        let server = Server::start(move |request| answering.answer(request));
        Self { server, dialect }
    }

    /// The server, to see what it is asked and to let things go wrong.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A connection to the repository, with the token that is accepted.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect(&self) -> DataCenter {
        self.connect_as(Credential::AccessToken(Secret::new(HTTP_ACCESS_TOKEN)))
    }

    /// A connection with another credential.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect_as(&self, credential: Credential) -> DataCenter {
        let place = Place {
            kind: Kind::BitbucketDataCenter,
            host: self.server.url().trim_start_matches("http://").to_owned(),
            scheme: "http",
            path: format!("scm/{}", self.dialect.hosted.name()),
            url: None,
            credential,
            variable: None,
            credential_place: "the test".to_owned(),
            ca_cert_path: None,
            insecure_skip_tls: false,
            clock: self.dialect.hosted.clock.clone(),
            limits: Limits::default(),
        };
        DataCenter::connect(&place).expect("the forge in memory can be connected to")
    }

    /// Makes pages at most this long.
    pub fn longest_page(&self, items: usize) {
        *lock(&self.dialect.longest_page) = items;
    }

    /// Takes a permission from the token: `REPO_READ`, `REPO_WRITE`.
    pub fn revoke(&self, permission: &str) {
        lock(&self.dialect.revoked).insert(permission.to_owned());
    }

    /// Lets somebody else be quicker than the next changes, so often.
    pub fn interfere(&self, times: usize) {
        *lock(&self.dialect.interferences) = times;
    }

    /// How many deployments there are, however far each of them is.
    pub fn deployments(&self) -> usize {
        lock(&self.dialect.deployed).len()
    }
}

impl Drop for BitbucketDataCenterServer {
    fn drop(&mut self) {
        self.dialect.faults.complain();
    }
}

impl Dialect {
    fn answer(&self, request: &Request) -> Reply {
        if request.header("authorization") != Some(format!("Bearer {HTTP_ACCESS_TOKEN}").as_str()) {
            let words = "Authentication failed. Please check your credentials and try again.";
            return exception(
                401,
                "auth.IncorrectPasswordAuthenticationException",
                json!({"message": words}),
            );
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Some((operation, rule)) = routes::find(&request.method, &segments) else {
            self.faults.note(request, "there is no such operation");
            return exception(404, "NoSuchObjectException", json!({"message": "There is no such resource."}));
        };
        if !self.faults.judge(request, &rule) {
            return exception(400, "ValidationException", json!({"message": "The request is malformed."}));
        }
        // What is not sent as JSON might be sent by a browser that somebody deceived.
        if request.method != "GET" && request.header("content-type") != Some("application/json") {
            self.faults.note(request, "it is no JSON");
            return exception(403, "XsrfException", json!({"message": "XSRF check failed"}));
        }
        let unauthorised = || {
            let words = "You are not permitted to access this resource";
            exception(401, "AuthorisationException", json!({"message": words}))
        };
        if lock(&self.revoked).contains(rule.scope) {
            return unauthorised();
        }
        match self.perform(operation, request) {
            Ok(Said::Json(status, body)) => Reply::json(status, &body),
            Ok(Said::Nothing) => Reply::status(204),
            Ok(Said::List(items)) => self.page(request, items),
            Err(Complaint::Exception(status, name, error)) => exception(status, name, error),
            Err(Complaint::Refused(refused)) => match refused {
                Refused::NotFound => {
                    exception(404, "NoSuchObjectException", json!({"message": "There is no such thing."}))
                }
                Refused::Forbidden => unauthorised(),
                Refused::Invalid(reason) => exception(400, "ValidationException", json!({"message": reason})),
                Refused::Conflict(reason) => {
                    exception(409, "pull.PullRequestOutOfDateException", json!({"message": reason}))
                }
                Refused::Broken => Reply::text(503, "text/html", "<html><body>Starting</body></html>"),
            },
        }
    }

    fn page(&self, request: &Request, items: Vec<Value>) -> Reply {
        let number = |name: &str| request.parameter(name).and_then(|value| value.parse::<usize>().ok());
        let limit = number("limit").unwrap_or(25).clamp(1, *lock(&self.longest_page));
        let start = number("start").unwrap_or(0);
        let is_last = start + limit >= items.len();
        let values: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
        let next = if is_last { Value::Null } else { json!(start + limit) };
        let body = json!({
            "size": values.len(), "limit": limit, "start": start, "isLastPage": is_last, "nextPageStart": next,
            "values": values,
        });
        Reply::json(200, &body)
    }

    fn version(&self, what: Kept, number: u64) -> u64 {
        lock(&self.versions).get(&(what, number)).copied().unwrap_or(0)
    }

    fn touch(&self, what: Kept, number: u64) {
        *lock(&self.versions).entry((what, number)).or_default() += 1;
    }

    /// Refuses a change of what has changed since.
    fn is_current(&self, what: Kept, number: u64, version: &Value) -> Result<(), Complaint> {
        let mut interferences = lock(&self.interferences);
        if *interferences > 0 {
            *interferences -= 1;
            self.touch(what, number);
        }
        let current = self.version(what, number);
        let Some(given) = version.as_u64() else {
            return Err(Refused::Invalid("The version was not specified.".to_owned()).into());
        };
        if given == current {
            return Ok(());
        }
        let name = match what {
            Kept::Pull => "pull.PullRequestOutOfDateException",
            Kept::Comment => "comment.CommentOutOfDateException",
        };
        let words = "You are attempting to modify a pull request based on out-of-date information.";
        let error = json!({"message": words, "currentVersion": current, "expectedVersion": given});
        Err(Complaint::Exception(409, name, error))
    }
}

impl From<Refused> for Complaint {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// A refusal with the exception that it comes from.
fn exception(status: u16, name: &str, mut error: Value) -> Reply {
    error["exceptionName"] = json!(format!("com.atlassian.bitbucket.{name}"));
    if error["context"].is_null() {
        error["context"] = Value::Null;
    }
    Reply::json(status, &json!({"errors": [error]}))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
