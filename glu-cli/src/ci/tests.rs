use super::*;
use glu_core::forge::Kind;

fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Variables as each system documents them; the system's name, the actor and the address that follow from them.
#[expect(clippy::type_complexity, reason = "a table of examples")]
const EXAMPLES: &[(&str, &[(&str, &str)], &str, &str)] = &[
    (
        "github",
        &[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_TRIGGERING_ACTOR", "hubot"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_ATTEMPT", "2"),
        ],
        "github:hubot",
        "https://github.com/acme/shop/actions/runs/77/attempts/2",
    ),
    (
        "gitea",
        &[
            ("GITHUB_ACTIONS", "true"),
            ("GITEA_ACTIONS", "true"),
            ("GITHUB_ACTOR", "ada"),
            ("GITHUB_SERVER_URL", "https://git.example"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "9000"),
            ("GITHUB_RUN_NUMBER", "12"),
        ],
        "gitea:ada",
        "https://git.example/acme/shop/actions/runs/12",
    ),
    (
        "gitlab",
        &[
            ("GITLAB_CI", "true"),
            ("GITLAB_USER_LOGIN", "jane"),
            ("CI_JOB_URL", "https://gitlab.com/acme/shop/-/jobs/5"),
        ],
        "gitlab:jane",
        "https://gitlab.com/acme/shop/-/jobs/5",
    ),
    (
        "bitbucket",
        &[
            ("BITBUCKET_BUILD_NUMBER", "7"),
            ("BITBUCKET_STEP_TRIGGERER_UUID", "{u}"),
            ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
        ],
        "bitbucket:{u}",
        "https://bitbucket.org/acme/shop/pipelines/results/7",
    ),
    (
        "azure",
        &[
            ("TF_BUILD", "True"),
            ("BUILD_REQUESTEDFOREMAIL", "j@example.com"),
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/acme/"),
            ("SYSTEM_TEAMPROJECT", "The Shop"),
            ("BUILD_BUILDID", "31"),
        ],
        "azure:j@example.com",
        "https://dev.azure.com/acme/The%20Shop/_build/results?buildId=31",
    ),
    (
        "jenkins",
        &[
            ("JENKINS_URL", "https://ci.example/"),
            ("BUILD_USER_ID", "ada"),
            ("BUILD_URL", "https://ci.example/job/shop/3/"),
        ],
        "jenkins:ada",
        "https://ci.example/job/shop/3/",
    ),
    (
        "circleci",
        &[
            ("CIRCLECI", "true"),
            ("CIRCLE_USERNAME", "ada"),
            ("CIRCLE_BUILD_URL", "https://circleci.com/gh/acme/shop/9"),
        ],
        "circleci:ada",
        "https://circleci.com/gh/acme/shop/9",
    ),
    (
        "buildkite",
        &[
            ("BUILDKITE", "true"),
            ("BUILDKITE_BUILD_CREATOR_EMAIL", "a@example.com"),
            ("BUILDKITE_UNBLOCKER_EMAIL", "b@example.com"),
            ("BUILDKITE_BUILD_URL", "https://buildkite.com/acme/shop/builds/4"),
            ("BUILDKITE_JOB_ID", "0190"),
        ],
        "buildkite:b@example.com",
        "https://buildkite.com/acme/shop/builds/4#0190",
    ),
    (
        "woodpecker",
        &[
            ("CI", "woodpecker"),
            ("CI_PIPELINE_AUTHOR", "ada"),
            ("CI_PIPELINE_URL", "https://wp.example/repos/1/pipeline/8"),
        ],
        "woodpecker:ada",
        "https://wp.example/repos/1/pipeline/8",
    ),
    (
        "drone",
        &[
            ("DRONE", "true"),
            ("DRONE_BUILD_TRIGGER", "ada"),
            ("DRONE_BUILD_LINK", "https://drone.example/acme/shop/8"),
        ],
        "drone:ada",
        "https://drone.example/acme/shop/8",
    ),
];

#[test]
fn each_system_is_known_by_its_variables() {
    for (name, variables, actor, address) in EXAMPLES {
        // A generic `CI` says nothing more.
        let mut variables = environment(variables);
        variables.entry("CI".to_owned()).or_insert_with(|| "true".to_owned());
        assert_eq!(Ci::here(&variables).map(|ci| ci.system.name), Some(*name));
        assert_eq!(super::actor(&variables).as_deref(), Some(*actor), "{name}");
        assert_eq!(run_address(&variables).as_deref(), Some(*address), "{name}");
        assert!(automation(&variables));
    }
    let covered: Vec<&str> = EXAMPLES.iter().map(|(name, ..)| *name).collect();
    assert!(SYSTEMS.iter().all(|system| covered.contains(&system.name)), "{covered:?}");
}

#[test]
fn a_variable_that_is_left_over_on_a_laptop_is_no_ci() {
    let stray = environment(&[("GITHUB_ACTOR", "octocat"), ("GITLAB_CI", ""), ("GITHUB_ACTIONS", "false")]);
    assert!(Ci::here(&stray).is_none() && !automation(&stray));
    assert_eq!((actor(&stray), run_address(&stray)), (None, None));
    assert!(automation(&environment(&[("CI", "1")])));
    assert!(!automation(&environment(&[("CI", "false"), ("GLU_IN_AUTOMATION", "0")])));
}

#[test]
fn what_somebody_says_outright_wins() {
    let said = environment(&[
        ("GLU_ACTOR", " bot\nof Ada "),
        ("GLU_RUN_URL", "https://ci.example/7"),
        ("GITLAB_CI", "true"),
        ("GITLAB_USER_LOGIN", "jane"),
        ("CI_JOB_URL", "https://gitlab.com/1"),
    ]);
    assert_eq!(actor(&said).as_deref(), Some("bot of Ada"));
    assert_eq!(run_address(&said).as_deref(), Some("https://ci.example/7"));
}

