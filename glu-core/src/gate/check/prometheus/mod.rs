//! Questions to a Prometheus, or to whatever speaks its HTTP interface: `prometheus("https://prometheus.example.com").query("...").below(0.01)`.

mod api;
mod burn_rate;
mod query;
mod reduce;

use std::time::Duration;

use super::exchange::{Header, has_userinfo, redact};

pub use api::ApiError;
pub(super) use api::Time;
pub use burn_rate::BurnRate;
pub use query::Query;
pub(super) use query::{note_remarks, note_time, range_mistake, window};
pub use reduce::Reduce;

/// How long a sample may take, with all its questions.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A Prometheus; made by [`prometheus`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Prometheus {
    base: String,
    headers: Vec<Header>,
    timeout: Duration,
    mistakes: Vec<String>,
}

/// A Prometheus by its address, without `/api/v1`.
pub fn prometheus(base_url: impl Into<String>) -> Prometheus {
    let base = base_url.into().trim_end_matches('/').to_owned();
    let mut mistakes = Vec::new();
    if has_userinfo(&base) {
        mistakes
            .push(format!("`{}` has a user in it, which is not sent; use `basic_from_env`", redact(&base)));
    } else if !base.starts_with("http://") && !base.starts_with("https://") {
        mistakes.push(format!("`{}` is no HTTP address", redact(&base)));
    } else if base.contains(['?', '#']) {
        mistakes.push(format!("`{}` is more than the beginning of an address", redact(&base)));
    }
    Prometheus { base, headers: Vec::new(), timeout: TIMEOUT, mistakes }
}

impl Prometheus {
    /// Shows a bearer token from a variable of the environment.
    pub fn bearer_from_env(self, variable: impl Into<String>) -> Self {
        self.with_header(Header::bearer(variable.into()))
    }

    /// Signs in with a user's name and a password from variables of the environment.
    pub fn basic_from_env(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.with_header(Header::basic(user.into(), password.into()))
    }

    /// Adds a header, such as a tenant's name.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_header(Header::literal(name.into(), value.into()))
    }

    /// How long a sample may take with all its questions; 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A check of what a query gives.
    ///
    /// Placeholders (`{pipeline}`, `{phase}`, `{state}`, `{digest}`, `{from}` and the state's fields by name) are escaped as content of
    /// strings: `errors{version="{tag}"}`.
    pub fn query(self, promql: impl Into<String>) -> Query {
        Query::new(self, promql.into())
    }

    /// A check of how fast an error budget is used up, for an objective such as 0.999.
    pub fn burn_rate(self, objective: f64) -> BurnRate {
        BurnRate::new(self, objective)
    }

    pub(super) fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    pub(super) fn time_limit(&self) -> Duration {
        self.timeout
    }

    /// What it is, without secrets.
    pub(super) fn specification(&self) -> serde_json::Value {
        let headers: Vec<_> = self.headers.iter().map(Header::specification).collect();
        serde_json::json!({"url": redact(&self.base), "headers": headers})
    }

    fn with_header(mut self, header: Header) -> Self {
        self.mistakes.extend(header.mistake());
        self.headers.push(header);
        self
    }
}
