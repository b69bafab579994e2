//! GitLab CI.

use super::Facts;

pub(super) const FILE: &str = ".gitlab/delivery.yml";

/// The file that GitLab reads, with nothing else in it.
pub(super) const ENTRY: (&str, &str, &str) = (
    ".gitlab-ci.yml",
    "include:\n  - local: .gitlab/delivery.yml\n",
    "Include `.gitlab/delivery.yml` in .gitlab-ci.yml.",
);
pub(super) const ADVICE: &str = "put an access token with the scope `write_repository` into the masked CI/CD variable DELIVERY_TOKEN, and make a \
     pipeline schedule";

pub(super) fn workflow(facts: &Facts) -> String {
    format!(
        r#"# Start a pipeline by hand to promote, or to make every automatic move.
variables:
  PHASE:
    description: What to promote to; without, every automatic move is made
    value: ""
    options:
      - ""
{phases}
.delivery:
  image: rust:1
  variables:
    CARGO_HOME: $CI_PROJECT_DIR/.cargo-home
    CARGO_INCREMENTAL: "0"
    CARGO_TARGET_DIR: {target}
    GIT_DEPTH: "0"
  cache:
    key: delivery
    paths:
      - {kept}
      - .cargo-home/registry/cache
      - .cargo-home/registry/index
  before_script:
    # Builds the pipelines if anything they are made of has changed.
{build}
.delivery-write:
  extends: .delivery
  # One at a time, and none is cut off in the middle of a push.
  resource_group: delivery
  interruptible: false
  variables:
    GLU_COMMIT_NAME: $GITLAB_USER_NAME
    GLU_COMMIT_EMAIL: $GITLAB_USER_EMAIL
    # Pushing takes an access token with the scope `write_repository`, in the masked CI/CD variable DELIVERY_TOKEN.
    {credential}: gitlab
    GLU_CREDENTIALS_GITLAB_ACCESS_TOKEN: $DELIVERY_TOKEN

delivery-plan:
  extends: .delivery
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - {plan}
  artifacts:
    paths:
      - plan.md
    reports:
      dotenv: plan.env

delivery-run:
  extends: .delivery-write
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - if: $CI_PIPELINE_SOURCE =~ /^(web|api|trigger)$/ && $PHASE == ""
  script:
    - {run}

delivery-promote:
  extends: .delivery-write
  rules:
    - if: $CI_PIPELINE_SOURCE =~ /^(web|api|trigger)$/ && $PHASE != ""
  environment:
    name: $PHASE
  script:
    - {promote}
"#,
        phases = facts.phase_items(6),
        target = facts.target(),
        kept = facts.kept(),
        build = facts.build_items(4),
        credential = facts.source_variable("REMOTE_CREDENTIAL"),
        plan = facts.glu("plan --summary plan.md --output-env plan.env"),
        run = facts.glu("run --once"),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}
