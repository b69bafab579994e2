//! GitHub Actions.

use super::{Facts, Needs, environment, lines};

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
    let needs = &facts.needs;
    let permissions = |all: Vec<&str>| {
        format!("    permissions:\n{}{}", lines(all.into_iter().map(str::to_owned), 6), permission(6))
    };
    let (comment, write) = (permissions(of_plan(needs)), permissions(of_moves(needs)));
    let token = |is_asked: bool| is_asked.then_some(("GITHUB_TOKEN", "${{ github.token }}"));
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
  # What would move: as a comment on the pull request, on the summary page of the run, and as an output. A pull request from a fork gets no comment,
  # since no token may write there.
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-24.04
    timeout-minutes: 30
{comment}    outputs:
      changes: ${{{{ steps.plan.outputs.changes }}}}
    steps:
{prepare}      - id: plan
        run: {plan}
{plan_environment}
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
{run_environment}
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
{promote_environment}"#,
        phases = facts.phase_items(10),
        read_packages = permission(2),
        target = facts.target(),
        plan = facts.glu("plan --comment"),
        plan_environment = step_environment(needs, token(true)),
        run_environment = step_environment(needs, token(needs.asks_forge())),
        promote_environment = step_environment(needs, PHASE.into_iter().chain(token(needs.asks_forge()))),
        run = facts.glu("run --once"),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}

/// The phase that somebody has chosen.
pub(super) const PHASE: Option<(&str, &str)> = Some(("PHASE", "${{ inputs.phase }}"));

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> Vec<String> {
    let mut advice = Vec::new();
    if needs.proposals {
        advice.push(
            "turn on \"Allow GitHub Actions to create and approve pull requests\" in the repository's settings for Actions, and in those of its organization"
                .to_owned(),
        );
        advice.push(
            "pull requests that are opened with GITHUB_TOKEN start no workflows themselves, so checks that they need do not run; those of a GitHub App do: \
             configure one as a credential of type `github_app`, and name it as `sources.git.NAME.proposals.credential`"
                .to_owned(),
        );
    }
    advice
}

/// What a plan may do: comment, and see what is open and what is said of it.
fn of_plan(needs: &Needs) -> Vec<&'static str> {
    let mut permissions = vec!["contents: read", "pull-requests: write"];
    if needs.proposals || needs.answers {
        permissions.extend(["checks: read", "statuses: read"]);
    }
    permissions
}

/// What a move may do. Whoever proposes or tells of states looks first what is said already.
fn of_moves(needs: &Needs) -> Vec<&'static str> {
    let mut permissions = vec![if needs.signs_in { "contents: read" } else { "contents: write" }];
    if needs.proposals || needs.announcements || needs.answers {
        permissions.push("checks: read");
        permissions.push(if needs.announcements { "statuses: write" } else { "statuses: read" });
    }
    if needs.announcements {
        permissions.push("deployments: write");
    }
    if needs.proposals {
        permissions.push("pull-requests: write");
    } else if needs.answers {
        permissions.push("pull-requests: read");
    }
    permissions
}

/// The environment of a step with glu: what it is given, and the secrets of the configuration.
pub(super) fn step_environment<'a>(
    needs: &Needs,
    given: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let secrets = needs.secrets.iter().map(|name| (name.clone(), format!("${{{{ secrets.{name} }}}}")));
    environment(given.chain(secrets), 8)
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
