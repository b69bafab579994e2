//! Woodpecker.

use super::{Facts, Needs};

pub(super) const FILE: &str = ".woodpecker/delivery.yaml";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    // A plan on a pull request has no token, so that it comments on nothing.
    let tasks = if needs.asks_forge() { format!(" that {}", needs.tasks("pushes")) } else { String::new() };
    let token = format!("put an access token for the remote{tasks} into the secret `delivery_token`, and ");
    let token = if needs.signs_in { "" } else { &token };
    format!(
        "{token}add a cron job; the volume that keeps what was built needs a repository that is trusted for volumes"
    )
}

/// The name of a secret.
pub(super) fn secret(variable: &str) -> String {
    variable.to_ascii_lowercase()
}

pub(super) fn workflow(facts: &Facts) -> String {
    let step = |name: &str, event: &str, more: &str, command: String| {
        format!(
            "  - name: {name}\n    image: rust:1\n    when:\n      - event: {event}\n    environment:\n      <<: *variables\n{more}    volumes:\n      \
             - delivery:/woodpecker-delivery\n    commands:\n      - *build\n      - {command}\n"
        )
    };
    let from_secret = |name: &String| format!("      {name}:\n        from_secret: {}\n", secret(name));
    let secrets: String = facts.needs.secrets.iter().map(from_secret).collect();
    // Unless it is told to, a pull request sees no secrets, and Woodpecker refuses a step that wants one, so that nothing can be said on the pull request.
    let credential = format!(
        "      {}: forge\n      GLU_CREDENTIALS_FORGE_ACCESS_TOKEN:\n        from_secret: delivery_token\n{secrets}",
        facts.source_variable("REMOTE_CREDENTIAL")
    );
    let credential = if facts.needs.signs_in { &secrets } else { &credential };
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
        plan = step("plan", "pull_request", &secrets, facts.glu("plan")),
        run = step("run", "[cron, manual]", credential, facts.glu("run --once")),
        phases = facts.phases.join(", "),
        promote = step(
            "promote",
            "deployment",
            credential,
            format!("PHASE=\"$CI_PIPELINE_DEPLOY_TARGET\"; {}", facts.glu("promote \"$PHASE\" --yes"))
        ),
    )
}
