//! One try at one request.

use ureq::Timeout;
use ureq::http::{HeaderValue, Request as HttpRequest, Uri, header};

use super::super::ForgeProblem;
use super::words::shorten;
use super::{Answer, Authorization, Client, Method, Request};
use crate::http::address;

/// The largest answer: a hundred proposals with the longest texts that there are.
const SIZE: u64 = 32 * 1024 * 1024;

/// Why there is no answer.
pub(super) enum Failure {
    Http(ureq::Error),
    /// It is nobody else's fault, and stays so.
    Ours(String),
}

impl Client {
    pub(super) fn attempt(
        &self,
        request: &Request<'_>,
        uri: &Uri,
        authorization: Option<&Authorization>,
    ) -> Result<Answer, Failure> {
        let target = uri.to_string();
        let mut builder = HttpRequest::builder().method(request.method.name()).uri(uri);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            builder = builder.header(header::ACCEPT, "application/json");
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        if let Some(authorization) = authorization {
            let value = HeaderValue::from_str(authorization.value().expose());
            let mut value = value.map_err(|_| {
                Failure::Ours("the credential has characters that no header carries".to_owned())
            })?;
            value.set_sensitive(true);
            builder = builder.header(authorization.name(), value);
        }
        let known = (request.method == Method::Get).then(|| self.validators.find(&target)).flatten();
        if let Some((tag, _)) = &known {
            builder = builder.header(header::IF_NONE_MATCH, tag);
        }
        let agent = self.agents.agent(uri).map_err(|error| Failure::Ours(error.to_string()))?;
        let response = match request.body {
            Some(body) => {
                let builder = builder.header(header::CONTENT_TYPE, "application/json");
                agent.run(builder.body(body.to_string()).map_err(ureq::Error::from)?)
            }
            None => agent.run(builder.body(()).map_err(ureq::Error::from)?),
        };
        let (parts, mut body) = response?.into_parts();
        let body = body.with_config().limit(SIZE).read_to_vec()?;
        let answer =
            Answer { status: parts.status.as_u16(), headers: parts.headers, body, said: String::new() };
        if request.method == Method::Get && answer.status == 200 {
            self.validators.keep(&target, &answer);
        }
        if answer.status == 304
            && let Some((_, before)) = known
        {
            // The limits are news; the rest is as it was.
            let mut headers = before.headers;
            headers.extend(answer.headers);
            return Ok(Answer { headers, ..before });
        }
        let redact = |text: &str| authorization.map_or(text.to_owned(), |secret| secret.redact(text));
        Ok(answer.listen(redact))
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        Self::Http(error)
    }
}

impl Failure {
    /// Whether the server cannot have heard anything.
    pub(super) fn nothing_was_sent(&self) -> bool {
        use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
        let Self::Http(error) = self else { return true };
        match error {
            ureq::Error::Io(error) => matches!(
                error.kind(),
                AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable
            ),
            ureq::Error::Timeout(timeout) => matches!(timeout, Timeout::Connect | Timeout::Resolve),
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
            _ => false,
        }
    }

    /// Whether it may be otherwise the next time.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Http(error) = self else { return false };
        match error {
            // TLS reports a certificate that it does not trust as invalid data.
            ureq::Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
            ureq::Error::Timeout(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Protocol(_) => true,
            _ => false,
        }
    }

    pub(super) fn problem(self, doing: &str, uri: &Uri) -> ForgeProblem {
        let reason = match self {
            Self::Ours(reason) => reason,
            Self::Http(ureq::Error::HostNotFound) => {
                format!("there is no host `{}`", uri.host().unwrap_or_default())
            }
            Self::Http(ureq::Error::BodyExceedsLimit(_)) => {
                format!("the answer is larger than {} MiB", SIZE / (1024 * 1024))
            }
            Self::Http(ureq::Error::Timeout(timeout)) => {
                format!("`{}` took too long ({timeout})", address(uri))
            }
            Self::Http(ureq::Error::Io(error)) => {
                format!("cannot reach `{}`: {}", address(uri), shorten(&error.to_string()))
            }
            Self::Http(error) => format!("cannot reach `{}`: {}", address(uri), shorten(&error.to_string())),
        };
        ForgeProblem::Unavailable { doing: doing.to_owned(), reason }
    }
}
