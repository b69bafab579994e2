//! Pipelines and phases, without a look at the world.

use std::collections::BTreeMap;

use glu_core::model::{Intake, Join, Pipeline, Selection, Source, System};
use glu_core::rollout::Rollout;
use serde::Serialize;

use super::{Paper, Table, Tone, View};

/// All pipelines.
#[derive(Debug, Serialize)]
pub struct ListView {
    pipelines: Vec<PipelineRow>,
}

#[derive(Debug, Serialize)]
struct PipelineRow {
    name: String,
    description: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    declared: String,
    phases: Vec<PhaseRow>,
}

#[derive(Debug, Serialize)]
struct PhaseRow {
    name: String,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    from: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    join: Option<String>,
    /// When states move in by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
    /// Whether they come in one after another.
    queue: bool,
    /// Whether they come in by proposals.
    proposes: bool,
    /// By how many steps they come in, where by any.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<u32>,
}

impl PhaseRow {
    /// How states come in.
    fn moves(&self) -> String {
        if self.from.is_empty() {
            return String::new();
        }
        let mut words = vec![self.trigger.clone().unwrap_or_else(|| "by hand".to_owned())];
        if self.queue {
            words.push("one after another".to_owned());
        }
        if self.proposes {
            words.push("by proposal".to_owned());
        }
        words.extend(self.steps.map(|steps| format!("in {steps} step{}", if steps == 1 { "" } else { "s" })));
        words.join(", ")
    }
}

impl ListView {
    /// The pipelines of the selected phases.
    pub fn new(system: &System, selection: &Selection) -> Self {
        let pipelines = system
            .pipelines()
            .filter(|pipeline| selection.touches(&pipeline.name))
            .map(pipeline_row)
            .collect();
        Self { pipelines }
    }
}

fn pipeline_row(pipeline: &Pipeline) -> PipelineRow {
    PipelineRow {
        name: pipeline.name.clone(),
        description: pipeline.description.clone(),
        labels: pipeline.labels.clone(),
        annotations: pipeline.annotations.clone(),
        declared: format!("{}:{}", pipeline.declared.file(), pipeline.declared.line()),
        phases: pipeline
            .phases
            .iter()
            .map(|phase| {
                let from: Vec<String> =
                    pipeline.upstreams(&phase.name).map(|upstream| upstream.name.clone()).collect();
                PhaseRow {
                    name: phase.name.clone(),
                    source: phase.source.kind(),
                    branch: match &phase.source {
                        Source::Git { branch, .. } => branch.clone(),
                        _ => None,
                    },
                    labels: phase.labels.clone(),
                    annotations: phase.annotations.clone(),
                    join: (from.len() > 1 && phase.join != Join::All).then(|| phase.join.to_string()),
                    from,
                    trigger: phase.trigger.as_ref().map(ToString::to_string),
                    queue: phase.intake == Intake::Queue,
                    proposes: phase.proposing.is_some(),
                    steps: phase.rollout.as_ref().map(Rollout::count),
                }
            })
            .collect(),
    }
}

fn labels(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn phases(row: &PipelineRow) -> Table {
    let mut table = Table::new(&["PHASE", "SOURCE", "FROM", "MOVES", "LABELS"]);
    for phase in &row.phases {
        let from = match &phase.join {
            Some(join) => format!("{join} of {}", phase.from.join(", ")),
            None => phase.from.join(", "),
        };
        let source = match &phase.branch {
            Some(branch) => format!("{} ({branch})", phase.source),
            None => phase.source.to_owned(),
        };
        table.row(vec![
            (Tone::Strong, phase.name.clone()),
            (Tone::Plain, source),
            (Tone::Plain, from),
            (Tone::Plain, phase.moves()),
            (Tone::Quiet, labels(&phase.labels)),
        ]);
    }
    table
}

impl View for ListView {
    fn text(&self, paper: &mut Paper) {
        for row in &self.pipelines {
            if !paper.is_empty() {
                paper.end();
            }
            heading(paper, &row.name, &row.description, &labels(&row.labels));
            phases(row).text(paper);
        }
    }

    fn markdown(&self) -> String {
        let section = |row: &PipelineRow| {
            let description = row.description.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = [super::cell(&description), super::cell(&labels(&row.labels))];
            let paragraphs: String =
                said.iter().filter(|text| !text.is_empty()).map(|text| format!("{text}\n\n")).collect();
            format!("### {}\n\n{paragraphs}{}", super::cell(&row.name), phases(row).markdown())
        };
        self.pipelines.iter().map(section).collect::<Vec<_>>().join("\n")
    }
}

/// A pipeline's heading: name, the first line of its description, labels.
pub(super) fn heading(paper: &mut Paper, name: &str, description: &str, labels: &str) {
    paper.write(Tone::Strong, name);
    if let Some(first) = description.lines().next().filter(|line| !line.is_empty()) {
        paper.plain("  ").plain(first);
    }
    if !labels.is_empty() {
        paper.plain("  ").write(Tone::Quiet, labels);
    }
    paper.end();
}
