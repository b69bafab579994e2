//! Pipelines as graphs.

mod dot;
mod mermaid;
mod svg;

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;

use glu_core::model::{Join, Pipeline, Selection, System};
use serde::Serialize;

use super::{Paper, Tone, View, fenced};

/// The graphs of some pipelines.
#[derive(Debug, Serialize)]
pub struct GraphView {
    pipelines: Vec<Graph>,
}

#[derive(Debug, Serialize)]
struct Graph {
    name: String,
    phases: Vec<Node>,
    edges: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Node {
    name: String,
    source: &'static str,
    /// How many upstreams must agree, where there are several and not all must.
    join: Option<String>,
    /// How many edges away from a beginning, along the longest way.
    depth: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    from: String,
    to: String,
}

impl GraphView {
    /// The graphs of the pipelines of the selected phases; a graph is always whole.
    pub fn new(system: &System, selection: &Selection) -> Self {
        Self {
            pipelines: system
                .pipelines()
                .filter(|pipeline| selection.touches(&pipeline.name))
                .map(graph)
                .collect(),
        }
    }
}

fn graph(pipeline: &Pipeline) -> Graph {
    let mut phases: Vec<Node> = Vec::new();
    for phase in &pipeline.phases {
        let upstreams: Vec<&str> =
            pipeline.upstreams(&phase.name).map(|upstream| upstream.name.as_str()).collect();
        // Phases come after those that feed them, so their depths are known.
        let depth = phases
            .iter()
            .filter(|node| upstreams.contains(&node.name.as_str()))
            .map(|node| node.depth + 1)
            .max()
            .unwrap_or(0);
        let join = (upstreams.len() > 1).then(|| match phase.join {
            Join::All => "all".to_owned(),
            join => join.to_string(),
        });
        phases.push(Node { name: phase.name.clone(), source: phase.source.kind(), join, depth });
    }
    let edges =
        pipeline.edges.iter().map(|edge| Line { from: edge.from.clone(), to: edge.to.clone() }).collect();
    Graph { name: pipeline.name.clone(), phases, edges }
}

impl Graph {
    fn label(&self, node: &Node) -> String {
        match &node.join {
            Some(join) => format!("{} ({}, {join})", node.name, node.source),
            None => format!("{} ({})", node.name, node.source),
        }
    }

    fn index(&self, name: &str) -> usize {
        self.phases.iter().position(|node| node.name == name).expect("an edge joins phases of its pipeline")
    }
}

impl View for GraphView {
    fn text(&self, paper: &mut Paper) {
        for graph in &self.pipelines {
            if !paper.is_empty() {
                paper.end();
            }
            paper.write(Tone::Strong, &graph.name).end();
            let mut drawn = vec![false; graph.phases.len()];
            for (index, node) in graph.phases.iter().enumerate() {
                if node.depth == 0 {
                    branch(paper, graph, index, "  ", "  ", &mut drawn);
                }
            }
        }
    }

    fn markdown(&self) -> String {
        fenced("mermaid", &mermaid(self))
    }
}

/// Draws a phase and what it feeds; a phase that several feed is drawn whole once.
fn branch(paper: &mut Paper, graph: &Graph, index: usize, lead: &str, rest: &str, drawn: &mut [bool]) {
    let node = &graph.phases[index];
    paper.plain(lead).write(Tone::Strong, &node.name).write(Tone::Quiet, &format!(" ({})", node.source));
    if let Some(join) = &node.join {
        let feeders: Vec<&str> =
            graph.edges.iter().filter(|line| line.to == node.name).map(|line| line.from.as_str()).collect();
        paper.write(Tone::Notice, &format!(" joins {join} of {}", feeders.join(", ")));
    }
    let fed: Vec<usize> =
        graph.edges.iter().filter(|line| line.from == node.name).map(|line| graph.index(&line.to)).collect();
    if drawn[index] && !fed.is_empty() {
        paper.write(Tone::Quiet, " ...").end();
        return;
    }
    paper.end();
    drawn[index] = true;
    for (position, next) in fed.iter().enumerate() {
        let (arm, under) = if position + 1 == fed.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(paper, graph, *next, &format!("{rest}{arm}"), &format!("{rest}{under}"), drawn);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A diamond: app feeds staging, that feeds eu and us, both feed global.
    pub(crate) fn diamond() -> GraphView {
        let node = |name: &str, depth, join: Option<&str>| Node {
            name: name.into(),
            source: if depth == 0 { "oci" } else { "git" },
            join: join.map(str::to_owned),
            depth,
        };
        let line = |from: &str, to: &str| Line { from: from.into(), to: to.into() };
        let phases = vec![
            node("app", 0, None),
            node("staging", 1, None),
            node("eu", 2, None),
            node("us", 2, None),
            node("global", 3, Some("all")),
        ];
        let edges = vec![
            line("app", "staging"),
            line("staging", "eu"),
            line("staging", "us"),
            line("eu", "global"),
            line("us", "global"),
        ];
        GraphView { pipelines: vec![Graph { name: "shop".into(), phases, edges }] }
    }

    #[test]
    fn a_diamond_as_text() {
        let mut paper = Paper::new(false);
        diamond().text(&mut paper);
        let expected = "\
shop
  app (oci)
  └─ staging (git)
     ├─ eu (git)
     │  └─ global (git) joins all of eu, us
     └─ us (git)
        └─ global (git) joins all of eu, us
";
        assert_eq!(paper.into_text(), expected);
    }
}
