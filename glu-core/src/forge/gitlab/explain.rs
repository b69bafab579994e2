//! What GitLab's refusals mean, and what the token would need.

use serde_json::Value;

use super::super::ForgeProblem;
use super::super::client::Answer;

/// What a job's own token may do.
pub(super) const JOB: &str = "a CI_JOB_TOKEN only lists merge requests and notes deployments; set GITLAB_TOKEN to a project access token with the \
                              scope api and the role Developer";

/// Says with a refusal what a job's own token lacks. GitLab takes it for nobody where it may not go, and hides private projects from nobody.
pub(super) fn to_job(_: &Answer, problem: ForgeProblem) -> ForgeProblem {
    let more = |reason: &str| format!("{reason}; {JOB}");
    match problem {
        ForgeProblem::Forbidden { doing, reason } => ForgeProblem::Forbidden { doing, reason: more(&reason) },
        ForgeProblem::Unauthorized { doing, reason } => {
            ForgeProblem::Unauthorized { doing, reason: more(&reason) }
        }
        ForgeProblem::NotFound { doing } => ForgeProblem::NotFound { doing: format!("{doing} ({JOB})") },
        other => other,
    }
}

/// Says with a refusal what is wanted, where that is known.
pub(super) fn explain(answer: &Answer, problem: ForgeProblem) -> ForgeProblem {
    match problem {
        ForgeProblem::Forbidden { doing, reason } => {
            let body = answer.read::<Value>(&doing).unwrap_or_default();
            let wanted = match (body["error"].as_str(), body["scope"].as_str()) {
                (Some("insufficient_scope"), Some(scope)) => {
                    // One is enough, and `api` has all of them.
                    let scope = if scope.split_whitespace().any(|word| word == "api") { "api" } else { scope };
                    format!("the token wants the scope {scope}")
                }
                (Some("insufficient_scope"), None) => "the token wants the scope api".to_owned(),
                _ => "the token wants the scope api and the role Developer, or more where something is protected"
                    .to_owned(),
            };
            ForgeProblem::Forbidden { doing, reason: format!("{reason}; {wanted}") }
        }
        // GitLab says so of who may not merge, with a token that is good.
        ForgeProblem::Unauthorized { doing, reason } if doing == super::merge::DOING => {
            let wanted = "whoever merges has to be allowed to merge into the base branch";
            ForgeProblem::Forbidden { doing, reason: format!("{reason}; {wanted}") }
        }
        other => other,
    }
}
