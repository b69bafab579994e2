//! Deployments: one for a commit in an environment, whose status goes on. GitLab makes the environment when it is first named; the address is its
//! own, whatever is deployed to it.

use std::ops::ControlFlow;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::{Method, Paging};
use super::super::dialect::Deployments;
use super::super::{Deployment, DeploymentState, ForgeProblem};
use super::GitLab;
use super::status::LENGTH;
use super::wire::Deployed;
use crate::http::form;

/// How far back a deployment is looked for.
const LOOKED_AT: usize = 100;

impl Deployments for GitLab {
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeProblem> {
        let noted = self.note_status(deployment)?;
        // Half an address is none.
        let url = deployment.environment_url.as_ref().filter(|url| url.chars().count() <= LENGTH);
        match (url, noted.environment) {
            (Some(url), Some(environment)) if environment.external_url.as_ref() != Some(url) => {
                let doing = "noting where an environment is";
                let path = self.path(&format!("/environments/{}", environment.id));
                let body = json!({"external_url": url});
                self.client.send::<IgnoredAny>(doing, Method::Put, &path, &body).map(drop)
            }
            _ => Ok(()),
        }
    }
}

impl GitLab {
    /// Notes how far it is.
    fn note_status(&self, deployment: &Deployment) -> Result<Deployed, ForgeProblem> {
        let Deployment { environment, commit, branch, .. } = deployment;
        let status = match deployment.state {
            DeploymentState::Running => "running",
            DeploymentState::Succeeded => "success",
            DeploymentState::Failed => "failed",
        };
        let query =
            form(&[("environment", environment), ("order_by", "id"), ("sort", "desc"), ("per_page", "20")]);
        let path = self.path(&format!("/deployments?{query}"));
        let (mut known, mut seen) = (None, 0);
        self.client.each("looking for a deployment", &path, Paging::LINK, |deployed: Deployed| {
            seen += 1;
            if deployed.sha == *commit {
                known = Some(deployed);
            }
            if known.is_some() || seen == LOOKED_AT {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        match known {
            Some(known) if known.status == status => Ok(known),
            // What has ended does not begin again: that is another deployment.
            Some(known) if status != "running" || matches!(known.status.as_str(), "created" | "blocked") => {
                let path = self.path(&format!("/deployments/{}", known.id));
                let doing = "noting how far a deployment is";
                let answer = self.client.send(doing, Method::Put, &path, &json!({"status": status}));
                // It is there already, where the answer to the first try was lost.
                if let Err(ForgeProblem::Invalid { reason, .. }) = &answer
                    && reason.contains("cannot transition")
                {
                    let now: Deployed = self.client.get(doing, &path)?;
                    return if now.status == status { Ok(now) } else { answer };
                }
                answer
            }
            _ => {
                let body = json!({
                    "environment": environment, "sha": commit, "ref": branch, "tag": false, "status": status,
                });
                let path = self.path("/deployments");
                self.client.send("noting a deployment", Method::Post, &path, &body)
            }
        }
    }
}
