//! Signing in to a registry: who we are, and what we show for it.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use ureq::http::Uri;

use super::super::{OciError, SIZE_LIMIT};
use super::challenge::{self, Challenge};
use super::client::{Client, Method, Request, Response};
use super::docker::DockerLocation;
use crate::credential::{Credential, Secret};
use crate::http::{address, form, is_loopback, origin};

/// Signs in to one repository of a registry, when the registry asks for it, and remembers what it got.
///
/// An access token is first exchanged at the registry's token service, as the password of a user whose name does not matter, which
/// is what GitHub, GitLab and Google expect; where that is refused, or there is no such service, it is sent as it is.
pub(super) struct Login {
    registry: String,
    repository: String,
    credential: Option<Credential>,
    docker: DockerLocation,
    identity: Mutex<Option<Identity>>,
    authorization: Mutex<Option<Secret>>,
}

/// Who we are.
#[derive(Clone)]
pub(super) enum Account {
    Anonymous,
    Password {
        username: String,
        password: Secret,
    },
    /// A refresh token, good at the token service only.
    Identity(Secret),
    Token(Secret),
}

/// Who we are, and how to say so in an error.
#[derive(Clone)]
struct Identity {
    account: Account,
    description: String,
}

impl Login {
    pub(super) fn new(
        registry: &str,
        repository: &str,
        credential: Option<Credential>,
        docker: DockerLocation,
    ) -> Result<Self, OciError> {
        let unfit = match credential {
            Some(Credential::Ssh { .. }) => Some("an ssh key"),
            Some(Credential::GithubApp { .. }) => Some("a GitHub App"),
            _ => None,
        };
        if let Some(unfit) = unfit {
            let reason = format!("{unfit} is no credential for a registry");
            return Err(OciError::Credential { registry: registry.to_owned(), reason });
        }
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            credential,
            docker,
            identity: Mutex::new(None),
            authorization: Mutex::new(None),
        })
    }

    /// The authorization that was good last time.
    pub(super) fn current(&self) -> Option<Secret> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who was tried, in words that follow "the registry refused".
    pub(super) fn describe(&self) -> String {
        match self.identify() {
            Ok(identity) => identity.description,
            Err(_) => "access".to_owned(),
        }
    }

    /// Answers a registry's challenge with a new authorization, if there is anything to answer.
    pub(super) fn answer(
        &self,
        client: &Client,
        registry: &Uri,
        response: &Response,
        subject: &str,
    ) -> Result<Option<Secret>, OciError> {
        let headers = response.headers.get_all("www-authenticate").iter();
        let challenges: Vec<Challenge> =
            headers.filter_map(|value| value.to_str().ok()).flat_map(challenge::parse).collect();
        let account = self.identify()?.account;
        let bearer = challenges
            .iter()
            .find(|challenge| challenge.scheme == "bearer" && challenge.parameters.contains_key("realm"));
        let accepts_basic = challenges.iter().any(|challenge| challenge.scheme == "basic");
        let authorization = match bearer {
            Some(bearer) => self.exchange(client, registry, bearer, &account, subject)?,
            None if accepts_basic => self.basic(&account),
            None => None,
        };
        let authorization = match (authorization, account) {
            (None, Account::Token(token)) if !accepts_basic || bearer.is_some() => {
                Some(Secret::new(format!("Bearer {}", token.expose())))
            }
            (authorization, _) => authorization,
        };
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&authorization);
        Ok(authorization)
    }

    /// Exchanges who we are for a token at the token service. None: it was refused.
    fn exchange(
        &self,
        client: &Client,
        registry: &Uri,
        challenge: &Challenge,
        account: &Account,
        subject: &str,
    ) -> Result<Option<Secret>, OciError> {
        let realm = self.realm(registry, challenge)?;
        let mut fields: Vec<(&str, &str)> = Vec::new();
        if let Some(service) = challenge.parameters.get("service") {
            fields.push(("service", service));
        }
        let default_scope = format!("repository:{}:pull", self.repository);
        let scope = challenge.parameters.get("scope").unwrap_or(&default_scope);

        let request = if let Account::Identity(token) = account {
            fields.extend([
                ("scope", scope.as_str()),
                ("grant_type", "refresh_token"),
                ("client_id", "glu"),
                ("refresh_token", token.expose()),
            ]);
            let form = Some(Secret::new(form(&fields)));
            Request {
                method: Method::Post,
                uri: realm,
                accept: None,
                authorization: None,
                form,
                limit: SIZE_LIMIT,
            }
        } else {
            fields.extend(scope.split_ascii_whitespace().map(|scope| ("scope", scope)));
            let separator = if realm.query().is_some() { '&' } else { '?' };
            let uri = format!("{realm}{separator}{}", form(&fields)).parse::<Uri>();
            let uri = uri.map_err(|error| OciError::malformed(&address(&realm), error))?;
            let authorization = self.basic(account);
            Request { method: Method::Get, uri, accept: None, authorization, form: None, limit: SIZE_LIMIT }
        };
        let response = client.send(&request, subject)?;
        match response.status {
            200..=299 => read_token(&response).map(Some),
            400 | 401 | 403 | 404 | 405 => Ok(None),
            429 => Err(OciError::RateLimited {
                registry: address(&response.uri),
                retry_after: response.retry_after(),
            }),
            _ => Err(response.unexpected()),
        }
    }

    /// Where the token service is. It must be encrypted, unless the registry itself is not and both are on this machine or on one host.
    fn realm(&self, registry: &Uri, challenge: &Challenge) -> Result<Uri, OciError> {
        let text = challenge.parameters.get("realm").map(String::as_str).unwrap_or_default();
        let realm: Uri = text
            .parse()
            .map_err(|error| OciError::malformed(&format!("{}'s token service", self.registry), error))?;
        let host = realm.host().unwrap_or_default();
        let is_near = is_loopback(host) || origin(registry).1 == origin(&realm).1;
        match realm.scheme_str() {
            Some("https") => Ok(realm),
            Some("http") if registry.scheme_str() == Some("http") && is_near => Ok(realm),
            _ => Err(OciError::InsecureRealm { registry: self.registry.clone(), realm: address(&realm) }),
        }
    }

    fn basic(&self, account: &Account) -> Option<Secret> {
        let pair = match account {
            Account::Password { username, password } => format!("{username}:{}", password.expose()),
            Account::Token(token) if self.registry == "quay.io" => format!("$oauthtoken:{}", token.expose()),
            Account::Token(token) => format!("oauth2accesstoken:{}", token.expose()),
            Account::Anonymous | Account::Identity(_) => return None,
        };
        Some(Secret::new(format!("Basic {}", STANDARD.encode(pair))))
    }

    /// Finds out who we are, once. Helpers run only when a registry has asked.
    fn identify(&self) -> Result<Identity, OciError> {
        let mut known = self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = &*known {
            return Ok(identity.clone());
        }
        let (account, description) = match &self.credential {
            Some(Credential::Basic { username, password }) => {
                let account = Account::Password { username: username.clone(), password: password.clone() };
                (account, format!("the user `{username}`"))
            }
            Some(Credential::AccessToken(token)) => {
                (Account::Token(token.clone()), "the access token".to_owned())
            }
            Some(Credential::DockerLocal) => match self.docker.find(&self.registry, &self.repository)? {
                Some(account) => (account, "Docker's own login".to_owned()),
                None => {
                    (Account::Anonymous, "anonymous access, since Docker knows no login for it".to_owned())
                }
            },
            // The constructor has refused the others.
            _ => match self.docker.find(&self.registry, &self.repository) {
                Ok(Some(account)) => (account, "Docker's own login".to_owned()),
                Ok(None) => (Account::Anonymous, "anonymous access".to_owned()),
                Err(error) => (Account::Anonymous, format!("anonymous access ({error})")),
            },
        };
        Ok(known.insert(Identity { account, description }).clone())
    }
}

