//! Comments that are replaced instead of repeated.

use std::ops::ControlFlow;

use serde_json::json;

use super::super::ForgeProblem;
use super::super::client::{Method, Paging};
use super::super::dialect::Comments;
use super::wire::Note;
use super::{GitLab, text};

impl Comments for GitLab {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem> {
        self.may_write("writing a comment")?;
        // A note does not tell its own address.
        let page = self.request(number)?.web_url;
        let list = self.path(&format!("/merge_requests/{number}/notes"));
        let known = self.find_note(number, marker)?;
        let text = text::written(&format!("{marker}\n{body}"));
        let written: Note = match known {
            // What reads the same is the same.
            Some(known) if text::is_same(&known.body, &text) => known,
            Some(known) => {
                let path = format!("{list}/{}", known.id);
                self.client.send("replacing a comment", Method::Put, &path, &json!({"body": text}))?
            }
            None => self.client.send("writing a comment", Method::Post, &list, &json!({"body": text}))?,
        };
        Ok(format!("{page}#note_{}", written.id))
    }

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeProblem> {
        Ok(self.find_note(number, marker)?.is_some())
    }
}

impl GitLab {
    /// The note with a marker.
    fn find_note(&self, number: u64, marker: &str) -> Result<Option<Note>, ForgeProblem> {
        let mut known: Option<Note> = None;
        let path = self.path(&format!("/merge_requests/{number}/notes"));
        let path = format!("{path}?order_by=created_at&sort=asc&per_page=100");
        self.client.each("reading comments", &path, Paging::LINK, |note: Note| {
            if !note.system && note.body.lines().any(|line| line.trim() == marker) {
                known = Some(note);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(known)
    }
}
