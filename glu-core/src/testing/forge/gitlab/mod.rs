//! GitLab's dialect over the forge in memory, after docs.gitlab.com/api: its paths, its shapes, its words when it refuses, its pages by number and by
//! cursor, its limits. Whatever is not documented is refused, and the server fails the test when it goes.

mod documented;
mod routes;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use super::{Hosted, Refused};
use crate::credential::{Credential, Secret};
use crate::forge::client::Limits;
use crate::forge::gitlab::{Connection, GitLab};

/// The token that may do everything.
pub const TOKEN: &str = "glpat-0123456789abcdefghij";
/// A token that may only read.
pub const READER: &str = "glpat-read0000000000000000";
/// A job's own token.
pub const JOB: &str = "glcbt-64_0123456789abcdefghij";

/// A server that speaks as GitLab does, over a forge in memory.
pub struct GitLabServer {
    server: Server,
    dialect: Arc<Dialect>,
}

/// What GitLab keeps besides what every forge does.
struct Dialect {
    hosted: Arc<Hosted>,
    /// How many requests remain until when, if anybody counts.
    window: Mutex<Option<(u64, Timestamp)>>,
    /// No page is longer, whatever is asked for.
    longest_page: Mutex<usize>,
    /// Whether lists go on by a cursor, which only the link tells.
    by_cursor: Mutex<bool>,
    /// How often it still has to be asked before it knows whether something merges.
    unchecked: Mutex<usize>,
    /// Whether there is one reviewer and one assignee at most.
    is_free: Mutex<bool>,
    /// Who may not see the project.
    outsiders: Mutex<BTreeSet<String>>,
    deployed: Mutex<Vec<Deployed>>,
    /// Where environments are, by their names.
    environments: Mutex<BTreeMap<String, String>>,
    /// What was asked that is not documented.
    faults: Mutex<Vec<String>>,
}

/// A deployment that somebody made.
#[derive(Clone)]
struct Deployed {
    id: u64,
    commit: String,
    environment: String,
    branch: String,
    status: String,
}

/// What the forge said.
enum Said {
    /// This, with a status.
    Json(u16, Value),
    /// One page of this list.
    List(Vec<Value>),
}

impl GitLabServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(hosted: Arc<Hosted>) -> Self {
        let dialect = Arc::new(Dialect {
            hosted,
            window: Mutex::default(),
            longest_page: Mutex::new(100),
            by_cursor: Mutex::default(),
            unchecked: Mutex::default(),
            is_free: Mutex::default(),
            outsiders: Mutex::default(),
            deployed: Mutex::default(),
            environments: Mutex::default(),
            faults: Mutex::default(),
        });
        let answering = dialect.clone();
        let server = Server::start(move |request| answering.answer(request));
        Self { server, dialect }
    }

    /// The address of the API.
    pub fn api(&self) -> String {
        format!("{}/api/v4", self.server.url())
    }

    /// The server, to see what it is asked and to let things go wrong.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A connection to the project, with the token that may do everything.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect(&self) -> GitLab {
        self.connect_as(Credential::AccessToken(Secret::new(TOKEN)))
    }

    /// A connection with another credential.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect_as(&self, credential: Credential) -> GitLab {
        GitLab::connect(&Connection {
            api: self.api(),
            project: self.dialect.hosted.name().to_owned(),
            credential: Some(credential),
            is_job: false,
            ca_cert_path: None,
            insecure_skip_tls: false,
            clock: self.dialect.hosted.clock.clone(),
            limits: Limits::default(),
        })
        .expect("the forge in memory can be connected to")
    }

    /// Makes pages at most this long.
    pub fn longest_page(&self, items: usize) {
        *lock(&self.dialect.longest_page) = items;
    }

    /// Lets lists go on by a cursor instead of by numbers.
    pub fn page_by_cursor(&self) {
        *lock(&self.dialect.by_cursor) = true;
    }

    /// Does not know whether something merges until it was asked so often.
    pub fn takes_its_time(&self, asked: usize) {
        *lock(&self.dialect.unchecked) = asked;
    }

    /// Keeps one reviewer and one assignee, as GitLab Free does.
    pub fn is_free(&self) {
        *lock(&self.dialect.is_free) = true;
    }

    /// Has a user who may not see the project.
    pub fn shut_out(&self, login: &str) {
        lock(&self.dialect.outsiders).insert(login.to_owned());
    }

    /// Lets so many requests through for so long; after that, as many again.
    pub fn allow(&self, requests: u64, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let reset = self.dialect.hosted.now().saturating_add(time).unwrap_or(Timestamp::MAX);
        *lock(&self.dialect.window) = Some((requests, reset));
    }

    /// What was asked so far that is not documented. Whoever takes it has seen it.
    pub fn take_faults(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.dialect.faults))
    }
}

impl Drop for GitLabServer {
    fn drop(&mut self) {
        let faults = self.take_faults();
        assert!(std::thread::panicking() || faults.is_empty(), "GitLab does not know: {faults:?}");
    }
}

impl Dialect {
    fn answer(&self, request: &Request) -> Reply {
        if !self.count() {
            let until = lock(&self.window).map_or(Timestamp::MIN, |(_, reset)| reset);
            let wait = until.duration_since(self.hosted.now()).as_secs().max(0);
            let reply =
                Reply::text(429, "text/plain", "Retry later\n").header("retry-after", wait.to_string());
            return self.with_limits(reply);
        }
        let reply = match self.said(request) {
            Ok(said) => self.reply(request, said),
            Err(reply) => reply,
        };
        self.with_limits(reply)
    }

