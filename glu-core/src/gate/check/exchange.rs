//! One question over HTTP, with limits: what both the smoke test and the queries send.

use std::io::Read;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::Agent;
use ureq::http::{HeaderName, HeaderValue, Request, Uri};

use super::evidence::Evidence;
use crate::http::Agents;

static AGENTS: LazyLock<Agents> = LazyLock::new(|| Agents::new(None));

/// A header, whose value may be known only to the machine that asks.
#[derive(Debug, Clone)]
pub(super) struct Header {
    name: String,
    value: HeaderSource,
}

#[derive(Debug, Clone)]
enum HeaderSource {
    Literal(String),
    Variable(String),
    Bearer(String),
    Basic { user: String, password: String },
}

/// A question.
pub(super) struct Question<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: Option<&'a [u8]>,
    /// By when the whole answer has to be there.
    pub(super) until: Instant,
    /// How much of the answer is read.
    pub(super) limit: usize,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
    /// Whether the body went on beyond the limit.
    pub(super) is_cut: bool,
}

impl Header {
    pub(super) fn literal(name: String, value: String) -> Self {
        Self { name, value: HeaderSource::Literal(value) }
    }

    pub(super) fn from_variable(name: String, variable: String) -> Self {
        Self { name, value: HeaderSource::Variable(variable) }
    }

    pub(super) fn bearer(variable: String) -> Self {
        Self { name: "authorization".to_owned(), value: HeaderSource::Bearer(variable) }
    }

    pub(super) fn basic(user: String, password: String) -> Self {
        Self { name: "authorization".to_owned(), value: HeaderSource::Basic { user, password } }
    }

    /// Whether it must not go to another origin.
    pub(super) fn is_secret(&self) -> bool {
        !matches!(self.value, HeaderSource::Literal(_)) || is_secret_name(&self.name)
    }

    pub(super) fn mistake(&self) -> Option<String> {
        let is_name = HeaderName::from_bytes(self.name.as_bytes()).is_ok();
        (!is_name).then(|| format!("`{}` cannot be the name of a header", self.name))
    }

    /// What it says, without what is secret.
    pub(super) fn specification(&self) -> String {
        match &self.value {
            HeaderSource::Literal(_) if self.is_secret() => format!("{}: ***", self.name),
            HeaderSource::Literal(value) => format!("{}: {value}", self.name),
            HeaderSource::Variable(variable) => format!("{}: ${variable}", self.name),
            HeaderSource::Bearer(variable) => format!("{}: Bearer ${variable}", self.name),
            HeaderSource::Basic { user, password } => format!("{}: Basic ${user}:${password}", self.name),
        }
    }

    /// Name and value; what is secret is hidden from the evidence. `fill` fills in what was written in the source.
    pub(super) fn resolve<E>(
        &self,
        evidence: &mut Evidence,
        fill: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<(String, String), HeaderError<E>> {
        let mut read = |variable: &str| {
            let value = std::env::var(variable).map_err(|_| HeaderError::Unset(variable.to_owned()))?;
            evidence.hide(&value);
            Ok(value.trim().to_owned())
        };
        let value = match &self.value {
            HeaderSource::Literal(value) => fill(value).map_err(HeaderError::Fill)?,
            HeaderSource::Variable(variable) => read(variable)?,
            HeaderSource::Bearer(variable) => format!("Bearer {}", read(variable)?),
            HeaderSource::Basic { user, password } => {
                // The user's name is no secret, and may be a word that stands everywhere.
                let user = std::env::var(user).map_err(|_| HeaderError::Unset(user.clone()))?;
                let pair = STANDARD.encode(format!("{}:{}", user.trim(), read(password)?));
                evidence.hide(&pair);
                format!("Basic {pair}")
            }
        };
        if self.is_secret() {
            evidence.hide(&value);
        }
        if HeaderValue::from_str(&value).is_err() {
            return Err(HeaderError::Unfit(self.name.clone()));
        }
        Ok((self.name.clone(), value))
    }
}

/// Why a header has no value.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeaderError<E> {
    #[error("the variable `{0}` is not set")]
    Unset(String),
    #[error("the value for header `{0}` has characters that no header carries")]
    Unfit(String),
    #[error(transparent)]
    Fill(E),
}

