//! What people and programs see: each value of the core has a twin here, serialisable and versioned, that also knows how to
//! write itself as text and Markdown. The three forms say the same.

mod check;
mod explain;
pub(crate) mod graph;
mod history;
mod init;
mod ledger;
mod list;
mod outcome;
mod paper;
mod patch;
mod plan;
pub(crate) mod proposal;
mod queue;
pub(crate) mod report;
pub(crate) mod rollout;
mod simulation;
mod state;
mod status;
mod table;
mod time;
mod workflow;

pub use check::CheckView;
pub use explain::ExplainView;
pub use history::HistoryView;
pub use init::InitView;
pub use ledger::{LedgerView, VerifyView};
pub use list::ListView;
pub use outcome::OutcomeView;
pub use paper::{Paper, Tone};
pub use patch::PatchView;
pub(crate) use plan::Page;
pub use plan::{PlanView, held};
pub use proposal::ProposalView;
pub use queue::QueueView;
pub use rollout::RolloutView;
pub use simulation::SimulationView;
pub use state::StateView;
pub use status::StatusView;
pub use table::Table;
pub(crate) use time::{ago, left, stamp};
pub use workflow::{WorkflowCheckView, WorkflowView};

use serde::Serialize;

use crate::cli::Output;
use crate::exit::{Code, Failure};

/// The version of everything that is written as JSON: the first number changes when something is taken away or changes its meaning, the
/// second when something is added.
pub const FORMAT_VERSION: &str = "1.0";

/// A value that can be shown.
pub trait View: Serialize {
    /// Writes it for a person at a terminal.
    fn text(&self, paper: &mut Paper);

    /// Writes it for a pull request or a CI summary.
    fn markdown(&self) -> String;

    /// What it tells the steps and jobs that come after, as names and values on one line each.
    fn outputs(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Writes it in a form.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    fn render(&self, output: Output, colored: bool) -> Result<String, Failure> {
        match output {
            Output::Text => {
                let mut paper = Paper::new(colored);
                self.text(&mut paper);
                Ok(paper.into_text())
            }
            Output::Markdown => Ok(self.markdown()),
            Output::Json => {
                let versioned = Versioned { format_version: FORMAT_VERSION, value: self };
                serde_json::to_string_pretty(&versioned).map_err(|error| Failure::new(Code::Failed, error))
            }
        }
    }
}

#[derive(Serialize)]
struct Versioned<'a, T: ?Sized> {
    format_version: &'static str,
    #[serde(flatten)]
    value: &'a T,
}

/// Text from outside, made harmless in a Markdown table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

/// Text from outside, as code in Markdown.
pub(crate) fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " "))
}

/// A fenced block whose fence is longer than any in the text.
pub(crate) fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}{}{fence}\n", if text.ends_with('\n') { "" } else { "\n" })
}
