//! Labels, which are known by numbers: those of the repository, and those that an organisation has for all of its own.

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::Method;
use super::super::{ForgeProblem, Wording};
use super::wire::{Label, Pull};
use super::{Gitea, PAGES};
use crate::http::percent_encode;

const COLOR: &str = "#ededed";

impl Gitea {
    /// Gives a pull request the labels that it lacks.
    pub(super) fn label(&self, pull: &Pull, wording: &Wording) -> Result<(), ForgeProblem> {
        let has = |name: &str| pull.labels.iter().any(|label| label.name == name);
        let lacking: Vec<&str> =
            wording.labels.iter().map(String::as_str).filter(|name| !has(name)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let body = json!({"labels": self.label_ids(&lacking)?});
        let path = self.path(&format!("/issues/{}/labels", pull.number));
        self.client.send::<IgnoredAny>("adding labels", Method::Post, &path, &body)?;
        Ok(())
    }

    /// The numbers of these labels. What is missing is made in the repository.
    pub(super) fn label_ids(&self, names: &[&str]) -> Result<Vec<u64>, ForgeProblem> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let doing = "looking for labels";
        let mut known: Vec<Label> = self.client.pages(doing, &self.path("/labels?limit=50"), PAGES)?;
        let is_missing = |known: &[Label], name: &str| !known.iter().any(|label| label.name == name);
        if names.iter().any(|name| is_missing(&known, name)) {
            let path = format!("/orgs/{}/labels?limit=50", percent_encode(&self.owner));
            match self.client.pages(doing, &path, PAGES) {
                Ok(labels) => known.extend::<Vec<Label>>(labels),
                // The owner is a person; or its labels are not shown to this token, and the repository gets its own.
                Err(ForgeProblem::NotFound { .. } | ForgeProblem::Forbidden { .. }) => {}
                Err(problem) => return Err(problem),
            }
        }
        for name in names {
            if is_missing(&known, name) {
                let body = json!({"name": name, "color": COLOR});
                known.push(self.client.send("making a label", Method::Post, &self.path("/labels"), &body)?);
            }
        }
        let id = |name: &&str| known.iter().find(|label| label.name == **name).map(|label| label.id);
        Ok(names.iter().filter_map(id).collect())
    }
}
