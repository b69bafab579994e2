//! What a git remote hears of a credential, so that others can keep it out of logs.

use super::base64;
use super::url::RemoteUrl;
use crate::credential::{Credential, Secret};

/// A password as `Authorization: Basic` carries it.
pub fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(base64::encode(format!("{user}:{}", password.expose()).as_bytes()))
}

/// The credential that stands in a remote's address.
pub fn credential_in(address: &str) -> Option<Credential> {
    RemoteUrl::parse(address).credential
}
