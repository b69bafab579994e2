//! Bare clones in the cache: made in one step, and made anew when they are broken. Nothing in them is worth keeping.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::GitProblem;
use super::lock;
use super::store::Store;

/// What the remote is called in our clones.
pub(super) const REMOTE: &str = "origin";

/// Opens the clone of an address, and makes an empty one if there is none that can be read.
pub(super) fn open(name: &str, address: &str, cache: &Path) -> Result<Store, GitProblem> {
    let directory = cache.join("git").join(file_name(name, address));
    match Store::open(&directory) {
        Ok(store) => return Ok(store),
        Err(problem @ GitProblem::UnsafeDirectory { .. }) => return Err(problem),
        Err(_) => {}
    }
    let _lock = lock::acquire(&lock_file(&directory, cache))?;
    // Somebody else may have made it while we waited.
    if let Ok(store) = Store::open(&directory) {
        return Ok(store);
    }
    replace(&directory, address)?;
    Store::open(&directory)
}

/// Puts an empty clone in the place of a broken one, or of nothing. The caller holds the lock.
pub(super) fn replace(directory: &Path, address: &str) -> Result<(), GitProblem> {
    let parent = directory.parent().unwrap_or(directory);
    fs::create_dir_all(parent).map_err(GitProblem::io(parent))?;
    let aside = |purpose: &str| {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        directory.with_file_name(format!(".{name}.{purpose}-{}", std::process::id()))
    };
    let (fresh, broken) = (aside("new"), aside("broken"));
    // Those whose names we would not use ourselves are a killed process's.
    let ours = format!(".{}.", directory.file_name().unwrap_or_default().to_string_lossy());
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&ours) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    initialise(&fresh, address)?;
    if directory.exists() {
        fs::rename(directory, &broken).map_err(GitProblem::io(directory))?;
        let _ = fs::remove_dir_all(&broken);
    }
    fs::rename(&fresh, directory).map_err(GitProblem::io(directory))
}

/// Clears away what killed git processes left behind: git keeps its hands off the locks and temporary files of others. A young one
/// may belong to a process that has outlived whoever started it.
pub(super) fn sweep(directory: &Path) {
    for place in ["", "objects", "objects/info", "objects/info/commit-graphs", "objects/pack"] {
        for entry in fs::read_dir(directory.join(place)).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let age = age.and_then(|modified| modified.elapsed().ok());
            if (name.ends_with(".lock") || name.starts_with("tmp_")) && age.is_some_and(|age| age > LEFTOVER)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Longer than any git process of ours may take.
const LEFTOVER: Duration = Duration::from_secs(3600);

/// The file whose lock guards a repository: one for each, whichever source or linked work tree it is used from.
pub(super) fn lock_file(directory: &Path, cache: &Path) -> PathBuf {
    cache.join("locks").join(format!("{}.lock", own_name(directory)))
}

/// Where it is kept what the commits of a repository's branches changed.
pub(super) fn chains_directory(directory: &Path, cache: &Path) -> PathBuf {
    cache.join("history").join(own_name(directory))
}

fn own_name(directory: &Path) -> String {
    let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let names = directory.iter().rev().map(|name| name.to_string_lossy());
    let name = names.into_iter().find(|name| name != ".git").unwrap_or_default();
    file_name(&name, &directory.to_string_lossy())
}

fn initialise(directory: &Path, address: &str) -> Result<(), GitProblem> {
    let mut options = git2::RepositoryInitOptions::new();
    options.bare(true).external_template(false).mkpath(true);
    let repository = git2::Repository::init_opts(directory, &options)?;
    let mut configuration = repository.config()?;
    configuration.set_str("remote.origin.url", address)?;
    configuration.set_str("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")?;
    // Cleaning up is part of a fetch, under its lock, and never goes on behind our back.
    configuration.set_bool("gc.autoDetach", false)?;
    configuration.set_bool("maintenance.autoDetach", false)?;
    Ok(())
}

/// A name for people, and a hash for the rest.
pub(super) fn file_name(name: &str, of: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    let hash = hmac_sha256::Hash::hash(of.as_bytes());
    let hash: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}", name.chars().map(plain).collect::<String>())
}
