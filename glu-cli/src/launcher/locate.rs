//! Where the user's pipelines program is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::arguments::Invocation;
use super::error::LaunchError;
use super::manifest::{Manifest, Package};
use crate::config;

/// Directories in which a pipelines crate is looked for by convention.
const CONVENTIONAL: [&str; 4] = ["delivery", "glu", "pipelines", ".glu"];

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// A program that is built already.
    Binary(PathBuf),
    /// A crate to build.
    Package(Package),
}

/// Looks where the user says, then where the configuration says, then upwards.
pub(super) fn locate(
    invocation: &Invocation,
    environment: &BTreeMap<String, String>,
) -> Result<Located, LaunchError> {
    if let Some(binary) = &invocation.program {
        return prebuilt(binary, "`--program` or `GLU_PROGRAM`");
    }
    let place = config::program(&invocation.directory, environment)?;
    let said_by = |key: &str| match &place.file {
        Some(file) => format!("`{key}` in {}", file.display()),
        None => format!("`{key}` in the environment"),
    };
    if let Some(binary) = &place.binary {
        return prebuilt(binary, &said_by("program.binary"));
    }
    if let Some(directory) = &place.package {
        let missing =
            || LaunchError::NoPackage { directory: directory.clone(), said_by: said_by("program.package") };
        let package =
            Manifest::read(directory)?.and_then(|manifest| manifest.package()).ok_or_else(missing)?;
        return Ok(Located::Package(package));
    }
    let start = std::path::absolute(&invocation.directory).map_err(|source| LaunchError::File {
        action: "find",
        path: invocation.directory.clone(),
        source,
    })?;
    upwards(&start)
        .and_then(|found| found.map(Located::Package).ok_or_else(|| not_found(&start, place.file.as_deref())))
}

fn prebuilt(binary: &Path, said_by: &str) -> Result<Located, LaunchError> {
    if binary.is_file() {
        return Ok(Located::Binary(binary.to_owned()));
    }
    Err(LaunchError::NoBinary { binary: binary.to_owned(), said_by: said_by.to_owned() })
}

/// The nearest crate upwards, else the nearest workspace member or conventional directory upwards.
fn upwards(start: &Path) -> Result<Option<Package>, LaunchError> {
    for directory in start.ancestors() {
        if let Some(package) = Manifest::read(directory)?.and_then(|manifest| manifest.pipelines_program()) {
            return Ok(Some(package));
        }
    }
    for directory in start.ancestors() {
        let mut candidates =
            Manifest::read(directory)?.map(|manifest| manifest.members()).unwrap_or_default();
        candidates.extend(CONVENTIONAL.iter().map(|name| directory.join(name)));
        candidates.sort();
        candidates.dedup();
        let mut found = Vec::new();
        for candidate in candidates {
            found.extend(Manifest::read(&candidate)?.and_then(|manifest| manifest.pipelines_program()));
        }
        if found.len() > 1 {
            return Err(LaunchError::Several {
                directories: found.into_iter().map(|package| package.directory).collect(),
            });
        }
        if let Some(package) = found.pop() {
            return Ok(Some(package));
        }
    }
    Ok(None)
}

fn not_found(start: &Path, file: Option<&Path>) -> LaunchError {
    let start = start.display();
    let configuration = match file {
        Some(file) => {
            format!("`program.package` or `program.binary` in {}, which sets neither", file.display())
        }
        None => format!("{} in {start} and above", config::FILE_NAMES.join(", ")),
    };
    LaunchError::NotFound {
        looked: vec![
            "`--program` and `GLU_PROGRAM`, which are not given".to_owned(),
            configuration,
            format!("a Cargo.toml that depends on glu-cli in {start} and above"),
            format!(
                "one in {} or a workspace's members, in {start} and above",
                CONVENTIONAL.map(|name| format!("{name}/")).join(", ")
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "[package]\nname = \"p\"\n[dependencies]\nglu-cli = \"0.1\"\n";

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[(&str, &str)]) -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            for (path, text) in files {
                let path = tree.0.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            tree
        }

        fn locate(&self, from: &str) -> Result<Located, LaunchError> {
            let directory = self.0.path().join(from);
            std::fs::create_dir_all(&directory).unwrap();
            let invocation = Invocation::new(Vec::new(), &directory, &BTreeMap::new()).unwrap();
            locate(&invocation, &BTreeMap::new())
        }

        /// The crate's directory, relative.
        fn package(&self, from: &str) -> String {
            let Located::Package(package) = self.locate(from).unwrap() else { panic!("expected a package") };
            package.directory.strip_prefix(self.0.path()).unwrap().display().to_string()
        }
    }

    #[test]
    fn the_configuration_wins_over_what_is_nearer() {
        let tree = Tree::new(&[
            ("glu.toml", "program.package = \"elsewhere\""),
            ("elsewhere/Cargo.toml", "[package]\nname = \"e\"\n"),
            ("near/Cargo.toml", PROGRAM),
            ("near/src/main.rs", ""),
        ]);
        assert_eq!(tree.package("near"), "elsewhere");
    }

    #[test]
    fn the_nearest_crate_upwards_wins_over_conventional_directories() {
        let tree = Tree::new(&[
            ("a/Cargo.toml", PROGRAM),
            ("a/src/main.rs", ""),
            ("a/b/delivery/Cargo.toml", PROGRAM),
            ("a/b/delivery/src/main.rs", ""),
        ]);
        assert_eq!(tree.package("a/b"), "a");
    }

    #[test]
    fn conventional_directories_and_members_are_found() {
        for directory in ["delivery", "glu", "pipelines", ".glu"] {
            let tree = Tree::new(&[
                (&format!("{directory}/Cargo.toml"), PROGRAM),
                (&format!("{directory}/src/main.rs"), ""),
            ]);
            assert_eq!(tree.package("some/where"), directory);
        }
        let workspace = Tree::new(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
            ("crates/other/Cargo.toml", "[package]\nname = \"o\"\n"),
            ("crates/ship/Cargo.toml", PROGRAM),
            ("crates/ship/src/main.rs", ""),
        ]);
        assert_eq!(workspace.package(""), "crates/ship");
    }

    #[test]
    fn two_candidates_are_refused_by_name() {
        let tree = Tree::new(&[
            ("delivery/Cargo.toml", PROGRAM),
            ("delivery/src/main.rs", ""),
            ("glu/Cargo.toml", PROGRAM),
            ("glu/src/main.rs", ""),
        ]);
        let message = tree.locate("").unwrap_err().to_string();
        assert!(message.contains("delivery") && message.contains("/glu"), "{message}");
    }

    #[test]
    fn what_the_configuration_names_must_be_there() {
        let package = Tree::new(&[("glu.toml", "program.package = \"nowhere\"")]).locate("").unwrap_err();
        assert!(matches!(&package, LaunchError::NoPackage { .. }), "{package}");
        let binary = Tree::new(&[("glu.toml", "program.binary = \"nowhere\"")]).locate("").unwrap_err();
        assert!(binary.to_string().contains("glu.toml") && binary.exit_code() == 2, "{binary}");
    }
}
