//! Why a system is refused at start: each reason with the places in the source code that it is about.

use std::fmt;

use super::Declared;

/// One reason, with the place of the mistake and, where there are two sides, the other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong and what to do, as a lower-case fragment.
    pub message: String,
    /// Where.
    pub at: Declared,
    /// The other side of a conflict: what it is, and where.
    pub other: Option<(String, Declared)>,
}

impl Refusal {
    /// A mistake at one place.
    pub fn new(at: Declared, message: impl Into<String>) -> Self {
        Self { message: message.into(), at, other: None }
    }

    /// Names the other side.
    #[must_use]
    pub fn against(mut self, what: impl Into<String>, other: Declared) -> Self {
        self.other = Some((what.into(), other));
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.at.file(), self.at.line(), self.message)?;
        if let Some((what, other)) = &self.other {
            write!(formatter, "; {what} at {}:{}", other.file(), other.line())?;
        }
        Ok(())
    }
}

/// Every reason at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl fmt::Display for Refusals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            refusal.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}
