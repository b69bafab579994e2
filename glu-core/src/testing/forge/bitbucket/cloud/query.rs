//! As much of the query language as is described for pull requests and can be told in one line: fields that are equal to texts, all of them.

use super::super::super::{HostedProposal, Refused};

const FIELDS: [&str; 5] = [
    "title",
    "source.branch.name",
    "destination.branch.name",
    "source.repository.full_name",
    "destination.repository.full_name",
];

/// What has to be equal to what.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Refused> {
        let invalid = || Refused::Invalid(format!("Invalid query: {text}"));
        let mut terms = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (field, after) = rest.split_once('=').ok_or_else(invalid)?;
            let after = after.trim_start().strip_prefix('"').ok_or_else(invalid)?;
            let (value, after) = quoted(after).ok_or_else(invalid)?;
            let field = field.trim();
            if !FIELDS.contains(&field) {
                return Err(Refused::Invalid(format!("Invalid field: {field}")));
            }
            terms.push((field.to_owned(), value));
            rest = after.trim_start();
            if !rest.is_empty() {
                rest = rest.strip_prefix("AND ").ok_or_else(invalid)?;
            }
        }
        Ok(Self(terms))
    }

    /// Whether a proposal of this repository is meant.
    pub(super) fn fits(&self, repository: &str, proposal: &HostedProposal) -> bool {
        self.0.iter().all(|(field, value)| match field.as_str() {
            "source.branch.name" => *value == proposal.head,
            "destination.branch.name" => *value == proposal.base,
            "title" => *value == proposal.title,
            _ => value == repository,
        })
    }
}

/// A text up to its closing quote, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            other => value.push(other),
        }
    }
    None
}
