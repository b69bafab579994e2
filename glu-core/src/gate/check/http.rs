//! A smoke test: `http("https://staging.example.com/healthz")`.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use glu_path::Path;
use serde_json::{Value, json};
use ureq::http::{Method, Uri};

use super::bound::Bound;
use super::evidence::{Evidence, excerpt};
use super::exchange::{Header, HeaderError, Question, Reply, ask, has_userinfo, redact};
use super::placeholder::{PlaceholderError, expand, in_json, plain};
use crate::document::{self, Format};
use crate::gate::{Asked, Check};
use crate::http::{join, origin, percent_encode};
use crate::ledger::Sample;

/// How long the answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of the answer is read.
const BODY: usize = 1 << 20;
const REDIRECTS: usize = 5;

/// Asks a server and compares its answer with what is expected; made by [`http`].
///
/// The address, the body, headers and what is expected may have placeholders: `{pipeline}`, `{phase}`, `{state}`, `{digest}`, `{from}` and
/// the state's fields by name. They are encoded as the place requires.
#[derive(Debug, Clone)]
#[must_use]
pub struct Http {
    url: String,
    method: Option<String>,
    headers: Vec<Header>,
    body: Option<Body>,
    status: RangeInclusive<u16>,
    expected: Vec<Expected>,
    timeout: Duration,
    mistakes: Vec<String>,
}

#[derive(Debug, Clone)]
struct Body {
    media_type: String,
    content: String,
}

#[derive(Debug, Clone)]
enum Expected {
    Contains(String),
    Matches(String),
    FieldEquals(Path, String),
    FieldWithin(Path, Bound),
    Within(Duration),
}

/// A check that asks a server and expects success: a status from 200 to 299.
pub fn http(url: impl Into<String>) -> Http {
    let url = url.into();
    let mut mistakes = Vec::new();
    if has_userinfo(&url) {
        let reason = "has a user in it, which is not sent; use `basic_from_env`";
        mistakes.push(format!("`{}` {reason}", redact(&url)));
    }
    Http {
        url,
        method: None,
        headers: Vec::new(),
        body: None,
        status: 200..=299,
        expected: Vec::new(),
        timeout: TIMEOUT,
        mistakes,
    }
}

