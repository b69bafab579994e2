//! GitHub's dialect over the forge in memory, after GitHub's own description of its API (github.com/github/rest-api-description): its paths, its shapes
//! with every field that it promises, its words when it refuses, its pages, tags and limits.

mod graphql;
mod routes;
mod shape;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use super::{Hosted, Refused};
use crate::credential::{Credential, Secret};
use crate::forge::client::Limits;
use crate::forge::github::{Connection, GitHub};
use routes::Deployed;

/// The token that it accepts.
pub const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
/// The App that it knows, and its installation.
pub const APP: (u64, u64) = (4711, 815);

/// A server that speaks as GitHub does, over a forge in memory.
pub struct GitHubServer {
    server: Server,
    dialect: Arc<Dialect>,
}

/// What GitHub keeps besides what every forge does.
struct Dialect {
    hosted: Arc<Hosted>,
    /// How many requests remain until when, if anybody counts.
    window: Mutex<Option<(u64, Timestamp)>>,
    /// No page is longer, whatever is asked for.
    longest_page: Mutex<usize>,
    /// Installation tokens, and until when they are good.
    tokens: Mutex<BTreeMap<String, Timestamp>>,
    /// What the installation may do.
    granted: Mutex<BTreeMap<String, String>>,
    deployed: Mutex<Vec<Deployed>>,
}

/// How an answer goes on from what the forge said.
enum Said {
    /// This, with a status.
    Json(u16, Value),
    /// One page of this list, within this object where there is one.
    List(Vec<Value>, Option<(&'static str, Value)>),
}

impl GitHubServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(hosted: Arc<Hosted>) -> Self {
        let granted = ["checks", "contents", "deployments", "pull_requests", "statuses"];
        let dialect = Arc::new(Dialect {
            hosted,
            window: Mutex::default(),
            longest_page: Mutex::new(100),
            tokens: Mutex::default(),
            granted: Mutex::new(granted.map(|name| (name.to_owned(), "write".to_owned())).into()),
            deployed: Mutex::default(),
        });
        let answering = dialect.clone();
        let server = Server::start(move |request| answering.answer(request));
        Self { server, dialect }
    }

    /// The address of the API, as an Enterprise server has it.
    pub fn api(&self) -> String {
        format!("{}/api/v3", self.server.url())
    }

    /// The server, to see what it is asked and to let things go wrong.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A connection to the repository, with the token that is accepted.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect(&self) -> GitHub {
        self.connect_as(Credential::AccessToken(Secret::new(TOKEN)))
    }

    /// A connection with another credential.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect_as(&self, credential: Credential) -> GitHub {
        GitHub::connect(&Connection {
            api: self.api(),
            repository: self.dialect.hosted.name().to_owned(),
            credential: Some(credential),
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

    /// Lets so many requests through for so long; after that, as many again.
    pub fn allow(&self, requests: u64, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let reset = self.dialect.hosted.now().saturating_add(time).unwrap_or(Timestamp::MAX);
        *lock(&self.dialect.window) = Some((requests, reset));
    }

    /// Takes a permission from the App's installation.
    pub fn revoke(&self, permission: &str) {
        lock(&self.dialect.granted).remove(permission);
    }

    /// Ends all the tokens that the App was given.
    pub fn revoke_tokens(&self) {
        lock(&self.dialect.tokens).clear();
    }
}

impl Dialect {
    fn answer(&self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/api/v3").unwrap_or(&request.path);
        let reply = match self.may_ask(request, path) {
            Err(refusal) => refusal,
            Ok(()) => {
                let Some(limits) = self.count() else {
                    let reply = complaint(403, "API rate limit exceeded for user ID 1.");
                    return self.with_limits(reply);
                };
                match self.said(request, path) {
                    Ok(said) => {
                        let reply = self.reply(request, said);
                        if reply.is_unchanged {
                            *lock(&self.window) = limits;
                        }
                        reply.reply
                    }
                    Err(refused) => refusal(request, path, &refused),
                }
            }
        };
        self.with_limits(reply)
    }

    fn said(&self, request: &Request, path: &str) -> Result<Said, Refused> {
        if path.ends_with("/graphql") {
            return Ok(self.graphql(&request.json()));
        }
        let segments: Vec<String> =
            request.segments().into_iter().skip(usize::from(request.path != path) * 2).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["app", "installations", installation, rest @ ..] => self.app(request, installation, rest),
            ["repos", owner, name, rest @ ..] if format!("{owner}/{name}") == self.hosted.name() => {
                self.route(request, rest)
            }
            _ => Err(Refused::NotFound),
        }
    }

    /// Whether the credential is good, and for this kind of path.
    fn may_ask(&self, request: &Request, path: &str) -> Result<(), Reply> {
        let bad = || complaint(401, "Bad credentials");
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| complaint(401, "Requires authentication"))?;
        if path.starts_with("/app/") {
            return self.is_app(token).then_some(()).ok_or_else(bad);
        }
        let now = self.hosted.now();
        let is_installation = lock(&self.tokens).get(token).is_some_and(|until| *until > now);
        if token == TOKEN || is_installation { Ok(()) } else { Err(bad()) }
    }

