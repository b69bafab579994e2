//! Whether a pull request merges, and merging it when the rules allow (8.15 and newer).

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::super::ForgeProblem;
use super::super::super::client::Method;
use super::super::super::dialect::Merging;
use super::DataCenter;
use super::wire::Mergeability;

impl Merging for DataCenter {
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeProblem> {
        let doing = "setting a proposal to merge by itself";
        let refused = |reason: String| ForgeProblem::Invalid { doing: doing.to_owned(), reason };
        self.at_its_version(number, |pull| {
            match pull.state.as_str() {
                "MERGED" => return Ok(()),
                "OPEN" if pull.is_draft() => return Err(refused("it is a draft".to_owned())),
                "OPEN" => {}
                state => return Err(refused(format!("it is {}", state.to_lowercase()))),
            }
            let is_ready = self.mergeability(number)?.is_some_and(|found| found.can_merge);
            if !is_ready && self.merges_by_itself(number)? {
                return Ok(());
            }
            let path = self.path(&format!("/pull-requests/{number}/merge?version={}", pull.version));
            let body = match is_ready {
                true => json!({"version": pull.version}),
                false => json!({"version": pull.version, "autoMerge": true}),
            };
            self.client.send::<IgnoredAny>(doing, Method::Post, &path, &body).map(drop)
        })
    }
}

impl DataCenter {
    /// Whether there are no conflicts; none where that is not known yet.
    pub(super) fn mergeable(&self, number: u64) -> Result<Option<bool>, ForgeProblem> {
        let found = self.mergeability(number)?;
        let is_known = found.as_ref().is_some_and(|found| found.outcome.as_deref() != Some("UNKNOWN"));
        Ok(found.filter(|_| is_known).map(|found| !found.conflicted))
    }

    /// Whether somebody has asked for it; older servers have no such thing.
    pub(super) fn merges_by_itself(&self, number: u64) -> Result<bool, ForgeProblem> {
        let path = self.path(&format!("/pull-requests/{number}/auto-merge"));
        let doing = "asking whether a proposal merges by itself";
        let found: Option<Option<IgnoredAny>> = self.client.get_if_there(doing, &path)?;
        Ok(found.flatten().is_some())
    }

    fn mergeability(&self, number: u64) -> Result<Option<Mergeability>, ForgeProblem> {
        let path = self.path(&format!("/pull-requests/{number}/merge"));
        self.client.get_if_there("asking whether a proposal merges", &path)
    }
}
