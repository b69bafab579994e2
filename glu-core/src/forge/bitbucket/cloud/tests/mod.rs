//! Bitbucket Cloud as it is spoken with: over the forge in memory, else against single answers.

mod life;
mod trouble;

use std::sync::Arc;

use jiff::Timestamp;

use super::Cloud;
use crate::clock::{Clock, FakeClock};
use crate::credential::{Credential, Secret};
use crate::forge::{self, Wording};
use crate::settings::Settings;
use crate::testing::forge::Hosted;
use crate::testing::forge::bitbucket::{API_TOKEN, BitbucketCloudServer};
use crate::testing::{Directory, Remote};

/// A repository on the forge in memory, and Bitbucket Cloud's dialect over it.
struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    hosted: Arc<Hosted>,
    server: BitbucketCloudServer,
    forge: Cloud,
    _directory: Directory,
}

/// A repository with a branch `change` that changes one line of a file.
fn place() -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let hosted = Hosted::new("acme/environments", &remote);
    let server = BitbucketCloudServer::start(hosted.clone());
    let forge = server.connect();
    Place { remote, clock, hosted, server, forge, _directory: directory }
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A connection to what a server says, or to the true one, by a credential.
fn connection(address: &str, url: Option<String>, credential: Credential) -> Result<Cloud, String> {
    let forges = forge_settings(url, credential);
    let clock: Arc<dyn Clock> = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
    let place = forge::Place::of("env", &forges, Some(address), clock).map_err(|error| error.to_string())?;
    Cloud::connect(&place).map_err(|error| error.to_string())
}

fn forge_settings(url: Option<String>, credential: Credential) -> Settings {
    let mut settings = Settings::default();
    let own = crate::settings::ForgeSettings { url, credential: Some(credential), ..Default::default() };
    settings.forges.insert("env".to_owned(), own);
    settings
}

#[test]
fn a_remotes_address_opens_its_bitbucket() {
    let tokens = [("BITBUCKET_TOKEN".to_owned(), Secret::new("t"))].into();
    let settings = Settings { tokens, ..Settings::default() };
    for address in [
        "git@bitbucket.org:acme/env.git",
        "https://ada@bitbucket.org/acme/env.git",
        "ssh://git@altssh.bitbucket.org:443/acme/env.git",
    ] {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let place = forge::Place::of("env", &settings, Some(address), clock).unwrap();
        let opened = forge::open(place).unwrap();
        assert_eq!((opened.kind(), opened.describe().as_str()), ("bitbucket", "Bitbucket's acme/env"));
    }
}

#[test]
fn connecting_needs_a_repository_and_a_credential_that_fits() {
    let token = || Credential::AccessToken(Secret::new("t"));
    let error = connection("git@bitbucket.org:env.git", None, token()).err().unwrap();
    assert!(error.ends_with("`env` is no `workspace/name`"), "{error}");
    let error = connection("git@bitbucket.org:a/b", None, Credential::DockerLocal).err().unwrap();
    assert!(error.contains("give it a token"), "{error}");
    let error = connection("git@bitbucket.org:a/b", Some("ftp://x".to_owned()), token()).err().unwrap();
    assert!(error.contains("no HTTP address"), "{error}");
}

#[test]
fn an_api_token_goes_with_an_address() {
    let place = place();
    let basic = |password: &str| Credential::Basic {
        username: API_TOKEN.0.to_owned(),
        password: Secret::new(password),
    };
    use crate::forge::Forge as _;
    let forge = place.server.connect_as(basic(API_TOKEN.1));
    assert_eq!(forge.find("change", "main").unwrap(), None);
    let alone = place.server.connect_as(Credential::AccessToken(Secret::new(API_TOKEN.1)));
    let error = alone.find("change", "main").unwrap_err().to_string();
    assert!(error.contains("goes with its owner's e-mail address"), "{error}");
    assert!(!error.contains(API_TOKEN.1), "{error}");
}
