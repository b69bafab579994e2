//! What Bitbucket Data Center's refusals mean: it names an exception with each, and the statuses alone mislead. A missing permission is a 401, and
//! nearly all else a 409.

use serde_json::Value;

use super::super::super::ForgeProblem;
use super::super::super::client::Answer;
use super::super::fit_line;

/// Says what a refusal is, and what is wanted.
pub(super) fn explain(answer: &Answer, problem: ForgeProblem) -> ForgeProblem {
    let body: Value = answer.read("reading a refusal").unwrap_or_default();
    let first = &body["errors"][0];
    let exception = first["exceptionName"].as_str().unwrap_or_default();
    match problem {
        ForgeProblem::Unauthorized { doing, reason } | ForgeProblem::Forbidden { doing, reason }
            if exception.ends_with("AuthorisationException") =>
        {
            let is_reading =
                ["reading", "looking", "listing", "asking"].iter().any(|word| doing.starts_with(word));
            let permission = if is_reading { "repository read" } else { "repository write" };
            let reason = format!("{reason}; the token and its owner want the permission \"{permission}\"");
            ForgeProblem::Forbidden { doing, reason }
        }
        ForgeProblem::Conflict { doing, reason } => {
            // Only these say that something else was quicker.
            let races =
                ["OutOfDateException", "DuplicatePullRequestException", "IllegalPullRequestStateException"];
            if exception.is_empty() || races.iter().any(|race| exception.ends_with(race)) {
                return ForgeProblem::Conflict { doing, reason };
            }
            let details = ["reviewerErrors", "vetoes"].iter().flat_map(|field| sentences(&first[*field]));
            let reason = std::iter::once(reason).chain(details).collect::<Vec<_>>().join("; ");
            ForgeProblem::Invalid { doing, reason }
        }
        other => other,
    }
}

/// What single reviewers or merge checks are refused for.
fn sentences(list: &Value) -> Vec<String> {
    let text = |item: &Value| {
        let message = item["message"].as_str().or(item["summaryMessage"].as_str())?;
        Some(fit_line(message, 200))
    };
    list.as_array().into_iter().flatten().take(5).filter_map(text).collect()
}
