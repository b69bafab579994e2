//! Deployments (7.16 and newer). One is known by its environment and a number that has to grow; the time of the commit does, and is the same whenever
//! the deployment gets further.

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::super::client::Method;
use super::super::super::dialect::Deployments;
use super::super::super::{Deployment, DeploymentState, ForgeProblem};
use super::super::{LINE, fit_line, key};
use super::wire::Commit;
use super::{DataCenter, URL};
use crate::http::percent_encode;

impl Deployments for DataCenter {
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeProblem> {
        let path = self.path(&format!("/commits/{}", percent_encode(&deployment.commit)));
        let commit: Commit = self.client.get("reading a commit", &path)?;
        let state = match deployment.state {
            DeploymentState::Running => "IN_PROGRESS",
            DeploymentState::Succeeded => "SUCCESSFUL",
            DeploymentState::Failed => "FAILED",
        };
        let environment = fit_line(&deployment.environment, LINE);
        let description = match fit_line(&deployment.description, LINE) {
            empty if empty.is_empty() => environment.clone(),
            words => words,
        };
        let mut body = json!({
            "key": key(&format!("glu/{}", deployment.environment), LINE),
            "deploymentSequenceNumber": commit.committer_timestamp.unwrap_or_default(),
            "displayName": environment,
            "description": description,
            "environment": {"key": key(&deployment.environment, LINE), "displayName": environment},
            "state": state,
            "url": self.place_of(deployment.url.as_ref(), &deployment.commit),
        });
        // Half an address is none.
        if let Some(url) = deployment.environment_url.as_ref().filter(|url| url.chars().count() <= URL) {
            body["environment"]["url"] = json!(url);
        }
        let path = format!("{path}/deployments");
        self.client.send::<IgnoredAny>("noting a deployment", Method::Post, &path, &body).map(drop)
    }
}
