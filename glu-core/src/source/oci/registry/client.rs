//! HTTP with limits: time, size, attempts, and where a login may travel.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use ureq::Timeout;
use ureq::http::{HeaderMap, HeaderValue, Request as HttpRequest, Uri, header};

use super::super::error::{OciError, shorten};
use crate::credential::Secret;
use crate::http::{Agents, address, join, origin};

const ATTEMPTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(250);
/// The longest wait that a server may ask for; when it wants more, we give up and say so.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 5;

/// An HTTP client.
pub(super) struct Client {
    agents: Agents,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
}

/// A request. The authorization never leaves the origin that it is addressed to.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) accept: Option<&'a str>,
    pub(super) authorization: Option<Secret>,
    pub(super) form: Option<Secret>,
    pub(super) limit: u64,
}

/// An answer, read to its end.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(super) uri: Uri,
}

impl Client {
    pub(super) fn new(ca_cert_path: Option<PathBuf>) -> Self {
        Self { agents: Agents::new(ca_cert_path) }
    }

    /// Sends a request, follows redirects, and tries again what may pass.
    pub(super) fn send(&self, request: &Request<'_>, subject: &str) -> Result<Response, OciError> {
        let mut uri = request.uri.clone();
        for _ in 0..=REDIRECTS {
            let keeps_origin = origin(&uri) == origin(&request.uri);
            let authorization = request.authorization.as_ref().filter(|_| keeps_origin);
            let response = self.insist(request, &uri, authorization, subject)?;
            if request.method == Method::Post || !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let next = response.header("location").and_then(|location| join(&uri, location));
            let Some(next) = next else { return Ok(response) };
            if uri.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                return Err(OciError::Unreachable {
                    address: address(&uri),
                    reason: format!("it redirects to `{}`, which is not encrypted", address(&next)),
                });
            }
            uri = next;
        }
        let reason = format!("it redirects more than {REDIRECTS} times");
        Err(OciError::Unreachable { address: address(&request.uri), reason })
    }

    fn insist(
        &self,
        request: &Request<'_>,
        uri: &Uri,
        authorization: Option<&Secret>,
        subject: &str,
    ) -> Result<Response, OciError> {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(request, uri, authorization);
            let wait = match &outcome {
                Ok(response) if matches!(response.status, 429 | 500 | 502 | 503 | 504) => {
                    response.retry_after()
                }
                Err(error) if may_pass(error) => None,
                _ => Some(Duration::MAX),
            };
            let wait = wait.unwrap_or(BACKOFF * 3u32.pow(attempt - 1));
            if attempt == ATTEMPTS || wait > LONGEST_WAIT {
                return outcome.map_err(|error| explain(error, request, uri, subject));
            }
            std::thread::sleep(wait);
            attempt += 1;
        }
    }

    fn attempt(
        &self,
        request: &Request<'_>,
        uri: &Uri,
        authorization: Option<&Secret>,
    ) -> Result<Response, Failure> {
        let method = match request.method {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
        };
        let mut builder = HttpRequest::builder().method(method).uri(uri);
        if let Some(accept) = request.accept {
            builder = builder.header(header::ACCEPT, accept);
        }
        if let Some(authorization) = authorization {
            let mut value =
                HeaderValue::from_str(authorization.expose()).map_err(|_| Failure::UnfitCredential)?;
            value.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, value);
        }
        let agent = self
            .agents
            .agent(uri)
            .map_err(|error| Failure::Ours(OciError::Certificates { reason: error.to_string() }))?;
        let response = match &request.form {
            Some(form) => {
                let builder = builder.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                agent.run(builder.body(form.expose()).map_err(ureq::Error::from)?)
            }
            None => agent.run(builder.body(()).map_err(ureq::Error::from)?),
        };
        let (parts, mut body) = response?.into_parts();
        let body = body.with_config().limit(request.limit).read_to_vec()?;
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body, uri: uri.clone() })
    }
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asks us to wait. A date instead of seconds counts as nothing.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }

    /// What the server says about a failure, in the specification's form or not at all.
    pub(super) fn complaint(&self) -> String {
        #[derive(Deserialize)]
        struct Complaint {
            errors: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            #[serde(default)]
            code: String,
            #[serde(default)]
            message: String,
        }
        let first = serde_json::from_slice::<Complaint>(&self.body)
            .ok()
            .and_then(|body| body.errors.into_iter().next());
        first.map_or(String::new(), |entry| {
            shorten(&format!("{} {}", entry.code, entry.message)).trim().to_owned()
        })
    }

    pub(super) fn unexpected(&self) -> OciError {
        OciError::Status { address: address(&self.uri), status: self.status, reason: self.complaint() }
    }
}

/// An attempt's failure, before anybody knows whether it is final.
enum Failure {
    Http(ureq::Error),
    UnfitCredential,
    Ours(OciError),
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        Self::Http(error)
    }
}

fn may_pass(failure: &Failure) -> bool {
    let Failure::Http(error) = failure else { return false };
    match error {
        // TLS reports a certificate that it does not trust as invalid data.
        ureq::Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
        ureq::Error::Timeout(timeout) => matches!(timeout, Timeout::Connect | Timeout::Resolve),
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
        _ => false,
    }
}

fn explain(failure: Failure, request: &Request<'_>, uri: &Uri, subject: &str) -> OciError {
    let reason = match failure {
        Failure::Ours(error) => return error,
        Failure::UnfitCredential => {
            let registry = uri.host().unwrap_or_default().to_owned();
            let reason = "the credential has characters that no HTTP header carries".to_owned();
            return OciError::Credential { registry, reason };
        }
        Failure::Http(ureq::Error::BodyExceedsLimit(_)) => {
            return OciError::TooLarge { subject: subject.to_owned(), limit: request.limit };
        }
        Failure::Http(ureq::Error::Io(error)) => error.to_string(),
        Failure::Http(ureq::Error::HostNotFound) => "there is no such host".to_owned(),
        Failure::Http(ureq::Error::Timeout(timeout)) => format!("it took too long ({timeout})"),
        Failure::Http(error) => error.to_string(),
    };
    OciError::Unreachable { address: address(uri), reason: shorten(&reason) }
}
