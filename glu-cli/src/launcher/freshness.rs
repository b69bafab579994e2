//! The binary of a package, built only if it is stale, and by one launcher at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::LaunchError;
use super::fingerprint::{Bases, Fingerprint, Verdict};
use super::manifest::Package;
use super::target::Target;
use super::{build, dep_info, fingerprint, handshake, say};

/// The path of an up-to-date binary.
pub(super) fn binary_of(
    package: &Package,
    environment: &BTreeMap<String, String>,
) -> Result<PathBuf, LaunchError> {
    let target = Target::of(package, environment)?;
    let record = target.own_file(package, "json");
    let bases = Bases { workspace: &target.workspace, target: &target.directory };
    if let Ok(binary) = recorded(&record, bases, environment) {
        return Ok(binary);
    }
    let lock = lock(&target.own_file(package, "lock"))?;
    // Another launcher may have built it while this one waited.
    let reason = match recorded(&record, bases, environment) {
        Ok(binary) => return Ok(binary),
        Err(reason) => reason,
    };
    // The lock file's own time, so that file system and build start are measured by the same clock.
    let stamp = |source| LaunchError::File { action: "write", path: record.clone(), source };
    lock.set_len(0).map_err(stamp)?;
    let began = lock
        .set_len(1)
        .and_then(|()| lock.metadata())
        .and_then(|metadata| metadata.modified())
        .map_err(stamp)?;
    let binary = build::build(package, &target, environment, &reason)?;
    handshake::ask(&binary)?;
    let sources = dep_info::inputs(&std::fs::read_to_string(binary.with_extension("d")).unwrap_or_default());
    let fingerprint = if sources.is_empty() {
        None
    } else {
        let home = cargo_home(environment);
        let inputs = fingerprint::inputs(
            sources,
            &package.directory,
            &target.workspace,
            &target.directory,
            home.as_deref(),
        );
        Fingerprint::take(bases, &binary, inputs, environment, began)
    };
    match fingerprint {
        Some(fingerprint) => fingerprint.write(&record).map_err(stamp)?,
        // It is unknown what went into the binary, or something was edited meanwhile: the next start asks cargo again.
        None => drop(std::fs::remove_file(&record)),
    }
    Ok(binary)
}

/// The recorded binary if it is fresh, else why it is not.
fn recorded(
    record: &Path,
    bases: Bases<'_>,
    environment: &BTreeMap<String, String>,
) -> Result<PathBuf, String> {
    let mut fingerprint = Fingerprint::read(record).ok_or("it was not built yet")?;
    match fingerprint.check(bases, environment) {
        Verdict::Fresh { refreshed } => {
            if refreshed {
                // Without it the next start hashes again, which is slower and no less right.
                let _ = fingerprint.write(record);
            }
            Ok(fingerprint.binary(bases))
        }
        Verdict::Stale(reason) => Err(reason),
    }
}

/// Waits for the lock, which the kernel releases with this process at the latest.
fn lock(path: &Path) -> Result<File, LaunchError> {
    let failed = |source| LaunchError::File { action: "lock", path: path.to_owned(), source };
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    if file.try_lock().is_err() {
        say("waiting for another build of the pipelines program\n");
        file.lock().map_err(failed)?;
    }
    Ok(file)
}

fn cargo_home(environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("CARGO_HOME").or_else(|| variable("HOME").map(|home| home.join(".cargo")))
}
