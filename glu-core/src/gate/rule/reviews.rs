//! People approve of the change on its forge.

use std::collections::BTreeMap;

use crate::forge::{Review, ReviewVerdict};
use crate::gate::words::count;
use crate::gate::{Answer, Case, Gate, Rule, Word, rule};

pub(super) const KIND: &str = "reviews";

/// Opens when so many people have approved the phase's proposal as it is, and nobody wants changes; of a phase that does not propose, the one
/// that brought the state upstream. Of what runs in a phase that proposes: the merged proposal that brought it.
#[track_caller]
pub fn reviews(count: usize) -> Gate {
    rule(Reviews { count })
}

/// The rule behind [`reviews`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviews {
    count: usize,
}

impl Rule for Reviews {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn specification(&self) -> String {
        self.count.to_string()
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let (of, commit, reviews) = match case.word {
            Some(Word::Said { of, commit, reviews: Some(reviews), .. }) => (of, commit, reviews),
            Some(Word::Said { of, .. }) => {
                return Answer::inconclusive(format!("nobody was asked to review {of}"));
            }
            Some(Word::Nothing(why)) => return Answer::pending(None, why),
            Some(Word::Unknown(why)) => return Answer::inconclusive(why),
            None => return Answer::inconclusive("no forge was asked"),
        };
        // Logins differ in their case only by how somebody typed them.
        let mut last: BTreeMap<String, &Review> = BTreeMap::new();
        for review in reviews {
            last.insert(review.reviewer.to_lowercase(), review);
        }
        let names = |wanted: &dyn Fn(&Review) -> bool| -> Vec<&str> {
            last.values().filter(|review| wanted(review)).map(|review| review.reviewer.as_str()).collect()
        };
        let is_of_this = |review: &Review| review.commit.as_ref().is_none_or(|seen| seen == commit);
        let against = names(&|review| review.verdict == ReviewVerdict::ChangesRequested);
        if !against.is_empty() {
            return Answer::fail(format!("{} wants changes of {of}", against.join(", ")));
        }
        let approved = |review: &Review| review.verdict == ReviewVerdict::Approved;
        let given = names(&|review| approved(review) && is_of_this(review));
        if self.count > 0 && given.len() >= self.count {
            return Answer::pass(format!("{of} is approved by {}", given.join(", ")));
        }
        let mut reason = format!("{} of {} of {of} given", given.len(), count(self.count as u64, "approval"));
        if !given.is_empty() {
            reason.push_str(&format!(", by {}", given.join(", ")));
        }
        for reviewer in names(&|review| approved(review) && !is_of_this(review)) {
            reason.push_str(&format!("; {reviewer} approved an older commit"));
        }
        Answer::pending(None, reason)
    }

    fn mistakes(&self) -> Vec<String> {
        match self.count {
            0 => vec!["it asks for no approval".to_owned()],
            _ => Vec::new(),
        }
    }
}
