//! Every secret of a configuration, in each form in which it is sent, so that it can be kept out of logs.

use glu_core::credential::{Credential, Secret};
use glu_core::source::git::{basic, credential_in};

use super::Loaded;
use super::model::{AccessToken, Config, CredentialConfig, NotificationConfig};

/// The users that tokens are sent with where only a user and a password can be sent: of git remotes and of registries.
const TOKEN_USERS: &[&str] =
    &["", "oauth2", "x-access-token", "x-token-auth", "$oauthtoken", "oauth2accesstoken"];

impl Loaded {
    /// The secrets of the configuration and the tokens from the usual variables.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets = self.config.secrets();
        secrets.extend(self.settings.tokens.values().flat_map(of_token));
        secrets
    }
}

impl Config {
    /// The secrets of credentials, of remotes' addresses and of notifications.
    pub fn secrets(&self) -> Vec<Secret> {
        let credentials = self.credentials.values().flat_map(of_credential);
        let addresses = self.sources.git.values().filter_map(|source| source.remote.as_ref()?.url.as_deref());
        let notifications = self.notifications.values().flat_map(of_notification);
        credentials.chain(addresses.flat_map(of_address)).chain(notifications).collect()
    }
}

fn of_credential(credential: &CredentialConfig) -> Vec<Secret> {
    let CredentialConfig { kind: _, basic, ssh, access_token, github_app } = credential;
    let mut secrets = Vec::new();
    if let Some(basic) = basic
        && let Some(password) = &basic.password
    {
        secrets.extend(of_password(basic.username.as_deref().unwrap_or_default(), password));
    }
    if let Some(ssh) = ssh {
        secrets.extend(ssh.password.iter().chain(&ssh.private_key_bytes).cloned());
    }
    if let Some(AccessToken(token)) = access_token {
        secrets.extend(of_token(token));
    }
    secrets.extend(github_app.iter().filter_map(|app| app.private_key_bytes.clone()));
    secrets
}

fn of_password(user: &str, password: &Secret) -> Vec<Secret> {
    vec![password.clone(), percent_encoded(password), basic(user, password)]
}

fn of_token(token: &Secret) -> Vec<Secret> {
    let pairs = TOKEN_USERS.iter().map(|user| basic(user, token));
    [token.clone(), percent_encoded(token)].into_iter().chain(pairs).collect()
}

/// A password, or a token, in an address.
fn of_address(address: &str) -> Vec<Secret> {
    let Some(Credential::Basic { username, password }) = credential_in(address) else { return Vec::new() };
    let mut secrets = of_password(&username, &password);
    if password.expose().is_empty() {
        secrets.push(Secret::new(username));
    }
    // As it is written, which may be with more percent signs than we would.
    let written = address.split("://").nth(1).and_then(|rest| rest.split('@').next());
    secrets.extend(written.and_then(|pair| pair.split(':').nth(1)).map(Secret::new));
    secrets
}

fn of_notification(notification: &NotificationConfig) -> Vec<Secret> {
    let NotificationConfig { kind: _, url, secret, headers, command: _, events: _, phases: _ } = notification;
    let mut secrets = Vec::new();
    if let Some(url) = url {
        secrets.push(url.clone());
        // Logs of requests show the path alone.
        let path = url.expose().split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        secrets.extend(path.map(|(_, path)| Secret::new(path)));
        secrets.extend(of_address(url.expose()));
    }
    if let Some(secret) = secret {
        secrets.push(secret.clone());
        secrets.extend(secret.expose().trim().strip_prefix("whsec_").map(Secret::new));
    }
    for header in headers.iter().flatten() {
        let value = header.expose().split_once(':').map_or(header.expose(), |(_, value)| value).trim();
        secrets.push(Secret::new(value));
        // `Bearer TOKEN`
        secrets.extend(value.split_once(' ').map(|(_, token)| Secret::new(token.trim())));
    }
    secrets
}

/// A secret as one piece of an address or a form.
fn percent_encoded(secret: &Secret) -> Secret {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    Secret::new(secret.expose().bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(secrets: &[Secret]) -> Vec<&str> {
        secrets.iter().map(Secret::expose).collect()
    }

    #[test]
    fn a_secret_is_known_in_each_form_in_which_it_is_sent() {
        // The forms as `base64` and `jq -R @uri` write them.
        let secrets = of_password("jane", &Secret::new("p@ss word"));
        assert_eq!(shown(&secrets), ["p@ss word", "p%40ss%20word", "amFuZTpwQHNzIHdvcmQ="]);
        let secrets = of_token(&Secret::new("t0ken"));
        assert!(shown(&secrets).contains(&"eC1hY2Nlc3MtdG9rZW46dDBrZW4="), "{:?}", shown(&secrets));
        assert!(shown(&secrets).contains(&"OnQwa2Vu"), "{:?}", shown(&secrets));
        let secrets = of_address("https://jane:p%40ss@git.example/env.git");
        assert_eq!(shown(&secrets), ["p@ss", "p%40ss", "amFuZTpwQHNz", "p%40ss"]);
        assert!(
            of_address("git@github.com:acme/env.git").is_empty() && of_address("/srv/env.git").is_empty()
        );
        let token = "ghp_0123456789abcdefghij";
        assert!(shown(&of_address(&format!("https://{token}@github.com/acme/env.git"))).contains(&token));
    }

    #[test]
    fn nobody_is_told_by_an_address_that_others_read() {
        let notification = NotificationConfig {
            url: Some(Secret::new("https://hooks.example/services/T0/B0/XYZ")),
            secret: Some(Secret::new("whsec_c2VjcmV0")),
            headers: Some(vec![Secret::new("Authorization: Bearer abcdef")]),
            ..NotificationConfig::default()
        };
        assert_eq!(
            shown(&of_notification(&notification)),
            [
                "https://hooks.example/services/T0/B0/XYZ",
                "services/T0/B0/XYZ",
                "whsec_c2VjcmV0",
                "c2VjcmV0",
                "Bearer abcdef",
                "abcdef"
            ]
        );
    }
}
