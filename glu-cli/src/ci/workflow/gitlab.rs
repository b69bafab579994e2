//! GitLab CI.

use super::needs::COMMENTS;
use super::{Facts, Needs, lines};

pub(super) const FILE: &str = ".gitlab/delivery.yml";

/// The file that GitLab reads, with nothing else in it.
pub(super) const ENTRY: (&str, &str, &str) = (
    ".gitlab-ci.yml",
    "include:\n  - local: .gitlab/delivery.yml\n",
    "Include `.gitlab/delivery.yml` in .gitlab-ci.yml.",
);

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    let tasks = needs.tasks(COMMENTS).replace("pull request", "merge request");
    let scope = scope(needs);
    if needs.signs_in {
        return format!(
            "put an access token with the scope `api` and the role Developer that {tasks} into the masked CI/CD variable GITLAB_TOKEN, and make a pipeline schedule"
        );
    }
    let (also, same) = match needs.asks_forge() {
        true => (" and the role Developer, which is the forge's credential too,", ", which may be the same,"),
        false => ("", ","),
    };
    format!(
        "put an access token with the scope `{scope}`{also} into the masked CI/CD variable DELIVERY_TOKEN, one with the scope `api` that comments on merge \
         requests into GITLAB_TOKEN{same} and make a pipeline schedule"
    )
}

/// The scope of the token that signs in to the remote: git's credential is the forge's too.
fn scope(needs: &Needs) -> &'static str {
    if needs.asks_forge() { "api" } else { "write_repository" }
}

/// The variables that sign in to the remote, where the configuration does not say how.
fn sign_in(facts: &Facts) -> String {
    if facts.needs.signs_in {
        return String::new();
    }
    let credential = facts.source_variable("REMOTE_CREDENTIAL");
    let scope = scope(&facts.needs);
    lines(
        [
            format!(
                "# Pushing takes an access token with the scope `{scope}`, in the masked CI/CD variable DELIVERY_TOKEN."
            ),
            format!("{credential}: gitlab"),
            "GLU_CREDENTIALS_GITLAB_ACCESS_TOKEN: $DELIVERY_TOKEN".to_owned(),
        ],
        4,
    )
}

/// The first line of a script that moves something: without the token, the credential above would be unknown, and nobody told why.
fn check(facts: &Facts) -> String {
    let scope = scope(&facts.needs);
    let line = format!(
        "- ': \"${{DELIVERY_TOKEN:?put an access token with the scope {scope} into this CI/CD variable, which this branch has to see}}\"'"
    );
    lines((!facts.needs.signs_in).then_some(line), 4)
}

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
{sign_in}
# GITLAB_TOKEN, another masked CI/CD variable, lets it comment on the merge request; the job's own token may not.
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
{check}    - {run}

delivery-promote:
  extends: .delivery-write
  rules:
    - if: $CI_PIPELINE_SOURCE =~ /^(web|api|trigger)$/ && $PHASE != ""
  environment:
    name: $PHASE
  script:
{check}    - {promote}
"#,
        phases = facts.phase_items(6),
        target = facts.target(),
        kept = facts.kept(),
        build = facts.build_items(4),
        sign_in = sign_in(facts),
        check = check(facts),
        plan = facts.glu("plan --comment --summary plan.md --output-env plan.env"),
        run = facts.glu("run --once"),
        promote = facts.glu("promote \"$PHASE\" --yes"),
    )
}
