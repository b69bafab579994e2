//! GitLab as it is spoken with: over the forge in memory where that has the thing, else against single answers.

mod answers;
mod life;
mod outward;
mod trouble;

use std::sync::Arc;

use jiff::Timestamp;

use super::{Connection, GitLab, api_of};
use crate::clock::FakeClock;
use crate::credential::{Credential, Secret};
use crate::forge::client::Limits;
use crate::forge::{self, Forge as _, Wording};
use crate::settings::Settings;
use crate::testing::forge::Hosted;
use crate::testing::forge::gitlab::GitLabServer;
use crate::testing::forge::server::Server;
use crate::testing::{Directory, Remote};

/// A project on the forge in memory, and GitLab's dialect over it.
struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    hosted: Arc<Hosted>,
    server: GitLabServer,
    gitlab: GitLab,
    _directory: Directory,
}

/// A project in a group's group with a branch `change` that changes one line of a file.
fn place() -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let hosted = Hosted::new("acme/platform/environments", &remote);
    let server = GitLabServer::start(hosted.clone());
    let gitlab = server.connect();
    Place { remote, clock, hosted, server, gitlab, _directory: directory }
}

/// A connection to a server that says what a test wants.
fn scripted(server: &Server) -> GitLab {
    GitLab::connect(&connection(&server.url(), "acme/environments", "glpat-s3cr3t")).unwrap()
}

fn connection(api: &str, project: &str, token: &str) -> Connection {
    Connection {
        api: api.to_owned(),
        project: project.to_owned(),
        credential: Some(Credential::AccessToken(Secret::new(token))),
        is_job: false,
        ca_cert_path: None,
        insecure_skip_tls: false,
        clock: Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH)),
        limits: Limits::default(),
    }
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_remotes_address_opens_its_gitlab() {
    let tokens = [("CI_JOB_TOKEN".to_owned(), Secret::new("t"))].into();
    let settings = Settings { tokens, ..Settings::default() };
    for (address, expected) in [
        ("git@gitlab.com:acme/env.git", "GitLab's acme/env https://gitlab.com/api/v4"),
        ("ssh://git@altssh.gitlab.com:443/acme/a/b/env", "GitLab's acme/a/b/env https://gitlab.com/api/v4"),
        (
            "https://gitlab.acme.example:8443/acme/platform/env",
            "acme/platform/env on the GitLab of gitlab.acme.example:8443 https://gitlab.acme.example:8443/api/v4",
        ),
        (
            "http://gitlab-eu.example/acme/env",
            "acme/env on the GitLab of gitlab-eu.example http://gitlab-eu.example/api/v4",
        ),
    ] {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let place = forge::Place::of("env", &settings, Some(address), clock).unwrap();
        let connection = Connection::of(place.clone());
        assert!(connection.is_job);
        let opened = forge::open(place).unwrap();
        assert_eq!(opened.kind(), "gitlab");
        assert_eq!(format!("{} {}", opened.describe(), connection.api), expected);
    }
}

#[test]
fn a_gitlab_may_be_in_a_folder_and_is_named_by_its_own_address_or_its_apis() {
    let described = |api: &str, project: &str| {
        GitLab::connect(&connection(api, project, "t")).map(|gitlab| gitlab.describe())
    };
    for api in ["https://example.com/tools/gitlab", "https://example.com/tools/gitlab/api/v4/"] {
        for project in ["tools/gitlab/acme/env", "acme/env"] {
            let expected = "acme/env on the GitLab of example.com/tools/gitlab";
            assert_eq!(described(api, project).unwrap(), expected, "{api} {project}");
        }
    }
    assert_eq!(described(&api_of("gitlab.com"), "a/b/c").unwrap(), "GitLab's a/b/c");
    for project in ["env", "", "a//b", "/"] {
        let error = described(&api_of("gitlab.com"), project).unwrap_err().to_string();
        assert!(error.contains("is no `group/project`"), "{project}: {error}");
    }
}

#[test]
fn connecting_needs_a_credential_that_fits() {
    let connect = |credential: Option<Credential>| {
        let connection = Connection { credential, ..connection("https://gitlab.com", "a/b", "t") };
        GitLab::connect(&connection).map(|gitlab| gitlab.is_job).map_err(|error| error.to_string())
    };
    let basic =
        |username: &str| Credential::Basic { username: username.to_owned(), password: Secret::new("t") };
    assert_eq!(connect(Some(basic("oauth2"))), Ok(false));
    assert_eq!(connect(Some(basic("gitlab-ci-token"))), Ok(true));
    assert_eq!(connect(Some(Credential::AccessToken(Secret::new("glcbt-64_x")))), Ok(true));
    assert_eq!(connect(None).unwrap_err(), "GitLab's a/b: no credential is configured; set GITLAB_TOKEN");
    assert!(connect(Some(Credential::DockerLocal)).unwrap_err().contains("give it a token"));
}

#[test]
fn a_project_is_one_piece_of_a_path_and_a_token_has_its_own_header() {
    let place = place();
    place.gitlab.find("change", "main").unwrap();
    let asked = place.server.server().requests();
    assert_eq!(asked[0].path, "/api/v4/projects/acme%2Fplatform%2Fenvironments/merge_requests");
    assert!(asked[0].header("private-token").is_some() && asked[0].header("authorization").is_none());
}
