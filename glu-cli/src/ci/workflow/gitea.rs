//! Gitea and Forgejo Actions: like GitHub's, without what they do not know.

use super::github::{AUTOMATIC, CACHE, CHECKOUT, PHASE, step_environment};
use super::{Facts, Needs, lines};

pub(super) const FILE: &str = ".gitea/workflows/delivery.yml";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> Vec<String> {
    let mut advice = vec![
        "the runner's image needs git and a C compiler; the workflow installs Rust where it is missing"
            .to_owned(),
    ];
    if needs.proposals {
        advice.push(
            "pull requests that are opened with the job's own token start no workflows themselves; those of an access token do: configure one as a credential of \
             type `access_token`, and name it as `sources.git.NAME.proposals.credential`"
                .to_owned(),
        );
    }
    advice
}

pub(super) fn workflow(facts: &Facts) -> String {
    let prepare = prepare(facts);
    let needs = &facts.needs;
    let token = |is_asked: bool| is_asked.then_some(("GITEA_TOKEN", "${{ github.token }}"));
    let write = lines(of_moves(needs).into_iter().map(str::to_owned), 6);
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
  # What would move, as a comment on the pull request too.
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read
      issues: write
      pull-requests: write
    steps:
{prepare}      - run: {plan}
{plan_environment}
  # Every move that is automatic and that nothing holds. Should two of these jobs run at once, the one that loses the race looks again.
  run:
    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch' && inputs.phase == '{AUTOMATIC}'
    runs-on: ubuntu-latest
    concurrency:
      group: delivery
      cancel-in-progress: false
    permissions:
{write}    steps:
{prepare}      - run: {run}
{run_environment}
  promote:
    if: github.event_name == 'workflow_dispatch' && inputs.phase != '{AUTOMATIC}'
    runs-on: ubuntu-latest
    environment: ${{{{ inputs.phase }}}}
    concurrency:
      group: delivery-${{{{ inputs.phase }}}}
      cancel-in-progress: false
    permissions:
{write}    steps:
{prepare}      - run: {promote}
{promote_environment}"#,
        phases = facts.phase_items(10),
        target = facts.target(),
        plan = facts.glu("plan --comment"),
        plan_environment = step_environment(needs, token(true)),
        run_environment = step_environment(needs, token(needs.asks_forge())),
        promote_environment = step_environment(needs, PHASE.into_iter().chain(token(needs.asks_forge()))),
        run = facts.glu("run --once"),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}

/// What a move may do. Statuses go with the right to write contents, and proposals are issues there.
fn of_moves(needs: &Needs) -> Vec<&'static str> {
    let reads = needs.signs_in && !needs.announcements;
    let mut permissions = vec![if reads { "contents: read" } else { "contents: write" }];
    if needs.proposals {
        permissions.extend(["issues: write", "pull-requests: write"]);
    } else if needs.answers {
        permissions.push("pull-requests: read");
    }
    permissions
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
