//! What the policies of a branch want of a pull request.

use serde_json::Value;

use super::super::ForgeProblem;
use super::super::client::Paging;
use super::wire::{Configuration, Evaluation, Pull};
use super::{AzureDevOps, PREVIEW, VERSION};
use crate::http::percent_encode;

/// The type of the policy that wants a build to succeed.
const BUILD: &str = "0609b952-1397-4640-95ec-e00a01b2c241";

/// The ways to merge, and the settings of the policy that limits them, the forge's own choice first.
const STRATEGIES: [(&str, &str); 4] = [
    ("noFastForward", "allowNoFastForward"),
    ("squash", "allowSquash"),
    ("rebaseMerge", "allowRebaseMerge"),
    ("rebase", "allowRebase"),
];

impl AzureDevOps {
    /// What they say of it so far.
    pub(super) fn evaluations(&self, pull: &Pull) -> Result<Vec<Evaluation>, ForgeProblem> {
        let Pull { pull_request_id: number, repository, .. } = pull;
        let artifact = format!("vstfs:///CodeReview/CodeReviewId/{}/{number}", repository.project.id);
        let path = self.project("/_apis/policy/evaluations", PREVIEW);
        let path = format!("{path}&artifactId={}", percent_encode(&artifact));
        self.pages("reading what policies say of a proposal", &path, ["$top", "$skip"])
    }

    /// A way to merge that they allow.
    pub(super) fn strategy(&self, pull: &Pull) -> Result<&'static str, ForgeProblem> {
        let path = format!(
            "{}&repositoryId={}&refName={}&$top={}",
            self.project("/_apis/git/policy/configurations", VERSION),
            percent_encode(&pull.repository.id),
            percent_encode(&pull.target_ref_name),
            self.page,
        );
        let paging = Paging::header("x-ms-continuationtoken", "continuationToken");
        let all: Vec<Configuration> = self.listed("reading a branch's policies", &path, paging)?;
        let limits: Vec<&Value> = all
            .iter()
            .filter(|policy| policy.is_enabled && !policy.is_deleted)
            .map(|policy| &policy.settings)
            .filter(|settings| STRATEGIES.iter().any(|(_, setting)| settings.get(setting).is_some()))
            .collect();
        let is_allowed = |setting: &str| limits.iter().all(|settings| settings[setting] == true);
        let allowed = STRATEGIES.iter().find(|(_, setting)| is_allowed(setting));
        allowed.map(|(strategy, _)| *strategy).ok_or_else(|| ForgeProblem::Invalid {
            doing: "reading a branch's policies".to_owned(),
            reason: "they allow no way to merge".to_owned(),
        })
    }
}

impl Configuration {
    pub(super) fn is_build(&self) -> bool {
        self.is_enabled && !self.is_deleted && self.kind.id.eq_ignore_ascii_case(BUILD)
    }

    /// What people call it: the name it was given, or its kind with the build's number.
    pub(super) fn name(&self) -> String {
        let given = self.settings["displayName"].as_str().filter(|name| !name.trim().is_empty());
        match (given, &self.settings["buildDefinitionId"]) {
            (Some(name), _) => name.to_owned(),
            (None, Value::Number(build)) => format!("{} {build}", self.kind.display_name),
            (None, _) => self.kind.display_name.clone(),
        }
    }
}
