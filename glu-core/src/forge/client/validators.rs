//! What was read before, with what the server calls it: asked whether it is still so, a forge answers for free.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Answer;

const KEPT: usize = 64;
const LARGEST: usize = 1024 * 1024;

/// Answers by their addresses.
#[derive(Default)]
pub(super) struct Validators(Mutex<VecDeque<Known>>);

struct Known {
    address: String,
    tag: String,
    answer: Answer,
}

impl Validators {
    /// What the server calls the answer that is known, and the answer.
    pub(super) fn find(&self, address: &str) -> Option<(String, Answer)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|known| known.address == address)?;
        Some((known.tag.clone(), known.answer.clone()))
    }

    pub(super) fn keep(&self, address: &str, answer: &Answer) {
        let Some(tag) = answer.header("etag").filter(|_| answer.body.len() <= LARGEST) else { return };
        let known = Known { address: address.to_owned(), tag: tag.to_owned(), answer: answer.clone() };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.address != address);
        if all.len() == KEPT {
            all.pop_front();
        }
        all.push_back(known);
    }
}
