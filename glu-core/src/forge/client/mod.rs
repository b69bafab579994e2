//! JSON over HTTP, as forges speak it: one client with limits of time, size and patience, which knows where a credential may travel, what may be
//! said twice, and when a forge wants to be left alone. What differs between forges (the header that proves who we are, how lists go on, what
//! their refusals mean) is given to it.

mod answer;
mod attempt;
mod authorization;
mod limits;
mod pages;
mod validators;
mod words;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use authorization::{Authorization, Authorize};
pub use limits::Limits;
pub use pages::Paging;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::Uri;

use super::ForgeProblem;
use crate::clock::Clock;
use crate::http::{Agents, address, join, origin};
use limits::Account;
use validators::Validators;

const ATTEMPTS: u32 = 4;
const BACKOFF: Duration = Duration::from_millis(500);
/// How often one request may run into a limit.
const LIMITED: u32 = 3;
const REDIRECTS: usize = 5;
/// How long a forge may ask to be left alone before that is an error.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client of one forge's API.
pub struct Client {
    api: Uri,
    agents: Agents,
    clock: Arc<dyn Clock>,
    authorize: Option<Arc<dyn Authorize>>,
    headers: Vec<(&'static str, String)>,
    explain: Explain,
    credential: Option<String>,
    limits: Limits,
    patience: Duration,
    validators: Validators,
}

/// Says better what a refusal means than its status does.
type Explain = fn(&Answer, ForgeProblem) -> ForgeProblem;

/// The methods that forges use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Adds.
    Post,
    /// Replaces.
    Put,
    /// Changes some fields.
    Patch,
    /// Removes.
    Delete,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    method: Method,
    path: &'a str,
    body: Option<&'a Value>,
    doing: &'a str,
    is_repeatable: bool,
}

impl Client {
    /// A client of the API at this address, which stands before every path.
    ///
    /// # Errors
    /// When that is no address.
    pub fn new(api: &str, clock: Arc<dyn Clock>) -> Result<Self, ForgeProblem> {
        let parsed = api.trim_end_matches('/').parse::<Uri>().ok();
        let is_http = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
        let Some(api) = parsed.filter(is_http) else {
            return Err(ForgeProblem::Invalid {
                doing: "reading the address of its API".to_owned(),
                reason: "it is no HTTP address".to_owned(),
            });
        };
        Ok(Self {
            api,
            agents: Agents::new(None),
            clock,
            authorize: None,
            headers: Vec::new(),
            explain: |_, problem| problem,
            credential: None,
            limits: Limits::default(),
            patience: PATIENCE,
            validators: Validators::default(),
        })
    }

    /// Proves who we are.
    #[must_use]
    pub fn authorized(mut self, authorize: Arc<dyn Authorize>) -> Self {
        self.authorize = Some(authorize);
        self
    }

    /// Sends a header with every request.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Trusts these authorities besides the machine's own, or anybody.
    #[must_use]
    pub fn authorities(mut self, ca_cert_path: Option<PathBuf>, insecure_skip_tls: bool) -> Self {
        self.agents = Agents::new(ca_cert_path).insecure_skip_tls(insecure_skip_tls);
        self
    }

    /// Says where the credential came from, for when it is not accepted.
    #[must_use]
    pub fn with_credential_of(mut self, place: &str) -> Self {
        self.credential = Some(place.to_owned());
        self
    }

    /// Shares what is known of limits with other clients.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Waits at most this long when the forge wants to be left alone.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Has refusals explained by somebody who knows the forge.
    #[must_use]
    pub fn explained(mut self, explain: Explain) -> Self {
        self.explain = explain;
        self
    }

    /// The time it goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Reads something. `doing` says in an error what was going on: `looking for a proposal`.
    ///
    /// # Errors
    /// When there is no useful answer.
    pub fn get<T: DeserializeOwned>(&self, doing: &str, path: &str) -> Result<T, ForgeProblem> {
        self.ask(&Request::new(Method::Get, doing, path))?.read(doing)
    }

