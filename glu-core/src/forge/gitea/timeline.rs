//! What happened to a proposal, for what is told nowhere else: who closed it, and whether it is to merge by itself.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::super::ForgeProblem;
use super::super::client::Paging;
use super::Gitea;
use super::wire::Event;
use crate::http::percent_encode;

/// The header that counts items counts those of the page here.
const PAGES: Paging = Paging::until_empty("page");

impl Gitea {
    /// Whether somebody said last that it shall be merged when its checks succeed.
    pub(super) fn is_to_merge(&self, number: u64) -> Result<bool, ForgeProblem> {
        let mut is_to_merge = false;
        self.events("asking how a proposal is to be merged", number, "", |event| {
            match event.kind.as_str() {
                "pull_scheduled_merge" => is_to_merge = true,
                "pull_cancel_scheduled_merge" => is_to_merge = false,
                _ => {}
            }
            ControlFlow::Continue(())
        })?;
        Ok(is_to_merge)
    }

    /// Who closed it at that time.
    pub(super) fn closed_by(
        &self,
        number: u64,
        at: Option<Timestamp>,
    ) -> Result<Option<String>, ForgeProblem> {
        let mut by = None;
        let since = at.map(|at| format!("&since={}", percent_encode(&at.to_string()))).unwrap_or_default();
        self.events("asking who closed a proposal", number, &since, |event| {
            if event.kind == "close" {
                by = event.user.map(|user| user.login);
            }
            ControlFlow::Continue(())
        })?;
        Ok(by)
    }

    fn events(
        &self,
        doing: &str,
        number: u64,
        since: &str,
        see: impl FnMut(Event) -> ControlFlow<()>,
    ) -> Result<(), ForgeProblem> {
        let path = self.path(&format!("/issues/{number}/timeline?limit=50{since}"));
        self.client.each(doing, &path, PAGES, see)
    }
}