impl Http {
    /// The method; without, GET, or POST where there is a body.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        let method = method.into();
        if Method::from_bytes(method.as_bytes()).is_err() {
            self.mistakes.push(format!("`{method}` is no HTTP method"));
        }
        self.method = Some(method);
        self
    }

    /// Adds a header.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_header(Header::literal(name.into(), value.into()))
    }

    /// Adds a header whose value is in a variable of the environment; it is shown nowhere, and sent to no other server.
    pub fn header_from_env(self, name: impl Into<String>, variable: impl Into<String>) -> Self {
        self.with_header(Header::from_variable(name.into(), variable.into()))
    }

    /// Shows a bearer token from a variable of the environment.
    pub fn bearer_from_env(self, variable: impl Into<String>) -> Self {
        self.with_header(Header::bearer(variable.into()))
    }

    /// Signs in with a user's name and a password from variables of the environment.
    pub fn basic_from_env(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.with_header(Header::basic(user.into(), password.into()))
    }

    /// Sends a body. In one of a JSON type, values are written as content of strings; in a form, they are percent-encoded.
    pub fn body(mut self, media_type: impl Into<String>, content: impl Into<String>) -> Self {
        self.body = Some(Body { media_type: media_type.into(), content: content.into() });
        self
    }

    /// Expects this status.
    pub fn status(self, status: u16) -> Self {
        self.statuses(status..=status)
    }

    /// Expects one of these statuses. A redirection among them is not followed.
    pub fn statuses(mut self, statuses: RangeInclusive<u16>) -> Self {
        if statuses.is_empty() {
            self.mistakes.push("no status is expected".to_owned());
        }
        self.status = statuses;
        self
    }

    /// Expects this text somewhere in the body.
    pub fn contains(self, text: impl Into<String>) -> Self {
        self.expect(Expected::Contains(text.into()))
    }

    /// Expects the whole body, without white space around it, to look so; `*` stands for any text.
    pub fn matches(self, pattern: impl Into<String>) -> Self {
        self.expect(Expected::Matches(pattern.into()))
    }

    /// Expects this value at a path of a JSON body: `.field_equals("checks[name=database].status", "up")`.
    pub fn field_equals(self, path: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.with_field(path, |path| Expected::FieldEquals(path, value))
    }

    /// Expects a number below this at a path of a JSON body.
    pub fn field_below(self, path: &str, limit: f64) -> Self {
        self.field_within(path, Bound::Below(limit))
    }

    /// Expects a number above this at a path of a JSON body.
    pub fn field_above(self, path: &str, limit: f64) -> Self {
        self.field_within(path, Bound::Above(limit))
    }

    /// Expects such a number at a path of a JSON body.
    pub fn field_within(mut self, path: &str, bound: Bound) -> Self {
        self.mistakes.extend(bound.mistake());
        self.with_field(path, |path| Expected::FieldWithin(path, bound))
    }

    /// Expects the whole answer, connecting included, in less than this.
    pub fn faster_than(self, latency: Duration) -> Self {
        self.expect(Expected::Within(latency))
    }

    /// How long the answer may take before it counts as none; 10 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What is wrong with the check itself.
    pub fn mistakes(&self) -> Vec<String> {
        self.mistakes.clone()
    }

    fn with_header(mut self, header: Header) -> Self {
        self.mistakes.extend(header.mistake());
        self.headers.push(header);
        self
    }

    fn with_field(mut self, path: &str, expected: impl FnOnce(Path) -> Expected) -> Self {
        match Path::parse(path) {
            Ok(path) => self.expect(expected(path)),
            Err(error) => {
                self.mistakes.push(format!("`{path}`: {error}"));
                self
            }
        }
    }

    fn expect(mut self, expected: Expected) -> Self {
        self.expected.push(expected);
        self
    }

    fn verb(&self) -> &str {
        self.method.as_deref().unwrap_or(if self.body.is_some() { "POST" } else { "GET" })
    }

    /// Asks, and follows redirections where they are not what is expected. Secrets stay with the origin they were meant for.
    fn exchange(&self, asked: &Asked<'_>, evidence: &mut Evidence) -> Result<(Reply, Duration), Stopped> {
        let url = expand(&self.url, asked, &[], &percent_encode)?;
        evidence.note("url", redact(&url));
        evidence.note("method", self.verb());
        let first: Uri = url
            .parse()
            .ok()
            .filter(|uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
            .ok_or_else(|| Stopped::Mistake(format!("`{}` is no HTTP address", redact(&url))))?;
        let body = self.body.as_ref().map(|body| body.fill(asked)).transpose()?;
        let mut headers = Vec::new();
        for header in &self.headers {
            let resolved = header.resolve(evidence, |value| expand(value, asked, &[], &plain));
            headers.push((header.is_secret(), resolved.map_err(Stopped::from)?));
        }
        if let Some(body) = &self.body {
            headers.push((false, ("content-type".to_owned(), body.media_type.clone())));
        }
        let started = Instant::now();
        let until = started + self.timeout;
        let mut uri = first.clone();
        for _ in 0..=REDIRECTS {
            let is_home = origin(&uri) == origin(&first);
            let sent: Vec<_> = headers
                .iter()
                .filter(|(is_secret, _)| is_home || !is_secret)
                .map(|(_, header)| header.clone())
                .collect();
            let question = Question {
                method: self.verb(),
                uri: &uri,
                headers: &sent,
                body: body.as_deref(),
                until,
                limit: BODY,
            };
            let reply = ask(&question).map_err(|reason| {
                Stopped::Unreachable(format!("`{}`: {reason}", redact(&uri.to_string())))
            })?;
            let is_redirection = matches!(reply.status, 301 | 302 | 303 | 307 | 308)
                && !self.status.contains(&reply.status)
                && matches!(self.verb(), "GET" | "HEAD");
            let next = reply.location.as_deref().filter(|_| is_redirection);
            let Some(next) = next.and_then(|location| join(&uri, location)) else {
                return Ok((reply, started.elapsed()));
            };
            evidence.note("redirected_to", redact(&next.to_string()));
            if uri.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                let address = redact(&next.to_string());
                return Err(Stopped::Mismatch(format!(
                    "it redirects to `{address}`, which is not encrypted"
                )));
            }
            uri = next;
        }
        Err(Stopped::Mismatch(format!("it redirects more than {REDIRECTS} times")))
    }
}