    /// Reads something that may not be there.
    ///
    /// # Errors
    /// When there is no useful answer; that it is not found is one.
    pub fn get_if_there<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
    ) -> Result<Option<T>, ForgeProblem> {
        match self.get(doing, path) {
            Ok(found) => Ok(Some(found)),
            Err(ForgeProblem::NotFound { .. }) => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Changes something, and reads what comes back; [`IgnoredAny`](serde::de::IgnoredAny) reads anything.
    ///
    /// # Errors
    /// When there is no useful answer.
    pub fn send<T: DeserializeOwned>(
        &self,
        doing: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, ForgeProblem> {
        self.ask(&Request::new(method, doing, path).body(body))?.read(doing)
    }

    /// Sends a request, and gives the answer when it is a good one.
    ///
    /// # Errors
    /// When it is not, or there is none.
    pub fn ask(&self, request: &Request<'_>) -> Result<Answer, ForgeProblem> {
        let mut uri = self.resolve(request)?;
        for _ in 0..=REDIRECTS {
            let answer = self.insist(request, &uri)?;
            match answer.status {
                200..=299 if answer.is_page() => {
                    let reason = "a web page came instead of an answer".to_owned();
                    let problem = ForgeProblem::Unavailable { doing: request.doing.to_owned(), reason };
                    return Err((self.explain)(&answer, problem));
                }
                200..=299 => return Ok(answer),
                301 | 302 | 307 | 308 => {
                    let Some(next) = answer.header("location").and_then(|location| join(&uri, location))
                    else {
                        return Err(answer.problem(request.doing));
                    };
                    // What is changed must not be read instead, nor be told to anybody else.
                    let may_follow = request.method == Method::Get || matches!(answer.status, 307 | 308);
                    if !may_follow || origin(&next) != origin(&self.api) {
                        // An address that came with the answer may have in it what we sent.
                        let reason = format!("it has moved to {}", self.hidden(&address(&next)));
                        let problem = ForgeProblem::Unavailable { doing: request.doing.to_owned(), reason };
                        return Err((self.explain)(&answer, problem));
                    }
                    uri = next;
                }
                _ => {
                    let problem = answer.problem(request.doing);
                    return Err(self.traced((self.explain)(&answer, problem)));
                }
            }
        }
        let reason = format!("it redirects more than {REDIRECTS} times");
        Err(ForgeProblem::Unavailable { doing: request.doing.to_owned(), reason })
    }

    /// Says with a refusal of the credential where that came from.
    fn traced(&self, problem: ForgeProblem) -> ForgeProblem {
        match (problem, &self.credential) {
            (ForgeProblem::Unauthorized { doing, reason }, Some(place)) => {
                ForgeProblem::Unauthorized { doing, reason: format!("{reason}; it is that of {place}") }
            }
            (problem, _) => problem,
        }
    }

    /// Sends a request to one address until there is an answer, or no hope of one.
    fn insist(&self, request: &Request<'_>, uri: &Uri) -> Result<Answer, ForgeProblem> {
        let (mut attempt, mut limited, mut is_renewed) = (1, 0, false);
        loop {
            let authorization = self.authorize.as_ref().map(|authorize| authorize.authorization());
            let authorization = authorization.transpose()?;
            let account = Account::of(uri, authorization.as_ref());
            self.wait_for(&account)?;
            match self.attempt(request, uri, authorization.as_ref()) {
                Err(failure) => {
                    let is_safe = request.is_repeatable || failure.nothing_was_sent();
                    if !failure.may_pass() || !is_safe || attempt == ATTEMPTS {
                        return Err(failure.problem(request.doing, uri));
                    }
                    self.clock.sleep(BACKOFF * 3u32.pow(attempt - 1));
                    attempt += 1;
                }
                Ok(answer) if self.limits.hear(&account, &answer, self.clock.now()) => {
                    limited += 1;
                    if limited == LIMITED {
                        let until = self.limits.closed_until(&account, self.clock.now());
                        return Err(ForgeProblem::RateLimited { until });
                    }
                }
                Ok(answer) if answer.status == 401 && !is_renewed && self.renew() => is_renewed = true,
                Ok(answer)
                    if matches!(answer.status, 500 | 502 | 503 | 504)
                        && request.is_repeatable
                        && attempt < ATTEMPTS =>
                {
                    // How long a server asks to be left alone has been heard; without that it is our own guess.
                    if self.limits.closed_until(&account, self.clock.now()).is_none() {
                        self.clock.sleep(BACKOFF * 3u32.pow(attempt - 1));
                    }
                    attempt += 1;
                }
                Ok(answer) => return Ok(answer),
            }
        }
    }

    fn renew(&self) -> bool {
        self.authorize.as_ref().is_some_and(|authorize| authorize.renew())
    }

    /// A text without the credential.
    fn hidden(&self, text: &str) -> String {
        let authorization = self.authorize.as_ref().and_then(|authorize| authorize.authorization().ok());
        authorization.map_or(text.to_owned(), |authorization| authorization.redact(text))
    }

    /// Waits until the forge may be asked.
    fn wait_for(&self, account: &Account) -> Result<(), ForgeProblem> {
        // Others may run into a limit while this one waits.
        loop {
            let now = self.clock.now();
            let Some(until) = self.limits.closed_until(account, now) else { return Ok(()) };
            let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            if wait > self.patience {
                return Err(ForgeProblem::RateLimited { until: Some(until) });
            }
            self.clock.sleep(wait.max(Duration::from_millis(1)));
        }
    }

    /// The address of a path, or of a whole address that is the API's own.
    fn resolve(&self, request: &Request<'_>) -> Result<Uri, ForgeProblem> {
        let invalid = || ForgeProblem::Invalid {
            doing: request.doing.to_owned(),
            reason: "something in the request makes no address".to_owned(),
        };
        if request.path.starts_with("http://") || request.path.starts_with("https://") {
            let uri: Uri = request.path.parse().map_err(|_| invalid())?;
            return if origin(&uri) == origin(&self.api) { Ok(uri) } else { Err(invalid()) };
        }
        format!("{}{}", self.api.to_string().trim_end_matches('/'), request.path)
            .parse()
            .map_err(|_| invalid())
    }
}

impl<'a> Request<'a> {
    /// A request. It is repeated by itself unless it adds something.
    pub fn new(method: Method, doing: &'a str, path: &'a str) -> Self {
        Self { method, path, body: None, doing, is_repeatable: method != Method::Post }
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: &'a Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Is the same when it is done twice, though it looks like adding something: a query, a search.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}
