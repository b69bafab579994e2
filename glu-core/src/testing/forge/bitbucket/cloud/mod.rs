//! Bitbucket Cloud's dialect, after dac-static.atlassian.com/cloud/bitbucket/swagger.v3.json: lists in pages by `next`, commits in short, whole
//! replacement on `PUT`, scopes.

mod query;
mod routes;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::server::{Reply, Request, Server};
use super::super::{Hosted, Refused};
use super::strict::Faults;
use crate::credential::{Credential, Secret};
use crate::forge::bitbucket::Cloud;
use crate::forge::client::Limits;
use crate::forge::{Kind, Place};

/// The access token that it accepts.
pub const TOKEN: &str = "ATCTT3xFfGN0-0123456789abcdefghij";
/// Whose API token it accepts, and which.
pub const API_TOKEN: (&str, &str) = ("ada@example.com", "ATATT3xFfGF0-0123456789abcdefghij");

/// A server that speaks as Bitbucket Cloud does, over a forge in memory.
pub struct BitbucketCloudServer {
    server: Server,
    dialect: Arc<Dialect>,
}

/// What Bitbucket keeps besides what every forge does.
struct Dialect {
    hosted: Arc<Hosted>,
    faults: Faults,
    /// No page is longer, whatever is asked for.
    longest_page: Mutex<usize>,
    /// What the token may do.
    scopes: Mutex<BTreeSet<&'static str>>,
    /// Who was asked for a review of which pull request, which stays so when they answer.
    reviewers: Mutex<BTreeMap<u64, BTreeSet<String>>>,
    /// The keys of statuses, by the commit and the name.
    keys: Mutex<BTreeMap<(String, String), String>>,
}

/// How an answer goes on from what the forge said.
enum Said {
    /// This, with a status.
    Json(u16, Value),
    /// One page of this list.
    List(Vec<Value>),
}

impl BitbucketCloudServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(hosted: Arc<Hosted>) -> Self {
        let dialect = Arc::new(Dialect {
            hosted,
            faults: Faults::default(),
            longest_page: Mutex::new(100),
            scopes: Mutex::new(["account", "pullrequest:write", "repository:write"].into()),
            reviewers: Mutex::default(),
            keys: Mutex::default(),
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
    pub fn connect(&self) -> Cloud {
        self.connect_as(Credential::AccessToken(Secret::new(TOKEN)))
    }

    /// A connection with another credential.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect_as(&self, credential: Credential) -> Cloud {
        let place = Place {
            kind: Kind::Bitbucket,
            host: "bitbucket.org".to_owned(),
            scheme: "https",
            path: self.dialect.hosted.name().to_owned(),
            url: Some(format!("{}/2.0", self.server.url())),
            credential,
            variable: None,
            credential_place: "the test".to_owned(),
            ca_cert_path: None,
            insecure_skip_tls: false,
            clock: self.dialect.hosted.clock.clone(),
            limits: Limits::default(),
        };
        Cloud::connect(&place).expect("the forge in memory can be connected to")
    }

    /// Makes pages at most this long.
    pub fn longest_page(&self, items: usize) {
        *lock(&self.dialect.longest_page) = items;
    }

    /// Takes a scope from the token.
    pub fn revoke(&self, scope: &str) {
        lock(&self.dialect.scopes).remove(scope);
    }
}

impl Drop for BitbucketCloudServer {
    fn drop(&mut self) {
        self.dialect.faults.complain();
    }
}

impl Dialect {
    fn answer(&self, request: &Request) -> Reply {
        if !is_known(request) {
            return complaint(401, "Token is invalid, expired, or not supported for this endpoint.");
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Some((operation, rule)) = routes::find(&request.method, &segments) else {
            self.faults.note(request, "there is no such operation");
            return complaint(404, "Resource not found");
        };
        if !self.faults.judge(request, &rule) {
            return complaint(400, "Bad request");
        }
        let missing = || {
            let granted: Vec<&str> = lock(&self.scopes).iter().copied().collect();
            let body = json!({"type": "error", "error": {
                "message": "Your credentials lack one or more required privilege scopes.",
                "detail": {"granted": granted, "required": [rule.scope]},
            }});
            Reply::json(403, &body)
                .header("x-oauth-scopes", granted.join(", "))
                .header("x-accepted-oauth-scopes", rule.scope)
        };
        if !self.has(rule.scope) {
            return missing();
        }
        match self.perform(operation, request) {
            Ok(Said::Json(status, body)) => Reply::json(status, &body),
            Ok(Said::List(items)) => self.page(request, items),
            Err(Refused::NotFound) => complaint(404, "Resource not found"),
            Err(Refused::Forbidden) => missing(),
            Err(Refused::Invalid(reason)) => complaint(400, &reason),
            Err(Refused::Conflict(reason)) => complaint(409, &reason),
            Err(Refused::Broken) => Reply::text(503, "text/html", "<html><body>Oops!</body></html>"),
        }
    }

    /// Whether the token may; who may write may read.
    fn has(&self, scope: &str) -> bool {
        let scopes = lock(&self.scopes);
        scopes.contains(scope) || scopes.iter().any(|granted| *granted == format!("{scope}:write"))
    }

    fn page(&self, request: &Request, items: Vec<Value>) -> Reply {
        let number = |name: &str| request.parameter(name).map(str::parse::<usize>);
        let most = if request.path.ends_with("/pullrequests") { 50 } else { 100 };
        let (wanted, page) = match (number("pagelen").unwrap_or(Ok(10)), number("page").unwrap_or(Ok(1))) {
            (Ok(wanted), Ok(page)) if (1..=most).contains(&wanted) && page > 0 => (wanted, page),
            _ => return complaint(400, "Invalid pagelen"),
        };
        let length = wanted.min(*lock(&self.longest_page));
        let size = items.len();
        let values: Vec<Value> = items.into_iter().skip((page - 1) * length).take(length).collect();
        let mut body = json!({"size": size, "page": page, "pagelen": length, "values": values});
        if page * length < size {
            let others = request.query.iter().filter(|(name, _)| name != "page");
            let mut query: Vec<(&str, &str)> =
                others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let next = (page + 1).to_string();
            query.push(("page", &next));
            let host = request.header("host").unwrap_or_default();
            body["next"] = json!(format!("http://{host}{}?{}", request.path, crate::http::form(&query)));
        }
        Reply::json(200, &body)
    }
}

/// Whether the credential is good.
fn is_known(request: &Request) -> bool {
    let (user, token) = API_TOKEN;
    let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{token}")));
    let given = request.header("authorization").unwrap_or_default();
    given == format!("Bearer {TOKEN}") || given == basic
}

fn complaint(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"type": "error", "error": {"message": message}}))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
