//! Who we are to a forge: one header, which is sent to the API and nowhere else, and shown nowhere.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::ForgeProblem;
use crate::credential::Secret;

/// Gives the header that proves who we are. Asked before each request, so that a token may be of short life.
pub trait Authorize: Send + Sync {
    /// The header.
    ///
    /// # Errors
    /// When there is none to be had.
    fn authorization(&self) -> Result<Authorization, ForgeProblem>;

    /// Hears that the last one was refused; whether another may be accepted.
    fn renew(&self) -> bool {
        false
    }
}

/// A header that proves who we are.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    name: &'static str,
    value: Secret,
    hidden: Vec<Secret>,
}

impl Authorization {
    /// `Authorization: Bearer TOKEN`.
    pub fn bearer(token: &Secret) -> Self {
        Self::scheme("Bearer", token)
    }

    /// `Authorization: SCHEME TOKEN`.
    pub fn scheme(scheme: &str, token: &Secret) -> Self {
        let value = Secret::new(format!("{scheme} {}", token.expose().trim()));
        Self { name: "authorization", value, hidden: vec![token.clone()] }
    }

    /// `Authorization: Basic ...`.
    pub fn basic(user: &str, password: &Secret) -> Self {
        let pair = Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())));
        let value = Secret::new(format!("Basic {}", pair.expose()));
        Self { name: "authorization", value, hidden: vec![pair, password.clone()] }
    }

    /// A header of the forge's own: `PRIVATE-TOKEN: TOKEN`.
    pub fn header(name: &'static str, token: &Secret) -> Self {
        let value = Secret::new(token.expose().trim());
        Self { name, value, hidden: vec![token.clone()] }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn value(&self) -> &Secret {
        &self.value
    }

    /// A text without what must not be shown.
    pub(super) fn redact(&self, text: &str) -> String {
        let hidden = self.hidden.iter().chain([&self.value]);
        let hidden = hidden.map(|secret| secret.expose().trim()).filter(|secret| !secret.is_empty());
        hidden.fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }

    /// Tells accounts apart, in this process only.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.value.expose().hash(&mut hasher);
        hasher.finish()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ***", self.name)
    }
}

/// One that stays the same.
impl Authorize for Authorization {
    fn authorization(&self) -> Result<Authorization, ForgeProblem> {
        Ok(self.clone())
    }
}
