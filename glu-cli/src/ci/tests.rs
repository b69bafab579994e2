use super::*;

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