fn read_token(response: &Response) -> Result<Secret, OciError> {
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
    }
    // The parser's own message may quote the token.
    let malformed = || OciError::malformed(&address(&response.uri), "its answer has no token");
    let answer: Answer = serde_json::from_slice(&response.body).map_err(|_| malformed())?;
    let given = |token: Option<String>| token.filter(|token| !token.is_empty());
    let token = given(answer.token).or_else(|| given(answer.access_token)).ok_or_else(malformed)?;
    Ok(Secret::new(format!("Bearer {token}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login::new("r.io", "org/app", None, DockerLocation::default()).unwrap()
    }

    #[test]
    fn a_token_service_is_encrypted_or_near() {
        let allowed = |registry: &str, realm: &str| {
            let challenge = challenge::parse(&format!("Bearer realm=\"{realm}\"")).remove(0);
            login().realm(&registry.parse().unwrap(), &challenge).is_ok()
        };
        assert!(allowed("https://r.io/", "https://auth.io/token"));
        assert!(allowed("http://localhost:5000/", "http://127.0.0.1:5001/token"));
        assert!(allowed("http://r.io:5000/", "http://r.io:5001/token"));
        assert!(!allowed("https://r.io/", "http://auth.io/token"));
        assert!(!allowed("https://r.io/", "http://r.io/token"));
        assert!(!allowed("https://r.io/", "http://localhost/token"));
        assert!(!allowed("http://localhost:5000/", "http://auth.io/token"));
        assert!(!allowed("https://r.io/", "/token"));
        assert!(!allowed("https://r.io/", "file:///token"));
    }

    #[test]
    fn fields_are_encoded() {
        let fields = [("scope", "repository:org/app:pull,push"), ("x", "a b&c=ü")];
        assert_eq!(form(&fields), "scope=repository%3Aorg%2Fapp%3Apull%2Cpush&x=a%20b%26c%3D%C3%BC");
    }

    #[test]
    fn a_key_is_no_login() {
        let ssh = Credential::Ssh { user: None, key: None, password: None, insecure_ignore_host_key: false };
        let error = Login::new("r.io", "app", Some(ssh), DockerLocation::default()).err().unwrap();
        assert_eq!(error.to_string(), "cannot sign in to `r.io`: an ssh key is no credential for a registry");
    }
}
