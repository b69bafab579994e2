//! Looking for secrets in what runs leave behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Program, Ran};
use crate::site::{Site, git};

/// Runs all verbs that talk to the remote, the last of them a promotion of `staging`; gives that run and all that was written.
pub fn whole_promotion(site: &Site, program: &Program) -> (Ran, String) {
    let seen = site.path().join("seen");
    // While the server thinks about the push, its client's processes are all there.
    site.hook(
        "pre-receive",
        &format!("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > {}\nexit 0\n", seen.display()),
    );
    let mut text = String::new();
    for verb in ["doctor", "status", "plan --out plan.json", "history staging", "diff --output json"] {
        text.push_str(&program.run(verb).text());
    }
    let promoted = program.run("promote --yes staging");
    text.push_str(&promoted.text());
    text.push_str(&program.run("status --output json").text());
    (promoted, text)
}

/// Expects that nothing in a site shows a secret: neither its files, except those that have it by design, nor its commits, nor the
/// argument lists that were seen while it was at work, nor this text.
#[track_caller]
pub fn expect_hidden(site: &Site, secrets: &[&str], by_design: &[&Path], text: &str) {
    let shows = |content: &str| secrets.iter().any(|secret| content.contains(secret));
    assert!(!shows(text), "{text}");
    let log = git(site.remote().path(), &["log", "--all", "--patch", "--format=fuller"]);
    assert!(!shows(&log), "{log}");
    let mut looked_at = 0;
    for path in files(site.path()) {
        if !by_design.iter().any(|known| path.starts_with(known)) {
            looked_at += 1;
            let content = fs::read(&path).unwrap();
            assert!(!shows(&String::from_utf8_lossy(&content)), "{}", path.display());
        }
    }
    assert!(looked_at > 10, "there is a clone, a remote and a plan");
}

/// The argument lists of all processes while a push was on its way.
pub fn argument_lists(site: &Site) -> String {
    fs::read_to_string(site.path().join("seen")).unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
