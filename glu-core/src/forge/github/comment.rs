//! Comments that are replaced instead of repeated.

use std::ops::ControlFlow;

use serde_json::json;

use super::super::ForgeProblem;
use super::super::client::{Method, Paging};
use super::super::dialect::Comments;
use super::super::fit::fit;
use super::wire::Comment;
use super::{BODY, GitHub};

impl Comments for GitHub {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem> {
        let known = self.find_comment(number, marker)?;
        let list = self.path(&format!("/issues/{number}/comments"));
        let text = fit(&format!("{marker}\n{body}"), BODY);
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

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeProblem> {
        Ok(self.find_comment(number, marker)?.is_some())
    }
}

impl GitHub {
    /// The comment with a marker.
    fn find_comment(&self, number: u64, marker: &str) -> Result<Option<Comment>, ForgeProblem> {
        let mut known: Option<Comment> = None;
        let path = self.path(&format!("/issues/{number}/comments?per_page=100"));
        self.client.each("reading comments", &path, Paging::LINK, |comment: Comment| {
            if comment.body.as_deref().is_some_and(|body| body.lines().any(|line| line.trim() == marker)) {
                known = Some(comment);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(known)
    }
}
