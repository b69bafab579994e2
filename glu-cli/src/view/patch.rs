//! Patches.

use glu_core::patch::unified;
use glu_core::plan::Plan;
use serde::Serialize;

use super::{Paper, Tone, View, fenced};

/// The patches of a plan's moves.
#[derive(Debug, Serialize)]
pub struct PatchView {
    moves: Vec<MovePatch>,
}

#[derive(Debug, Serialize)]
struct MovePatch {
    pipeline: String,
    phase: String,
    source: String,
    branch: String,
    patch: String,
}

impl PatchView {
    /// The patches, in the plan's order.
    pub fn new(plan: &Plan) -> Self {
        let moves = plan
            .moves()
            .map(|planned| MovePatch {
                pipeline: planned.id.pipeline.clone(),
                phase: planned.id.phase.clone(),
                source: planned.branch.source.clone(),
                branch: planned.branch.branch.clone(),
                patch: planned.changes.iter().map(unified).collect(),
            })
            .collect();
        Self { moves }
    }
}

impl View for PatchView {
    fn text(&self, paper: &mut Paper) {
        for planned in &self.moves {
            write(paper, &planned.patch, "");
        }
    }

    fn markdown(&self) -> String {
        let section = |planned: &MovePatch| {
            format!("### {}/{}\n\n{}", planned.pipeline, planned.phase, fenced("diff", &planned.patch))
        };
        self.moves.iter().map(section).collect::<Vec<_>>().join("\n")
    }
}

/// Writes a patch, each line behind an indent.
pub(super) fn write(paper: &mut Paper, patch: &str, indent: &str) {
    for line in patch.split_inclusive('\n') {
        let (line, ended) = line.strip_suffix('\n').map_or((line, false), |line| (line, true));
        let tone = match line.as_bytes().first() {
            _ if line.starts_with("+++") || line.starts_with("---") || line.starts_with("diff ") => {
                Tone::Strong
            }
            Some(b'+') => Tone::Added,
            Some(b'-') => Tone::Removed,
            Some(b'@') => Tone::Place,
            _ => Tone::Plain,
        };
        paper.plain(indent).write(tone, line);
        if ended {
            // A patch's own trailing blanks count, so the line is not trimmed.
            paper.plain("\n");
        }
    }
}
