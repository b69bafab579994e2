//! GraphQL, for what REST does not have. It answers 200 whatever happens; what went wrong is in the body.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::ForgeProblem;
use super::super::client::{Method, Request};
use super::super::fit::fit_line;
use super::GitHub;

/// A document, and whether it may be sent twice.
pub(super) struct Document {
    pub(super) text: &'static str,
    pub(super) is_repeatable: bool,
}

#[derive(Deserialize)]
struct Answered {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

impl GitHub {
    /// Asks, and gives the answer's data.
    pub(super) fn graphql(
        &self,
        doing: &str,
        document: &Document,
        variables: &Value,
    ) -> Result<Value, ForgeProblem> {
        let body = json!({"query": document.text, "variables": variables});
        let mut request = Request::new(Method::Post, doing, &self.graphql).body(&body);
        if document.is_repeatable {
            request = request.repeatable();
        }
        let answered: Answered = self.client.ask(&request)?.read(doing)?;
        let doing = doing.to_owned();
        let Some(first) = answered.errors.first() else {
            let reason = "the answer has no data".to_owned();
            return answered.data.ok_or(ForgeProblem::Unavailable { doing, reason });
        };
        let messages: Vec<&str> = answered.errors.iter().map(|error| error.message.as_str()).collect();
        let reason = fit_line(&messages.join("; "), 300);
        Err(match first.kind.as_str() {
            "NOT_FOUND" => ForgeProblem::NotFound { doing },
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => ForgeProblem::Forbidden { doing, reason },
            "RATE_LIMITED" | "RATE_LIMIT" => ForgeProblem::RateLimited { until: None },
            "STALE_DATA" => ForgeProblem::Conflict { doing, reason },
            "UNPROCESSABLE" | "VALIDATION" | "" => ForgeProblem::Invalid { doing, reason },
            _ => ForgeProblem::Unavailable { doing, reason },
        })
    }
}
