use super::*;
use glu_core::document::{Format, to_value};

fn facts() -> Facts {
    Facts {
        package: "delivery".to_owned(),
        program: "delivery".to_owned(),
        directory: ".".to_owned(),
        phases: vec!["staging".to_owned(), "production".to_owned()],
        registries: vec!["ghcr.io".to_owned()],
        source: "default".to_owned(),
        needs: Needs::default(),
    }
}

#[test]
fn each_host_is_recognised() {
    let empty = tempfile::tempdir().unwrap();
    for (remote, expected) in [
        ("https://github.com/acme/x", Some(Host::Github)),
        ("git@gitlab.example.com:acme/x.git", Some(Host::Gitlab)),
        ("ssh://git@codeberg.org:22/acme/gitlab", Some(Host::Gitea)),
        ("https://ada@bitbucket.org/acme/x", Some(Host::Bitbucket)),
        ("git@ssh.dev.azure.com:v3/acme/x/x", Some(Host::Azure)),
        ("https://git.example/github", None),
        ("/srv/gitlab/x.git", None),
    ] {
        assert_eq!(Host::recognise(Some(remote), empty.path()), expected, "{remote}");
    }
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("Jenkinsfile"), "").unwrap();
    assert_eq!(Host::recognise(Some("https://git.example/x"), tree.path()), Some(Host::Jenkins));
    std::fs::write(tree.path().join(".gitlab-ci.yml"), "").unwrap();
    assert_eq!(Host::recognise(None, tree.path()), Some(Host::Gitlab));
}

#[test]
fn every_file_is_yaml_and_does_the_three_things() {
    for host in Host::ALL {
        let file = host.file(&facts());
        if *host != Host::Jenkins {
            to_value(Format::Yaml, &file.text)
                .unwrap_or_else(|error| panic!("{host:?}: {error}\n{}", file.text));
        }
        for needed in [
            "delivery/target/glu/debug/delivery plan",
            "delivery/target/glu/debug/delivery run --once",
            "delivery/target/glu/debug/delivery promote \"$PHASE\" --yes",
            "delivery/target/glu/debug/delivery build",
            "--locked --manifest-path delivery/Cargo.toml --target-dir delivery/target/glu",
            "CARGO_TARGET_DIR",
            "staging",
            "production",
        ] {
            // Buildkite's agent takes two dollar signs for one.
            let text = file.text.replace("$$", "$");
            assert!(text.contains(needed), "{host:?} lacks {needed}\n{}", file.text);
        }
        assert!(!file.text.contains("{{{{"), "{}", file.text);
    }
}

/// A workflow as values, with the needs.
fn with(host: Host, needs: Needs) -> serde_json::Value {
    to_value(Format::Yaml, &host.file(&Facts { needs, registries: Vec::new(), ..facts() }).text).unwrap()
}

fn everything() -> Needs {
    let secrets = vec!["GLU_CREDENTIALS_APP_GITHUB_APP_PRIVATE_KEY_BYTES".to_owned()];
    Needs { proposals: true, announcements: true, answers: true, commits: true, signs_in: false, secrets }
}

#[test]
fn a_job_on_github_may_do_what_it_needs_and_no_more() {
    let jobs = |needs: Needs| {
        let workflow = with(Host::Github, needs);
        let job = |name: &str| {
            let job = &workflow["jobs"][name];
            let steps = job["steps"].as_array().unwrap();
            let has_token = !steps.last().unwrap()["env"]["GITHUB_TOKEN"].is_null();
            (job["permissions"].clone(), has_token)
        };
        [job("plan"), job("run"), job("promote")]
    };
    let comments = serde_json::json!({ "contents": "read", "pull-requests": "write" });
    let pushes = serde_json::json!({ "contents": "write" });
    assert_eq!(
        jobs(Needs::default()),
        [(comments.clone(), true), (pushes.clone(), false), (pushes.clone(), false)]
    );

    let looks = serde_json::json!({
        "contents": "read", "pull-requests": "write", "checks": "read", "statuses": "read",
    });
    let proposes = serde_json::json!({
        "contents": "write", "pull-requests": "write", "checks": "read", "statuses": "read",
    });
    assert_eq!(
        jobs(Needs { proposals: true, ..Needs::default() }),
        [(looks.clone(), true), (proposes.clone(), true), (proposes, true)]
    );
    let asks = serde_json::json!({
        "contents": "write", "pull-requests": "read", "checks": "read", "statuses": "read",
    });
    assert_eq!(
        jobs(Needs { answers: true, ..Needs::default() }),
        [(looks.clone(), true), (asks.clone(), true), (asks, true)]
    );
    let tells = serde_json::json!({
        "contents": "write", "deployments": "write", "checks": "read", "statuses": "write",
    });
    assert_eq!(
        jobs(Needs { announcements: true, ..Needs::default() }),
        [(comments.clone(), true), (tells.clone(), true), (tells, true)]
    );
    assert_eq!(
        jobs(Needs { commits: true, ..Needs::default() }),
        [(comments.clone(), true), (pushes.clone(), true), (pushes, true)]
    );
    let nothing = serde_json::json!({ "contents": "read" });
    assert_eq!(
        jobs(Needs { signs_in: true, ..Needs::default() }),
        [(comments, true), (nothing.clone(), false), (nothing, false)]
    );
}