#[test]
fn what_is_no_address_for_everybody_is_left_out() {
    for address in ["https://user:secret@ci.example/7", "javascript:alert(1)", "https://", "https://a b", "7"]
    {
        assert_eq!(run_address(&environment(&[("GLU_RUN_URL", address)])), None, "{address}");
    }
}

#[test]
#[expect(clippy::type_complexity, reason = "a table of examples")]
fn each_system_tells_which_pull_request_a_run_is_for() {
    let github = &[("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_REPOSITORY", "acme/delivery")];
    let examples: &[(&str, &[(&str, &str)], Option<Kind>, &str)] = &[
        (
            "github",
            &[("GITHUB_REF", "refs/pull/7/merge"), github[0], github[1]],
            Some(Kind::Github),
            "https://github.com/acme/delivery",
        ),
        (
            "gitea",
            &[("GITHUB_REF", "refs/pull/7/head"), ("GITHUB_SERVER_URL", "https://git.example/"), github[1]],
            Some(Kind::Gitea),
            "https://git.example/acme/delivery",
        ),
        (
            "gitlab",
            &[
                ("CI_MERGE_REQUEST_IID", "7"),
                ("CI_SERVER_URL", "https://gitlab.com"),
                ("CI_PROJECT_PATH", "fork/delivery"),
                ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/tools/delivery"),
            ],
            Some(Kind::Gitlab),
            "https://gitlab.com/acme/tools/delivery",
        ),
        ("bitbucket", &[("BITBUCKET_PR_ID", "7")], Some(Kind::Bitbucket), "https://bitbucket.org/acme/shop"),
        (
            "azure",
            &[
                ("SYSTEM_PULLREQUEST_PULLREQUESTID", "7"),
                ("BUILD_REPOSITORY_PROVIDER", "TfsGit"),
                ("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/acme/x/_git/y"),
            ],
            Some(Kind::Azure),
            "https://acme@dev.azure.com/acme/x/_git/y",
        ),
        (
            "azure",
            &[
                ("SYSTEM_PULLREQUEST_PULLREQUESTID", "123456789"),
                ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7"),
                ("BUILD_REPOSITORY_URI", "https://github.com/acme/delivery"),
            ],
            None,
            "https://github.com/acme/delivery",
        ),
        (
            "jenkins",
            &[("CHANGE_ID", "7"), ("CHANGE_URL", "https://github.com/acme/delivery/pull/7")],
            Some(Kind::Github),
            "https://github.com/acme/delivery",
        ),
        (
            "circleci",
            &[("CIRCLE_PULL_REQUEST", "https://bitbucket.org/acme/delivery/pull-requests/7")],
            Some(Kind::Bitbucket),
            "https://bitbucket.org/acme/delivery",
        ),
        (
            "buildkite",
            &[
                ("BUILDKITE_PULL_REQUEST", "7"),
                ("BUILDKITE_PULL_REQUEST_REPO", "git://github.com/fork/delivery.git"),
                ("BUILDKITE_REPO", "git@github.com:acme/delivery.git"),
            ],
            None,
            "git@github.com:acme/delivery.git",
        ),
        (
            "woodpecker",
            &[
                ("CI_COMMIT_PULL_REQUEST", "7"),
                ("CI_REPO_URL", "https://git.example/acme/delivery"),
                ("CI_FORGE_TYPE", "forgejo"),
            ],
            Some(Kind::Forgejo),
            "https://git.example/acme/delivery",
        ),
        (
            "drone",
            &[("DRONE_PULL_REQUEST", "7"), ("DRONE_REPO_LINK", "https://github.com/acme/delivery")],
            None,
            "https://github.com/acme/delivery",
        ),
    ];
    for (name, variables, kind, repository) in examples {
        let base = EXAMPLES.iter().find(|(known, ..)| known == name).unwrap().1;
        // A run for no pull request.
        assert_eq!(PullRequest::here(&environment(base)), None, "{name}");
        let mut all = environment(base);
        all.extend(environment(variables));
        let found = PullRequest::here(&all).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((found.kind, found.repository.as_str(), found.number), (*kind, *repository, 7), "{name}");
    }
    let covered: Vec<&str> = examples.iter().map(|(name, ..)| *name).collect();
    assert!(SYSTEMS.iter().all(|system| covered.contains(&system.name)), "{covered:?}");
    for (name, value) in [("BUILDKITE_PULL_REQUEST", "false"), ("GITHUB_REF", "refs/heads/main")] {
        let known = if name.starts_with("GITHUB") { "github" } else { "buildkite" };
        let mut all = environment(EXAMPLES.iter().find(|(name, ..)| *name == known).unwrap().1);
        all.insert(name.to_owned(), value.to_owned());
        assert_eq!(PullRequest::here(&all), None, "{name}");
    }
}

#[test]
fn an_event_that_names_no_ref_has_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("event.json");
    let number = |event: &str| {
        std::fs::write(&file, event).unwrap();
        let mut all = environment(EXAMPLES[0].1);
        all.insert("GITHUB_EVENT_PATH".to_owned(), file.to_string_lossy().into_owned());
        PullRequest::here(&all).map(|found| found.number)
    };
    assert_eq!(number(r#"{"pull_request": {"number": 12}}"#), Some(12));
    assert_eq!(number(r#"{"issue": {"number": 13, "pull_request": {}}}"#), Some(13));
    for event in [r#"{"issue": {"number": 14}}"#, "{}", "no JSON"] {
        assert_eq!(number(event), None, "{event}");
    }
}
