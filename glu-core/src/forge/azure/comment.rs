//! Comments that are replaced instead of repeated. Each opens a thread of its own.

use serde_json::json;

use super::super::ForgeProblem;
use super::super::client::Method;
use super::super::dialect::Comments;
use super::scope::Scope;
use super::wire::{Comment, Thread};
use super::{AzureDevOps, COMMENT, fit};

impl Comments for AzureDevOps {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem> {
        let known = self.find_comment(number, marker)?;
        let text = fit(&format!("{marker}\n{body}"), COMMENT);
        let thread = match known {
            // What reads the same is the same, whatever became of blanks at the end.
            Some((thread, known)) if known.content.as_deref().map(str::trim_end) == Some(text.trim_end()) => {
                thread
            }
            Some((thread, known)) => {
                let path =
                    self.path(&format!("/pullRequests/{number}/threads/{thread}/comments/{}", known.id));
                let body = json!({"content": text});
                self.send::<Comment>(Scope::Write, "replacing a comment", Method::Patch, &path, &body)?;
                thread
            }
            None => self.say("writing a comment", number, &text)?,
        };
        Ok(self.site(&format!("/pullrequest/{number}?discussionId={thread}")))
    }

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeProblem> {
        Ok(self.find_comment(number, marker)?.is_some())
    }
}

impl AzureDevOps {
    /// The comment with a marker, and its thread.
    fn find_comment(&self, number: u64, marker: &str) -> Result<Option<(u64, Comment)>, ForgeProblem> {
        let is_ours = |comment: &Comment| {
            let text = comment.content.as_deref().unwrap_or_default();
            !comment.is_deleted && text.lines().any(|line| line.trim() == marker)
        };
        let mut threads = self.threads("reading comments", number)?.into_iter();
        Ok(threads.find_map(|thread| {
            let ours = thread.comments.into_iter().find(is_ours).filter(|_| !thread.is_deleted)?;
            Some((thread.id, ours))
        }))
    }

    /// Says something in a thread of its own, and gives that.
    pub(super) fn say(&self, doing: &str, number: u64, text: &str) -> Result<u64, ForgeProblem> {
        let path = self.path(&format!("/pullRequests/{number}/threads"));
        let comment = json!({"parentCommentId": 0, "content": fit(text, COMMENT), "commentType": "text"});
        // One that is active would have to be resolved by somebody where a policy wants that.
        let body = json!({"comments": [comment], "status": "closed"});
        let thread: Thread = self.send(Scope::Write, doing, Method::Post, &path, &body)?;
        Ok(thread.id)
    }

    pub(super) fn threads(&self, doing: &str, number: u64) -> Result<Vec<Thread>, ForgeProblem> {
        self.list(doing, &self.path(&format!("/pullRequests/{number}/threads")))
    }
}
