//! What a move changes, for those who word it: the message of its commit, the title and the text of its proposal.

use std::fmt;
use std::sync::Arc;

use crate::gate::Report;
use crate::model::State;
use crate::plan::{Cause, Move};
use crate::rollout::Course;

/// A move as whoever words its commit or its proposal sees it.
#[derive(Debug, Clone)]
pub struct Change {
    /// Why the state is written.
    pub cause: Cause,
    /// Whether the phase keeps its state, and only files that have drifted from it are brought back.
    pub mends: bool,
    /// Why the state that it takes away is bad, where it is.
    pub bad: Option<String>,
    /// The pipeline.
    pub pipeline: String,
    /// The phase.
    pub phase: String,
    /// The upstreams that have the state.
    pub upstreams: Vec<String>,
    /// The state that the phase is in.
    pub from: State,
    /// The state that it gets.
    pub to: State,
    /// The fields that change, in order.
    pub fields: Vec<FieldChange>,
    /// What the gates on the way in say.
    pub gates: Vec<Report>,
    /// The files that change.
    pub files: Vec<String>,
    /// Why it is made although something holds it.
    pub forced: Option<String>,
    /// Where in a rollout it leads, where it is part of one: `step 2 of 4, 50 %`.
    pub step: Option<String>,
    /// The numbers that a rollout's step changes, each as `file: path: before -> after`.
    pub numbers: Vec<String>,
    /// The first line that a rollout's step has without another.
    rollout: Option<String>,
}

/// What an author says of changes: a plain function.
#[derive(Clone)]
pub struct Words(Arc<dyn Fn(&Change) -> String + Send + Sync>);

impl Words {
    /// Words by a function.
    pub fn new(words: impl Fn(&Change) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(words))
    }

    /// The words for a change.
    pub fn of(&self, change: &Change) -> String {
        (self.0)(change)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Words")
    }
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name.
    pub name: String,
    /// What it is; none where it is new.
    pub before: Option<String>,
    /// What it becomes.
    pub after: String,
}

impl Change {
    /// What a move changes.
    pub fn of(planned: &Move) -> Self {
        let course = planned.course.as_deref();
        let brings = course.is_none_or(Course::brings);
        let fields = planned.to.fields.iter().filter(|_| brings).filter_map(|(name, after)| {
            let before = planned.from.fields.get(name);
            (before != Some(after)).then(|| FieldChange {
                name: name.to_owned(),
                before: before.map(ToOwned::to_owned),
                after: after.to_owned(),
            })
        });
        Self {
            cause: planned.cause,
            mends: planned.mends(),
            bad: planned.bad().map(|(_, reason)| reason.to_owned()),
            pipeline: planned.id.pipeline.clone(),
            phase: planned.id.phase.clone(),
            upstreams: planned.upstreams.clone(),
            fields: fields.collect(),
            from: planned.from.clone(),
            to: planned.to.clone(),
            gates: planned.gates.clone(),
            files: planned.changes.iter().map(|change| change.path.clone()).collect(),
            forced: planned.forced.clone(),
            step: course.map(Course::place),
            numbers: course.map(Course::lines).unwrap_or_default(),
            rollout: course.map(|course| course.subject(&planned.id)),
        }
    }

    /// The first line that stands there without another.
    pub fn headline(&self) -> String {
        let Self { pipeline, phase, to, .. } = self;
        match (&self.rollout, self.cause) {
            (Some(subject), _) => subject.clone(),
            (None, Cause::Rollback) => format!("Roll {pipeline} in {phase} back to {to}"),
            (None, Cause::Abort) => format!("Abort the rollout of {pipeline} in {phase}: {to}"),
            (None, Cause::Promotion) if self.mends => format!("Mend {pipeline} in {phase}: {to}"),
            (None, Cause::Promotion) => format!("Promote {pipeline} to {phase}: {to}"),
        }
    }

