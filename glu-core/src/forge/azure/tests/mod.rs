//! Azure DevOps as it is spoken with: over the forge in memory where that has the thing, else against single answers.

mod answers;
mod life;
mod trouble;

use std::sync::Arc;

use jiff::Timestamp;

use super::{Address, AzureDevOps, Connection, fit, fit_line};
use crate::clock::FakeClock;
use crate::credential::{Credential, Secret};
use crate::forge::client::Limits;
use crate::forge::{self, Forge as _, Wording};
use crate::settings::Settings;
use crate::testing::forge::Hosted;
use crate::testing::forge::azure::AzureServer;
use crate::testing::forge::server::Server;
use crate::testing::{Directory, Remote};

/// A repository on the forge in memory, and Azure DevOps' dialect over it.
struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    hosted: Arc<Hosted>,
    server: AzureServer,
    azure: AzureDevOps,
    _directory: Directory,
}

/// A repository with a branch `change` that changes one line of a file.
fn place() -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    // Names with blanks, as Azure DevOps' people like them.
    let hosted = Hosted::new("acme/My Shop/the env", &remote);
    let server = AzureServer::start(hosted.clone());
    let azure = server.connect();
    Place { remote, clock, hosted, server, azure, _directory: directory }
}

fn connection(collection: &str, credential: Option<Credential>) -> Connection {
    Connection {
        address: Address {
            collection: collection.to_owned(),
            identities: format!("{collection}/people"),
            project: "shop".to_owned(),
            repository: "env".to_owned(),
        },
        credential,
        is_of_job: false,
        page: 100,
        ca_cert_path: None,
        insecure_skip_tls: false,
        clock: Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH)),
        limits: Limits::default(),
    }
}

/// A connection to a server that says what a test wants.
fn scripted(server: &Server) -> AzureDevOps {
    let token = Credential::AccessToken(Secret::new("s3cr3t"));
    AzureDevOps::connect(&connection(&server.url(), Some(token))).unwrap()
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

#[test]
fn a_remotes_address_opens_its_azure() {
    let tokens = [("AZURE_DEVOPS_TOKEN".to_owned(), Secret::new("t"))].into();
    let settings = Settings { tokens, ..Settings::default() };
    let opened = |address: &str| {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let place = forge::Place::of("env", &settings, Some(address), clock)?;
        Ok::<_, forge::ForgeError>(forge::open(place)?.describe())
    };
    for (address, expected) in [
        ("https://me@dev.azure.com/acme/shop/_git/env", "Azure DevOps' acme/shop/env"),
        ("git@ssh.dev.azure.com:v3/acme/shop/env", "Azure DevOps' acme/shop/env"),
        ("https://acme.visualstudio.com/shop/_git/env", "Azure DevOps' acme/shop/env"),
        (
            "https://tfs.acme.example/tfs/Main/shop/_git/env",
            "shop/env on the Azure DevOps of tfs.acme.example/tfs/Main",
        ),
    ] {
        assert_eq!(opened(address).unwrap(), expected);
    }
    let error = opened("https://dev.azure.com/acme/env").unwrap_err().to_string();
    assert!(error.contains("dev.azure.com/ORGANISATION/PROJECT/_git/REPOSITORY"), "{error}");
}

#[test]
fn a_jobs_token_is_carried_otherwise_than_a_persons() {
    let header = |credential: Credential, is_of_job: bool| {
        let server = Server::start(|_| {
            crate::testing::forge::server::Reply::json(200, &serde_json::json!({"value": []}))
        });
        let connection = Connection { is_of_job, ..connection(&server.url(), Some(credential)) };
        AzureDevOps::connect(&connection).unwrap().find("a", "b").unwrap();
        server.requests()[0].header("authorization").unwrap().to_owned()
    };
    let token = |text: &str| Credential::AccessToken(Secret::new(text));
    // `:pat` and `me:pat`
    assert_eq!(header(token("pat"), false), "Basic OnBhdA==");
    assert_eq!(header(token("job"), true), "Bearer job");
    assert_eq!(header(token("eyJh.eyJi.c"), false), "Bearer eyJh.eyJi.c");
    let basic = Credential::Basic { username: "me".to_owned(), password: Secret::new("pat") };
    assert_eq!(header(basic, false), "Basic bWU6cGF0");

    let settings = Settings {
        tokens: [("SYSTEM_ACCESSTOKEN".to_owned(), Secret::new("job"))].into(),
        ..Settings::default()
    };
    let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
    let address = "https://dev.azure.com/acme/shop/_git/env";
    let place = forge::Place::of("env", &settings, Some(address), clock).unwrap();
    assert!(Connection::of(place).unwrap().is_of_job);
}

#[test]
fn connecting_needs_a_credential_that_fits() {
    let connect = |credential: Option<Credential>| {
        let connected = AzureDevOps::connect(&connection("https://dev.azure.com/acme", credential));
        connected.map(|azure| azure.describe()).map_err(|error| error.to_string())
    };
    assert_eq!(
        connect(None).unwrap_err(),
        "Azure DevOps' acme/shop/env: no credential is configured; set AZURE_DEVOPS_TOKEN or SYSTEM_ACCESSTOKEN"
    );
    assert!(connect(Some(Credential::DockerLocal)).unwrap_err().contains("give it a token"));
}

#[test]
fn texts_are_measured_as_azure_does() {
    assert_eq!(fit(&"ü".repeat(40), 40), "ü".repeat(40));
    // Each is two UTF-16 code units; the note is 29.
    let cut = fit(&"🚀".repeat(40), 40);
    assert_eq!(cut, format!("{}\n\n(There was more than fits.)", "🚀".repeat(5)));
    assert_eq!(fit_line("a\n b", 3), "a b");
    assert_eq!(fit_line("abcdef", 5), "ab...");
}
