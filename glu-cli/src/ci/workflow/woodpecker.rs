//! Woodpecker.

use super::Facts;

pub(super) const FILE: &str = ".woodpecker/delivery.yaml";
pub(super) const ADVICE: &str = "put an access token for the remote into the secret `delivery_token`, and add a cron job; the volume that keeps what was \
     built needs a repository that is trusted for volumes";

pub(super) fn workflow(facts: &Facts) -> String {
    let step = |name: &str, event: &str, more: &str, command: String| {
        format!(
            "  - name: {name}\n    image: rust:1\n    when:\n      - event: {event}\n    environment:\n      <<: *variables\n{more}    volumes:\n      \
             - delivery:/woodpecker-delivery\n    commands:\n      - *build\n      - {command}\n"
        )
    };
    // A pull request sees no secrets.
    let credential = format!(
        "      {}: forge\n      GLU_CREDENTIALS_FORGE_ACCESS_TOKEN:\n        from_secret: delivery_token\n",
        facts.source_variable("REMOTE_CREDENTIAL")
    );
    format!(
        r#"variables:
  - &variables
    CARGO_INCREMENTAL: "0"
    CARGO_TARGET_DIR: {target}
    GLU_COMMIT_NAME: woodpecker
    GLU_COMMIT_EMAIL: woodpecker@noreply.localhost
  # Builds the pipelines if anything they are made of has changed; what was built is kept on a volume.
  - &build |
    mkdir -p {kept_above} /woodpecker-delivery/glu
    ln -sfn /woodpecker-delivery/glu {kept}
{build}
when:
  - event: [pull_request, cron, manual, deployment]

clone:
  - name: clone
    image: woodpeckerci/plugin-git
    settings:
      partial: false
      depth: 0

steps:
{plan}
{run}
  # A deployment's target is the phase: {phases}.
{promote}"#,
        target = facts.target(),
        kept_above = facts.target(),
        kept = facts.kept(),
        build = facts.build_lines(4),
        plan = step("plan", "pull_request", "", facts.glu("plan")),
        run = step("run", "[cron, manual]", &credential, facts.glu("run --once")),
        phases = facts.phases.join(", "),
        promote = step(
            "promote",
            "deployment",
            &credential,
            format!("PHASE=\"$CI_PIPELINE_DEPLOY_TARGET\"; {}", facts.glu("promote \"$PHASE\" --yes"))
        ),
    )
}
