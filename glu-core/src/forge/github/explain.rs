//! What GitHub's refusals mean, and which permission would change them.

use super::super::ForgeProblem;
use super::super::client::Answer;

/// Says with a refusal what is wanted, where GitHub tells.
pub(super) fn explain(answer: &Answer, problem: ForgeProblem) -> ForgeProblem {
    let wanted = wanted(answer);
    match problem {
        ForgeProblem::Forbidden { doing, reason } => {
            let said = reason.to_lowercase();
            let advice = if answer.header("x-github-sso").is_some() {
                Some("the token has to be authorised for the organisation's single sign-on".to_owned())
            } else if said.contains("not permitted to create or approve pull requests") {
                Some(
                    "the settings for Actions have \"Allow GitHub Actions to create and approve pull requests\""
                        .to_owned(),
                )
            } else {
                wanted
            };
            let reason = advice.map_or(reason.clone(), |advice| format!("{reason}; {advice}"));
            ForgeProblem::Forbidden { doing, reason }
        }
        // GitHub hides what one may not see.
        ForgeProblem::NotFound { doing } => {
            let doing = wanted.map_or(doing.clone(), |wanted| format!("{doing} ({wanted})"));
            ForgeProblem::NotFound { doing }
        }
        ForgeProblem::Invalid { doing, reason } => {
            let said = reason.to_lowercase();
            let is_conflict = said.contains("already exists") || said.contains("was modified");
            match is_conflict {
                true => ForgeProblem::Conflict { doing, reason },
                false => ForgeProblem::Invalid { doing, reason },
            }
        }
        other => other,
    }
}

/// What the credential would need: a permission of a fine-grained token, an App or a job, or a scope of a classic token.
fn wanted(answer: &Answer) -> Option<String> {
    let filled = |name| answer.header(name).map(str::trim).filter(|value| !value.is_empty());
    if let Some(permissions) = filled("x-accepted-github-permissions") {
        let permissions = permissions.replace(',', " and ").replace(';', ", or");
        return Some(format!("it wants the permission {permissions}"));
    }
    // Only classic tokens have scopes.
    let has = answer.header("x-oauth-scopes")?;
    let wanted = filled("x-accepted-oauth-scopes")?;
    let scopes = |list: &str| list.split(',').map(|scope| scope.trim().to_owned()).collect::<Vec<_>>();
    let has = scopes(has);
    if scopes(wanted).iter().any(|scope| has.contains(scope)) {
        return None;
    }
    Some(format!("the token wants one of the scopes {wanted}"))
}
