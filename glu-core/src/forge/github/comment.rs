//! Comments that are replaced instead of repeated.

use std::ops::ControlFlow;

use serde_json::json;

use super::super::ForgeProblem;
use super::super::client::{Method, Paging};
use super::wire::Comment;
use super::{GitHub, fit};

impl GitHub {
    pub(super) fn upsert_comment(
        &self,
        number: u64,
        marker: &str,
        body: &str,
    ) -> Result<String, ForgeProblem> {
        let list = self.path(&format!("/issues/{number}/comments"));
        let mut known: Option<Comment> = None;
        let path = format!("{list}?per_page=100");
        self.client.each("reading comments", &path, Paging::LINK, |comment: Comment| {
            if comment.body.as_deref().is_some_and(|body| body.lines().any(|line| line.trim() == marker)) {
                known = Some(comment);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let text = fit(&format!("{marker}\n{body}"));
        let written: Comment = match known {
            // What reads the same is the same: GitHub gives line ends back as it got them, and may drop blanks at the end.
            Some(known) if known.body.as_deref().map(str::trim_end) == Some(text.trim_end()) => known,
            Some(known) => {
                let path = self.path(&format!("/issues/comments/{}", known.id));
                self.client.send("replacing a comment", Method::Patch, &path, &json!({"body": text}))?
            }
            None => self.client.send("writing a comment", Method::Post, &list, &json!({"body": text}))?,
        };
        Ok(written.html_url)
    }
}
