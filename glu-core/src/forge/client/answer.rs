//! What a forge answers, and what that means when it is no yes.

use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, HeaderValue};

use super::super::ForgeProblem;
use super::words::{shorten, words};

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// What the forge says of a refusal, without secrets.
    pub(super) said: String,
}

impl Answer {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body. An empty one is null.
    ///
    /// # Errors
    /// When it is another thing than is expected.
    pub fn read<T: DeserializeOwned>(&self, doing: &str) -> Result<T, ForgeProblem> {
        let body: &[u8] = if self.body.is_empty() { b"null" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| ForgeProblem::Unavailable {
            doing: doing.to_owned(),
            reason: format!("the answer is not what is documented: {}", shorten(&error.to_string())),
        })
    }

    /// What the forge says of a refusal, in its own words, shortened and without secrets; empty where it says nothing.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Whether it is meant for people: a sign-in page, or what a proxy puts before the forge.
    pub(super) fn is_page(&self) -> bool {
        let is_html = |media: &str| media.trim_start().to_ascii_lowercase().starts_with("text/html");
        self.header("content-type").is_some_and(is_html)
    }

    /// Takes note of what is said, before anybody can show it.
    pub(super) fn listen(mut self, redact: impl Fn(&str) -> String) -> Self {
        if !(200..=399).contains(&self.status) {
            self.said = shorten(&redact(&words(&self.body)));
            // Some refusals are explained by what their headers say.
            for value in self.headers.values_mut() {
                let Ok(text) = value.to_str() else { continue };
                let hidden = redact(text);
                if hidden != text {
                    *value = HeaderValue::from_str(&hidden).unwrap_or(HeaderValue::from_static("***"));
                }
            }
        }
        self
    }

    /// What the status means.
    pub(super) fn problem(&self, doing: &str) -> ForgeProblem {
        let doing = doing.to_owned();
        let reason = match self.said.as_str() {
            "" => format!("status {}", self.status),
            said => said.to_owned(),
        };
        match self.status {
            401 => ForgeProblem::Unauthorized { doing, reason },
            403 => ForgeProblem::Forbidden { doing, reason },
            404 | 410 => ForgeProblem::NotFound { doing },
            409 | 412 => ForgeProblem::Conflict { doing, reason },
            400 | 405 | 406 | 413 | 415 | 422 => ForgeProblem::Invalid { doing, reason },
            429 => ForgeProblem::RateLimited { until: None },
            status if self.said.is_empty() => {
                ForgeProblem::Unavailable { doing, reason: format!("status {status}") }
            }
            status => ForgeProblem::Unavailable { doing, reason: format!("status {status}, {reason}") },
        }
    }
}
