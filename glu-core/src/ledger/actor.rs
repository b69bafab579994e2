//! Who acts: a CI's actor, or whom git knows.
//!
//! A name is a claim, as an author's is in git: what may be believed is decided by who may write to the ledger.

use std::collections::BTreeMap;

use crate::access::Access;
use crate::settings::Author;

/// A CI system: the variable that says it is there, what actors are called after, and the variables with its actor, the best first.
struct System {
    marker: &'static str,
    name: &'static str,
    actors: &'static [&'static str],
}

/// From each system's documentation of its predefined variables.
const SYSTEMS: &[System] = &[
    // Who started a run anew is another than who started it first.
    System { marker: "GITHUB_ACTIONS", name: "github", actors: &["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"] },
    System { marker: "GITLAB_CI", name: "gitlab", actors: &["GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL"] },
    System {
        marker: "BITBUCKET_BUILD_NUMBER",
        name: "bitbucket",
        actors: &["BITBUCKET_STEP_TRIGGERER_UUID"],
    },
    System { marker: "TF_BUILD", name: "azure", actors: &["BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR"] },
    System { marker: "CIRCLECI", name: "circleci", actors: &["CIRCLE_USERNAME"] },
    System {
        marker: "BUILDKITE",
        name: "buildkite",
        actors: &["BUILDKITE_UNBLOCKER_EMAIL", "BUILDKITE_BUILD_CREATOR_EMAIL", "BUILDKITE_BUILD_CREATOR"],
    },
    // With the plugin for build user variables.
    System { marker: "JENKINS_URL", name: "jenkins", actors: &["BUILD_USER_EMAIL", "BUILD_USER_ID"] },
];

/// Overrules everything: for other CI systems, and for programs that act for somebody.
const OVERRIDE: &str = "GLU_ACTOR";

/// Nobody said.
const UNKNOWN: &str = "unknown";

/// Who acts, by the environment: `GLU_ACTOR`, else the actor of the CI system that this runs in, such as `github:octocat`; else
/// the fallback as `Name <address>`.
pub fn actor(environment: &BTreeMap<String, String>, fallback: Option<&Author>) -> String {
    by_environment(environment).or_else(|| fallback.map(named)).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Who acts, with git's own identity as the fallback. Whom the configuration names as the author of commits comes last: that file
/// is shared by all who could act.
pub fn actor_here(environment: &BTreeMap<String, String>, access: &Access) -> String {
    if let Some(actor) = by_environment(environment) {
        return actor;
    }
    let settings = access.settings();
    let home = settings.ledger_ref().map(|(source, _)| source).or_else(|| settings.default_git());
    let person = home
        .and_then(|source| access.repository(source).ok()?.signature(None, access.now()).ok())
        .map(|signature| Author { name: signature.name, email: signature.email });
    actor(environment, person.as_ref().or(settings.author.as_ref()))
}

fn by_environment(environment: &BTreeMap<String, String>) -> Option<String> {
    let value = |name: &str| {
        let value = environment.get(name).map(|value| one_line(value))?;
        (!value.is_empty()).then_some(value)
    };
    value(OVERRIDE).or_else(|| {
        let here = |system: &&System| value(system.marker).is_some_and(|value| value != "false");
        let system = SYSTEMS.iter().find(here)?;
        let actor = system.actors.iter().find_map(|name| value(name))?;
        Some(format!("{}:{actor}", system.name))
    })
}

fn named(author: &Author) -> String {
    one_line(&format!("{} <{}>", author.name, author.email))
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn ada() -> Author {
        Author { name: "Ada Example".to_owned(), email: "ada@example.com".to_owned() }
    }

    #[test]
    fn a_cis_actor_comes_before_gits() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "octocat")], "github:octocat"),
            (
                &[("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "a"), ("GITHUB_TRIGGERING_ACTOR", "b")],
                "github:b",
            ),
            (&[("GITLAB_CI", "true"), ("GITLAB_USER_LOGIN", "jane")], "gitlab:jane"),
            (&[("BITBUCKET_BUILD_NUMBER", "7"), ("BITBUCKET_STEP_TRIGGERER_UUID", "{u}")], "bitbucket:{u}"),
            (&[("TF_BUILD", "True"), ("BUILD_REQUESTEDFOREMAIL", "j@example.com")], "azure:j@example.com"),
            (&[("GLU_ACTOR", "bot"), ("GITLAB_CI", "true"), ("GITLAB_USER_LOGIN", "jane")], "bot"),
        ];
        for (variables, expected) in cases {
            assert_eq!(actor(&environment(variables), Some(&ada())), *expected);
        }
    }

    #[test]
    fn elsewhere_it_is_whom_git_knows() {
        // A variable that is left over on a laptop is no CI.
        let stray =
            environment(&[("GITHUB_ACTOR", "octocat"), ("GITLAB_CI", ""), ("GITHUB_ACTIONS", "false")]);
        assert_eq!(actor(&stray, Some(&ada())), "Ada Example <ada@example.com>");
        assert_eq!(actor(&stray, None), "unknown");
        assert_eq!(actor(&environment(&[("GLU_ACTOR", " a\nb ")]), None), "a b");
    }
}
