//! What `glu ci init` writes.

use serde::Serialize;

use super::init::{changed, language};
use super::{Paper, Tone, View, cell, code, fenced};
use crate::ci::workflow::Host;
use crate::init::InitPlan;

/// The files of a workflow.
#[derive(Debug, Serialize)]
pub struct WorkflowView {
    system: &'static str,
    dry_run: bool,
    files: Vec<FileView>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FileView {
    path: String,
    change: &'static str,
    contents: String,
}

impl WorkflowView {
    /// The files of a plan, which were written unless this is a dry run, and what there is to do besides.
    pub fn new(host: Host, plan: &InitPlan, dry_run: bool, advice: Vec<String>) -> Self {
        let file = |file: &crate::init::PlannedFile| FileView {
            path: file.path.to_string_lossy().into_owned(),
            change: changed(file.change),
            contents: file.contents.clone(),
        };
        Self {
            system: host.name(),
            dry_run,
            files: plan.files.iter().map(file).collect(),
            notes: plan.notes.iter().cloned().chain(advice).collect(),
        }
    }

    fn said(&self, file: &FileView) -> String {
        let verb = if self.dry_run { "would write" } else { "wrote" };
        format!("{verb} {} ({})", file.path, file.change)
    }

    fn nothing(&self) -> String {
        unchanged(self.system)
    }
}

/// Workflows that are as they would be written.
#[derive(Debug, Serialize)]
pub struct WorkflowCheckView {
    systems: Vec<&'static str>,
}

impl WorkflowCheckView {
    /// The systems whose workflows were looked at.
    pub fn new(hosts: &[Host]) -> Self {
        Self { systems: hosts.iter().map(|host| host.name()).collect() }
    }
}

impl View for WorkflowCheckView {
    fn text(&self, paper: &mut Paper) {
        for system in &self.systems {
            paper.plain(&unchanged(system)).end();
        }
    }

    fn markdown(&self) -> String {
        self.systems.iter().map(|system| format!("- {}\n", unchanged(system))).collect()
    }
}

fn unchanged(system: &str) -> String {
    format!("the workflow for {system} is as it would be written")
}

impl View for WorkflowView {
    fn text(&self, paper: &mut Paper) {
        if self.files.is_empty() {
            paper.plain(&self.nothing()).end();
        }
        for file in &self.files {
            paper.plain(&self.said(file)).end();
            if self.dry_run {
                paper.plain(&file.contents);
            }
        }
        for note in &self.notes {
            paper.write(Tone::Notice, "note: ").plain(note).end();
        }
    }

    fn markdown(&self) -> String {
        if self.files.is_empty() {
            return format!("{}\n", self.nothing());
        }
        let mut text = String::new();
        for file in &self.files {
            text.push_str(&format!("{}\n", cell(&self.said(file))));
            if self.dry_run {
                text.push_str(&format!(
                    "\n{}\n\n{}",
                    code(&file.path),
                    fenced(language(&file.path), &file.contents)
                ));
            }
        }
        text.extend(self.notes.iter().map(|note| format!("- {}\n", cell(note))));
        text
    }
}
