//! What `glu init` writes.

use serde::Serialize;

use super::{Paper, Table, Tone, View, cell, code, fenced};
use crate::init::{Change, InitPlan};

/// The files of a new pipelines program.
#[derive(Debug, Serialize)]
pub struct InitView {
    root: String,
    phases: Vec<String>,
    dry_run: bool,
    files: Vec<FileView>,
    notes: Vec<String>,
    next: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FileView {
    path: String,
    change: &'static str,
    contents: String,
    #[serde(skip)]
    purpose: &'static str,
}

impl InitView {
    /// The files of a plan, which were written unless this is a dry run.
    pub fn new(plan: &InitPlan, dry_run: bool) -> Self {
        let files: Vec<FileView> = plan
            .files
            .iter()
            .map(|file| {
                let path = file.path.to_string_lossy().into_owned();
                let change = changed(file.change);
                FileView { purpose: purpose(&path), path, change, contents: file.contents.clone() }
            })
            .collect();
        Self {
            root: plan.root.to_string_lossy().into_owned(),
            phases: plan.phases.clone(),
            dry_run,
            next: next(&files),
            files,
            notes: plan.notes.clone(),
        }
    }

    /// What to do now, as sentences.
    pub fn next(&self) -> &[String] {
        &self.next
    }

    fn summary(&self) -> String {
        let phases = self.phases.join(", ");
        match (self.files.is_empty(), self.dry_run) {
            (true, _) => format!("The pipelines program for {phases} is there already; nothing to write."),
            (false, true) => {
                format!("Would write a pipelines program for {phases} into {}:", self.root)
            }
            (false, false) => format!("Wrote a pipelines program for {phases} into {}:", self.root),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["FILE", "CHANGE", "WHAT IT IS"]);
        for file in &self.files {
            table.row(vec![
                (Tone::Strong, file.path.clone()),
                (if file.change == "replaced" { Tone::Notice } else { Tone::Good }, file.change.to_owned()),
                (Tone::Quiet, file.purpose.to_owned()),
            ]);
        }
        table
    }
}

impl View for InitView {
    fn text(&self, paper: &mut Paper) {
        paper.plain(&self.summary()).end();
        if !self.files.is_empty() {
            self.table().text(paper);
        }
        if self.dry_run {
            for file in &self.files {
                paper.end().write(Tone::Strong, &format!("--- {}", file.path)).end();
                paper.plain(&file.contents);
            }
        }
        for note in &self.notes {
            paper.write(Tone::Notice, "note: ").plain(note).end();
        }
    }

    fn markdown(&self) -> String {
        let mut text = format!("{}\n", cell(&self.summary()));
        if !self.files.is_empty() {
            text.push_str(&format!("\n{}", self.table().markdown()));
        }
        if self.dry_run {
            for file in &self.files {
                text.push_str(&format!(
                    "\n{}\n\n{}",
                    code(&file.path),
                    fenced(language(&file.path), &file.contents)
                ));
            }
        }
        if !self.notes.is_empty() {
            text.push('\n');
            text.extend(self.notes.iter().map(|note| format!("- {}\n", cell(note))));
        }
        text
    }
}

/// What becomes of a file, in a word or two.
pub(super) fn changed(change: Change) -> &'static str {
    match change {
        Change::Create => "new",
        Change::Replace => "replaced",
        Change::Extend => "added to",
    }
}

fn purpose(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or(path) {
        "main.rs" => "the pipelines",
        "Cargo.toml" => "the program's crate",
        "glu.toml" => "where the repository and the images are",
        "config.toml" => "the alias `cargo glu`",
        ".gitignore" => "keeps the build out of git",
        "delivery.yml" | "delivery.yaml" | "Jenkinsfile" | "config.yml" | "bitbucket-pipelines.yml" => {
            "plans pull requests, makes automatic moves, promotes by hand"
        }
        ".gitlab-ci.yml" => "includes the jobs",
        _ => "an example to start from",
    }
}

pub(super) fn language(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("rs") => "rust",
        Some("toml") => "toml",
        Some("yml" | "yaml") => "yaml",
        _ => "",
    }
}

fn next(files: &[FileView]) -> Vec<String> {
    let mut next = Vec::new();
    if files.iter().any(|file| file.purpose == "an example to start from") {
        next.push(
            "commit the manifests, and push them if there is a remote: glu reads the branch, not the work tree"
                .to_owned(),
        );
    }
    next.push(
        "`glu status` shows what runs where, and so does `cargo glu status` at the top of the repository; the first run builds the \
         program"
            .to_owned(),
    );
    if files.iter().any(|file| file.purpose == "the program's crate") {
        next.push(
            "then commit what was written, and delivery/Cargo.lock, which the first run makes".to_owned(),
        );
    }
    next
}
