//! Gitea and Forgejo Actions: like GitHub's, without what they do not know.

use super::Facts;
use super::github::{AUTOMATIC, CACHE, CHECKOUT};

pub(super) const FILE: &str = ".gitea/workflows/delivery.yml";
pub(super) const ADVICE: &str =
    "the runner's image needs git and a C compiler; the workflow installs Rust where it is missing";

pub(super) fn workflow(facts: &Facts) -> String {
    let prepare = prepare(facts);
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
        required: true
        default: {AUTOMATIC}
        options:
          - {AUTOMATIC}
{phases}
env:
  CARGO_INCREMENTAL: "0"
  CARGO_TARGET_DIR: {target}
  GLU_COMMIT_NAME: glu
  GLU_COMMIT_EMAIL: glu@noreply.localhost

jobs:
  # What would move.
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    steps:
{prepare}      - run: {plan}

  # Every move that is automatic and that nothing holds. Should two of these jobs run at once, the one that loses the race looks again.
  run:
    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch' && inputs.phase == '{AUTOMATIC}'
    runs-on: ubuntu-latest
    concurrency:
      group: delivery
      cancel-in-progress: false
    permissions:
      contents: write
    steps:
{prepare}      - run: {run}

  promote:
    if: github.event_name == 'workflow_dispatch' && inputs.phase != '{AUTOMATIC}'
    runs-on: ubuntu-latest
    environment: ${{{{ inputs.phase }}}}
    concurrency:
      group: delivery-${{{{ inputs.phase }}}}
      cancel-in-progress: false
    permissions:
      contents: write
    steps:
{prepare}      - run: {promote}
        env:
          PHASE: ${{{{ inputs.phase }}}}
"#,
        phases = facts.phase_items(10),
        target = facts.target(),
        plan = facts.glu("plan"),
        run = facts.glu("run --once"),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}

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
          key: delivery-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-${{{{ hashFiles('**/*.rs', '**/Cargo.toml', '**/Cargo.lock', '**/rust-toolchain*') }}}}
          restore-keys: delivery-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-
      - name: Install Rust where it is missing
        run: |
          command -v cargo || curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
          echo "$HOME/.cargo/bin" >> "$GITHUB_PATH"
      - name: Build the pipelines if anything they are made of has changed
        run: |
{build}"#,
        kept = facts.kept(),
        build = facts.build_lines(10),
    )
}
