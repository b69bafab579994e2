//! Where builds go: a directory of our own inside the workspace's, so that an editor's `cargo check` and we never wait for each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::LaunchError;
use super::manifest::{Manifest, Package};

/// The directories that building a package involves.
#[derive(Debug)]
pub(super) struct Target {
    /// The workspace that the package belongs to; its own directory for one that stands alone.
    pub(super) workspace: PathBuf,
    /// The build's target directory.
    pub(super) directory: PathBuf,
}

impl Target {
    pub(super) fn of(package: &Package, environment: &BTreeMap<String, String>) -> Result<Self, LaunchError> {
        let workspace = workspace_of(package)?;
        let directory = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
            .iter()
            .find_map(|name| environment.get(*name).filter(|value| !value.is_empty()))
            .map(PathBuf::from)
            .or_else(|| configured(&package.directory))
            .unwrap_or_else(|| workspace.join("target"));
        let directory = std::path::absolute(directory.join("glu")).map_err(|source| LaunchError::File {
            action: "find",
            path: directory.clone(),
            source,
        })?;
        Ok(Self { workspace, directory })
    }

    /// A file of the launcher's own for this package.
    pub(super) fn own_file(&self, package: &Package, extension: &str) -> PathBuf {
        self.directory.join("launcher").join(format!("{}.{extension}", package.name))
    }
}

fn workspace_of(package: &Package) -> Result<PathBuf, LaunchError> {
    let own = Manifest::read(&package.directory)?;
    if let Some(named) = own.and_then(|manifest| manifest.named_workspace()) {
        return Ok(named);
    }
    for directory in package.directory.ancestors() {
        if Manifest::read(directory)?.is_some_and(|manifest| manifest.is_workspace()) {
            return Ok(directory.to_owned());
        }
    }
    Ok(package.directory.clone())
}

/// `build.target-dir` of the nearest cargo configuration that sets it.
fn configured(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().find_map(|directory| {
        let text = std::fs::read_to_string(directory.join(".cargo/config.toml")).ok()?;
        let table: toml::Table = text.parse().ok()?;
        let path = table.get("build")?.get("target-dir")?.as_str()?;
        Some(directory.join(path))
    })
}
