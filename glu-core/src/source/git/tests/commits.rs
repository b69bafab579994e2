use std::sync::Arc;
use std::thread;

use super::*;
use crate::settings::Author;
use crate::tree::Tree;

fn fetched(scratch: &Scratch) -> (Repository, CommitId) {
    let repository = scratch.clone();
    let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
    (repository, tip)
}

#[test]
fn a_tree_shows_files_and_directories_of_a_commit() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let tree = repository.tree(&tip).unwrap();
    assert_eq!(tree.file("env/prod/values.yaml").unwrap().unwrap(), b"tag: 1\r\n");
    assert_eq!(tree.file("env/nothing.yaml").unwrap(), None);
    assert_eq!(tree.file("app.yaml/below").unwrap(), None);
    assert_eq!(tree.list("").unwrap(), ["app.yaml", "env/", "link.yaml", "run.sh"]);
    assert_eq!(tree.list("env/").unwrap(), ["prod/"]);
    assert!(tree.list("nowhere").unwrap().is_empty());
}

#[test]
fn a_tree_refuses_what_is_no_file() {
    let scratch = Scratch::new();
    let work = scratch.work();
    std::os::unix::fs::symlink("env", work.join("way")).unwrap();
    let commit = scratch.tip(&work, "HEAD");
    scratch.git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{commit},module")]);
    scratch.git(&work, &["add", "way"]);
    scratch.git(&work, &["commit", "-q", "-m", "links"]);
    let repository = scratch.local();
    let tree = repository.tree(&scratch.tip(&work, "HEAD")).unwrap();
    let message = |path: &str| tree.file(path).unwrap_err().to_string();
    assert_eq!(message("env"), "env: is a directory, no file");
    assert_eq!(message("link.yaml"), "link.yaml: is a symbolic link, no file");
    assert_eq!(message("module"), "module: is a submodule, no file");
    assert_eq!(message("way/prod/values.yaml"), "way/prod/values.yaml: `way` is a symbolic link");
    assert_eq!(message("module/file"), "module/file: `module` is a submodule");
}

#[test]
fn a_commit_changes_its_files_and_nothing_else() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let changes = [
        change("env/prod/values.yaml", Some("tag: 1\r\n"), Some("tag: 2\r\n")),
        change("run.sh", Some("#!/bin/sh\n"), Some("#!/bin/sh\ntrue\n")),
        change("env/new/deep.yaml", None, Some("new\n")),
    ];
    let commit = repository.commit(&tip, &changes, "app: move", &somebody(), &somebody()).unwrap();
    assert!(matches!(repository.push(&[update("main", Some(&tip), &commit)]), Ok(Push::Done)));

    let raw = scratch.git(&scratch.remote(), &["diff", "--raw", "--abbrev=1", &tip.to_string(), "main"]);
    let lines: Vec<(&str, &str)> =
        raw.lines().map(|line| (&line[1..14], line.split('\t').nth(1).unwrap())).collect();
    assert_eq!(
        lines,
        [
            ("000000 100644", "env/new/deep.yaml"),
            ("100644 100644", "env/prod/values.yaml"),
            ("100755 100755", "run.sh"),
        ]
    );
    let listed = scratch.git(&scratch.remote(), &["ls-tree", "main", "link.yaml"]);
    assert!(listed.starts_with("120000 blob"), "{listed}");
    assert_eq!(scratch.git(&scratch.remote(), &["show", "main:env/prod/values.yaml"]), "tag: 2\r\n");
    let who = scratch.git(&scratch.remote(), &["show", "-s", "--format=%an|%ae|%cn|%aI|%B", "main"]);
    assert_eq!(who.trim_end(), "Glu|glu@example.com|Glu|2026-11-16T08:00:00+00:00|app: move");
    scratch.git(&scratch.remote(), &["fsck", "--strict"]);
}

