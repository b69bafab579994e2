//! Which configuration file holds here, and which git repository encloses this place.

use std::path::{Path, PathBuf};

use super::error::ConfigError;

pub(super) const FILE_NAMES: [&str; 4] = ["glu.toml", "glu.yaml", "glu.yml", "glu.json"];

/// The nearest configuration file at or above `start`.
pub(super) fn configuration_file(start: &Path) -> Result<Option<PathBuf>, ConfigError> {
    for directory in start.ancestors() {
        let mut found: Vec<PathBuf> =
            FILE_NAMES.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect();
        match found.len() {
            0 => {}
            1 => return Ok(found.pop()),
            _ => return Err(ConfigError::Ambiguous { files: found }),
        }
    }
    Ok(None)
}

/// A git repository with a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The top of the work tree.
    pub(crate) root: PathBuf,
    /// Where its configuration and refs are; for a linked work tree the main repository's.
    common: PathBuf,
}

/// The git repository that holds `start`.
pub(crate) fn enclosing_repository(start: &Path) -> Option<Repository> {
    start.ancestors().find_map(|root| {
        let marker = root.join(".git");
        let directory = if marker.is_dir() { marker } else { linked_directory(&marker)? };
        // A directory that only happens to have the name has no `HEAD`.
        directory
            .join("HEAD")
            .exists()
            .then(|| Repository { root: root.to_owned(), common: common_directory(&directory) })
    })
}

impl Repository {
    /// The URL that the repository itself has configured for the remote called `name`; empty where it configures one without a URL.
    pub(crate) fn remote_url(&self, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.common.join("config")).ok()?;
        let header = format!("[remote \"{name}\"]");
        let mut lines = text.lines().map(str::trim).skip_while(|line| *line != header);
        lines.next()?;
        let url = lines.take_while(|line| !line.starts_with('[')).find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == "url").then(|| value.trim().trim_matches('"').to_owned())
        });
        Some(url.unwrap_or_default())
    }
}

/// Where a `.git` file, which submodules and linked work trees have, points to.
fn linked_directory(marker: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(marker).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(marker.parent()?.join(target))
}

fn common_directory(directory: &Path) -> PathBuf {
    match std::fs::read_to_string(directory.join("commondir")) {
        Ok(text) => directory.join(text.trim()),
        Err(_) => directory.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn the_nearest_file_upwards_is_found() {
        let directory = tempfile::tempdir().unwrap();
        write(&directory.path().join("glu.yaml"), "");
        write(&directory.path().join("deep/glu.json"), "{}");
        std::fs::create_dir_all(directory.path().join("deep/er")).unwrap();
        std::fs::create_dir_all(directory.path().join("other")).unwrap();
        let find = |name: &str| configuration_file(&directory.path().join(name)).unwrap();
        assert_eq!(find("deep/er"), Some(directory.path().join("deep/glu.json")));
        assert_eq!(find("other"), Some(directory.path().join("glu.yaml")));
    }

    #[test]
    fn two_files_in_one_directory_are_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        write(&directory.path().join("glu.yaml"), "");
        write(&directory.path().join("glu.toml"), "");
        let message = configuration_file(directory.path()).unwrap_err().to_string();
        assert!(message.contains("glu.toml") && message.contains("glu.yaml"), "{message}");
    }

    #[test]
    fn a_repository_knows_its_remote() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(&root.join(".git/HEAD"), "ref: refs/heads/main\n");
        write(
            &root.join(".git/config"),
            "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = https://fork\n[remote \"origin\"]\n\turl = https://origin\n\tfetch = x\n",
        );
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        let repository = enclosing_repository(&root.join("a/b")).unwrap();
        assert_eq!(repository.root, root);
        assert_eq!(repository.remote_url("origin").as_deref(), Some("https://origin"));
        assert_eq!(repository.remote_url("fork").as_deref(), Some("https://fork"));
        assert_eq!(repository.remote_url("upstream"), None);
    }

    #[test]
    fn a_linked_work_tree_has_the_main_repositorys_remotes() {
        let directory = tempfile::tempdir().unwrap();
        let (main, linked) = (directory.path().join("main"), directory.path().join("linked"));
        write(&main.join(".git/config"), "[remote \"origin\"]\n\turl = https://origin\n");
        write(&main.join(".git/worktrees/linked/HEAD"), "ref: refs/heads/x\n");
        write(&main.join(".git/worktrees/linked/commondir"), "../..\n");
        write(&linked.join(".git"), &format!("gitdir: {}\n", main.join(".git/worktrees/linked").display()));
        let repository = enclosing_repository(&linked).unwrap();
        assert_eq!(repository.root, linked);
        assert_eq!(repository.remote_url("origin").as_deref(), Some("https://origin"));
    }
}
