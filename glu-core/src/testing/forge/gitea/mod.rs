//! Gitea's and Forgejo's dialect over the forge in memory, after Gitea's own description of its API (`templates/swagger/v1_json.tmpl` in
//! `code.gitea.io/gitea`, 1.26) and what such a server answers. It is strict: whoever asks for what the description does not have is refused, and
//! the server's end fails the test.

mod routes;
mod rules;
mod shape;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use super::{Hosted, Refused};
use crate::credential::{Credential, Secret};
use crate::forge::Kind;
use crate::forge::client::Limits;
use crate::forge::gitea::{Connection, Gitea};

/// The token that it accepts.
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A server that speaks as Gitea or Forgejo does, over a forge in memory.
pub struct GiteaServer {
    server: Server,
    dialect: Arc<Dialect>,
}

/// What it keeps besides what every forge does.
struct Dialect {
    kind: Kind,
    hosted: Arc<Hosted>,
    /// No page is longer, whatever is asked for.
    longest_page: Mutex<usize>,
    /// What the token may do.
    scopes: Mutex<BTreeSet<String>>,
    /// Labels that the organisation has.
    organisation_labels: Mutex<Vec<String>>,
    /// What was asked that the description does not have.
    complaints: Mutex<Vec<String>>,
}

/// How an answer goes on from what the forge said.
enum Said {
    /// This, with a status.
    Json(u16, Value),
    /// One page of this list, within this object where there is one; with links to the others, or only with how many there are.
    List { items: Vec<Value>, within: Option<(&'static str, Value)>, links: bool },
    /// All of this list, which knows no pages.
    All(Vec<Value>),
    /// One page of what happened, counted by itself.
    Events(Vec<Value>),
    /// A status with these words.
    Complaint(u16, String),
}

impl GiteaServer {
    /// Starts a Gitea.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(hosted: Arc<Hosted>) -> Self {
        Self::of(Kind::Gitea, hosted)
    }

    /// Starts a Forgejo.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn forgejo(hosted: Arc<Hosted>) -> Self {
        Self::of(Kind::Forgejo, hosted)
    }

    fn of(kind: Kind, hosted: Arc<Hosted>) -> Self {
        let scopes = ["read:organization", "write:issue", "write:repository"];
        let dialect = Arc::new(Dialect {
            kind,
            hosted,
            longest_page: Mutex::new(50),
            scopes: Mutex::new(scopes.map(str::to_owned).into()),
            organisation_labels: Mutex::default(),
            complaints: Mutex::default(),
        });
        let answering = dialect.clone();
        let server = Server::start(move |request| answering.answer(request));
        Self { server, dialect }
    }

    /// The address of the API.
    pub fn api(&self) -> String {
        format!("{}/api/v1", self.server.url())
    }

    /// The server, to see what it is asked and to let things go wrong.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A connection to the repository, with the token that is accepted.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect(&self) -> Gitea {
        self.connect_as(Credential::AccessToken(Secret::new(TOKEN)))
    }

    /// A connection with another credential.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect_as(&self, credential: Credential) -> Gitea {
        Gitea::connect(&Connection {
            kind: self.dialect.kind,
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

    /// Gives the token these scopes and no others.
    pub fn scopes(&self, scopes: &[&str]) {
        *lock(&self.dialect.scopes) = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// Adds a label that the organisation has for all of its repositories.
    pub fn organisation_label(&self, name: &str) {
        lock(&self.dialect.organisation_labels).push(name.to_owned());
    }

    /// What was asked so far that the description does not have. Without this it fails the test when the server ends.
    pub fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.dialect.complaints))
    }
}

impl Drop for GiteaServer {
    fn drop(&mut self) {
        let complaints = self.take_complaints();
        if !std::thread::panicking() {
            assert!(complaints.is_empty(), "asked for what there is not: {complaints:#?}");
        }
    }
}

