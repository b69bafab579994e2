//! A GitHub App: it proves with its key that it is itself, and gets a token of an hour for one installation.
//!
//! docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App" and "Authenticating as a GitHub App installation".

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::ForgeProblem;
use super::super::client::{Authorization, Authorize, Client, Method};
use crate::clock::Clock;
use crate::credential::{PrivateKey, Secret, Tokens};

/// What glu does with an App, and nothing more.
const PERMISSIONS: [(&str, &str); 5] = [
    ("checks", "read"),
    ("contents", "write"),
    ("deployments", "write"),
    ("pull_requests", "write"),
    ("statuses", "write"),
];
/// A token that is about to run out could do so on its way.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// An installation of a GitHub App, which gives its token to whoever asks with its credential.
pub struct App {
    client: Client,
    installation: u64,
    repository: String,
    token: Mutex<Option<(Secret, Timestamp)>>,
}

/// Proves to be the App itself.
struct Proof {
    app: u64,
    key: Arc<dyn SigningKey>,
    clock: Arc<dyn Clock>,
}

impl App {
    /// An installation, for one repository.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn new(
        client: Client,
        app: u64,
        installation: u64,
        key: &PrivateKey,
        repository: &str,
    ) -> Result<Self, ForgeProblem> {
        let key = signing_key(key)?;
        let proof = Proof { app, key, clock: client.clock().clone() };
        let client = client.authorized(Arc::new(proof));
        Ok(Self { client, installation, repository: repository.to_owned(), token: Mutex::default() })
    }

    /// A token that lasts for some minutes at least.
    ///
    /// # Errors
    /// When GitHub gives none.
    pub fn token(&self) -> Result<Secret, ForgeProblem> {
        // Those who ask meanwhile wait for this one's answer.
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.client.clock().now();
        if let Some((token, until)) = &*token
            && until.duration_since(now) > MARGIN
        {
            return Ok(token.clone());
        }
        let wanted = PERMISSIONS.map(|(name, access)| (name.to_owned(), json!(access)));
        let fresh = match self.ask(&wanted.into()) {
            // It does not have all of them; what it has may be enough.
            Err(ForgeProblem::Invalid { .. }) => self.ask(&self.granted()?)?,
            answer => answer?,
        };
        Ok(token.insert(fresh).0.clone())
    }

    /// Those of the wanted permissions that the installation has, no more of each than is wanted.
    fn granted(&self) -> Result<BTreeMap<String, Value>, ForgeProblem> {
        let path = format!("/app/installations/{}", self.installation);
        let found: Value = self.client.get("asking what the App may do", &path)?;
        let granted = |name: &str, access: &str| match (found["permissions"][name].as_str()?, access) {
            ("read", _) | (_, "read") => Some("read"),
            ("write" | "admin", _) => Some("write"),
            _ => None,
        };
        let all = PERMISSIONS.iter();
        Ok(all
            .filter_map(|(name, access)| Some(((*name).to_owned(), json!(granted(name, access)?))))
            .collect())
    }

    fn ask(&self, permissions: &BTreeMap<String, Value>) -> Result<(Secret, Timestamp), ForgeProblem> {
        #[derive(Deserialize)]
        struct Given {
            token: String,
            expires_at: Timestamp,
        }
        let doing = "asking for an installation's token";
        let path = format!("/app/installations/{}/access_tokens", self.installation);
        let body = json!({"repositories": [self.repository], "permissions": permissions});
        let given: Value = self.client.send(doing, Method::Post, &path, &body)?;
        // Not by the client's own way, whose complaint might quote what it could not read.
        let given: Given = serde_json::from_value(given).map_err(|_| ForgeProblem::Unavailable {
            doing: doing.to_owned(),
            reason: "the answer is not what is documented".to_owned(),
        })?;
        Ok((Secret::new(given.token), given.expires_at))
    }
}

impl Tokens for App {
    fn token(&self) -> Result<Secret, String> {
        Self::token(self).map_err(|problem| problem.to_string())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("App").field("installation", &self.installation).finish_non_exhaustive()
    }
}

impl Authorize for App {
    fn authorization(&self) -> Result<Authorization, ForgeProblem> {
        Ok(Authorization::bearer(&self.token()?))
    }

    fn renew(&self) -> bool {
        // It was revoked, or the machine's clock is wrong.
        self.token.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

impl Authorize for Proof {
    fn authorization(&self) -> Result<Authorization, ForgeProblem> {
        let now = self.clock.now().as_second();
        // A minute back, since clocks differ; ten minutes are the most there is.
        let claims = json!({"iat": now - 60, "exp": now + 540, "iss": self.app.to_string()});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&json!({"alg": "RS256", "typ": "JWT"})), encode(&claims));
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]);
        let signature = signer.and_then(|signer| signer.sign(message.as_bytes()).ok());
        let signature = signature.ok_or_else(|| unfit("it is no RSA key"))?;
        Ok(Authorization::bearer(&Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))))
    }
}

fn signing_key(key: &PrivateKey) -> Result<Arc<dyn SigningKey>, ForgeProblem> {
    let der = match key {
        PrivateKey::Text(text) => PrivateKeyDer::from_pem_slice(text.expose().as_bytes()),
        PrivateKey::Path(path) => {
            let pem = std::fs::read(path)
                .map_err(|error| unfit(&format!("cannot read `{}`: {error}", path.display())))?;
            PrivateKeyDer::from_pem_slice(&pem)
        }
    };
    let der = der.map_err(|_| unfit("it is no private key in PEM"))?;
    let key = rustls::crypto::ring::sign::any_supported_type(&der)
        .map_err(|_| unfit("it is no key that can be used"))?;
    match key.algorithm() {
        rustls::SignatureAlgorithm::RSA => Ok(key),
        _ => Err(unfit("it is no RSA key")),
    }
}

fn unfit(reason: &str) -> ForgeProblem {
    ForgeProblem::Unauthorized {
        doing: "preparing the App's private key".to_owned(),
        reason: reason.to_owned(),
    }
}
