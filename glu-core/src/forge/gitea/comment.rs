//! Comments that are replaced instead of repeated.

use serde_json::json;

use super::super::ForgeProblem;
use super::super::client::Method;
use super::super::dialect::Comments;
use super::super::fit::fit;
use super::wire::Comment;
use super::{BODY, Gitea};

impl Comments for Gitea {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem> {
        let list = self.path(&format!("/issues/{number}/comments"));
        let known = self.find_comment(number, marker)?;
        let text = fit(&format!("{marker}\n{body}"), BODY);
        let written: Comment = match known {
            // What reads the same is the same.
            Some(known) if known.body.trim_end() == text.trim_end() => known,
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

impl Gitea {
    /// The comment with a marker.
    fn find_comment(&self, number: u64, marker: &str) -> Result<Option<Comment>, ForgeProblem> {
        // All of them come at once: this list knows no pages.
        let list = self.path(&format!("/issues/{number}/comments"));
        let all: Option<Vec<Comment>> = self.client.get("reading comments", &list)?;
        let is_ours = |comment: &Comment| comment.body.lines().any(|line| line.trim() == marker);
        Ok(all.unwrap_or_default().into_iter().find(is_ours))
    }
}
