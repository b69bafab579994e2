//! Docker's credential helpers: programs that are asked for a login over their standard streams.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::super::error::shorten;
use super::login::Account;
use crate::credential::Secret;
use crate::process::Process;

/// Asks `docker-credential-NAME` for the login at a server.
pub(super) fn get(name: &str, server: &str, directory: Option<&Path>) -> Result<Option<Account>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    let is_fit = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !is_fit {
        return Err("a credential helper's name has letters, digits, `-`, `_` and `.` only".to_owned());
    }
    let program = format!("docker-credential-{name}");
    let path = directory.map_or(PathBuf::from(&program), |directory| directory.join(&program));
    let process = Process::new(
        &path,
        "reading the login that Docker keeps",
        "install it, or remove it from Docker's configuration",
    );
    // Docker itself has no limit here; a helper that asks a person who is not there must not hang a job.
    let output = process
        .argument("get")
        .input(server)
        .timeout(Duration::from_secs(30))
        .output_limit(1 << 20)
        .run()
        .map_err(|error| format!("cannot run `{program}`: {error}"))?;
    if output.code != 0 {
        let complaint = String::from_utf8_lossy(&output.stdout);
        if complaint.contains("credentials not found") {
            return Ok(None);
        }
        return Err(format!("`{program}` failed: {}", shorten(complaint.trim())));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("`{program}` did not answer with a user name and a secret"))?;
    Ok(Some(match answer.username.as_str() {
        "<token>" => Account::Identity(Secret::new(answer.secret)),
        _ => Account::Password { username: answer.username, password: Secret::new(answer.secret) },
    }))
}
