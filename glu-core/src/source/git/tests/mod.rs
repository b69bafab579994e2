//! Tests on real repositories in temporary directories.

mod commits;
mod history;
mod local;
mod remote;
mod touches;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::*;
use crate::process::Process;
use crate::settings::{GitSettings, Remote};
use crate::tree::FileChange;

/// A directory for one test: a bare remote, somebody's work tree of it, a cache.
struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    /// A remote with one commit on `main`: a file, an executable, a link, a file in a directory.
    fn new() -> Self {
        let scratch = Self::empty();
        let work = scratch.work();
        std::fs::write(work.join("app.yaml"), "image: one\n").unwrap();
        std::fs::write(work.join("run.sh"), "#!/bin/sh\n").unwrap();
        executable(&work.join("run.sh"));
        std::os::unix::fs::symlink("app.yaml", work.join("link.yaml")).unwrap();
        std::fs::create_dir_all(work.join("env/prod")).unwrap();
        std::fs::write(work.join("env/prod/values.yaml"), "tag: 1\r\n").unwrap();
        scratch.record("first");
        scratch.git(&work, &["push", "-q", "origin", "main"]);
        scratch
    }

    /// A remote without any commit.
    fn empty() -> Self {
        let scratch = Self { directory: tempfile::tempdir().unwrap() };
        let (remote, work) = (scratch.remote(), scratch.work());
        for directory in [&remote, &work] {
            std::fs::create_dir_all(directory).unwrap();
        }
        scratch.git(&remote, &["init", "-q", "--bare", "-b", "main"]);
        scratch.git(&work, &["init", "-q", "-b", "main"]);
        scratch.git(&work, &["remote", "add", "origin", remote.to_str().unwrap()]);
        scratch
    }

    fn remote(&self) -> PathBuf {
        self.directory.path().join("remote.git")
    }

    fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// Commits everything in the work tree.
    fn record(&self, message: &str) -> CommitId {
        self.git(&self.work(), &["add", "-A"]);
        self.git(&self.work(), &["commit", "-q", "--allow-empty", "-m", message]);
        self.tip(&self.work(), "HEAD")
    }

    /// Writes a file in the work tree, commits it and pushes it to a branch.
    fn publish(&self, path: &str, content: &str, branch: &str) -> CommitId {
        write(&self.work(), path, content);
        let commit = self.record(path);
        self.git(
            &self.work(),
            &["push", "-q", "--no-verify", "origin", &format!("HEAD:refs/heads/{branch}")],
        );
        commit
    }

    fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        let finished = Process::new("git", "tests", "install git")
            .environment("HOME", self.directory.path())
            .environment("GIT_CONFIG_GLOBAL", "/dev/null")
            .environment("GIT_CONFIG_NOSYSTEM", "1")
            .environment("GIT_AUTHOR_NAME", "Somebody")
            .environment("GIT_AUTHOR_EMAIL", "somebody@example.com")
            .environment("GIT_COMMITTER_NAME", "Somebody")
            .environment("GIT_COMMITTER_EMAIL", "somebody@example.com")
            .directory(directory)
            .arguments(arguments.iter().copied())
            .run()
            .unwrap();
        assert_eq!(finished.code, 0, "git {arguments:?}: {}", finished.stderr);
        String::from_utf8(finished.stdout).unwrap()
    }

    fn tip(&self, directory: &Path, revision: &str) -> CommitId {
        CommitId::parse(self.git(directory, &["rev-parse", revision]).trim()).unwrap()
    }

    /// The source as a clone in the cache.
    fn clone(&self) -> Repository {
        self.open(None, Some(self.remote().to_str().unwrap()))
    }

    fn open(&self, path: Option<PathBuf>, url: Option<&str>) -> Repository {
        let remote = url.map(|url| Remote {
            name: "origin".to_owned(),
            url: Some(url.to_owned()),
            credential: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
        });
        let settings = GitSettings { path, remote, default_branch: None };
        Repository::open("app", &settings, &self.cache()).unwrap()
    }

    /// The source as the work tree's repository with its own `origin`.
    fn checkout(&self) -> Repository {
        let remote = Remote {
            name: "origin".to_owned(),
            url: None,
            credential: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
        };
        let settings = GitSettings { path: Some(self.work()), remote: Some(remote), default_branch: None };
        Repository::open("app", &settings, &self.cache()).unwrap()
    }

    /// The source as the work tree's repository, whose branches are the truth.
    fn local(&self) -> Repository {
        self.open(Some(self.work()), None)
    }
}

fn write(directory: &Path, path: &str, content: &str) {
    let path = directory.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn executable(path: &Path) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    FileChange { path: path.to_owned(), before: bytes(before), after: bytes(after) }
}

fn somebody() -> Signature {
    let time = "2026-11-16T08:00:00Z".parse().unwrap();
    Signature { name: "Glu".to_owned(), email: "glu@example.com".to_owned(), time }
}

/// Sets `app.yaml` on top of a commit.
fn bump(repository: &Repository, parent: &CommitId, before: &str, after: &str) -> CommitId {
    let changes = [change("app.yaml", Some(before), Some(after))];
    repository.commit(parent, &changes, "app: move", &somebody(), &somebody()).unwrap()
}

fn update(branch: &str, expected: Option<&CommitId>, new: &CommitId) -> RefUpdate {
    RefUpdate { branch: branch.to_owned(), expected: expected.cloned(), new: new.clone() }
}

fn rejected(branch: &str, reason: Reason) -> Push {
    Push::Rejected(vec![Rejection { branch: branch.to_owned(), reason }])
}

/// Everything `log` visits.
fn entries(repository: &Repository, tip: &CommitId, paths: &[&str]) -> Vec<LogEntry> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let mut entries = Vec::new();
    let mut visit = |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    };
    repository.log(tip, &paths, &mut visit).unwrap();
    entries
}