/// Why there is nothing to compare.
enum Stopped {
    Placeholder(PlaceholderError),
    Mistake(String),
    Unreachable(String),
    Mismatch(String),
}

impl From<PlaceholderError> for Stopped {
    fn from(error: PlaceholderError) -> Self {
        Self::Placeholder(error)
    }
}

impl From<HeaderError<PlaceholderError>> for Stopped {
    fn from(error: HeaderError<PlaceholderError>) -> Self {
        match error {
            HeaderError::Fill(error) => Self::Placeholder(error),
            error => Self::Unreachable(error.to_string()),
        }
    }
}

impl Stopped {
    fn sample(self, evidence: Evidence) -> Sample {
        match self {
            Self::Placeholder(error @ PlaceholderError::NothingBefore) => evidence.no_data(error),
            Self::Placeholder(error) => evidence.mistake(error),
            Self::Mistake(reason) => evidence.mistake(reason),
            Self::Unreachable(reason) => evidence.error(reason),
            Self::Mismatch(reason) => evidence.fail(reason),
        }
    }
}

impl Check for Http {
    fn mistakes(&self) -> Vec<String> {
        Self::mistakes(self)
    }

    fn kind(&self) -> &'static str {
        "http"
    }

    fn specification(&self) -> String {
        let headers: Vec<_> = self.headers.iter().map(Header::specification).collect();
        let body = self.body.as_ref().map(|body| json!({"type": body.media_type, "content": body.content}));
        let expected: Vec<_> = self.expected.iter().map(ToString::to_string).collect();
        json!({
            "url": redact(&self.url),
            "method": self.verb(),
            "headers": headers,
            "body": body,
            "status": [self.status.start(), self.status.end()],
            "expected": expected,
        })
        .to_string()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        if let Some(mistake) = self.mistakes.first() {
            return evidence.mistake(mistake);
        }
        let (reply, latency) = match self.exchange(asked, &mut evidence) {
            Ok(answered) => answered,
            Err(stopped) => return stopped.sample(evidence),
        };
        evidence.note("status", reply.status);
        evidence.note("latency_ms", latency.as_millis() as u64);
        if !reply.body.is_empty() {
            evidence.note("body", excerpt(&reply.body));
        }
        if !self.status.contains(&reply.status) {
            let (first, last) = (self.status.start(), self.status.end());
            let range = if first == last { first.to_string() } else { format!("{first} to {last}") };
            return evidence.fail(format!("the status is {}, not {range}", reply.status));
        }
        for expected in &self.expected {
            match expected.compare(&reply, latency, asked) {
                Ok(()) => {}
                Err(stopped) => return stopped.sample(evidence),
            }
        }
        evidence.pass(format!("{} in {} ms", reply.status, latency.as_millis()))
    }
}

impl Body {
    fn fill(&self, asked: &Asked<'_>) -> Result<Vec<u8>, PlaceholderError> {
        let media_type = self.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let escape: &dyn Fn(&str) -> String = match media_type.as_str() {
            "application/x-www-form-urlencoded" => &percent_encode,
            json if json.ends_with("/json") || json.ends_with("+json") => &in_json,
            _ => &plain,
        };
        Ok(expand(&self.content, asked, &[], escape)?.into_bytes())
    }
}

