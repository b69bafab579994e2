//! Bitbucket, which is two products that share a name and nothing of their APIs: [`cloud`] and [`data_center`].
//!
//! What a user must know:
//! - Cloud takes an access token of a workspace, project or repository alone, and an API token or app password with its owner's e-mail address or
//!   name as a `basic` credential; Data Center takes an HTTP access token alone or a password with a name. `BITBUCKET_TOKEN` holds one that goes alone.
//! - Scopes in the cloud: `pullrequest:write`, `repository:write`, and `account` where reviewers are named. Data Center: "repository write".
//! - Neither has labels, assignees, milestones or teams as reviewers: these are left out. Only Data Center notes deployments (7.16 or newer).
//! - Only Data Center merges by itself (8.15 or newer), knows conflicts beforehand and lets a closed proposal be opened again; drafts want 8.18 there.
//! - Both show HTML comments to people, so glu's marks are written as link definitions that nothing refers to, which nobody sees.

pub mod cloud;
pub mod data_center;
mod marks;

use super::ForgeProblem;
use super::client::Authorization;
use super::fit::{self, fit_line};
use crate::credential::Credential;

pub use cloud::Cloud;
pub use data_center::DataCenter;

/// How long a text or a comment may be, in characters (`32,768`), with room for the form that marks take.
const BODY: usize = 32_000;
const TITLE: usize = 255;
/// How long the words of a build status may be.
const LINE: usize = 255;

/// Who we are, to either of them.
fn authorization(credential: &Credential) -> Result<Authorization, ForgeProblem> {
    let unfit = |reason: &str| ForgeProblem::Unauthorized {
        doing: "preparing to sign in".to_owned(),
        reason: reason.to_owned(),
    };
    match credential {
        Credential::AccessToken(token) => Ok(Authorization::bearer(token)),
        Credential::Basic { username, password } => Ok(Authorization::basic(username, password)),
        Credential::GithubApp { .. } => Err(unfit("a GitHub App is for GitHub; give it a token")),
        Credential::Ssh { .. } => Err(unfit("an ssh key opens the repository, not the API; give it a token")),
        Credential::DockerLocal => Err(unfit("Docker's credentials are for registries; give it a token")),
    }
}

/// A text as it is written to the forge, cut where it is too long.
fn fit(text: &str) -> String {
    fit::fit(&marks::outward(text), BODY + 700)
}

/// A name as the key of a build status: itself where it fits, else its beginning and a digest that tells it from others.
fn key(name: &str, limit: usize) -> String {
    if name.chars().count() <= limit {
        return name.to_owned();
    }
    let digest = hmac_sha256::Hash::hash(name.as_bytes());
    let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let start: String = name.chars().take(limit - 1 - digest.len()).collect();
    format!("{start}-{digest}")
}

/// What becomes of a team that is asked for a review: neither product has them.
fn people(reviewers: &[String]) -> impl Iterator<Item = &str> {
    reviewers.iter().map(String::as_str).filter(|reviewer| !reviewer.starts_with("team/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_a_key_of_its_own() {
        assert_eq!(key("glu/checkout/production", 40), "glu/checkout/production");
        let long = |end: &str| key(&format!("glu/{}/{end}", "checkout".repeat(5)), 40);
        assert_eq!(long("staging").chars().count(), 40);
        assert!(long("staging").starts_with("glu/checkoutcheckout"), "{}", long("staging"));
        assert_ne!(long("staging"), long("production"));
    }

    #[test]
    fn a_text_is_cut_and_says_so() {
        let cut = fit(&"ü".repeat(40_000));
        assert!(cut.chars().count() <= 32_768 && cut.ends_with("(There was more than fits.)"));
        assert_eq!(fit("short"), "short");
        assert_eq!(fit_line("a\n b", 10), "a b");
        assert_eq!(fit_line("0123456789ab", 10), "0123456...");
    }
}
