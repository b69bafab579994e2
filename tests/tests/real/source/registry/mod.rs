//! Reading images over HTTP: from a real registry wherever one can show it, from a scripted server where a registry would have to misbehave.

mod content;
mod failures;
mod login;

use glu::core::credential::{Credential, Secret};
use glu::core::settings::OciSettings;
use glu::core::source::oci::{DockerLocation, Images, open_with};

/// Opens a repository as somebody whose machine has no Docker configuration.
fn open(reference: &str) -> Box<dyn Images> {
    open_as(reference, None)
}

fn open_as(reference: &str, credential: Option<Credential>) -> Box<dyn Images> {
    let settings = OciSettings { reference: reference.to_owned(), credential, ..OciSettings::default() };
    open_with(&settings, DockerLocation::default()).unwrap()
}

fn basic(username: &str, password: &str) -> Option<Credential> {
    Some(Credential::Basic { username: username.to_owned(), password: Secret::new(password) })
}
