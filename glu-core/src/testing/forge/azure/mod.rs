//! Azure DevOps' dialect over the forge in memory, after Microsoft's description of its API (learn.microsoft.com/rest/api/azure/devops, version 7.1):
//! its paths, its shapes, its words when it refuses, its pages, scopes and limits. It is stricter than the real one: what the description does not have
//! is refused, and fails the test when the server goes.

mod routes;
mod schema;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use super::{Hosted, Refused};
use crate::credential::{Credential, Secret};
use crate::forge::StatusState;
use crate::forge::azure::{Address, AzureDevOps, Connection};
use crate::forge::client::Limits;

/// The personal access token that it accepts.
pub const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst";
/// The token of a pipeline's job that it accepts.
pub const JOB_TOKEN: &str = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJidWlsZCJ9.c2lnbmF0dXJl";

/// A server that speaks as Azure DevOps does, over a forge in memory whose name is `ORGANISATION/PROJECT/REPOSITORY`.
pub struct AzureServer {
    server: Server,
    dialect: Arc<Dialect>,
}

/// What Azure DevOps keeps besides what every forge does.
struct Dialect {
    hosted: Arc<Hosted>,
    /// What was asked and is not in the description.
    faults: Mutex<Vec<String>>,
    /// How many requests remain until when, if anybody counts.
    window: Mutex<Option<(u64, Timestamp)>>,
    /// How much clients ask for at once, and no list that goes on by itself gives more.
    longest_page: Mutex<usize>,
    scopes: Mutex<BTreeSet<&'static str>>,
    /// What was pushed to each proposal when.
    pushes: Mutex<BTreeMap<u64, Vec<(Timestamp, String)>>>,
    /// Statuses of proposals, with the push they are meant of.
    statuses: Mutex<Vec<PullStatus>>,
    /// The ways to merge that a policy allows.
    strategies: Mutex<Option<Vec<&'static str>>>,
    /// The commit that merging was last tried with, where that is not the newest.
    tried: Mutex<Option<String>>,
    /// Who voted `5` or `-5`, where others vote `10` and `-10`.
    halfhearted: Mutex<BTreeSet<String>>,
    /// Who asked for proposals to be merged by themselves in which way.
    completing: Mutex<BTreeMap<u64, String>>,
}

/// A status of a proposal.
#[derive(Clone)]
struct PullStatus {
    number: u64,
    iteration: Option<u64>,
    context: String,
    state: String,
    description: String,
    url: Option<String>,
}

/// What is answered.
enum Said {
    /// This, with a status.
    Json(u16, Value),
    /// A list that comes whole.
    List(Vec<Value>),
    /// One page, as these parameters say.
    Page(Vec<Value>, [&'static str; 2]),
    /// One page, and the next one by a token.
    Continued(Vec<Value>),
}

impl AzureServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it, or the forge's name has not three parts.
    pub fn start(hosted: Arc<Hosted>) -> Self {
        assert_eq!(hosted.name().split('/').count(), 3, "an organisation, a project and a repository");
        let dialect = Arc::new(Dialect {
            hosted,
            faults: Mutex::default(),
            window: Mutex::default(),
            longest_page: Mutex::new(100),
            scopes: Mutex::new(
                ["vso.code", "vso.code_write", "vso.code_status", "vso.identity", "vso.project"].into(),
            ),
            pushes: Mutex::default(),
            statuses: Mutex::default(),
            strategies: Mutex::default(),
            tried: Mutex::default(),
            halfhearted: Mutex::default(),
            completing: Mutex::default(),
        });
        let answering = dialect.clone();
        let server = Server::start(move |request| answering.answer(request));
        Self { server, dialect }
    }

    /// The server, to see what it is asked and to let things go wrong.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The organisation's address.
    pub fn collection(&self) -> String {
        format!("{}/{}", self.server.url(), self.dialect.part(0))
    }

    /// A connection to the repository, with the token that is accepted.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect(&self) -> AzureDevOps {
        self.connect_as(Credential::AccessToken(Secret::new(TOKEN)))
    }

