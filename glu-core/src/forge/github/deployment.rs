//! Deployments: one for a commit in an environment, with a status for each step.

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::Method;
use super::super::dialect::Deployments;
use super::super::fit::fit_line;
use super::super::{Deployment, DeploymentState, ForgeProblem};
use super::GitHub;
use super::wire::DeploymentMade;
use crate::http::form;

const DESCRIPTION: usize = 140;

impl Deployments for GitHub {
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeProblem> {
        let Deployment { environment, commit, description, url, .. } = deployment;
        let description = fit_line(description, DESCRIPTION);
        let query = form(&[("sha", commit), ("environment", environment), ("per_page", "1")]);
        let known: Vec<DeploymentMade> =
            self.client.get("looking for a deployment", &self.path(&format!("/deployments?{query}")))?;
        let made = match known.into_iter().next() {
            Some(known) => known,
            None => {
                let body = json!({
                    "ref": commit,
                    "environment": environment,
                    "description": description,
                    // What glu has promoted is there already: nothing is to be merged into it, and no check decides.
                    "auto_merge": false,
                    "required_contexts": [],
                    "transient_environment": false,
                });
                self.client.send("noting a deployment", Method::Post, &self.path("/deployments"), &body)?
            }
        };
        let state = match deployment.state {
            DeploymentState::Running => "in_progress",
            DeploymentState::Succeeded => "success",
            DeploymentState::Failed => "failure",
        };
        let mut body = json!({"state": state, "description": description, "environment": environment});
        if let Some(url) = url {
            body["log_url"] = json!(url);
        }
        if let Some(url) = &deployment.environment_url {
            body["environment_url"] = json!(url);
        }
        let path = self.path(&format!("/deployments/{}/statuses", made.id));
        self.client.send::<IgnoredAny>("noting how far a deployment is", Method::Post, &path, &body)?;
        Ok(())
    }
}
