//! The harness of the end-to-end suite: real programs in surroundings of their own, real servers, a real terminal.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test starts what it needs, and a failure ends it"
)]

/// The variables by which CI systems are recognised: the suite may run in one, and what it starts must not notice.
pub const CI_MARKERS: &[&str] = &[
    "CI",
    "BITBUCKET_BUILD_NUMBER",
    "BUILDKITE",
    "CIRCLECI",
    "CI_SYSTEM_NAME",
    "DRONE",
    "FORGEJO_ACTIONS",
    "GITEA_ACTIONS",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TF_BUILD",
];

pub mod descendants;
pub mod forges;
pub mod github;
pub mod program;
pub mod proposals;
pub mod secrets;
pub mod server;
pub mod site;
pub mod terminal;