impl Expected {
    fn compare(&self, reply: &Reply, latency: Duration, asked: &Asked<'_>) -> Result<(), Stopped> {
        let fill = |text: &str| expand(text, asked, &[], &plain);
        let field = |path: &Path| {
            whole(reply)?;
            document::get(Format::Json, &reply.body, path)
                .map(|scalar| scalar.text)
                .map_err(|error| Stopped::Mismatch(error.to_string()))
        };
        let (holds, reason) = match self {
            Self::Contains(text) => {
                let text = fill(text)?;
                let holds = String::from_utf8_lossy(&reply.body).contains(&text);
                if !holds {
                    whole(reply)?;
                }
                (holds, format!("the body does not contain `{text}`"))
            }
            Self::Matches(pattern) => {
                whole(reply)?;
                let pattern = fill(pattern)?;
                let body = String::from_utf8_lossy(&reply.body);
                (is_like(body.trim(), &pattern), format!("the body does not look like `{pattern}`"))
            }
            Self::FieldEquals(path, value) => {
                let (value, found) = (fill(value)?, field(path)?);
                (found == value, format!("`{path}` is `{found}`, not `{value}`"))
            }
            Self::FieldWithin(path, bound) => {
                let found = field(path)?;
                let holds = found.parse().is_ok_and(|number| bound.holds(number));
                (holds, format!("`{path}` is `{found}`, not {bound}"))
            }
            Self::Within(limit) => {
                let (took, limit) = (latency.as_millis(), limit.as_millis());
                (took < limit, format!("it took {took} ms, not less than {limit} ms"))
            }
        };
        if holds { Ok(()) } else { Err(Stopped::Mismatch(reason)) }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contains(text) => write!(formatter, "contains {}", Value::from(text.as_str())),
            Self::Matches(pattern) => write!(formatter, "matches {}", Value::from(pattern.as_str())),
            Self::FieldEquals(path, value) => {
                write!(formatter, "{path} equals {}", Value::from(value.as_str()))
            }
            Self::FieldWithin(path, bound) => write!(formatter, "{path} {bound}"),
            Self::Within(limit) => write!(formatter, "within {} ms", limit.as_millis()),
        }
    }
}

/// A body beyond the limit cannot be compared as a whole.
fn whole(reply: &Reply) -> Result<(), Stopped> {
    if reply.is_cut {
        return Err(Stopped::Unreachable(format!(
            "the body is larger than {BODY} bytes, and was not read whole"
        )));
    }
    Ok(())
}

/// Whether a text looks like a pattern in which `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (text, pattern) in
            [("ok", "ok"), ("ok", "*"), ("ok", "o*k"), ("version 1.2 ok", "version *.* ok"), ("aab", "*ab")]
        {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [("ok", "o"), ("ok", "k*"), ("ok", "ok*k"), ("a", "*b"), ("ab", "*b*a")] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn a_specification_tells_checks_apart_and_has_no_secrets() {
        let plain = http("https://a.io/{phase}?token=s3cret").header("authorization", "s3cret");
        assert!(!plain.specification().contains("s3cret"), "{}", plain.specification());
        let others = [
            plain.clone().status(204),
            plain.clone().contains("x"),
            plain.clone().matches("x"),
            plain.clone().field_equals("a", "x"),
            plain.clone().field_below("a", 1.0),
            plain.clone().faster_than(Duration::from_secs(1)),
            plain.clone().method("HEAD"),
            plain.clone().header_from_env("x", "Y"),
            plain.clone().body("text/plain", "x"),
        ];
        let mut all: Vec<_> = others.iter().map(Check::specification).collect();
        all.push(plain.specification());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 10);
    }

    #[test]
    fn mistakes_are_known_before_anybody_is_asked() {
        assert_eq!(http("https://a.io").field_below("a", 1.0).mistakes(), Vec::<String>::new());
        for mistaken in [
            http("https://u:p@a.io"),
            http("https://a.io").method("G T"),
            http("https://a.io").header("a b", "c"),
            http("https://a.io").field_equals("a[", "b"),
            http("https://a.io").field_within("a", Bound::Between(2.0, 1.0)),
        ] {
            assert_eq!(mistaken.mistakes().len(), 1, "{mistaken:?}");
        }
    }
}