    /// A connection with another credential.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn connect_as(&self, credential: Credential) -> AzureDevOps {
        let collection = self.collection();
        AzureDevOps::connect(&Connection {
            address: Address {
                identities: collection.clone(),
                collection,
                project: self.dialect.part(1).to_owned(),
                repository: self.dialect.part(2).to_owned(),
            },
            credential: Some(credential),
            is_of_job: false,
            page: *lock(&self.dialect.longest_page),
            ca_cert_path: None,
            insecure_skip_tls: false,
            clock: self.dialect.hosted.clock.clone(),
            limits: Limits::default(),
        })
        .expect("the forge in memory can be connected to")
    }

    /// Makes pages at most this long, and lets connections from now on ask for no longer ones.
    pub fn longest_page(&self, items: usize) {
        *lock(&self.dialect.longest_page) = items;
    }

    /// Lets so many requests through for so long; after that, as many as anybody likes.
    pub fn allow(&self, requests: u64, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let reset = self.dialect.hosted.now().saturating_add(time).unwrap_or(Timestamp::MAX);
        *lock(&self.dialect.window) = Some((requests, reset));
    }

    /// Takes a scope from the token: `vso.code_write`.
    pub fn revoke(&self, scope: &str) {
        lock(&self.dialect.scopes).remove(scope);
    }

    /// Has a policy of the branches allow only these ways to merge: `allowSquash`.
    pub fn allow_only(&self, settings: &[&'static str]) {
        *lock(&self.dialect.strategies) = Some(settings.to_vec());
    }

    /// Lets merging be tried in the background: for now it was tried with this commit only.
    pub fn has_tried(&self, commit: Option<&str>) {
        *lock(&self.dialect.tried) = commit.map(str::to_owned);
    }

    /// Somebody votes in between: approved with suggestions, or waiting for the author.
    pub fn vote_halfheartedly(&self, login: &str) {
        lock(&self.dialect.halfhearted).insert(login.to_owned());
    }

    /// A service says something of a proposal, or of one push to it.
    pub fn say_of(&self, number: u64, iteration: Option<u64>, context: &str, state: StatusState) {
        let state = shape::state(state).to_owned();
        let context = context.to_owned();
        let status = PullStatus { number, iteration, context, state, description: String::new(), url: None };
        lock(&self.dialect.statuses).push(status);
    }

    /// What was said of a proposal, as `push context state`.
    pub fn said_of(&self, number: u64) -> Vec<String> {
        let all = lock(&self.dialect.statuses);
        let all = all.iter().filter(|status| status.number == number);
        all.map(|status| {
            let iteration = status.iteration.map_or_else(|| "-".to_owned(), |number| number.to_string());
            format!("{iteration} {} {}", status.context, status.state)
        })
        .collect()
    }

    /// How a proposal is to be completed, as it was asked: `squash`.
    pub fn completion_of(&self, number: u64) -> Option<String> {
        lock(&self.dialect.completing).get(&number).cloned()
    }

    /// What was asked that the description does not have. Whoever takes these has seen them.
    pub fn take_faults(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.dialect.faults))
    }
}

impl Drop for AzureServer {
    fn drop(&mut self) {
        let faults = self.take_faults();
        assert!(std::thread::panicking() || faults.is_empty(), "Azure DevOps has no such thing: {faults:#?}");
    }
}

impl Dialect {
    /// The organisation, the project or the repository.
    fn part(&self, at: usize) -> &str {
        self.hosted.name().split('/').nth(at).unwrap_or_default()
    }

    fn answer(&self, request: &Request) -> Reply {
        if !is_signed_in(request) {
            // Programs that say so are not sent to a page.
            return match request.header("x-tfs-fedauthredirect") {
                Some("Suppress") => {
                    complaint(401, "TF400813: The user '' is not authorized to access this resource.")
                }
                _ => Reply::status(302)
                    .header("location", "https://spsprodweu1.vssps.visualstudio.com/_signin"),
            };
        }
        if let Some(refusal) = self.limit() {
            return self.with_limits(refusal);
        }
        let reply = self.reply(request);
        self.with_limits(reply)
    }

    fn reply(&self, request: &Request) -> Reply {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Some((_, path)) = segments.split_first().filter(|(first, _)| **first == self.part(0)) else {
            return self.fault(format!("there is no organisation in {}", request.path));
        };
        let operation = match schema::operation(request, path) {
            Ok(operation) => operation,
            Err(fault) => return self.fault(fault),
        };
        if !operation.scope.is_empty() && !lock(&self.scopes).contains(operation.scope) {
            return complaint(401, "TF400813: The user 'glu-bot' is not authorized to access this resource.");
        }
        self.follow();
        match self.route(request, path) {
            Ok(said) => self.said(request, said),
            Err(refused) => refusal(request, path, &refused),
        }
    }

