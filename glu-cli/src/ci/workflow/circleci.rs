//! CircleCI.

use super::needs::COMMENTS;
use super::{Facts, Needs};

pub(super) const FILE: &str = ".circleci/config.yml";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    format!(
        "give the project a deploy key that may write, a token in GITHUB_TOKEN or BITBUCKET_TOKEN that {}, and a schedule trigger; CircleCI builds each push, so turn \
         on \"only build pull requests\"",
        needs.tasks(COMMENTS)
    )
}

pub(super) fn workflow(facts: &Facts) -> String {
    let job = |command: String, environment: &str| {
        format!(
            "    executor: rust\n{environment}    steps:\n      - prepare\n      - run: {command}\n      - keep\n"
        )
    };
    format!(
        r#"version: 2.1

parameters:
  phase:
    description: What to promote to; without, every automatic move is made
    type: enum
    enum:
      - ""
{phases}    default: ""

executors:
  rust:
    docker:
      - image: cimg/rust:1.89
    environment:
      CARGO_INCREMENTAL: "0"
      CARGO_TARGET_DIR: {target}
      GLU_COMMIT_NAME: circleci
      GLU_COMMIT_EMAIL: circleci@noreply.localhost

commands:
  prepare:
    steps:
      - checkout
      - restore_cache:
          keys:
            - &key delivery-{{{{ arch }}}}-{{{{ checksum "{lock}" }}}}-{{{{ .Revision }}}}
            - delivery-{{{{ arch }}}}-{{{{ checksum "{lock}" }}}}-
            - delivery-{{{{ arch }}}}-
      - run:
          name: Build the pipelines if anything they are made of has changed
          command: |
{build}  keep:
    steps:
      - save_cache:
          key: *key
          paths:
            - {kept}
            - ~/.cargo/registry

jobs:
  plan:
{plan}  run:
{run}  promote:
{promote}
workflows:
  plan:
    when:
      and:
        - equal: ["", << pipeline.parameters.phase >>]
        - not:
            equal: [main, << pipeline.git.branch >>]
    jobs:
      - plan
  run:
    when:
      and:
        - equal: ["", << pipeline.parameters.phase >>]
        - or:
            - equal: [scheduled_pipeline, << pipeline.trigger_source >>]
            - equal: [api, << pipeline.trigger_source >>]
    jobs:
      # One at a time.
      - run:
          serial-group: << pipeline.project.slug >>/delivery
  promote:
    when:
      not:
        equal: ["", << pipeline.parameters.phase >>]
    jobs:
      # Who may promote is for the context's restrictions to say.
      - promote:
          context: << pipeline.parameters.phase >>
          serial-group: << pipeline.project.slug >>/delivery
"#,
        phases = facts.phase_items(6),
        target = facts.target(),
        lock = facts.below("Cargo.lock"),
        build = facts.build_lines(12),
        kept = facts.kept(),
        plan = job(facts.glu("plan --comment"), ""),
        run = job(facts.glu("run --once"), ""),
        promote = job(
            facts.glu("promote \"$PHASE\" --yes"),
            "    environment:\n      PHASE: << pipeline.parameters.phase >>\n"
        ),
    )
}