/// Asks, once and without following anybody elsewhere.
///
/// # Errors
/// Why there is no answer, as a lower-case fragment.
pub(super) fn ask(question: &Question<'_>) -> Result<Reply, String> {
    let agent = AGENTS.agent(question.uri).map_err(|error| error.to_string())?;
    ask_through(agent, question)
}

/// As [`ask`], through an agent of one's own.
///
/// # Errors
/// As [`ask`].
pub(super) fn ask_through(agent: &Agent, question: &Question<'_>) -> Result<Reply, String> {
    let left = question.until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err("there was no time left to ask".to_owned());
    }
    // Each look is a connection of its own: one from before a change may lead to where nobody is any more.
    let mut builder =
        Request::builder().method(question.method).uri(question.uri).header("connection", "close");
    for (name, value) in question.headers {
        builder = builder.header(name, value);
    }
    let explain = |error: ureq::Error| explain(error, left);
    let fit = |error: ureq::http::Error| error.to_string();
    let response = match question.body {
        Some(body) => {
            let request = builder.body(body).map_err(fit)?;
            agent.run(agent.configure_request(request).timeout_global(Some(left)).build())
        }
        None => {
            let request = builder.body(()).map_err(fit)?;
            agent.run(agent.configure_request(request).timeout_global(Some(left)).build())
        }
    };
    let (parts, mut body) = response.map_err(explain)?.into_parts();
    let mut content = Vec::new();
    let limit = question.limit as u64;
    let mut reader = body.as_reader().take(limit + 1);
    reader.read_to_end(&mut content).map_err(|error| explain(ureq::Error::from(error)))?;
    let is_cut = content.len() > question.limit;
    content.truncate(question.limit);
    let location = parts.headers.get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok(Reply { status: parts.status.as_u16(), location, body: content, is_cut })
}

fn explain(error: ureq::Error, time: Duration) -> String {
    match error {
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            "it could not be reached in time".to_owned()
        }
        ureq::Error::Timeout(_) => format!("it did not answer within {:.1} s", time.as_secs_f64()),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// An address without what may be secret: no user, no password, no values of parameters that are called like secrets.
pub(super) fn redact(address: &str) -> String {
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (address, String::new()),
    };
    let (place, query) = match address.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (address, None),
    };
    let place = match userinfo(place) {
        Some(range) => format!("{}***{}", &place[..range.start], &place[range.end..]),
        None => place.to_owned(),
    };
    let Some(query) = query else { return place + &fragment };
    let parameter = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if is_secret_name(name) => format!("{name}=***"),
        _ => parameter.to_owned(),
    };
    let query = query.split('&').map(parameter).collect::<Vec<_>>().join("&");
    format!("{place}?{query}{fragment}")
}

/// Whether an address names a user.
pub(super) fn has_userinfo(address: &str) -> bool {
    userinfo(address.split(['?', '#']).next().unwrap_or_default()).is_some()
}

fn userinfo(place: &str) -> Option<std::ops::Range<usize>> {
    let start = place.find("://")? + 3;
    let end = place[start..].find('/').map_or(place.len(), |slash| start + slash);
    place[start..end].rfind('@').map(|at| start..start + at)
}

fn is_secret_name(name: &str) -> bool {
    const WORDS: [&str; 8] = ["auth", "cookie", "credential", "key", "passw", "secret", "sig", "token"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        for (address, shown) in [
            ("https://a.io/x?y=1#z", "https://a.io/x?y=1#z"),
            ("https://user:pass@a.io/x", "https://***@a.io/x"),
            ("https://a.io/@x", "https://a.io/@x"),
            ("https://a.io?api_key=1&b=2&X-Sig=3", "https://a.io?api_key=***&b=2&X-Sig=***"),
        ] {
            assert_eq!(redact(address), shown);
        }
        assert!(has_userinfo("https://u@a.io/") && !has_userinfo("https://a.io/?q=u@b"));
    }

    #[test]
    fn headers_that_are_secret_are_not_specified() {
        let written = |name: &str| Header::literal(name.to_owned(), "s3cret".to_owned()).specification();
        assert_eq!(written("Authorization"), "Authorization: ***");
        assert_eq!(written("X-Api-Key"), "X-Api-Key: ***");
        assert_eq!(written("Accept"), "Accept: s3cret");
    }
}
