//! Comments that are replaced instead of repeated. They are among what happened to a pull request; the list of comments is that of a single file.

use std::ops::ControlFlow;

use serde_json::json;

use super::super::super::ForgeProblem;
use super::super::super::client::Method;
use super::super::super::dialect::Comments;
use super::super::{fit, marks};
use super::wire::{Activity, Comment};
use super::{DataCenter, PAGES};

impl Comments for DataCenter {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem> {
        let pull = self.path(&format!("/pull-requests/{number}"));
        let known = self.find_comment(number, marker)?;
        let text = fit(&format!("{marker}\n{body}"));
        let comments = format!("{pull}/comments");
        let written = match known {
            Some(known) if known.text.trim_end() == text.trim_end() => known,
            Some(known) => self.rewrite(&format!("{comments}/{}", known.id), &known, &text)?,
            None => self.client.send("writing a comment", Method::Post, &comments, &json!({"text": text}))?,
        };
        Ok(self.page(&format!("/pull-requests/{number}/overview?commentId={}", written.id)))
    }

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeProblem> {
        Ok(self.find_comment(number, marker)?.is_some())
    }
}

impl DataCenter {
    /// The comment with a marker.
    fn find_comment(&self, number: u64, marker: &str) -> Result<Option<Comment>, ForgeProblem> {
        let mut known: Option<Comment> = None;
        let path = self.path(&format!("/pull-requests/{number}/activities?limit=100"));
        self.client.each("reading comments", &path, PAGES, |activity: Activity| {
            let is_it = |comment: &Comment| marks::has(&comment.text, marker);
            known = activity.comment.filter(|comment| activity.action == "COMMENTED" && is_it(comment));
            if known.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(known)
    }

    /// Replaces a comment, and once more where the version is an old one by now.
    fn rewrite(&self, path: &str, known: &Comment, text: &str) -> Result<Comment, ForgeProblem> {
        let replace = |version: u64| {
            let body = json!({"text": text, "version": version});
            self.client.send::<Comment>("replacing a comment", Method::Put, path, &body)
        };
        match replace(known.version) {
            Err(conflict @ ForgeProblem::Conflict { .. }) => {
                let again: Comment = self.client.get("reading a comment", path)?;
                if again.version == known.version { Err(conflict) } else { replace(again.version) }
            }
            done => done,
        }
    }
}
