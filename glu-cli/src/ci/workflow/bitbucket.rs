//! Bitbucket Pipelines. A step may push to its own repository as it is.

use super::needs::COMMENTS;
use super::{Facts, Needs};

pub(super) const FILE: &str = "bitbucket-pipelines.yml";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    let scopes = match needs.asks_forge() {
        true => "scopes `repository:write` and `pullrequest:write` (and `account` where reviewers are named)",
        false => "scope `pullrequest:write`",
    };
    format!(
        "put an access token of the repository with the {scopes} into the secured variable BITBUCKET_TOKEN, which {}",
        needs.tasks(COMMENTS)
    )
}

pub(super) fn workflow(facts: &Facts) -> String {
    let step = |name: &str, command: String| {
        format!(
            "          name: {name}\n          caches:\n            - delivery\n            - crates\n          script:\n            - \
             *variables\n            - *build\n            - {command}\n"
        )
    };
    format!(
        r#"image: rust:1

clone:
  depth: full

definitions:
  caches:
    # The pipelines, as they were built.
    delivery:
      key:
        files:
          - {lock}
          - {sources}
      path: {kept}
    crates: /usr/local/cargo/registry
  scripts:
    - script: &variables export CARGO_INCREMENTAL=0 CARGO_TARGET_DIR={target} GLU_COMMIT_NAME=bitbucket-pipelines GLU_COMMIT_EMAIL=commits-noreply@bitbucket.org
    # Builds the pipelines if anything they are made of has changed.
    - script: &build |-
{build}
pipelines:
  pull-requests:
    "**":
      - step:
{plan}  custom:
    # For a schedule, and by hand.
    run:
      - step:
{run}    promote:
      - variables:
          - name: PHASE
            description: What to promote to
            allowed-values:
{phases}      - step:
{promote}"#,
        lock = facts.below("Cargo.lock"),
        sources = facts.below("src/**"),
        kept = facts.kept(),
        target = facts.target(),
        build = facts.build_lines(8),
        plan = step("Plan", facts.glu("plan --comment")),
        run = step("Make every automatic move", facts.glu("run --once")),
        phases = facts.phase_items(14),
        promote = step("Promote", facts.glu("promote \"$PHASE\" --yes")),
    )
}
