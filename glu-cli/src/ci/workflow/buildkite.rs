//! Buildkite, whose agents keep their checkout from one job to the next.

use super::needs::COMMENTS;
use super::{Facts, Needs, lines, yaml};

pub(super) const FILE: &str = ".buildkite/delivery.yml";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    format!(
        "let the pipeline upload .buildkite/delivery.yml, on agents that have git and Rust and, in a variable such as GITHUB_TOKEN, a token that {}, and give it a schedule",
        needs.tasks(COMMENTS)
    )
}

pub(super) fn workflow(facts: &Facts) -> String {
    let build = facts.build_items(6);
    let options = facts.phases.iter().flat_map(|phase| {
        let phase = yaml(phase);
        [format!("- label: {phase}"), format!("  value: {phase}")]
    });
    format!(
        r#"env:
  CARGO_INCREMENTAL: "0"
  CARGO_TARGET_DIR: {target}
  # Keeps what was built when the agent cleans its checkout.
  BUILDKITE_GIT_CLEAN_FLAGS: -ffdxq --exclude={target}
  GLU_COMMIT_NAME: buildkite
  GLU_COMMIT_EMAIL: buildkite@noreply.localhost

steps:
  - label: Plan
    if: build.pull_request.id != null
    commands:
      # Builds the pipelines if anything they are made of has changed.
{build}      - {plan}

  - label: Make every automatic move
    if: build.source == "schedule" || build.source == "api"
    # One at a time.
    concurrency: 1
    concurrency_group: delivery
    commands:
{build}      - {run}

  - input: Promote
    key: phase
    if: build.source == "ui"
    fields:
      - select: What to promote to
        key: phase
        options:
{options}
  - label: Promote
    if: build.source == "ui"
    depends_on: phase
    concurrency: 1
    concurrency_group: delivery
    commands:
{build}      - PHASE=$$(buildkite-agent meta-data get phase)
      - {promote}
"#,
        target = facts.target(),
        plan = facts.glu("plan --comment"),
        run = facts.glu("run --once"),
        options = lines(options, 10),
        // The agent fills in what has one dollar sign.
        promote = facts.glu("promote \"$PHASE\" --yes").replace('$', "$$"),
    )
}
