//! Jenkins: a multibranch pipeline, whose workspace stays from one build to the next.

use super::needs::COMMENTS;
use super::{Facts, Needs};

pub(super) const FILE: &str = "delivery/Jenkinsfile";

/// What there is to do by hand.
pub(super) fn advice(needs: &Needs) -> String {
    format!(
        "make a multibranch pipeline of delivery/Jenkinsfile, whose agent has git and Rust, and a user name and password or token for the remote as the credential \
         `delivery`; a token that {} goes into the variable of its forge, such as GITHUB_TOKEN",
        needs.tasks(COMMENTS)
    )
}

/// The name of a secret: a key is a file, since the lines of a text are lost.
pub(super) fn secret(variable: &str) -> String {
    match variable.strip_suffix("_PRIVATE_KEY_BYTES") {
        Some(before) => format!("{before}_PRIVATE_KEY_PATH"),
        None => variable.to_owned(),
    }
}

/// What a step with glu is given besides git's own credential.
fn bindings(needs: &Needs) -> String {
    let binding = |variable: &String| {
        let name = secret(variable);
        let kind = if name == *variable { "string" } else { "file" };
        format!(", {kind}(credentialsId: '{name}', variable: '{name}')")
    };
    needs.secrets.iter().map(binding).collect()
}

pub(super) fn workflow(facts: &Facts) -> String {
    let phases: Vec<String> = facts.phases.iter().map(|phase| format!("'{phase}'")).collect();
    format!(
        r#"pipeline {{
  agent any

  options {{
    // One at a time, and none is cut off in the middle of a push.
    disableConcurrentBuilds()
  }}

  triggers {{
    cron(env.BRANCH_IS_PRIMARY == 'true' ? 'H/15 * * * *' : '')
  }}

  parameters {{
    choice(name: 'PHASE', choices: ['', {phases}], description: 'What to promote to; without, every automatic move is made')
  }}

  environment {{
    CARGO_INCREMENTAL = '0'
    CARGO_TARGET_DIR = '{target}'
    GLU_COMMIT_NAME = 'jenkins'
    GLU_COMMIT_EMAIL = 'jenkins@noreply.localhost'
  }}

  stages {{
    stage('Build') {{
      steps {{
        // Builds the pipelines if anything they are made of has changed.
        sh '''
{build}        '''
      }}
    }}

    stage('Plan') {{
      when {{ changeRequest() }}
      steps {{
        withCredentials([gitUsernamePassword(credentialsId: 'delivery'){bindings}]) {{
          sh '{plan}'
        }}
      }}
    }}

    stage('Run') {{
      when {{
        expression {{ env.BRANCH_IS_PRIMARY == 'true' && !params.PHASE }}
      }}
      steps {{
        withCredentials([gitUsernamePassword(credentialsId: 'delivery'){bindings}]) {{
          sh '{run}'
        }}
      }}
    }}

    stage('Promote') {{
      when {{
        expression {{ env.BRANCH_IS_PRIMARY == 'true' && params.PHASE }}
      }}
      steps {{
        withCredentials([gitUsernamePassword(credentialsId: 'delivery'){bindings}]) {{
          sh '{promote}'
        }}
      }}
    }}
  }}
}}
"#,
        bindings = bindings(&facts.needs),
        phases = phases.join(", "),
        target = quoted(&facts.target()),
        build = facts.build_lines(10),
        plan = quoted(&facts.glu("plan --comment")),
        run = quoted(&facts.glu("run --once")),
        promote = quoted(&facts.glu("promote \"$PHASE\" --yes")),
    )
}

/// The inside of a Groovy string in single quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
