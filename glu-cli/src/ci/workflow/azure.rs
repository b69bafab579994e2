//! Azure Pipelines.

use super::{Facts, Needs, environment, lines};

pub(super) const FILE: &str = ".azure-pipelines/delivery.yml";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    let also = if needs.proposals { ", create branches" } else { "" };
    format!(
        "let the build service contribute to the repository{also} and to pull requests, and in Azure Repos add a branch policy that runs this pipeline for pull requests"
    )
}

/// The environment of a step with glu: what it is given, the token where it is needed, and the secrets of the configuration.
fn step_environment(needs: &Needs, given: Option<(&str, &str)>, has_token: bool, indent: usize) -> String {
    let token = has_token.then_some(("SYSTEM_ACCESSTOKEN", "$(System.AccessToken)"));
    let given = given.into_iter().chain(token).map(|(name, value)| (name.to_owned(), value.to_owned()));
    environment(given.chain(secrets(needs)), indent)
}

/// A secret variable is in no step's environment unless the step is given it.
fn secrets(needs: &Needs) -> impl Iterator<Item = (String, String)> {
    needs.secrets.iter().map(|name| (name.clone(), format!("$({name})")))
}

pub(super) fn workflow(facts: &Facts) -> String {
    let prepare = |indent| lines(prepare(facts).lines().map(str::to_owned), indent);
    let needs = &facts.needs;
    let phase = Some(("PHASE", "${{ parameters.phase }}"));
    format!(
        r#"trigger: none

pr:
  branches:
    include:
      - "*"

schedules:
  - cron: "*/15 * * * *"
    displayName: Make every automatic move
    branches:
      include:
        - main
    always: "true"

parameters:
  - name: phase
    displayName: What to move
    type: string
    default: every automatic move
    values:
      - every automatic move
{phases}
# One at a time, and none is cut off in the middle of a push.
lockBehavior: sequential

variables:
  CARGO_INCREMENTAL: "0"
  CARGO_TARGET_DIR: {target}
  GLU_COMMIT_NAME: azure-pipelines
  GLU_COMMIT_EMAIL: azure-pipelines@noreply.localhost

pool:
  vmImage: ubuntu-24.04

jobs:
  - job: plan
    condition: eq(variables['Build.Reason'], 'PullRequest')
    steps:
{steps}      - script: {plan}
        name: plan
        env:
          # Comments on the pull request.
          SYSTEM_ACCESSTOKEN: $(System.AccessToken)
{plan_secrets}
  - ${{{{ if eq(parameters.phase, 'every automatic move') }}}}:
      - job: run
        condition: ne(variables['Build.Reason'], 'PullRequest')
        steps:
{run_steps}          - script: {run}
{run_environment}
  - ${{{{ if ne(parameters.phase, 'every automatic move') }}}}:
      # Who may promote, and when, is for the environment's checks to say.
      - deployment: promote
        condition: ne(variables['Build.Reason'], 'PullRequest')
        environment: ${{{{ parameters.phase }}}}
        strategy:
          runOnce:
            deploy:
              steps:
{promote_steps}                - script: {promote}
{promote_environment}"#,
        phases = facts.phase_items(6),
        target = facts.target(),
        steps = prepare(6),
        plan_secrets = lines(secrets(needs).map(|(name, value)| format!("{name}: {value}")), 10),
        run_environment = step_environment(needs, None, needs.asks_forge(), 12),
        promote_environment = step_environment(needs, phase, needs.asks_forge(), 18),
        plan = facts.glu("plan --comment"),
        run_steps = prepare(10),
        run = facts.glu("run --once"),
        promote_steps = prepare(16),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}

fn prepare(facts: &Facts) -> String {
    format!(
        r#"- checkout: self
  fetchDepth: "0"
  persistCredentials: "true"
- task: Cache@2
  inputs:
    key: delivery | "$(Agent.OS)" | {sources} | {manifest} | {lock}
    restoreKeys: delivery | "$(Agent.OS)"
    path: {kept}
- script: |
{build}  displayName: Build the pipelines if anything they are made of has changed
"#,
        sources = facts.below("src/**"),
        manifest = facts.below("Cargo.toml"),
        lock = facts.below("Cargo.lock"),
        kept = facts.kept(),
        build = lines(std::iter::once("set -e".to_owned()).chain(facts.build()), 4),
    )
}
