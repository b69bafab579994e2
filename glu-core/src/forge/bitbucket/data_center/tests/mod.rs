//! Bitbucket Data Center as it is spoken with: over the forge in memory, else against single answers.

mod life;
mod trouble;

use std::sync::Arc;

use jiff::Timestamp;

use super::{DataCenter, repository, site};
use crate::clock::{Clock, FakeClock};
use crate::credential::{Credential, Secret};
use crate::forge::{self, Wording};
use crate::settings::{ForgeSettings, Settings};
use crate::testing::forge::Hosted;
use crate::testing::forge::bitbucket::BitbucketDataCenterServer;
use crate::testing::{Directory, Remote};

/// A repository on the forge in memory, and Bitbucket Data Center's dialect over it.
struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    hosted: Arc<Hosted>,
    server: BitbucketDataCenterServer,
    forge: DataCenter,
    _directory: Directory,
}

/// A repository with a branch `change` that changes one line of a file.
fn place() -> Place {
    place_of("ENV/environments")
}

fn place_of(name: &str) -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let hosted = Hosted::new(name, &remote);
    let server = BitbucketDataCenterServer::start(hosted.clone());
    let forge = server.connect();
    Place { remote, clock, hosted, server, forge, _directory: directory }
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A connection to what a remote's address names, or to a site by its own address.
fn connection(address: &str, url: Option<String>, credential: Credential) -> Result<DataCenter, String> {
    let mut settings = Settings::default();
    let own = ForgeSettings { url, credential: Some(credential), ..ForgeSettings::default() };
    settings.forges.insert("env".to_owned(), own);
    let clock: Arc<dyn Clock> = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
    let place =
        forge::Place::of("env", &settings, Some(address), clock).map_err(|error| error.to_string())?;
    DataCenter::connect(&place).map_err(|error| error.to_string())
}

#[test]
fn a_repository_has_many_paths() {
    for (path, expected) in [
        ("scm/ENV/apps", Some(("", "ENV", "apps"))),
        ("git/bitbucket/scm/ENV/apps", Some(("/git/bitbucket", "ENV", "apps"))),
        ("ENV/apps", Some(("", "ENV", "apps"))),
        ("~ada/apps", Some(("", "~ada", "apps"))),
        ("scm/~ada/apps", Some(("", "~ada", "apps"))),
        ("projects/ENV/repos/apps", Some(("", "ENV", "apps"))),
        ("bitbucket/users/ada/repos/apps", Some(("/bitbucket", "~ada", "apps"))),
        ("apps", None),
        ("a/b/c", None),
        ("~/apps", None),
    ] {
        let expected =
            expected.map(|(site, project, name)| (site.to_owned(), project.to_owned(), name.to_owned()));
        assert_eq!(repository(path), expected, "{path}");
    }
}

#[test]
fn the_site_is_what_stands_before_its_apis() {
    for url in [
        "https://a.io/b",
        "https://a.io/b/",
        "https://a.io/b/rest/api/latest",
        "https://a.io/b/rest/api/1.0/",
    ] {
        assert_eq!(site(url), "https://a.io/b", "{url}");
    }
}

#[test]
fn a_remotes_address_opens_its_bitbucket() {
    let tokens = [("BITBUCKET_TOKEN".to_owned(), Secret::new("t"))].into();
    let settings = Settings { tokens, ..Settings::default() };
    for (address, expected) in [
        (
            "ssh://git@bitbucket.acme.example:7999/ENV/apps.git",
            "ENV/apps on the Bitbucket of bitbucket.acme.example",
        ),
        (
            "https://bitbucket.acme.example:8443/x/scm/~ada/apps.git",
            "~ada/apps on the Bitbucket of bitbucket.acme.example:8443",
        ),
    ] {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let place = forge::Place::of("env", &settings, Some(address), clock).unwrap();
        let opened = forge::open(place).unwrap();
        assert_eq!((opened.kind(), opened.describe().as_str()), ("bitbucket_data_center", expected));
    }
}

#[test]
fn connecting_needs_a_repository_and_a_credential_that_fits() {
    let token = || Credential::AccessToken(Secret::new("t"));
    let error = connection("https://bitbucket.io/a/b/c", None, token()).err().unwrap();
    assert!(error.ends_with("`a/b/c` is no `PROJECT/name`"), "{error}");
    let ssh = Credential::Ssh { user: None, key: None, password: None, insecure_ignore_host_key: false };
    let error = connection("https://bitbucket.io/scm/a/b", None, ssh).err().unwrap();
    assert!(error.contains("opens the repository, not the API"), "{error}");
}

#[test]
fn a_repository_of_ones_own_is_below_a_user() {
    use crate::forge::Forge as _;
    let place = place_of("~ada/environments");
    place.forge.open("change", "main", &wording("x")).unwrap();
    let address = place.forge.comment(1, "<!-- glu -->", "words").unwrap();
    assert!(
        address.ends_with("/users/ada/repos/environments/pull-requests/1/overview?commentId=1"),
        "{address}"
    );
    let asked = place.server.server().take_asked();
    assert!(asked[0].starts_with("POST /rest/api/latest/projects/~ada/repos/environments/"), "{asked:?}");
}
