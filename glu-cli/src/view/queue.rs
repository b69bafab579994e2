//! What else waits for a phase that takes one state after another.

use glu_core::plan::Line;
use serde::Serialize;

use super::report::passed_over;

/// A line's twin.
#[derive(Debug, Serialize)]
pub struct QueueView {
    /// How many wait behind the one that comes next.
    behind: usize,
    /// Those that are passed over, a sentence each.
    passed_over: Vec<String>,
}

impl From<&Line> for QueueView {
    fn from(line: &Line) -> Self {
        let passed_over = line.passed_over.iter().map(|(state, why)| passed_over(state, why)).collect();
        Self { behind: line.behind, passed_over }
    }
}

impl QueueView {
    /// What there is to say, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let behind = match self.behind {
            0 => None,
            1 => Some("1 more waits behind it".to_owned()),
            count => Some(format!("{count} more wait behind it")),
        };
        behind.into_iter().chain(self.passed_over.iter().map(|why| format!("passed over: {why}"))).collect()
    }
}
