//! GitHub as it is spoken with: over the forge in memory where that has the thing, else against single answers.

mod answers;
mod app;
mod life;
mod trouble;

use std::sync::Arc;

use jiff::Timestamp;

use super::{GitHub, api_of};
use crate::clock::FakeClock;
use crate::credential::{Credential, Secret};
use crate::forge::client::Limits;
use crate::forge::github::Connection;
use crate::forge::{self, Forge as _, Wording};
use crate::settings::Settings;
use crate::testing::forge::Hosted;
use crate::testing::forge::github::GitHubServer;
use crate::testing::forge::server::Server;
use crate::testing::{Directory, Remote};

/// A repository on the forge in memory, and GitHub's dialect over it.
struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    hosted: Arc<Hosted>,
    server: GitHubServer,
    github: GitHub,
    directory: Directory,
}

/// A repository with a branch `change` that changes one line of a file.
fn place() -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let hosted = Hosted::new("acme/environments", &remote);
    let server = GitHubServer::start(hosted.clone());
    let github = server.connect();
    Place { remote, clock, hosted, server, github, directory }
}

/// A connection to a server that says what a test wants.
fn scripted(server: &Server) -> GitHub {
    GitHub::connect(&Connection {
        api: server.url(),
        repository: "acme/environments".to_owned(),
        credential: Some(Credential::AccessToken(Secret::new("ghp_s3cr3t"))),
        ca_cert_path: None,
        insecure_skip_tls: false,
        clock: Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH)),
        limits: Limits::default(),
    })
    .unwrap()
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

#[test]
fn hosts_have_their_api_in_different_places() {
    assert_eq!(api_of("github.com"), "https://api.github.com");
    assert_eq!(api_of("octocorp.ghe.com"), "https://api.octocorp.ghe.com");
    assert_eq!(api_of("github.acme.example:8443"), "https://github.acme.example:8443/api/v3");
}

#[test]
fn a_remotes_address_opens_its_github() {
    let tokens = [("GH_TOKEN".to_owned(), Secret::new("t"))].into();
    let settings = Settings { tokens, ..Settings::default() };
    let opened = |address: &str| {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let place = forge::Place::of("env", &settings, Some(address), clock).unwrap();
        let api = Connection::of(place.clone()).api;
        format!("{} {api}", forge::open(place).unwrap().describe())
    };
    for (address, expected) in [
        ("git@github.com:acme/env.git", "GitHub's acme/env https://api.github.com"),
        ("https://octo.ghe.com/acme/env", "acme/env on the GitHub of octo.ghe.com https://api.octo.ghe.com"),
        (
            "https://github.acme.example:8443/acme/env",
            "acme/env on the GitHub of github.acme.example:8443 https://github.acme.example:8443/api/v3",
        ),
    ] {
        assert_eq!(opened(address), expected);
    }
}

#[test]
fn connecting_needs_a_repository_and_a_credential_that_fits() {
    let connect = |api: &str, repository: &str, credential: Option<Credential>| {
        GitHub::connect(&Connection {
            api: api.to_owned(),
            repository: repository.to_owned(),
            credential,
            ca_cert_path: None,
            insecure_skip_tls: false,
            clock: Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH)),
            limits: Limits::default(),
        })
        .map(|github| github.describe())
        .map_err(|error| error.to_string())
    };
    let cloud = api_of("github.com");
    let token = || Some(Credential::AccessToken(Secret::new("t")));
    let password = Some(Credential::Basic { username: "x".to_owned(), password: Secret::new("t") });
    assert_eq!(connect(&cloud, "a/b", token()).unwrap(), "GitHub's a/b");
    assert_eq!(connect(&cloud, "a/b", password).unwrap(), "GitHub's a/b");
    assert_eq!(
        connect(&api_of("git.acme.example"), "a/b", token()).unwrap(),
        "a/b on the GitHub of git.acme.example"
    );
    assert_eq!(
        connect(&cloud, "a/b", None).unwrap_err(),
        "GitHub's a/b: no credential is configured; set GITHUB_TOKEN or GH_TOKEN"
    );
    assert!(connect(&cloud, "a/b", Some(Credential::DockerLocal)).unwrap_err().contains("give it a token"));
    for repository in ["a", "/b", "a/", "a/b/c"] {
        assert!(
            connect(&cloud, repository, token()).unwrap_err().contains("is no `owner/name`"),
            "{repository}"
        );
    }
}