    /// Whether somebody claims to be the App, for ten minutes at most. The signature is not looked at.
    fn is_app(&self, token: &str) -> bool {
        let part = |part: Option<&str>| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part?).ok()?).ok()
        };
        let mut parts = token.split('.');
        let (Some(header), Some(claims)) = (part(parts.next()), part(parts.next())) else { return false };
        let (Some(from), Some(until)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else {
            return false;
        };
        let now = self.hosted.now().as_second();
        header["alg"] == "RS256"
            && claims["iss"].as_str() == Some(APP.0.to_string().as_str())
            && from <= now
            && now < until
            && until - now <= 600
            && parts.next().is_some_and(|signature| !signature.is_empty())
    }

    fn app(&self, request: &Request, installation: &str, rest: &[&str]) -> Result<Said, Refused> {
        if installation != APP.1.to_string() {
            return Err(Refused::NotFound);
        }
        let granted = lock(&self.granted).clone();
        match (request.method.as_str(), rest) {
            ("GET", []) => Ok(Said::Json(200, self.installation(&granted))),
            ("POST", ["access_tokens"]) => {
                let wanted = request.json()["permissions"].clone();
                let has = |(name, access): (&String, &Value)| {
                    granted.get(name).is_some_and(|granted| access == granted || granted == "write")
                };
                if !wanted.as_object().is_none_or(|wanted| wanted.iter().all(has)) {
                    let words = "The permissions requested are not granted to this installation.";
                    return Err(Refused::Invalid(words.to_owned()));
                }
                let until = self.hosted.now().saturating_add(SignedDuration::from_hours(1));
                let until = until.unwrap_or(Timestamp::MAX);
                let mut tokens = lock(&self.tokens);
                let token = format!("ghs_{:036}", tokens.len() + 1);
                tokens.insert(token.clone(), until);
                let until = shape::time(until);
                Ok(Said::Json(201, json!({"token": token, "expires_at": until, "permissions": wanted})))
            }
            _ => Err(Refused::NotFound),
        }
    }

    /// Counts a request, and gives what was before it; none when there are no more.
    fn count(&self) -> Option<Option<(u64, Timestamp)>> {
        let mut window = lock(&self.window);
        let before = *window;
        if let Some((remaining, reset)) = &mut *window {
            if *reset <= self.hosted.now() {
                *window = None;
                return Some(None);
            }
            if *remaining == 0 {
                return None;
            }
            *remaining -= 1;
        }
        Some(before)
    }

    fn with_limits(&self, reply: Reply) -> Reply {
        match *lock(&self.window) {
            None => reply,
            Some((remaining, reset)) => reply
                .header("x-ratelimit-limit", "5000")
                .header("x-ratelimit-remaining", remaining.to_string())
                .header("x-ratelimit-reset", reset.as_second().to_string())
                .header("x-ratelimit-resource", "core"),
        }
    }

    fn reply(&self, request: &Request, said: Said) -> Tagged {
        let (status, body, links) = match said {
            Said::Json(status, body) => (status, body, None),
            Said::List(items, within) => {
                let (items, links) = self.page(request, items);
                let body = match within {
                    None => Value::Array(items),
                    Some((field, mut object)) => {
                        object[field] = Value::Array(items);
                        object
                    }
                };
                (200, body, links)
            }
        };
        if status == 204 {
            return Tagged { reply: Reply::status(204), is_unchanged: false };
        }
        let mut hasher = DefaultHasher::new();
        body.to_string().hash(&mut hasher);
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        let is_unchanged = request.method == "GET" && request.header("if-none-match") == Some(tag.as_str());
        let mut reply = if is_unchanged { Reply::status(304) } else { Reply::json(status, &body) };
        if request.method == "GET" {
            reply = reply.header("etag", tag);
        }
        if let Some(links) = links {
            reply = reply.header("link", links);
        }
        Tagged { reply, is_unchanged }
    }

    fn page(&self, request: &Request, items: Vec<Value>) -> (Vec<Value>, Option<String>) {
        let number = |name: &str| request.parameter(name).and_then(|value| value.parse::<usize>().ok());
        let length = number("per_page").unwrap_or(30).clamp(1, *lock(&self.longest_page));
        let page = number("page").unwrap_or(1).max(1);
        let last = items.len().div_ceil(length).max(1);
        let host = request.header("host").unwrap_or_default();
        let link = |page: usize, relation: &str| {
            let others = request.query.iter().filter(|(name, _)| name != "page");
            let mut query: Vec<(&str, &str)> =
                others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let page = page.to_string();
            query.push(("page", &page));
            let query = crate::http::form(&query);
            format!("<http://{host}{}?{query}>; rel=\"{relation}\"", request.path)
        };
        let links = (page < last).then(|| format!("{}, {}", link(page + 1, "next"), link(last, "last")));
        (items.into_iter().skip((page - 1) * length).take(length).collect(), links)
    }
}

struct Tagged {
    reply: Reply,
    is_unchanged: bool,
}

/// A refusal in GitHub's words.
fn refusal(request: &Request, path: &str, refused: &Refused) -> Reply {
    let reply = match refused {
        Refused::NotFound => complaint(404, "Not Found"),
        Refused::Forbidden => complaint(403, "Resource not accessible by integration"),
        Refused::Broken => return Reply::text(502, "text/html", "<html><body>Unicorn!</body></html>"),
        Refused::Conflict(reason) if path.ends_with("/merge") => complaint(405, reason),
        Refused::Invalid(reason) | Refused::Conflict(reason) => Reply::json(
            422,
            &json!({
                "message": "Validation Failed",
                "errors": [{"resource": "PullRequest", "code": "custom", "message": reason}],
                "documentation_url": "https://docs.github.com/rest",
                "status": "422",
            }),
        ),
    };
    let wanted = match path {
        path if path.contains("/statuses/") => "statuses",
        path if path.contains("/check-runs") => "checks",
        path if path.contains("/deployments") => "deployments",
        path if path.contains("/issues") => "issues=write; pull_requests",
        path if path.contains("/merge") => "contents",
        _ => "pull_requests",
    };
    let access = if request.method == "GET" { "read" } else { "write" };
    reply.header("x-accepted-github-permissions", format!("{wanted}={access}"))
}

fn complaint(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        }),
    )
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
