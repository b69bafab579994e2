//! Graphs for Mermaid, as GitHub and GitLab draw it.

use super::GraphView;

/// A flowchart with a subgraph for each pipeline.
pub(crate) fn mermaid(view: &GraphView) -> String {
    let mut text = String::from("flowchart LR\n");
    for (number, graph) in view.pipelines.iter().enumerate() {
        let id = |name: &str| format!("p{number}n{}", graph.index(name));
        text.push_str(&format!("  subgraph p{number} [\"{}\"]\n", graph.name));
        for node in &graph.phases {
            // Beginnings are rounded.
            let (open, close) = if node.depth == 0 { ("([", "])") } else { ("[", "]") };
            text.push_str(&format!("    {}{open}\"{}\"{close}\n", id(&node.name), graph.label(node)));
        }
        for line in &graph.edges {
            text.push_str(&format!("    {} --> {}\n", id(&line.from), id(&line.to)));
        }
        text.push_str("  end\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn names_stand_in_quotes_and_identifiers_are_ours() {
        let expected = "\
flowchart LR
  subgraph p0 [\"shop\"]
    p0n0([\"app (oci)\"])
    p0n1[\"staging (git)\"]
    p0n2[\"eu (git)\"]
    p0n3[\"us (git)\"]
    p0n4[\"global (git, all)\"]
    p0n0 --> p0n1
    p0n1 --> p0n2
    p0n1 --> p0n3
    p0n2 --> p0n4
    p0n3 --> p0n4
  end
";
        assert_eq!(mermaid(&diamond()), expected);
    }
}
