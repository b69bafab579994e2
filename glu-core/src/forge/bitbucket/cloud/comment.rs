//! Comments that are replaced instead of repeated.

use std::ops::ControlFlow;

use serde_json::json;

use super::super::super::ForgeProblem;
use super::super::super::client::Method;
use super::super::super::dialect::Comments;
use super::super::{fit, marks};
use super::wire::Comment;
use super::{Cloud, PAGES};

impl Comments for Cloud {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem> {
        let list = self.path(&format!("/pullrequests/{number}/comments"));
        let known = self.find_comment(number, marker)?;
        let text = fit(&format!("{marker}\n{body}"));
        let content = json!({"content": {"raw": text}});
        let written: Comment = match known {
            Some(known) if known.text().trim_end() == text.trim_end() => known,
            Some(known) => {
                let path = format!("{list}/{}", known.id);
                self.client.send("replacing a comment", Method::Put, &path, &content)?
            }
            None => self.client.send("writing a comment", Method::Post, &list, &content)?,
        };
        Ok(written.links.html.href)
    }

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeProblem> {
        Ok(self.find_comment(number, marker)?.is_some())
    }
}

impl Cloud {
    /// The comment with a marker.
    fn find_comment(&self, number: u64, marker: &str) -> Result<Option<Comment>, ForgeProblem> {
        let mut known: Option<Comment> = None;
        let path = self.path(&format!("/pullrequests/{number}/comments?pagelen=100"));
        self.client.each("reading comments", &path, PAGES, |comment: Comment| {
            if comment.deleted != Some(true) && marks::has(comment.text(), marker) {
                known = Some(comment);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(known)
    }
}

impl Comment {
    fn text(&self) -> &str {
        self.content.as_ref().map_or("", |content| content.raw.as_str())
    }
}
