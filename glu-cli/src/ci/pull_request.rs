//! The pull request that a run is for, by whatever name its forge calls it.

use std::fmt;

use glu_core::forge::Kind;
use serde_json::Value;

use super::{Ci, Variables};

/// A pull request, and the repository that it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// What the forge is, where the system tells.
    pub kind: Option<Kind>,
    /// The repository's address, for people or for git.
    pub repository: String,
    /// Where the forge's API is, where the system tells.
    pub api: Option<String>,
    /// Its number.
    pub number: u64,
}

impl fmt::Display for PullRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pull request {} of {}", self.number, self.repository)
    }
}

/// What stands between a repository's address and a pull request's number, by forge. The longer ones come first.
const TAILS: &[(&str, Kind)] = &[
    ("/-/merge_requests/", Kind::Gitlab),
    ("/merge_requests/", Kind::Gitlab),
    ("/pull-requests/", Kind::Bitbucket),
    ("/pullrequest/", Kind::Azure),
    ("/pulls/", Kind::Gitea),
    ("/pull/", Kind::Github),
];

impl PullRequest {
    /// The pull request that a run is for, by the variables of its CI system.
    pub fn here(environment: &std::collections::BTreeMap<String, String>) -> Option<Self> {
        (Ci::here(environment)?.system.pull_request)(&Variables(environment))
    }

    /// A pull request by its own address.
    pub(super) fn at(address: &str) -> Option<Self> {
        let (place, number, kind) = TAILS.iter().find_map(|(tail, kind)| {
            let (place, rest) = address.split_once(tail)?;
            Some((place, number(rest.split(['/', '?', '#']).next()?)?, *kind))
        })?;
        let host = place.split_once("://")?.1.split('/').next()?;
        let kind = Kind::of_host(host).unwrap_or(kind);
        let (kind, repository) = match data_center(place) {
            Some(repository) => (Kind::BitbucketDataCenter, repository),
            None => (kind, place.to_owned()),
        };
        Some(Self { kind: Some(kind), repository, api: None, number })
    }

    /// A pull request by the variables with its number and with the repository's address.
    pub(super) fn of(variables: &Variables<'_>, name: &str, repository: &str) -> Option<Self> {
        let number = number(&variables.line(name)?)?;
        Some(Self { kind: None, repository: variables.line(repository)?, api: None, number })
    }

    /// The pull request of a run by GitHub's conventions: in the name of its ref, else in the event that started it.
    pub(super) fn of_actions(variables: &Variables<'_>, kind: Kind) -> Option<Self> {
        let reference = variables.line("GITHUB_REF").unwrap_or_default();
        let of_reference =
            reference.strip_prefix("refs/pull/").and_then(|rest| number(rest.split('/').next()?));
        let server = variables.line("GITHUB_SERVER_URL")?;
        Some(Self {
            kind: Some(kind),
            repository: format!("{}/{}", server.trim_end_matches('/'), variables.line("GITHUB_REPOSITORY")?),
            api: variables.line("GITHUB_API_URL"),
            number: of_reference.or_else(|| of_event(&variables.line("GITHUB_EVENT_PATH")?))?,
        })
    }
}

/// The pull request of an event, in the file that describes it. A comment on one is such an event too.
fn of_event(file: &str) -> Option<u64> {
    let event: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let commented = event.get("issue").filter(|issue| issue.get("pull_request").is_some());
    event.get("pull_request").or(commented)?.get("number")?.as_u64()
}

/// The address for git of a repository in a Bitbucket Data Center, by the one for people.
fn data_center(place: &str) -> Option<String> {
    let (before, slug) = place.split_once("/repos/")?;
    let (root, project) = match before.rsplit_once("/projects/") {
        Some((root, project)) => (root, project.to_owned()),
        None => before.rsplit_once("/users/").map(|(root, user)| (root, format!("~{user}")))?,
    };
    Some(format!("{root}/scm/{project}/{slug}"))
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_the_repository_and_the_forge() {
        for (address, repository, kind) in [
            ("https://github.com/acme/shop/pull/7", "https://github.com/acme/shop", Kind::Github),
            ("https://git.example/acme/shop/pull/7/files", "https://git.example/acme/shop", Kind::Github),
            ("https://codeberg.org/acme/shop/pulls/7", "https://codeberg.org/acme/shop", Kind::Forgejo),
            ("https://git.example/acme/shop/pulls/7", "https://git.example/acme/shop", Kind::Gitea),
            (
                "https://git.example/a/b/c/-/merge_requests/7#note_1",
                "https://git.example/a/b/c",
                Kind::Gitlab,
            ),
            (
                "https://bitbucket.org/acme/shop/pull-requests/7",
                "https://bitbucket.org/acme/shop",
                Kind::Bitbucket,
            ),
            (
                "https://git.example/projects/ENV/repos/shop/pull-requests/7/overview",
                "https://git.example/scm/ENV/shop",
                Kind::BitbucketDataCenter,
            ),
            (
                "https://git.example/users/ada/repos/shop/pull-requests/7",
                "https://git.example/scm/~ada/shop",
                Kind::BitbucketDataCenter,
            ),
            (
                "https://dev.azure.com/acme/The%20Shop/_git/shop/pullrequest/7",
                "https://dev.azure.com/acme/The%20Shop/_git/shop",
                Kind::Azure,
            ),
        ] {
            let found = PullRequest::at(address).unwrap();
            assert_eq!((found.repository.as_str(), found.kind, found.number), (repository, Some(kind), 7));
        }
        for address in ["https://github.com/acme/shop", "https://github.com/acme/shop/pull/x", "/pull/7", ""]
        {
            assert_eq!(PullRequest::at(address), None, "{address}");
        }
    }
}
