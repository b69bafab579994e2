//! Bitbucket Pipelines.

use glu_core::forge::Kind;

use super::{Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "bitbucket",
    present: |variables| variables.says("BITBUCKET_BUILD_NUMBER"),
    actors: &["BITBUCKET_STEP_TRIGGERER_UUID"],
    run: |variables| {
        let repository = variables.line("BITBUCKET_REPO_FULL_NAME")?;
        let number = variables.line("BITBUCKET_BUILD_NUMBER")?;
        Some(format!("https://bitbucket.org/{repository}/pipelines/results/{number}"))
    },
    pull_request: |variables| {
        Some(PullRequest {
            kind: Some(Kind::Bitbucket),
            repository: format!("https://bitbucket.org/{}", variables.line("BITBUCKET_REPO_FULL_NAME")?),
            api: None,
            number: variables.line("BITBUCKET_PR_ID")?.parse().ok()?,
        })
    },
    colors: true,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