impl Dialect {
    fn answer(&self, request: &Request) -> Reply {
        let Some(operation) = rules::find(request, self.kind) else {
            return self.complain(request, "there is no such operation");
        };
        if let Some(refusal) = self.refuse(request, operation) {
            return refusal;
        }
        if let Err(complaint) = operation.check(request) {
            return self.complain(request, &complaint);
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().skip(2).map(String::as_str).collect();
        let (owner, name) = self.hosted.name().split_once('/').unwrap_or_default();
        let said = match segments.as_slice() {
            ["orgs", organisation, "labels"] if *organisation == owner => Ok(self.organisation_labels()),
            ["repos", its_owner, its_name, rest @ ..] if *its_owner == owner && *its_name == name => {
                self.route(request, rest)
            }
            _ => Err(Refused::NotFound),
        };
        match said {
            Ok(said) => self.reply(request, said),
            Err(Refused::NotFound) => {
                let body = json!({"errors": null, "message": "not found", "url": shape::manual()});
                Reply::json(404, &body)
            }
            // So it is: without a word.
            Err(Refused::Forbidden) => Reply::status(403),
            Err(Refused::Invalid(words)) => complaint(422, &words),
            Err(Refused::Conflict(words)) => complaint(409, &words),
            Err(Refused::Broken) => Reply::text(502, "text/html", "<html><body>Bad Gateway</body></html>"),
        }
    }

    /// Whether the token is good, and has the scope.
    fn refuse(&self, request: &Request, operation: &rules::Operation) -> Option<Reply> {
        if request.header("authorization") != Some(format!("token {TOKEN}").as_str()) {
            return Some(complaint(401, "invalid username, password or token"));
        }
        let level = if request.method == "GET" { "read" } else { "write" };
        let wanted = format!("{level}:{}", operation.scope());
        let scopes = lock(&self.scopes).clone();
        if scopes.contains(&wanted) || scopes.contains(&wanted.replace("read:", "write:")) {
            return None;
        }
        let words = "token does not have at least one of required scope(s)";
        let has = scopes.into_iter().collect::<Vec<_>>().join(",");
        Some(match self.kind {
            Kind::Forgejo => complaint(403, &format!("{words}: [{wanted}]")),
            _ => complaint(403, &format!("{words}, required=[{wanted}], token scope={has}")),
        })
    }

    fn complain(&self, request: &Request, words: &str) -> Reply {
        let words = format!("{} {}: {words}", request.method, request.path);
        lock(&self.complaints).push(words.clone());
        complaint(400, &words)
    }

    fn reply(&self, request: &Request, said: Said) -> Reply {
        match said {
            Said::Json(status, body) => Reply::json(status, &body),
            Said::Complaint(status, words) => complaint(status, &words),
            Said::All(items) => {
                let total = items.len();
                Reply::json(200, &Value::Array(items)).header("x-total-count", total.to_string())
            }
            Said::Events(items) => {
                let (items, _) = self.page(request, items);
                let count = items.len().to_string();
                let body = if items.is_empty() { Value::Null } else { Value::Array(items) };
                Reply::json(200, &body).header("x-total-count", count)
            }
            Said::List { items, within, links } => {
                let total = items.len();
                let (items, header) = self.page(request, items);
                let body = match within {
                    None => Value::Array(items),
                    Some((field, mut object)) => {
                        object["total_count"] = json!(items.len());
                        object[field] = if items.is_empty() { Value::Null } else { Value::Array(items) };
                        object
                    }
                };
                let reply = Reply::json(200, &body).header("x-total-count", total.to_string());
                match header.filter(|_| links) {
                    Some(header) => reply.header("link", header),
                    None => reply,
                }
            }
        }
    }

    fn page(&self, request: &Request, items: Vec<Value>) -> (Vec<Value>, Option<String>) {
        let number = |name: &str| request.parameter(name).and_then(|value| value.parse::<usize>().ok());
        let length = number("limit").unwrap_or(30).clamp(1, *lock(&self.longest_page));
        let page = number("page").unwrap_or(1).max(1);
        let last = items.len().div_ceil(length).max(1);
        let link = |page: usize, relation: &str| {
            let others = request.query.iter().filter(|(name, _)| name != "page");
            let mut query: Vec<(&str, &str)> =
                others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let page = page.to_string();
            query.push(("page", &page));
            // By the name that it goes by, which need not be the one that it was asked under.
            format!("<{}{}?{}>; rel=\"{relation}\"", shape::SITE, request.path, crate::http::form(&query))
        };
        let links = match page {
            page if page < last => Some(format!("{},{}", link(page + 1, "next"), link(last, "last"))),
            page if page > 1 => Some(format!("{},{}", link(1, "first"), link(page - 1, "prev"))),
            _ => None,
        };
        (items.into_iter().skip((page - 1) * length).take(length).collect(), links)
    }
}

fn complaint(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message, "url": shape::manual()}))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
