//! What versions may come in: no older one, no other major one, only those of a range.

mod range;
mod semantic;

pub use range::{Range, RangeError};
pub use semantic::Semantic;

use crate::gate::{Answer, Case, Gate, Rule, rule};
use crate::model::State;

/// Opens for a version that is not older than the one the phase is in.
#[track_caller]
pub fn no_downgrade() -> Gate {
    rule(Version::no_downgrade())
}

/// Opens for a version with the same major number as the one the phase is in.
#[track_caller]
pub fn no_major() -> Gate {
    rule(Version::no_major())
}

/// Opens for versions in a range such as `>=1.2, <3`, as in Cargo.
#[track_caller]
pub fn version_range(range: &str) -> Gate {
    rule(Version::range(range))
}

/// The rule behind [`no_downgrade`], [`no_major`] and [`version_range`]. It reads the state's label; or a field, as in
/// `rule(Version::no_major().of_field("chart"))`.
#[derive(Debug, Clone)]
pub struct Version {
    demand: Demand,
    field: Option<String>,
}

#[derive(Debug, Clone)]
enum Demand {
    NoDowngrade,
    NoMajor,
    Range(String, Result<Range, RangeError>),
}

impl Version {
    /// No older version.
    pub fn no_downgrade() -> Self {
        Self { demand: Demand::NoDowngrade, field: None }
    }

    /// No other major number.
    pub fn no_major() -> Self {
        Self { demand: Demand::NoMajor, field: None }
    }

    /// Only versions in a range.
    pub fn range(range: &str) -> Self {
        Self { demand: Demand::Range(range.to_owned(), Range::parse(range)), field: None }
    }

    /// Reads the version from a field instead of the label.
    #[must_use]
    pub fn of_field(mut self, name: impl Into<String>) -> Self {
        self.field = Some(name.into());
        self
    }

    fn read(&self, state: &State) -> Result<Semantic, Answer> {
        let unknown = |reason: String| {
            Answer::inconclusive(reason)
                .remedy("give the state a label that is a version, or name the field: `Version::...().of_field(\"...\")`")
        };
        let text = match &self.field {
            None => &state.label,
            Some(name) => state
                .fields
                .get(name)
                .ok_or_else(|| unknown(format!("state {state} has no field `{name}`")))?,
        };
        Semantic::find(text).ok_or_else(|| unknown(format!("`{text}` is not a version such as 1.2.3")))
    }
}

impl Rule for Version {
    fn kind(&self) -> &'static str {
        "version"
    }

    fn specification(&self) -> String {
        let demand = match &self.demand {
            Demand::NoDowngrade => "no downgrade",
            Demand::NoMajor => "no major",
            Demand::Range(text, _) => text,
        };
        format!("{demand} of {}", self.field.as_deref().unwrap_or("label"))
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let to = match self.read(case.state) {
            Ok(version) => version,
            Err(answer) => return answer,
        };
        if let Demand::Range(text, range) = &self.demand {
            return match range {
                Err(error) => Answer::broken(&error.to_string()),
                Ok(range) if range.contains(&to) => Answer::pass(format!("{to} is in {text}")),
                Ok(_) => Answer::fail(format!("{to} is not in {text}")),
            };
        }
        let Some(from) = case.from else {
            return Answer::pass(format!("{to} comes after nothing"));
        };
        let from = match self.read(from) {
            Ok(version) => version,
            Err(answer) => return answer,
        };
        let fits = match self.demand {
            Demand::NoDowngrade => to.precedence() >= from.precedence(),
            _ => to.major == from.major,
        };
        match (&self.demand, fits) {
            (Demand::NoDowngrade, true) => Answer::pass(format!("{to} is not older than {from}")),
            (Demand::NoDowngrade, false) => Answer::fail(format!("{to} is older than {from}")),
            (_, true) => Answer::pass(format!("{to} and {from} have the same major number")),
            (_, false) => Answer::fail(format!("from {from} to {to} the major number changes")),
        }
    }

    fn mistakes(&self) -> Vec<String> {
        match &self.demand {
            Demand::Range(_, Err(error)) => vec![error.to_string()],
            _ => Vec::new(),
        }
    }
}
