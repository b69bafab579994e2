//! The little that is read of a Cargo.toml, at a hundredth of what `cargo metadata` would take.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::LaunchError;

/// The crate whose users are pipelines programs.
const LIBRARY: &str = "glu-cli";

/// A Cargo.toml.
#[derive(Debug)]
pub(super) struct Manifest {
    directory: PathBuf,
    table: Table,
}

/// A package that can be built into a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) directory: PathBuf,
    pub(super) name: String,
    pub(super) default_run: Option<String>,
}

impl Manifest {
    /// The manifest in `directory`, if there is one.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>, LaunchError> {
        let path = directory.join("Cargo.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(LaunchError::Manifest { path, message: error.to_string() }),
        };
        let table = text
            .parse()
            .map_err(|error: toml::de::Error| LaunchError::Manifest { path, message: error.to_string() })?;
        Ok(Some(Self { directory: directory.to_owned(), table }))
    }

    pub(super) fn package(&self) -> Option<Package> {
        let package = self.table.get("package")?.as_table()?;
        let text = |key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Package {
            directory: self.directory.clone(),
            name: text("name")?,
            default_run: text("default-run"),
        })
    }

    /// The package, if it is one that depends on the library and has a binary.
    pub(super) fn pipelines_program(&self) -> Option<Package> {
        let dependencies = self.table.get("dependencies")?.as_table()?;
        let depends = dependencies.iter().any(|(name, value)| {
            let renamed = value.get("package").and_then(Value::as_str);
            renamed.unwrap_or(name) == LIBRARY
        });
        let has_binary = self.table.contains_key("bin")
            || self.directory.join("src/main.rs").is_file()
            || self.directory.join("src/bin").is_dir();
        self.package().filter(|_| depends && has_binary)
    }

    /// Whether this is the root of a workspace.
    pub(super) fn is_workspace(&self) -> bool {
        self.table.contains_key("workspace")
    }

    /// The workspace root that the package names itself.
    pub(super) fn named_workspace(&self) -> Option<PathBuf> {
        let path = self.table.get("package")?.get("workspace")?.as_str()?;
        Some(self.directory.join(path))
    }

    /// The directories of a workspace's members; a `*` stands for one directory name, as it mostly does.
    pub(super) fn members(&self) -> Vec<PathBuf> {
        let members = self
            .table
            .get("workspace")
            .and_then(|workspace| workspace.get("members"))
            .and_then(Value::as_array);
        let mut directories = Vec::new();
        for member in members.into_iter().flatten().filter_map(Value::as_str) {
            match member.strip_suffix("/*").or((member == "*").then_some("")) {
                Some(parent) => directories.extend(subdirectories(&self.directory.join(parent))),
                None => directories.push(self.directory.join(member)),
            }
        }
        directories
    }
}

fn subdirectories(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str, files: &[&str]) -> (tempfile::TempDir, Manifest) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("Cargo.toml"), text).unwrap();
        for file in files {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let manifest = Manifest::read(directory.path()).unwrap().unwrap();
        (directory, manifest)
    }

    #[test]
    fn a_program_depends_on_the_library_under_any_name_and_has_a_binary() {
        let package = "[package]\nname = \"p\"\n[dependencies]\n";
        let is_program = |dependency: &str, files: &[&str]| {
            manifest(&format!("{package}{dependency}\n"), files).1.pipelines_program().is_some()
        };
        assert!(is_program("glu-cli = \"0.1\"", &["src/main.rs"]));
        assert!(is_program("glu-cli.workspace = true", &["src/bin/x.rs"]));
        assert!(is_program("glu = { package = \"glu-cli\", path = \"x\" }", &["src/main.rs"]));
        assert!(!is_program("glu-cli = { package = \"other\", version = \"1\" }", &["src/main.rs"]));
        assert!(!is_program("glu-core = \"0.1\"", &["src/main.rs"]));
        assert!(!is_program("glu-cli = \"0.1\"", &["src/lib.rs"]));
    }

    #[test]
    fn members_are_listed_with_their_globs() {
        let text = "[workspace]\nmembers = [\"one\", \"crates/*\"]\n";
        let (directory, manifest) = manifest(text, &["crates/b/x", "crates/a/x", "crates/file"]);
        let members: Vec<_> = manifest
            .members()
            .iter()
            .map(|path| path.strip_prefix(directory.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(members, ["one", "crates/a", "crates/b"]);
    }
}
