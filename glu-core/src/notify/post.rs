//! One request, and whether it is worth sending again.

use std::io::{ErrorKind, Read as _};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use super::deliver::{Attempt, Undelivered};
use super::settings::Mistake;
use crate::credential::Secret;
use crate::http::Agents;

static AGENTS: LazyLock<Agents> = LazyLock::new(|| Agents::new(None));

/// How much of an answer is looked at, in bytes.
const ANSWER: u64 = 4096;

const UNTRUSTED: &str = "no connection that can be trusted (TLS)";

/// An address, which is a secret: whoever knows it can send to it.
pub(super) struct Address(Uri);

impl Address {
    /// Takes an absolute address.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn parse(url: &Secret) -> Result<Self, Mistake> {
        let wrong = || Mistake::new("url", "it is no address that begins with `https://` or `http://`");
        let uri: Uri = url.expose().trim().parse().map_err(|_| wrong())?;
        let is_http = matches!(uri.scheme_str(), Some("https" | "http"));
        let host = uri.host().filter(|host| !host.is_empty());
        if is_http && host.is_some() { Ok(Self(uri)) } else { Err(wrong()) }
    }

    /// Sends JSON, once and without following anybody elsewhere.
    ///
    /// # Errors
    /// Why it was not taken, without anything of the address.
    pub(super) fn post(
        &self,
        headers: &[(HeaderName, HeaderValue)],
        body: &[u8],
        attempt: &Attempt,
    ) -> Result<(), Undelivered> {
        let left = attempt.until.saturating_duration_since(Instant::now());
        let agent = AGENTS.agent(&self.0).map_err(|error| Undelivered::for_good(error.to_string()))?;
        let mut request = Request::post(&self.0)
            .header("content-type", "application/json")
            // Those who listen seldom hear from us: a connection that was kept would be closed by then.
            .header("connection", "close")
            .body(body)
            .map_err(|_| Undelivered::for_good("the request cannot be made"))?;
        for (name, value) in headers {
            request.headers_mut().append(name, value.clone());
        }
        let request = agent.configure_request(request).timeout_global(Some(left)).build();
        let (parts, mut body) =
            agent.run(request).map_err(|error| Undelivered::for_now(unreachable(&error), None))?.into_parts();
        let status = parts.status.as_u16();
        if (200..300).contains(&status) {
            return Ok(());
        }
        let mut answer = Vec::new();
        // The status says enough where the rest does not come.
        let _ = body.as_reader().take(ANSWER).read_to_end(&mut answer);
        let said = self.said(&answer).map_or(String::new(), |said| format!(": {said}"));
        match status {
            300..400 => {
                Err(Undelivered::for_good(format!("it answers {status}, and nobody is followed elsewhere")))
            }
            429 | 500.. => {
                let after = retry_after(&parts.headers, attempt.now);
                Err(Undelivered::for_now(format!("it answers {status}{said}"), after))
            }
            _ => Err(Undelivered::for_good(format!("it answers {status}{said}"))),
        }
    }

    /// A short word of the answer, such as `invalid_payload`. Anything else may quote what it was sent, or the address.
    fn said<'a>(&self, answer: &'a [u8]) -> Option<&'a str> {
        let word = std::str::from_utf8(answer).ok()?.trim();
        let is_word = !word.is_empty()
            && word.len() <= 40
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        (is_word && !self.0.to_string().contains(word)).then_some(word)
    }
}

/// Why nobody answered. An error's own words may hold the address.
fn unreachable(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            "it cannot be reached in time".to_owned()
        }
        ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        // What rustls has to say comes as data that is not valid.
        ureq::Error::Io(error) if error.kind() == ErrorKind::InvalidData => UNTRUSTED.to_owned(),
        ureq::Error::Io(error) => format!("no connection: {}", error.kind()),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => UNTRUSTED.to_owned(),
        _ => "the request failed".to_owned(),
    }
}

/// How long to wait by `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}
