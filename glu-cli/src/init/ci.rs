//! Workflows: a plan on each pull request, a promotion when someone asks for it.

/// The GitLab jobs, which `.gitlab-ci.yml` includes.
pub(super) const GITLAB_FILE: &str = ".gitlab/delivery.yml";

/// `.github/workflows/delivery.yml`. `registry` is the image's, where there is one.
pub(super) fn github(package: &str, phases: &[String], registry: Option<&str>) -> String {
    let options: String = phases.iter().map(|phase| format!("          - {phase}\n")).collect();
    let at_github = registry == Some("ghcr.io");
    let packages = if at_github { "  packages: read\n" } else { "" };
    let prepare = format!("{}{}", github_cache(package), if at_github { GITHUB_LOGIN } else { "" });
    format!(
        r#"name: delivery

on:
  pull_request:
  workflow_dispatch:
    inputs:
      phase:
        description: The phase to promote to
        type: choice
        options:
{options}
permissions:
  contents: read
{packages}
jobs:
  # What would move, on the summary page of the run.
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
{prepare}      - run: cargo glu plan --output markdown >> "$GITHUB_STEP_SUMMARY"

  promote:
    if: github.event_name == 'workflow_dispatch'
    runs-on: ubuntu-latest
    # One promotion at a time; a push made with this token starts no further workflow.
    concurrency: delivery
    permissions:
      contents: write
{promote_packages}    env:
      GLU_COMMIT_NAME: github-actions[bot]
      GLU_COMMIT_EMAIL: 41898282+github-actions[bot]@users.noreply.github.com
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
{prepare}      - run: cargo glu promote "$PHASE" --yes
        env:
          PHASE: ${{{{ inputs.phase }}}}
"#,
        promote_packages = if at_github { "      packages: read\n" } else { "" },
    )
}

/// Signs in to GitHub's registry, where images are private by default.
const GITHUB_LOGIN: &str = r#"      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env:
          TOKEN: ${{ github.token }}
"#;

fn github_cache(package: &str) -> String {
    format!(
        r"      - uses: actions/cache@v4
        with:
          path: |
            ~/.cargo/registry
            {package}/target
          key: delivery-${{{{ hashFiles('{package}/Cargo.lock', '{package}/src/**') }}}}
          restore-keys: delivery-
"
    )
}

/// The GitLab jobs.
pub(super) fn gitlab(package: &str) -> String {
    format!(
        r#".delivery:
  image: rust:1
  variables:
    CARGO_HOME: $CI_PROJECT_DIR/.cargo-home
    GIT_DEPTH: "0"
  cache:
    key: delivery
    paths:
      - .cargo-home/registry
      - {package}/target

delivery-plan:
  extends: .delivery
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - cargo glu plan

# Start a pipeline by hand and set PHASE. Pushing takes an access token with the scope `write_repository`: put one into the masked
# CI/CD variable DELIVERY_TOKEN.
delivery-promote:
  extends: .delivery
  resource_group: delivery
  variables:
    GLU_COMMIT_NAME: $GITLAB_USER_NAME
    GLU_COMMIT_EMAIL: $GITLAB_USER_EMAIL
    GLU_SOURCES_GIT_DEFAULT_REMOTE_CREDENTIAL: gitlab
    GLU_CREDENTIALS_GITLAB_ACCESS_TOKEN: $DELIVERY_TOKEN
  rules:
    - if: $CI_PIPELINE_SOURCE == "web" && $PHASE
  script:
    - cargo glu promote "$PHASE" --yes
"#
    )
}

/// A `.gitlab-ci.yml` with nothing else in it.
pub(super) fn gitlab_include() -> String {
    format!("include:\n  - local: {GITLAB_FILE}\n")
}
