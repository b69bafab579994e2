//! Graphs for Graphviz.

use super::GraphView;

/// A digraph with a cluster for each pipeline.
pub(crate) fn dot(view: &GraphView) -> String {
    let mut text = String::from("digraph glu {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for (number, graph) in view.pipelines.iter().enumerate() {
        // Names have no quotes or backslashes: the system refuses them.
        let id = |name: &str| format!("\"{}/{name}\"", graph.name);
        text.push_str(&format!("  subgraph cluster_{number} {{\n    label=\"{}\";\n", graph.name));
        for node in &graph.phases {
            text.push_str(&format!("    {} [label=\"{}\"];\n", id(&node.name), graph.label(node)));
        }
        for line in &graph.edges {
            text.push_str(&format!("    {} -> {};\n", id(&line.from), id(&line.to)));
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn every_phase_and_edge_stands_in_its_cluster() {
        let text = dot(&diamond());
        assert!(text.starts_with("digraph glu {\n"));
        assert!(text.contains("    \"shop/global\" [label=\"global (git, all)\"];\n"));
        assert!(text.contains("    \"shop/us\" -> \"shop/global\";\n"));
        assert_eq!(text.matches(" -> ").count(), 5);
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }
}