    fn said(&self, request: &Request) -> Result<Said, Reply> {
        let fault = |reason: &str| {
            lock(&self.faults).push(format!("{} {}: {reason}", request.method, request.path));
            Reply::json(400, &json!({"error": reason}))
        };
        let segments = request.segments();
        let ["api", "v4", ..] = segments.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
            return Err(fault("the path is not below /api/v4"));
        };
        let segments = &segments[2..];
        let endpoint = documented::find(request, segments).map_err(|reason| fault(&reason))?;
        self.may_ask(request, endpoint.is_for_jobs)?;
        let pieces: Vec<&str> = segments.iter().map(String::as_str).collect();
        let said = match pieces.as_slice() {
            ["users"] => self.users(request),
            ["projects", project, rest @ ..] if *project == self.hosted.name() => self.route(request, rest),
            ["projects", ..] => return Err(complaint(404, "404 Project Not Found")),
            _ => Err(Refused::NotFound),
        };
        said.map_err(|refused| refusal(&refused))
    }

    /// Whether the credential is good, and for this.
    fn may_ask(&self, request: &Request, is_for_jobs: bool) -> Result<(), Reply> {
        match (request.header("private-token"), request.header("job-token")) {
            (Some(TOKEN), None) => Ok(()),
            (Some(READER), None) if request.method == "GET" => Ok(()),
            (Some(READER), None) => {
                let words = "The request requires higher privileges than provided by the access token.";
                let body = json!({"error": "insufficient_scope", "error_description": words, "scope": "api"});
                Err(Reply::json(403, &body))
            }
            (None, Some(JOB)) if is_for_jobs => Ok(()),
            // There, it is nobody.
            (None, Some(JOB)) if request.method == "GET" => Err(complaint(404, "404 Project Not Found")),
            _ => Err(complaint(401, "401 Unauthorized")),
        }
    }

    /// Counts a request, and says whether there was one left.
    fn count(&self) -> bool {
        let mut window = lock(&self.window);
        match &mut *window {
            None => true,
            Some((_, reset)) if *reset <= self.hosted.now() => {
                *window = None;
                true
            }
            Some((0, _)) => false,
            Some((remaining, _)) => {
                *remaining -= 1;
                true
            }
        }
    }

    fn with_limits(&self, reply: Reply) -> Reply {
        match *lock(&self.window) {
            None => reply,
            Some((remaining, reset)) => reply
                .header("ratelimit-limit", "2000")
                .header("ratelimit-name", "throttle_authenticated_api")
                .header("ratelimit-observed", (2000u64.saturating_sub(remaining)).to_string())
                .header("ratelimit-remaining", remaining.to_string())
                .header("ratelimit-reset", reset.as_second().to_string()),
        }
    }

    fn reply(&self, request: &Request, said: Said) -> Reply {
        let (status, body, headers) = match said {
            Said::Json(status, body) => (status, body, Vec::new()),
            Said::List(items) => {
                let (items, headers) = self.page(request, items);
                (200, Value::Array(items), headers)
            }
        };
        let mut hasher = DefaultHasher::new();
        body.to_string().hash(&mut hasher);
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        let is_unchanged = request.method == "GET" && request.header("if-none-match") == Some(tag.as_str());
        let reply = if is_unchanged { Reply::status(304) } else { Reply::json(status, &body) };
        let reply = if request.method == "GET" { reply.header("etag", tag) } else { reply };
        headers.into_iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }

    /// One page, and the headers that lead to the others.
    fn page(&self, request: &Request, items: Vec<Value>) -> (Vec<Value>, Vec<(&'static str, String)>) {
        let number = |name: &str| request.parameter(name).and_then(|value| value.parse::<usize>().ok());
        let length = number("per_page").unwrap_or(20).clamp(1, *lock(&self.longest_page));
        let host = request.header("host").unwrap_or_default();
        let link = |name: &str, value: &str, relation: &str| {
            let others = request.query.iter().filter(|(known, _)| known != name);
            let mut query: Vec<(&str, &str)> =
                others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            query.push((name, value));
            let query = crate::http::form(&query);
            format!("<http://{host}{}?{query}>; rel=\"{relation}\"", request.path)
        };
        if *lock(&self.by_cursor) {
            let start =
                request.parameter("cursor").and_then(|cursor| cursor.strip_prefix("after-")?.parse().ok());
            let start: usize = start.unwrap_or(0);
            let next = (start + length < items.len())
                .then(|| ("link", link("cursor", &format!("after-{}", start + length), "next")));
            return (items.into_iter().skip(start).take(length).collect(), next.into_iter().collect());
        }
        let page = number("page").unwrap_or(1).max(1);
        let last = items.len().div_ceil(length).max(1);
        let next = (page < last).then(|| (page + 1).to_string());
        let mut links = vec![link("page", "1", "first"), link("page", &last.to_string(), "last")];
        if let Some(next) = &next {
            links.insert(0, link("page", next, "next"));
        }
        let headers = vec![
            ("x-page", page.to_string()),
            ("x-per-page", length.to_string()),
            ("x-next-page", next.unwrap_or_default()),
            ("x-total", items.len().to_string()),
            ("x-total-pages", last.to_string()),
            ("link", links.join(", ")),
        ];
        (items.into_iter().skip((page - 1) * length).take(length).collect(), headers)
    }
}

/// A refusal in GitLab's words.
fn refusal(refused: &Refused) -> Reply {
    match refused {
        Refused::NotFound => complaint(404, "404 Not found"),
        Refused::Forbidden => complaint(403, "403 Forbidden"),
        Refused::Broken => {
            Reply::text(502, "text/html", "<html><body>GitLab is not responding</body></html>")
        }
        Refused::Conflict(reason) => Reply::json(409, &json!({"message": [reason]})),
        Refused::Invalid(reason) if reason.starts_with("405") => complaint(405, reason),
        Refused::Invalid(reason) => complaint(400, reason),
    }
}

fn complaint(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
