//! Graphs as pictures: phases in columns by their depth, drawn without another program.

use super::{Graph, GraphView, Node};

const BOX_HEIGHT: usize = 36;
const ROW: usize = 56;
const GAP: usize = 60;
const MARGIN: usize = 20;
const TITLE: usize = 30;
/// The advance of a character at 13 px in a monospaced face, rounded up.
const CHARACTER: usize = 8;

/// One picture with the pipelines below each other. It takes the reader's light or dark colours.
pub(crate) fn svg(view: &GraphView) -> String {
    let mut body = String::new();
    let mut top = MARGIN;
    let mut widest = 0;
    for graph in &view.pipelines {
        let layout = Layout::new(graph, top + TITLE);
        body.push_str(&format!(
            "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{}</text>\n",
            top + 16,
            escape(&graph.name)
        ));
        layout.draw(graph, &mut body);
        widest = widest.max(layout.width);
        top += TITLE + layout.height + MARGIN;
    }
    let style = "text{font:13px ui-monospace,monospace;fill:#1f2328}.title{font-weight:bold}rect{fill:#f6f8fa;stroke:#59636e}\
        .origin{stroke-dasharray:4 2}path{fill:none;stroke:#59636e}marker path{fill:#59636e}\
        @media(prefers-color-scheme:dark){text{fill:#f0f6fc}rect{fill:#151b23;stroke:#9198a1}path{stroke:#9198a1}marker path{fill:#9198a1}}";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{widest}\" height=\"{top}\" viewBox=\"0 0 {widest} {top}\">\n\
         <style>{style}</style>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n{body}</svg>\n"
    )
}

/// Where each phase's box is.
struct Layout {
    /// Left, top and width of each phase's box.
    boxes: Vec<(usize, usize, usize)>,
    width: usize,
    height: usize,
}

impl Layout {
    fn new(graph: &Graph, top: usize) -> Self {
        let columns = graph.phases.iter().map(|node| node.depth + 1).max().unwrap_or(0);
        let wide = |node: &Node| graph.label(node).chars().count() * CHARACTER + 24;
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                graph.phases.iter().filter(|node| node.depth == column).map(&wide).max().unwrap_or(0)
            })
            .collect();
        let left = |column: usize| MARGIN + widths[..column].iter().map(|width| width + GAP).sum::<usize>();
        let tallest = (0..columns)
            .map(|column| graph.phases.iter().filter(|node| node.depth == column).count())
            .max()
            .unwrap_or(0);
        let mut filled = vec![0; columns];
        let boxes = graph
            .phases
            .iter()
            .map(|node| {
                let in_column = graph.phases.iter().filter(|other| other.depth == node.depth).count();
                // Columns are centred on the tallest.
                let offset = (tallest - in_column) * ROW / 2;
                let y = top + offset + filled[node.depth] * ROW;
                filled[node.depth] += 1;
                (left(node.depth), y, widths[node.depth])
            })
            .collect();
        let width = left(columns.saturating_sub(1)) + widths.last().copied().unwrap_or(0) + MARGIN;
        Self { boxes, width, height: tallest * ROW }
    }

    fn draw(&self, graph: &Graph, body: &mut String) {
        for line in &graph.edges {
            let (from_left, from_top, from_width) = self.boxes[graph.index(&line.from)];
            let (to_left, to_top, _) = self.boxes[graph.index(&line.to)];
            let (x1, y1) = (from_left + from_width, from_top + BOX_HEIGHT / 2);
            let (x2, y2) = (to_left, to_top + BOX_HEIGHT / 2);
            let bend = GAP / 2;
            body.push_str(&format!(
                "<path d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\" marker-end=\"url(#arrow)\"/>\n",
                x1 + bend,
                x2 - bend
            ));
        }
        for (node, (left, top, width)) in graph.phases.iter().zip(&self.boxes) {
            let class = if node.depth == 0 { " class=\"origin\"" } else { "" };
            body.push_str(&format!(
                "<rect{class} x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"6\"/>\n\
                 <text x=\"{}\" y=\"{}\">{}</text>\n",
                left + 12,
                top + BOX_HEIGHT / 2 + 5,
                escape(&graph.label(node))
            ));
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn boxes_of_a_column_do_not_overlap_and_edges_go_right() {
        let view = diamond();
        let graph = &view.pipelines[0];
        let layout = Layout::new(graph, 0);
        for (index, (left, top, width)) in layout.boxes.iter().enumerate() {
            for (other_left, other_top, _) in &layout.boxes[index + 1..] {
                assert!(left != other_left || top.abs_diff(*other_top) >= BOX_HEIGHT);
            }
            assert!(left + width <= layout.width && top + BOX_HEIGHT <= layout.height);
        }
        for line in &graph.edges {
            let (from, to) = (layout.boxes[graph.index(&line.from)], layout.boxes[graph.index(&line.to)]);
            assert!(from.0 + from.2 < to.0);
        }
        let text = svg(&view);
        assert_eq!(text.matches("<rect").count(), 5);
        assert_eq!(text.matches("marker-end").count(), 5);
    }
}
