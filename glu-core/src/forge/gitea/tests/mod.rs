//! Gitea and Forgejo as they are spoken with: over the forge in memory where that has the thing, else against single answers.

mod answers;
mod life;
mod merge;
mod strict;
mod trouble;

use std::sync::Arc;

use jiff::Timestamp;

use super::{Connection, Gitea};
use crate::clock::FakeClock;
use crate::credential::{Credential, Secret};
use crate::forge::client::Limits;
use crate::forge::{self, Forge as _, Kind, Wording};
use crate::settings::Settings;
use crate::testing::forge::Hosted;
use crate::testing::forge::gitea::GiteaServer;
use crate::testing::forge::server::Server;
use crate::testing::{Directory, Remote};

/// A repository on the forge in memory, and Gitea's dialect over it.
struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    hosted: Arc<Hosted>,
    server: GiteaServer,
    gitea: Gitea,
    _directory: Directory,
}

/// A repository with a branch `change` that changes one line of a file.
fn place_of(start: fn(Arc<Hosted>) -> GiteaServer) -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let hosted = Hosted::new("acme/environments", &remote);
    let server = start(hosted.clone());
    let gitea = server.connect();
    Place { remote, clock, hosted, server, gitea, _directory: directory }
}

fn place() -> Place {
    place_of(GiteaServer::start)
}

fn connection(kind: Kind, api: &str, repository: &str, credential: Option<Credential>) -> Connection {
    Connection {
        kind,
        api: api.to_owned(),
        repository: repository.to_owned(),
        credential,
        ca_cert_path: None,
        insecure_skip_tls: false,
        clock: Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH)),
        limits: Limits::default(),
    }
}

/// A connection to a server that says what a test wants.
fn scripted(server: &Server) -> Gitea {
    let credential = Some(Credential::AccessToken(Secret::new("s3cr3t")));
    Gitea::connect(&connection(Kind::Gitea, &server.url(), "acme/environments", credential)).unwrap()
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_remotes_address_opens_its_forge() {
    let tokens = [("GITEA_TOKEN".to_owned(), Secret::new("t"))].into();
    let settings = Settings { tokens, ..Settings::default() };
    let opened = |address: &str| {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let place = forge::Place::of("env", &settings, Some(address), clock).unwrap();
        let api = Connection::of(place.clone()).api;
        let forge = forge::open(place).unwrap();
        format!("{}: {} {api}", forge.kind(), forge.describe())
    };
    for (address, expected) in [
        (
            "git@codeberg.org:acme/env.git",
            "forgejo: acme/env on the Forgejo of codeberg.org https://codeberg.org/api/v1",
        ),
        (
            "http://gitea.acme.example:3000/acme/env",
            "gitea: acme/env on the Gitea of gitea.acme.example:3000 http://gitea.acme.example:3000/api/v1",
        ),
        (
            "https://forgejo.acme.example/sub/git/acme/env",
            "forgejo: acme/env on the Forgejo of forgejo.acme.example https://forgejo.acme.example/sub/git/api/v1",
        ),
    ] {
        assert_eq!(opened(address), expected);
    }
}

#[test]
fn connecting_needs_a_repository_and_a_credential_that_fits() {
    let api = "https://gitea.acme.example/api/v1";
    let connect = |repository: &str, credential: Option<Credential>| {
        Gitea::connect(&connection(Kind::Gitea, api, repository, credential))
            .map(|gitea| gitea.describe())
            .map_err(|error| error.to_string())
    };
    let token = || Some(Credential::AccessToken(Secret::new("t")));
    assert_eq!(connect("a/b", token()).unwrap(), "a/b on the Gitea of gitea.acme.example");
    assert_eq!(
        connect("a/b", None).unwrap_err(),
        "a/b on the Gitea of gitea.acme.example: no credential is configured; set GITEA_TOKEN or FORGEJO_TOKEN"
    );
    assert!(connect("a/b", Some(Credential::DockerLocal)).unwrap_err().contains("give it a token"));
    for repository in ["a", "/b", "a/", "a/b/c"] {
        assert!(connect(repository, token()).unwrap_err().contains("is no `owner/name`"), "{repository}");
    }
}

#[test]
fn a_name_and_a_password_are_sent_as_such() {
    let server = Server::start(|_| crate::testing::forge::server::Reply::json(200, &serde_json::json!([])));
    let pair = Credential::Basic { username: "ada".to_owned(), password: Secret::new("s3cr3t") };
    let gitea = Gitea::connect(&connection(Kind::Forgejo, &server.url(), "a/b", Some(pair))).unwrap();
    gitea.reviews(1).unwrap();
    scripted(&server).reviews(1).unwrap();
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("authorization").unwrap_or_default().to_owned())
        .collect();
    // `ada:s3cr3t` in Base64.
    assert_eq!(sent, ["Basic YWRhOnMzY3IzdA==", "token s3cr3t"]);
}
