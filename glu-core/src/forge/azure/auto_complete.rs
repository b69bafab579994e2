//! Completing as soon as the policies allow; at once where there are none in its way.

use serde_json::json;

use super::super::ForgeProblem;
use super::super::dialect::Merging;
use super::wire::ConnectionData;
use super::{AzureDevOps, PREVIEW};

impl Merging for AzureDevOps {
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeProblem> {
        let doing = "setting a proposal to merge by itself";
        let invalid =
            |reason: &str| ForgeProblem::Invalid { doing: doing.to_owned(), reason: reason.to_owned() };
        let pull = self.pull(number)?;
        match pull.status.as_str() {
            "completed" => return Ok(()),
            "abandoned" => return Err(invalid("it is closed")),
            _ if pull.is_draft => return Err(invalid("it is a draft")),
            _ if pull.auto_complete_set_by.is_some() => return Ok(()),
            _ => {}
        }
        // Nobody can promise it for another.
        let me: ConnectionData = self.get(doing, &format!("/_apis/connectionData?{PREVIEW}"))?;
        let mut body = json!({"autoCompleteSetBy": {"id": me.authenticated_user.id}});
        let is_chosen =
            pull.completion_options.as_ref().is_some_and(|options| options.merge_strategy.is_some());
        if !is_chosen {
            // Who proposes deletes the branch, not the forge.
            body["completionOptions"] =
                json!({"mergeStrategy": self.strategy(&pull)?, "deleteSourceBranch": false});
        }
        self.change(doing, number, &body)?;
        Ok(())
    }
}
