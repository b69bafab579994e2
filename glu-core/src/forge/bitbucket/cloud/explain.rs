//! What Bitbucket Cloud's refusals mean, and what would change them.

use super::super::super::ForgeProblem;
use super::super::super::client::Answer;

/// Says with a refusal what is wanted, where Bitbucket tells.
pub(super) fn explain(answer: &Answer, problem: ForgeProblem) -> ForgeProblem {
    match problem {
        ForgeProblem::Unauthorized { doing, reason } => {
            let advice = "an API token or an app password goes with its owner's e-mail address or name as a `basic` credential, \
                          only an access token goes alone";
            ForgeProblem::Unauthorized { doing, reason: format!("{reason}; {advice}") }
        }
        ForgeProblem::Forbidden { doing, reason } => {
            let wanted = answer.header("x-accepted-oauth-scopes").map(str::trim);
            let wanted = wanted.filter(|scopes| !scopes.is_empty() && !reason.contains(*scopes));
            let reason = match wanted {
                Some(scopes) => format!("{reason}; the token wants the scope {scopes}"),
                None => reason,
            };
            ForgeProblem::Forbidden { doing, reason }
        }
        ForgeProblem::Invalid { doing, reason } if reason.to_lowercase().contains("already") => {
            ForgeProblem::Conflict { doing, reason }
        }
        other => other,
    }
}
