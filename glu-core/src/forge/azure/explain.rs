//! What Azure DevOps' refusals mean: its statuses say little, its numbered messages (`TF401179`) and its sign-in pages more.

use super::super::ForgeProblem;
use super::super::client::Answer;

const SIGN_IN: &str =
    "it shows its sign-in page instead of an answer, so the token is not valid for it, or has expired";
const EXPIRED: &str = "the token has expired";

/// Says what a refusal means.
pub(super) fn explain(answer: &Answer, problem: ForgeProblem) -> ForgeProblem {
    let doing = doing(&problem);
    let unauthorized =
        |reason: &str| ForgeProblem::Unauthorized { doing: doing.clone(), reason: reason.to_owned() };
    if has_expired(answer) {
        return unauthorized(EXPIRED);
    }
    if is_sign_in(answer) {
        return unauthorized(SIGN_IN);
    }
    let said = answer.said();
    if is_any(said, &["TF401179", "TF401181", "TF401192"]) {
        // There is one already; it is completed or abandoned; somebody else was faster.
        return ForgeProblem::Conflict { doing, reason: said.to_owned() };
    }
    match problem {
        ForgeProblem::Forbidden { doing, reason } => {
            let reason = match permission(&reason) {
                Some(permission) => format!(
                    "{reason}; whoever the token is of wants the permission \"{permission}\" in the repository's security settings"
                ),
                None => reason,
            };
            ForgeProblem::Forbidden { doing, reason }
        }
        other => other,
    }
}

/// Whether a reason says all there is to say of a token.
pub(super) fn is_told(reason: &str) -> bool {
    reason == SIGN_IN || reason == EXPIRED
}

fn doing(problem: &ForgeProblem) -> String {
    match problem {
        ForgeProblem::Unauthorized { doing, .. }
        | ForgeProblem::Forbidden { doing, .. }
        | ForgeProblem::NotFound { doing }
        | ForgeProblem::Conflict { doing, .. }
        | ForgeProblem::Invalid { doing, .. }
        | ForgeProblem::Unavailable { doing, .. } => doing.clone(),
        _ => "asking it something".to_owned(),
    }
}

/// 203 is the page itself, 302 the way to it.
fn is_sign_in(answer: &Answer) -> bool {
    let location = answer.header("location").unwrap_or_default().to_ascii_lowercase();
    match answer.status {
        203 => true,
        301 | 302 | 307 | 308 => {
            ["/_signin", "//login.", "/login"].iter().any(|sign| location.contains(sign))
        }
        _ => false,
    }
}

fn has_expired(answer: &Answer) -> bool {
    let header = answer.header("x-tfs-serviceerror").unwrap_or_default();
    let told = [header, answer.said()].map(|text| text.replace("%20", " ").to_ascii_lowercase());
    told.iter().any(|text| text.contains("access token used has expired"))
}

/// The permission that a message names, as people find it in the settings.
fn permission(reason: &str) -> Option<&'static str> {
    [
        ("'PullRequestContribute'", "Contribute to pull requests"),
        ("'GenericContribute'", "Contribute"),
        ("'GenericRead'", "Read"),
    ]
    .into_iter()
    .find_map(|(name, shown)| reason.contains(name).then_some(shown))
}

fn is_any(said: &str, numbers: &[&str]) -> bool {
    numbers.iter().any(|number| said.contains(number))
}
