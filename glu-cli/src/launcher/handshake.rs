//! Asks a binary whether it is a pipelines program of a suitable age.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::LaunchError;
use super::fingerprint::Stamp;
use super::protocol::{self, Handshake};

/// Asks a prebuilt program, unless this very file has answered before.
pub(super) fn once(binary: &Path, environment: &BTreeMap<String, String>) -> Result<(), LaunchError> {
    let record = record(binary, environment);
    let stamp = Stamp::of(binary).and_then(|stamp| serde_json::to_vec(&stamp).ok());
    if let (Some(record), Some(stamp)) = (&record, &stamp)
        && std::fs::read(record).is_ok_and(|recorded| recorded == *stamp)
    {
        return Ok(());
    }
    ask(binary)?;
    if let (Some(record), Some(stamp)) = (record, stamp) {
        // Where the cache cannot be written, the program is asked again, which costs milliseconds.
        let _ = record
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(record, stamp));
    }
    Ok(())
}

/// Asks a program.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's own program, asked one question before this process becomes it"
)]
pub(super) fn ask(binary: &Path) -> Result<(), LaunchError> {
    let output = Command::new(binary)
        .arg(protocol::HANDSHAKE)
        .env(protocol::VARIABLE, protocol::VERSION.to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(|source| LaunchError::Execute { binary: binary.to_owned(), source })?;
    let refused =
        |reason: &str| LaunchError::NoHandshake { binary: binary.to_owned(), reason: reason.to_owned() };
    if !output.status.success() {
        return Err(refused("it failed when asked for its version"));
    }
    let answer: Handshake = serde_json::from_slice(&output.stdout)
        .map_err(|_| refused("it did not answer when asked for its version"))?;
    if answer.protocol != protocol::VERSION {
        return Err(LaunchError::Protocol {
            binary: binary.to_owned(),
            theirs: answer.protocol,
            version: answer.version,
        });
    }
    Ok(())
}

/// Where it is noted that a prebuilt program has answered.
fn record(binary: &Path, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
    let path = std::path::absolute(binary).ok()?;
    let hash = hmac_sha256::Hash::hash(path.as_os_str().as_encoded_bytes());
    let name: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Some(caches.join("glu/launcher").join(name))
}