#[test]
fn a_directory_goes_with_its_last_file() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let changes = [change("env/prod/values.yaml", Some("tag: 1\r\n"), None)];
    let commit = repository.commit(&tip, &changes, "remove", &somebody(), &somebody()).unwrap();
    assert_eq!(repository.tree(&commit).unwrap().list("").unwrap(), ["app.yaml", "link.yaml", "run.sh"]);
}

#[test]
fn a_commit_refuses_files_that_are_not_what_they_were() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let refused = |change: FileChange| {
        let error = repository.commit(&tip, &[change], "m", &somebody(), &somebody()).unwrap_err();
        assert!(matches!(*error.problem, GitProblem::ChangedUnderneath { .. }), "{error}");
    };
    refused(change("app.yaml", Some("image: zero\n"), Some("image: two\n")));
    refused(change("app.yaml", None, Some("image: two\n")));
    refused(change("gone.yaml", Some("x"), Some("y")));
    refused(change("link.yaml", Some("app.yaml"), Some("y")));
    refused(change("link.yaml/below", None, Some("y")));
    refused(change("env", None, Some("y")));
    for path in ["../up", "/root", "a//b", ".git/config", "a/.GIT/x", ""] {
        refused(change(path, None, Some("y")));
    }
    // A file is no directory.
    assert!(
        repository
            .commit(&tip, &[change("app.yaml/x", None, Some("y"))], "m", &somebody(), &somebody())
            .is_err()
    );
}

#[test]
fn the_tree_to_expect_is_the_one_committed() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let changes = [change("app.yaml", Some("image: one\n"), Some("image: two\n"))];
    let expected = repository.expected_tree(&tip, &changes).unwrap();
    assert_ne!(expected, repository.tree_id(&tip).unwrap());
    let commit = repository.commit(&tip, &changes, "m", &somebody(), &somebody()).unwrap();
    assert_eq!(repository.tree_id(&commit).unwrap(), expected);
}

#[test]
fn many_threads_read_one_tree() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let tree: Arc<dyn Tree> = repository.tree(&tip).unwrap();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(tree.file("app.yaml").unwrap().unwrap(), b"image: one\n");
                }
            });
        }
    });
}

#[test]
fn ancestors_are_known() {
    let scratch = Scratch::new();
    let (repository, tip) = fetched(&scratch);
    let one = bump(&repository, &tip, "image: one\n", "image: two\n");
    let other = bump(&repository, &tip, "image: one\n", "image: three\n");
    assert!(repository.is_ancestor(&tip, &one).unwrap());
    assert!(repository.is_ancestor(&one, &one).unwrap());
    assert!(!repository.is_ancestor(&one, &other).unwrap());
    assert_eq!(repository.merge_base(&one, &other).unwrap(), Some(tip));
    assert_eq!(repository.short(&one), one.as_str()[..7]);
    let nowhere = CommitId::parse(&"1".repeat(40)).unwrap();
    assert!(!repository.contains(&nowhere).unwrap());
    let message = repository.is_ancestor(&nowhere, &one).unwrap_err().to_string();
    assert!(message.contains("there is no commit 1111"), "{message}");
}

#[test]
fn who_commits_is_configured_somewhere_or_an_error() {
    let scratch = Scratch::new();
    let repository = scratch.local();
    let time = somebody().time;
    let author = Author { name: "Jane".to_owned(), email: "jane@example.com".to_owned() };
    assert_eq!(repository.signature(Some(&author), time).unwrap().name, "Jane");
    scratch.git(&scratch.work(), &["config", "author.name", "Git Name <odd>"]);
    scratch.git(&scratch.work(), &["config", "author.email", "git@example.com"]);
    let found = repository.signature(None, time).unwrap();
    assert_eq!((found.email.as_str(), found.time), ("git@example.com", time));
    assert!(found.name.starts_with("Git Name"), "{}", found.name);
    scratch.git(&scratch.work(), &["config", "author.name", ""]);
    scratch.git(&scratch.work(), &["config", "user.name", ""]);
    let message = repository.signature(None, time).unwrap_err().to_string();
    assert!(message.contains("git config --global user.name"), "{message}");
}