#[test]
fn every_step_with_glu_is_given_the_secrets_and_the_token() {
    let name = "GLU_CREDENTIALS_APP_GITHUB_APP_PRIVATE_KEY_BYTES";
    for (host, secret, token) in [
        (Host::Github, format!("{name}: ${{{{ secrets.{name} }}}}"), "GITHUB_TOKEN: "),
        (Host::Gitea, format!("{name}: ${{{{ secrets.{name} }}}}"), "GITEA_TOKEN: "),
        (Host::Azure, format!("{name}: $({name})"), "SYSTEM_ACCESSTOKEN: "),
    ] {
        let text = host.file(&Facts { needs: everything(), ..facts() }).text;
        assert_eq!((text.matches(&secret).count(), text.matches(token).count()), (3, 3), "{text}");
    }
    let jenkins = Host::Jenkins.file(&Facts { needs: everything(), ..facts() }).text;
    let file = name.replace("BYTES", "PATH");
    let binding = format!(", file(credentialsId: '{file}', variable: '{file}')])");
    assert_eq!(jenkins.matches(&binding).count(), 3, "{jenkins}");
    let woodpecker = Host::Woodpecker.file(&Facts { needs: everything(), ..facts() }).text;
    assert_eq!(woodpecker.matches(&format!("from_secret: {}", name.to_lowercase())).count(), 3);
    // The others have them in every job's environment, so whoever writes the workflow is told of them.
    for host in Host::ALL {
        let advice = host.advice(&Facts { needs: everything(), ..facts() }).join("\n");
        let told = advice.to_uppercase().replace("KEY_PATH", "KEY_BYTES");
        assert!(told.contains(name), "{host:?}: {advice}");
    }
}

#[test]
fn gitlab_signs_in_by_a_token_that_may_do_it_all() {
    let gitlab = |needs: Needs| {
        let facts = Facts { needs, ..facts() };
        let advice = Host::Gitlab.advice(&facts).remove(0);
        (Host::Gitlab.file(&facts).text, advice)
    };
    let (text, advice) = gitlab(Needs::default());
    assert!(text.contains("the scope `write_repository`"), "{text}");
    assert!(advice.contains("`write_repository` into the masked CI/CD variable DELIVERY_TOKEN,"), "{advice}");
    assert_eq!(text.matches("    - ': \"${DELIVERY_TOKEN:?put ").count(), 2, "{text}");
    for needs in
        [Needs { proposals: true, ..Needs::default() }, Needs { announcements: true, ..Needs::default() }]
    {
        let (text, advice) = gitlab(needs);
        assert!(!text.contains("write_repository") && text.contains("the scope `api`"), "{text}");
        assert!(!advice.contains("write_repository") && advice.contains("`api` and the role Developer"));
    }
    // Who signs in in another way needs no such token.
    let (text, advice) = gitlab(Needs { signs_in: true, ..Needs::default() });
    assert!(!text.contains("DELIVERY_TOKEN") && !advice.contains("DELIVERY_TOKEN"), "{text}\n{advice}");
}

#[test]
fn a_file_that_nobody_edited_is_known_again() {
    let old = Host::Github.file(&facts());
    let new = Host::Github.file(&Facts { phases: vec!["live".to_owned()], ..facts() });
    assert_eq!(new.standing(&new.text), Standing::Same);
    assert_eq!(new.standing(&old.text), Standing::Ours);
    assert_eq!(new.standing(&old.text.replace("staging", "stage")), Standing::Foreign);
    assert_eq!(new.standing("on: push\n"), Standing::Foreign);
    assert_eq!(new.standing(""), Standing::Foreign);
}

#[test]
fn a_crate_and_a_configuration_may_be_anywhere() {
    let facts = Facts { package: ".".to_owned(), directory: "ops dir".to_owned(), ..facts() };
    assert_eq!(facts.glu("plan"), "target/glu/debug/delivery -C 'ops dir' plan");
    assert_eq!(
        facts.build()[0],
        "test -x target/glu/debug/delivery || cargo build --locked --manifest-path Cargo.toml --target-dir target/glu"
    );
    let facts = Facts { package: "my ops".to_owned(), ..facts };
    assert_eq!(facts.glu("plan"), "'my ops/target/glu/debug/delivery' -C 'ops dir' plan");
    assert_eq!(facts.source_variable("REMOTE_CREDENTIAL"), "GLU_SOURCES_GIT_DEFAULT_REMOTE_CREDENTIAL");
}
