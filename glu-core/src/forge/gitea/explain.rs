//! What refusals mean, and which scope or access would change them.

use super::super::ForgeProblem;
use super::super::client::Answer;

const ACCESS: &str = "its account wants write access to the repository";

/// Says with a refusal what is wanted, where that is known.
pub(super) fn explain(answer: &Answer, problem: ForgeProblem) -> ForgeProblem {
    match problem {
        ForgeProblem::Forbidden { doing, reason } => {
            let reason = match scopes(&reason) {
                Some(scopes) => format!("the token wants the scope {scopes}"),
                None => format!("{reason}; {ACCESS}"),
            };
            ForgeProblem::Forbidden { doing, reason }
        }
        // What is not found is who was asked, not where.
        ForgeProblem::NotFound { doing }
            if ["User '", "Team '"].iter().any(|whom| answer.said().contains(whom)) =>
        {
            ForgeProblem::Invalid { doing, reason: answer.said().to_owned() }
        }
        ForgeProblem::Invalid { doing, reason } if reason.contains("not allowed to merge") => {
            ForgeProblem::Forbidden { doing, reason: format!("{reason}; {ACCESS}") }
        }
        other => other,
    }
}

/// The scopes that a token would need: `required=[write:issue]` in Gitea's words, `required scope(s): [write:issue]` in Forgejo's.
fn scopes(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("required scope(s)")?;
    let (list, _) = rest.split_once('[')?.1.split_once(']')?;
    let scopes: Vec<&str> = list.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
    (!scopes.is_empty()).then(|| scopes.join(" or "))
}
