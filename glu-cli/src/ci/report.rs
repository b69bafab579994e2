//! Where a run's results go besides the streams: summaries and outputs, to a CI system and to files that were asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glu_core::clock::Random;

use super::output::{write_dotenv, write_outputs};
use super::summary::{append, append_within};
use super::{Ci, OutputForm, Places, SummaryForm, System};
use crate::cli::Global;
use crate::exit::{Code, Failure};
use crate::session::Surroundings;
use crate::view::View;
use crate::{config, launcher};

/// Where a run's results go.
#[derive(Clone, Default)]
pub struct Report {
    /// What is running, such as `glu plan`.
    pub(crate) title: String,
    /// Where files are.
    pub(crate) places: Places,
    /// A file to append the Markdown to.
    pub(crate) summary: Option<PathBuf>,
    /// A file to write outputs to.
    pub(crate) output_env: Option<PathBuf>,
    /// The environment variables.
    pub(crate) env: BTreeMap<String, String>,
    /// Chance.
    pub(crate) random: Option<Arc<dyn Random>>,
}

/// What is to be said about a report.
#[derive(Debug, Default)]
pub struct Told {
    /// Lines for the CI system.
    pub(crate) lines: Vec<String>,
    /// What went wrong with files that nobody asked for.
    pub(crate) warnings: Vec<String>,
}

impl Report {
    /// What the command line and the environment ask for.
    pub(crate) fn of(title: String, global: &Global, surroundings: &Surroundings) -> Self {
        let directory = &surroundings.directory;
        let file = |name: &Option<PathBuf>| name.as_ref().map(|name| directory.join(name));
        let annotates = Ci::here(&surroundings.env).is_some_and(|ci| ci.system.annotation.is_some());
        Self {
            title,
            places: if annotates { places(directory, &surroundings.env) } else { Places::default() },
            summary: file(&global.summary),
            output_env: file(&global.output_env),
            env: surroundings.env.clone(),
            random: Some(surroundings.random.clone()),
        }
    }

    /// Writes a view's Markdown and outputs.
    ///
    /// # Errors
    /// When a file that was asked for cannot be written.
    pub fn write(&self, view: &impl View, system: Option<&'static System>) -> Result<Told, Failure> {
        let mut told = Told::default();
        let outputs = view.outputs();
        if let Some(file) = &self.output_env {
            let left_out = write_dotenv(file, &outputs).map_err(|error| failed(file, &error))?;
            told.warnings
                .extend(left_out.iter().map(|name| format!("{name} did not fit into {}", file.display())));
        }
        if let Some(system) = system {
            self.write_outputs(&outputs, system, &mut told);
        }
        let goes = self.summary.is_some()
            || system.is_some_and(|system| !matches!(system.summary, SummaryForm::None));
        if goes {
            let text = format!("## {}\n\n{}", self.title, view.markdown());
            if let Some(file) = &self.summary {
                append(file, &text).map_err(|error| failed(file, &error))?;
            }
            if let Some(system) = system {
                self.write_summary(&text, system, &mut told);
            }
        }
        Ok(told)
    }

    /// A number that nobody can guess.
    pub(crate) fn chance(&self) -> u64 {
        self.random.as_ref().map_or(0, |random| random.next())
    }

    fn write_outputs(&self, outputs: &super::Outputs, system: &System, told: &mut Told) {
        match system.outputs {
            OutputForm::None => {}
            OutputForm::File { variable } => {
                let Some(file) = self.file(variable).filter(|_| !outputs.is_empty()) else { return };
                if let Err(error) = write_outputs(&file, outputs, &mut || self.chance()) {
                    told.warnings.push(format!("cannot write to {variable}: {error}"));
                }
            }
            OutputForm::Line { tell } => {
                told.lines.extend(outputs.iter().map(|(name, value)| tell(name, value)));
            }
        }
    }

    fn write_summary(&self, text: &str, system: &System, told: &mut Told) {
        match system.summary {
            SummaryForm::None => {}
            SummaryForm::File { variable, limit } => {
                let Some(file) = self.file(variable) else { return };
                match append_within(&file, text, limit) {
                    Ok(0) => {}
                    Ok(omitted) => told.warnings.push(format!(
                        "{omitted} lines did not fit into the summary, which holds {limit} bytes a step"
                    )),
                    Err(error) => told.warnings.push(format!("cannot write to {variable}: {error}")),
                }
            }
            SummaryForm::Upload { variable, tell } => {
                let Some(directory) = self.file(variable) else { return };
                let file = directory.join(format!("glu_{:016x}.md", self.chance()));
                match append(&file, text) {
                    Ok(()) => told.lines.push(tell(&file.to_string_lossy())),
                    Err(error) => told.warnings.push(format!("cannot write {}: {error}", file.display())),
                }
            }
        }
    }

    /// The file or directory that a variable names.
    fn file(&self, variable: &str) -> Option<PathBuf> {
        self.env.get(variable).filter(|name| !name.is_empty()).map(PathBuf::from)
    }
}

/// What the names in messages are relative to: the configuration's directory, the repository, the program's crate and those above it,
/// since the compiler names files from the top of a workspace.
fn places(directory: &Path, env: &BTreeMap<String, String>) -> Places {
    let root =
        config::enclosing_repository(directory).map_or_else(|| directory.to_owned(), |found| found.root);
    let package =
        launcher::crate_of(directory, env).map_or_else(|| directory.to_owned(), |found| found.directory);
    let bases = [directory, &root].into_iter().chain(package.ancestors()).map(Path::to_owned).collect();
    Places::new(root, bases)
}

fn failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::Failed, format!("cannot write {}: {error}", file.display()))
}