    fn said(&self, request: &Request, said: Said) -> Reply {
        let envelope = |items: Vec<Value>| json!({"count": items.len(), "value": items});
        let number = |name: &str| request.parameter(name).and_then(|value| value.parse::<usize>().ok());
        match said {
            Said::Json(status, body) => Reply::json(status, &body),
            Said::List(items) => Reply::json(200, &envelope(items)),
            Said::Page(items, [top, skip]) => {
                let (top, skip) = (number(top).unwrap_or(100), number(skip).unwrap_or(0));
                Reply::json(200, &envelope(items.into_iter().skip(skip).take(top).collect()))
            }
            Said::Continued(items) => {
                let length = number("$top").unwrap_or(usize::MAX).min(*lock(&self.longest_page));
                let at = number("continuationToken").unwrap_or(0);
                let is_last = at + length >= items.len();
                let reply = Reply::json(200, &envelope(items.into_iter().skip(at).take(length).collect()));
                if is_last {
                    reply
                } else {
                    reply.header("x-ms-continuationtoken", (at + length).to_string())
                }
            }
        }
    }

    /// Refuses what the description does not have, and remembers it.
    fn fault(&self, fault: String) -> Reply {
        let reply = complaint(400, &fault);
        lock(&self.faults).push(fault);
        reply
    }

    /// Counts a request; a refusal when there were enough.
    fn limit(&self) -> Option<Reply> {
        let mut window = lock(&self.window);
        let (remaining, reset) = (*window)?;
        let now = self.hosted.now();
        if reset <= now {
            *window = None;
            return None;
        }
        let Some(fewer) = remaining.checked_sub(1) else {
            let seconds = reset.duration_since(now).as_secs().to_string();
            let words = "TF400733: The request has been canceled: Request was blocked due to exceeding usage of \
                         resource 'Concurrency' in namespace 'User ID'.";
            return Some(complaint(429, words).header("retry-after", seconds));
        };
        *window = Some((fewer, reset));
        None
    }

    fn with_limits(&self, reply: Reply) -> Reply {
        match *lock(&self.window) {
            None => reply,
            Some((remaining, reset)) => reply
                .header("x-ratelimit-resource", "Git/Global")
                .header("x-ratelimit-delay", "0.0")
                .header("x-ratelimit-limit", "200")
                .header("x-ratelimit-remaining", remaining.to_string())
                .header("x-ratelimit-reset", reset.as_second().to_string()),
        }
    }

    /// Notes what was pushed.
    fn follow(&self) {
        let proposals = self.hosted.with(|state| state.proposals.clone());
        let mut pushes = lock(&self.pushes);
        for proposal in proposals {
            let known = pushes.entry(proposal.number).or_default();
            let mut seen: Vec<(Timestamp, &str)> =
                proposal.reviews.iter().map(|review| (review.at, review.commit.as_str())).collect();
            seen.push((self.hosted.now(), &proposal.commit));
            for (at, commit) in seen {
                if !known.iter().any(|(_, known)| known == commit) {
                    let at = if known.is_empty() { proposal.created } else { at };
                    known.push((at, commit.to_owned()));
                }
            }
        }
    }
}

/// Whether the header is one that tokens are carried in: without a user for those that people make.
fn is_signed_in(request: &Request) -> bool {
    let basic = format!("Basic {}", STANDARD.encode(format!(":{TOKEN}")));
    let bearer = format!("Bearer {JOB_TOKEN}");
    request.header("authorization").is_some_and(|given| given == basic || given == bearer)
}

/// A refusal in Azure DevOps' words.
fn refusal(request: &Request, path: &[&str], refused: &Refused) -> Reply {
    match refused {
        Refused::NotFound if path.contains(&"teams") => complaint(404, "The team does not exist."),
        Refused::NotFound => complaint(404, "TF401180: The requested pull request was not found."),
        Refused::Forbidden => complaint(
            403,
            "TF401027: You need the Git 'PullRequestContribute' permission to perform this action. \
             Details: identity 'Build\\7c0a', scope 'repository'.",
        ),
        Refused::Broken => Reply::text(503, "text/html", "<html><body>Services Unavailable</body></html>"),
        Refused::Conflict(_) if request.method == "POST" => complaint(
            409,
            "TF401179: An active pull request for the source and target branch already exists.",
        ),
        Refused::Conflict(_) => {
            complaint(409, "TF401181: The pull request cannot be edited due to its state.")
        }
        Refused::Invalid(reason) => complaint(400, reason),
    }
}

fn complaint(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "$id": "1",
            "innerException": null,
            "message": message,
            "typeName": "Microsoft.TeamFoundation.Git.Server.GitException, Microsoft.TeamFoundation.Git.Server",
            "typeKey": "GitException",
            "errorCode": 0,
            "eventId": 3000,
        }),
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
