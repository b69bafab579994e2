//! GitHub Actions.

use super::{Facts, lines};

pub(super) const FILE: &str = ".github/workflows/delivery.yml";

/// The choice that is no phase.
pub(super) const AUTOMATIC: &str = "every automatic move";

/// The actions, each by a commit, since a tag can be moved.
pub(super) const CHECKOUT: &str = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2";
pub(super) const CACHE: &str = "actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0";

/// The workflow.
pub(super) fn workflow(facts: &Facts) -> String {
    let packages = if facts.asks("ghcr.io") { "packages: read" } else { "" };
    let permission = |indent: usize| lines((!packages.is_empty()).then(|| packages.to_owned()), indent);
    let prepare = format!("{}{}", prepare(facts), if facts.asks("ghcr.io") { LOGIN } else { "" });
    let write = format!("    permissions:\n      contents: write\n{}", permission(6));
    format!(
        r#"name: delivery

on:
  pull_request:
  schedule:
    - cron: "*/15 * * * *"
  workflow_dispatch:
    inputs:
      phase:
        description: What to move
        type: choice
        options:
          - {AUTOMATIC}
{phases}
permissions:
  contents: read
{read_packages}
env:
  CARGO_INCREMENTAL: "0"
  CARGO_TARGET_DIR: {target}
  GLU_COMMIT_NAME: github-actions[bot]
  GLU_COMMIT_EMAIL: 41898282+github-actions[bot]@users.noreply.github.com

jobs:
  # What would move: on the summary page of the run, and as an output.
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    outputs:
      changes: ${{{{ steps.plan.outputs.changes }}}}
    steps:
{prepare}      - id: plan
        run: {plan}

  # Every move that is automatic and that nothing holds. What a push made with this token would start does not start, so the moves that
  # follow from a move wait for the next time.
  run:
    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch' && inputs.phase == '{AUTOMATIC}'
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    # One at a time, and none is cut off in the middle of a push.
    concurrency:
      group: delivery
      cancel-in-progress: false
{write}    steps:
{prepare}      - run: {run}

  promote:
    if: github.event_name == 'workflow_dispatch' && inputs.phase != '{AUTOMATIC}'
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    # Who may promote, and when, is for the environment's protection rules to say.
    environment: ${{{{ inputs.phase }}}}
    concurrency:
      group: delivery-${{{{ inputs.phase }}}}
      cancel-in-progress: false
{write}    steps:
{prepare}      - run: {promote}
        env:
          PHASE: ${{{{ inputs.phase }}}}
"#,
        phases = facts.phase_items(10),
        read_packages = permission(2),
        target = facts.target(),
        plan = facts.glu("plan"),
        run = facts.glu("run --once"),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}

/// Signs in to GitHub's registry, where images are private by default.
const LOGIN: &str = r#"      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env:
          TOKEN: ${{ github.token }}
"#;

/// The steps before glu runs. The ledger and the histories are read through this checkout, hence its whole history.
fn prepare(facts: &Facts) -> String {
    format!(
        r#"      - uses: {CHECKOUT}
        with:
          fetch-depth: 0
      - uses: {CACHE}
        with:
          path: |
            {kept}
            ~/.cargo/registry/cache
            ~/.cargo/registry/index
            ~/.cargo/git/db
          key: delivery-ubuntu-24.04-${{{{ runner.arch }}}}-${{{{ hashFiles('**/*.rs', '**/Cargo.toml', '**/Cargo.lock', '**/rust-toolchain*') }}}}
          restore-keys: delivery-ubuntu-24.04-${{{{ runner.arch }}}}-
      - name: Build the pipelines if anything they are made of has changed
        run: |
{build}"#,
        kept = facts.kept(),
        build = facts.build_lines(10),
    )
}