    /// What changes, a line each, as a commit's message has it below the first line without another: why the state before is bad, the
    /// numbers, the fields, and what is mended.
    pub fn lines(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| match &field.before {
            Some(before) => format!("{}: {before} -> {}", field.name, field.after),
            None => format!("{}: {}", field.name, field.after),
        });
        let before = self.bad.iter().chain(&self.numbers).cloned();
        before.chain(fields).chain(self.from.drift.iter().cloned()).collect()
    }

    /// The text that stands there without another: what changes, what the gates say, and the evidence they saw.
    pub fn summary(&self) -> String {
        let mut text = match (self.cause, self.upstreams.is_empty()) {
            (Cause::Rollback, _) => {
                format!("Takes {} back to {}.\n\n", code(&self.phase), code(&self.to.label))
            }
            (_, true) => String::new(),
            (_, false) => format!("From {}.\n\n", quoted(&self.upstreams)),
        };
        text.push_str(&self.table());
        if !self.files.is_empty() {
            text.push_str(&format!("\nIn {}.\n", quoted(&self.files)));
        }
        if !self.gates.is_empty() {
            text.push_str(&format!("\n{}", self.checklist()));
        }
        if let Some(reason) = &self.bad {
            text.push_str(&format!("\nWhat is there is bad: {}\n", plain(reason)));
        }
        if let Some(reason) = &self.forced {
            text.push_str(&format!("\nForced: {}\n", plain(reason)));
        }
        text
    }

    /// The fields from and to, as a table.
    pub fn table(&self) -> String {
        let mut text = String::from("| | from | to |\n| --- | --- | --- |\n");
        for field in &self.fields {
            let before = field.before.as_deref().map_or_else(String::new, code);
            text.push_str(&format!("| {} | {before} | {} |\n", plain(&field.name), code(&field.after)));
        }
        for sentence in &self.from.drift {
            text.push_str(&format!("| mended | {} | |\n", plain(sentence)));
        }
        text
    }

    /// What the gates say, as a checklist. Those that ask this very proposal are answered on it.
    pub fn checklist(&self) -> String {
        let mut text = String::new();
        for report in &self.gates {
            item(report, 0, &mut text);
        }
        text
    }
}

fn item(report: &Report, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let name = code(&report.gate.name);
    if report.asks_the_proposal() && report.parts.is_empty() {
        text.push_str(&format!("{indent}- [ ] {name} is answered by this proposal\n"));
        return;
    }
    let check = if report.verdict.opens() { 'x' } else { ' ' };
    text.push_str(&format!("{indent}- [{check}] {name} {}: {}", report.verdict, plain(&report.reason)));
    if let Some((at, sample)) = &report.last {
        text.push_str(&format!(" (seen {})", at.strftime("%Y-%m-%d %H:%M UTC")));
        for (name, value) in &sample.evidence {
            if let Some(link) = value.as_str().filter(|value| is_link(value)) {
                text.push_str(&format!(" [{}](<{link}>)", plain(name)));
            }
        }
    }
    text.push('\n');
    for part in &report.parts {
        item(part, depth + 1, text);
    }
}

/// Whether a text is nothing but an address that can be linked to.
fn is_link(text: &str) -> bool {
    let harmless = |character: char| character.is_ascii_graphic() && !matches!(character, '<' | '>' | '\\');
    (text.starts_with("https://") || text.starts_with("http://")) && text.chars().all(harmless)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
}

/// Text from outside as code in a table: it mentions nobody and marks nothing up.
fn code(text: &str) -> String {
    let text = text.replace('`', "'").replace('|', "\\|");
    format!("`{}`", text.split(char::is_control).collect::<Vec<_>>().join(" "))
}

/// Text from outside as words: on one line, and without markup that could hide or link something, or mention somebody.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => plain.push_str("&lt;"),
            '@' => plain.push_str("@\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => {
                plain.push('\\');
                plain.push(character);
            }
            control if control.is_control() => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}
