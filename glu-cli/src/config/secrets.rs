//! Every secret that a configuration holds, so that it can be kept out of logs.

use glu_core::credential::Secret;

use super::model::{AccessToken, Config, CredentialConfig};

impl Config {
    /// The secrets of all credentials.
    pub fn secrets(&self) -> Vec<&Secret> {
        self.credentials.values().flat_map(of_credential).collect()
    }
}

fn of_credential(credential: &CredentialConfig) -> impl Iterator<Item = &Secret> {
    let CredentialConfig { kind: _, basic, ssh, access_token, github_app } = credential;
    [
        basic.as_ref().and_then(|basic| basic.password.as_ref()),
        ssh.as_ref().and_then(|ssh| ssh.password.as_ref()),
        ssh.as_ref().and_then(|ssh| ssh.private_key_bytes.as_ref()),
        access_token.as_ref().map(|AccessToken(token)| token),
        github_app.as_ref().and_then(|app| app.private_key_bytes.as_ref()),
    ]
    .into_iter()
    .flatten()
}
