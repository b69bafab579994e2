use super::keys::{KEYS, Kind};
use super::*;
use glu_core::credential::{Credential, PrivateKey, Secret};
use glu_core::notify::{Event, TargetKind, TargetSettings};
use glu_core::settings::{Author, GitSettings, LedgerSettings, Remote};

/// A directory with a configuration file, and variables.
struct Project {
    directory: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

impl Project {
    fn new(name: &str, text: &str) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap(), environment: BTreeMap::new() };
        std::fs::write(project.root().join(name), text).unwrap();
        project
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn repository(self, origin: Option<&str>) -> Self {
        std::fs::create_dir(self.root().join(".git")).unwrap();
        std::fs::write(self.root().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let config = origin.map_or_else(String::new, |url| format!("[remote \"origin\"]\n\turl = {url}\n"));
        std::fs::write(self.root().join(".git/config"), config).unwrap();
        self
    }

    fn root(&self) -> &Path {
        self.directory.path()
    }

    fn load(&self) -> Loaded {
        load(self.root(), &self.environment).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The problems, without the directory.
    fn problems(&self) -> Vec<String> {
        let Err(ConfigError::Invalid { problems }) = load(self.root(), &self.environment) else {
            panic!("expected problems")
        };
        let directory = format!("{}/", self.root().display());
        problems.iter().map(|problem| problem.to_string().replace(&directory, "")).collect()
    }
}

fn origin() -> Remote {
    Remote {
        name: "origin".to_owned(),
        url: None,
        credential: None,
        ca_cert_path: None,
        insecure_skip_tls: false,
    }
}

#[test]
fn the_three_formats_say_the_same() {
    let toml = "[sources.oci.app]\nreference = \"r/app:1\"\ninsecure_http = true\n";
    let yaml = "sources:\n  oci:\n    app:\n      reference: r/app:1\n      insecure_http: true\nserver:\n";
    let json = r#"{"sources": {"oci": {"app": {"reference": "r/app:1", "insecure_http": true}}}}"#;
    for (name, text) in [("glu.toml", toml), ("glu.yaml", yaml), ("glu.yml", yaml), ("glu.json", json)] {
        let project = Project::new(name, text);
        let loaded = project.load();
        let app = &loaded.settings.oci["app"];
        assert_eq!((app.reference.as_str(), app.insecure_http), ("r/app:1", true), "{name}");
        assert_eq!(app.base, project.root(), "{name}");
        assert_eq!(loaded.file, Some(project.root().join(name)));
    }
}

#[test]
fn without_a_file_the_enclosing_repository_is_the_source() {
    let project = Project::new("README.md", "").repository(Some("https://example.com/x"));
    let deep = project.root().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    let loaded = load(&deep, &BTreeMap::new()).unwrap();
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.root, project.root());
    let expected =
        GitSettings { path: Some(project.root().to_owned()), remote: Some(origin()), default_branch: None };
    assert_eq!(loaded.settings.git, BTreeMap::from([("default".to_owned(), expected)]));
}

#[test]
fn a_repository_without_a_remote_is_the_truth_itself() {
    let project = Project::new("glu.toml", "").repository(None);
    assert_eq!(project.load().settings.git["default"].remote, None);
}

#[test]
fn a_git_source_without_a_place_is_the_enclosing_repository() {
    let text =
        "[credentials.forge]\naccess_token = \"t\"\n[sources.git.default.remote]\ncredential = \"forge\"\n";
    let project = Project::new("glu.toml", text).repository(Some("https://example.com/x"));
    let git = &project.load().settings.git["default"];
    assert_eq!(git.path.as_deref(), Some(project.root()));
    let credential = Some(Credential::AccessToken(Secret::new("t")));
    assert_eq!(git.remote, Some(Remote { credential, ..origin() }));

    let alone = Project::new("glu.toml", "[sources.git.app]\n");
    let problems = alone.problems();
    assert!(
        problems[0].starts_with("glu.toml:1: `sources.git.app` needs `path` or `remote.url`"),
        "{problems:?}"
    );
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let text = "cache = \"c\"\n[sources.git.app]\npath = \"../app\"\nremote.ca_cert_path = \"/etc/ca.pem\"\n\
                [credentials.key.ssh]\nprivate_key_path = \"k\"\n";
    let project = Project::new("glu.toml", text);
    let deep = project.root().join("deep");
    std::fs::create_dir(&deep).unwrap();
    let loaded = load(&deep, &BTreeMap::new()).unwrap();
    assert_eq!(loaded.settings.cache, project.root().join("c"));
    assert_eq!(loaded.settings.git["app"].path, Some(project.root().join("../app")));
    assert_eq!(
        loaded.settings.git["app"].remote.clone().unwrap().ca_cert_path,
        Some(PathBuf::from("/etc/ca.pem"))
    );
}

#[test]
fn the_cache_follows_the_desktop_convention() {
    let home = Project::new("glu.toml", "").variable("HOME", "/home/me");
    assert_eq!(home.load().settings.cache, Path::new("/home/me/.cache/glu"));
    let xdg = home.variable("XDG_CACHE_HOME", "/var/caches");
    assert_eq!(xdg.load().settings.cache, Path::new("/var/caches/glu"));
}

#[test]
fn every_type_of_credential_is_resolved() {
    let text = r#"
        [credentials.basic]
        type = "basic"
        basic = { username = "u", password = "p" }
        [credentials.ssh]
        type = "ssh"
        ssh = { user = "git", private_key_path = "/k", insecure_ignore_host_key = true }
        [credentials.app]
        type = "github_app"
        github_app = { app_id = 1, installation_id = 2, private_key_bytes = "pem" }
        [credentials.docker]
        type = "docker_local"
        [credentials.untyped]
        access_token = "t"
    "#;
    let names = ["basic", "ssh", "app", "docker", "untyped"];
    let sources: String = names
        .iter()
        .map(|name| format!("[sources.oci.{name}]\nreference = \"r/a\"\ncredential = \"{name}\"\n"))
        .collect();
    let loaded = Project::new("glu.toml", &format!("{text}\n{sources}")).load();
    let credential = |name: &str| loaded.settings.oci[name].credential.clone().unwrap();
    assert_eq!(
        credential("basic"),
        Credential::Basic { username: "u".to_owned(), password: Secret::new("p") }
    );
    let ssh = Credential::Ssh {
        user: Some("git".to_owned()),
        key: Some(PrivateKey::Path(PathBuf::from("/k"))),
        password: None,
        insecure_ignore_host_key: true,
    };
    assert_eq!(credential("ssh"), ssh);
    let app =
        Credential::GithubApp { app_id: 1, installation_id: 2, key: PrivateKey::Text(Secret::new("pem")) };
    assert_eq!(credential("app"), app);
    assert_eq!(credential("docker"), Credential::DockerLocal);
    assert_eq!(credential("untyped"), Credential::AccessToken(Secret::new("t")));
}

#[test]
fn every_mistake_is_reported_in_one_run() {
    let text = r#"
cache = 3
[sources.git.app]
path = "."
remot.url = "https://example.com"
[sources.oci.app]
credential = "registri"
[credentials.registry]
type = "basic"
basic = { username = "u" }
[server]
port = 70000
protocol = "gopher"
[extra]
"#;
    let project = Project::new("glu.toml", text)
        .variable("GLU_METRICS_ENABLED", "maybe")
        .variable("GLU_SERVER_PROT", "1");
    let mut problems = project.problems();
    problems.sort();
    let expected = [
        "GLU_METRICS_ENABLED: expected `true` or `false` for `metrics.enabled`",
        "GLU_SERVER_PROT: no key has this name; did you mean `GLU_SERVER_PORT`?",
        "glu.toml:12: `server.port` is the number 70000, expected a whole number up to 65535",
        "glu.toml:13: `server.protocol`: `gopher` is none of `http`, `https`",
        "glu.toml:14: unknown key `extra`; known here: `cache`, `commit`, `credentials`, `history`, `ledger`, `log`, `metrics`, `notifications`, `program`, `server`, \
         `sources`",
        "glu.toml:2: `cache` is the number 3, expected a path as a string",
        "glu.toml:5: unknown key `sources.git.app.remot`; did you mean `sources.git.app.remote`?",
        "glu.toml:6: `sources.oci.app.reference` is missing",
        "glu.toml:7: `sources.oci.app.credential` names the unknown credential `registri`; did you mean `registry`? known: `registry`",
        "glu.toml:8: `credentials.registry.basic.password` is missing",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn a_misspelt_key_is_not_reported_as_missing_too() {
    let project = Project::new("glu.toml", "[sources.oci.app]\nreferense = \"r/a\"\n");
    assert_eq!(
        project.problems(),
        ["glu.toml:2: unknown key `sources.oci.app.referense`; did you mean `sources.oci.app.reference`?"]
    );
}

#[test]
fn a_text_that_does_not_parse_names_its_file() {
    for (name, text) in
        [("glu.toml", "[a\n"), ("glu.yaml", "a: [\n"), ("glu.json", "{"), ("glu.yaml", "- list\n")]
    {
        let project = Project::new(name, text);
        let error = load(project.root(), &BTreeMap::new()).unwrap_err();
        assert!(matches!(&error, ConfigError::Parse { .. }) && error.to_string().contains(name), "{error}");
    }
}

#[test]
fn variables_set_keys_of_every_kind() {
    let project = Project::new("glu.toml", "[sources.git.Check-Out]\npath = \".\"\n")
        .variable("GLU_SOURCES_GIT_CHECK_OUT_REMOTE_URL", "https://example.com/x")
        .variable("GLU_SOURCES_GIT_CHECK_OUT_REMOTE_INSECURE_SKIP_TLS", "true")
        .variable("GLU_SOURCES_OCI_NEW_APP_REFERENCE", "r/new")
        .variable("GLU_SERVER_PORT", "9000")
        .variable("GLU_SERVER_HOST", "")
        .variable("GLU_CACHE", "/c")
        .variable("GLU_IN_AUTOMATION", "1")
        .variable("GLU_PROGRAM", "anything")
        .variable("GLU_SOMETHING_ELSE", "x");
    let loaded = project.load();
    let remote = loaded.settings.git["Check-Out"].remote.clone().unwrap();
    assert_eq!((remote.url.as_deref(), remote.insecure_skip_tls), (Some("https://example.com/x"), true));
    assert_eq!(loaded.settings.oci["new_app"].reference, "r/new");
    assert_eq!(loaded.config.server.port, Some(9000));
    assert_eq!(loaded.config.server.host, None);
    assert_eq!(loaded.settings.cache, Path::new("/c"));
}

#[test]
fn a_variable_that_fits_twice_goes_to_the_name_that_exists() {
    // `x` with `remote.ca_cert_path`, or `x_remote_ca_cert` with `path`: both readings are keys.
    let variable = "GLU_SOURCES_GIT_X_REMOTE_CA_CERT_PATH";
    let existing = Project::new("glu.toml", "[sources.git.x-remote-ca-cert]\n").variable(variable, "/p");
    let git = existing.load().settings.git;
    assert_eq!(git.keys().collect::<Vec<_>>(), ["x-remote-ca-cert"]);
    assert_eq!(git["x-remote-ca-cert"].path.as_deref(), Some(Path::new("/p")));

    let fresh = Project::new("glu.toml", "").repository(None).variable(variable, "/p");
    let git = fresh.load().settings.git;
    assert_eq!(git.keys().collect::<Vec<_>>(), ["x"]);
    assert_eq!(git["x"].remote.clone().unwrap().ca_cert_path.as_deref(), Some(Path::new("/p")));

    let twice = Project::new("glu.toml", "[credentials.a-b]\n[credentials.a_b]\n")
        .variable("GLU_CREDENTIALS_A_B_TYPE", "ssh");
    assert!(twice.problems()[0].contains("`credentials.a-b`, `credentials.a_b`"), "{:?}", twice.problems());
}

#[test]
fn proposals_have_a_credential_of_their_own() {
    let project = Project::new("glu.toml", "[credentials.c]\naccess_token = \"t\"\n")
        .repository(None)
        .variable("GLU_SOURCES_GIT_X_PROPOSALS_CREDENTIAL", "c");
    let forge = project.load().settings.forges["x"].clone();
    assert_eq!(forge.credential, Some(Credential::AccessToken(Secret::new("t"))));
    assert_eq!((forge.kind, forge.url), (None, None));
}

#[test]
fn a_forge_has_a_kind_and_an_address_and_tokens_come_from_the_usual_variables() {
    let text = "[sources.git.x]\npath = \".\"\nproposals = { type = \"gitea\", url = \"https://git.example.com/api\" }\n";
    let project = Project::new("glu.toml", text)
        .repository(None)
        .variable("GITEA_TOKEN", " t\n")
        .variable("GH_TOKEN", "")
        .variable("OTHER_TOKEN", "o");
    let settings = project.load().settings;
    let forge = &settings.forges["x"];
    assert_eq!(forge.kind, Some(glu_core::forge::Kind::Gitea));
    assert_eq!(forge.url.as_deref(), Some("https://git.example.com/api"));
    assert_eq!(settings.tokens, [("GITEA_TOKEN".to_owned(), Secret::new("t"))].into());
    let wrong = Project::new("glu.toml", "[sources.git.x]\npath = \".\"\nproposals.type = \"gitee\"\n");
    assert!(wrong.problems()[0].contains("`gitea`"), "{:?}", wrong.problems());
}

#[test]
fn a_problem_with_a_variables_value_names_the_variable() {
    let project = Project::new("glu.toml", "[sources.oci.app]\nreference = \"r/a\"\n")
        .variable("GLU_SOURCES_OCI_APP_CREDENTIAL", "nobody");
    assert_eq!(
        project.problems(),
        [
            "GLU_SOURCES_OCI_APP_CREDENTIAL: `sources.oci.app.credential` names the unknown credential `nobody`; none are configured"
        ]
    );
}

#[test]
fn an_author_is_whole_or_absent() {
    let text = "[commit]\nname = \"n\"\nemail = \"e\"\n";
    let author = Author { name: "n".to_owned(), email: "e".to_owned() };
    assert_eq!(Project::new("glu.toml", text).load().settings.author, Some(author));
    assert_eq!(
        Project::new("glu.toml", "[commit]\nname = \"n\"\n").problems(),
        ["glu.toml:1: `commit.email` is missing"]
    );
}

#[test]
fn secrets_are_shown_nowhere() {
    let text = "[credentials.a]\naccess_token = \"hush\"\n[credentials.b]\nbasic = { username = \"u\", password = \"hush\" }\n\
                [credentials.c]\nssh = { password = \"hush\", private_key_bytes = \"hush\" }\n\
                [sources.oci.x]\nreference = \"r/x\"\ncredential = \"b\"\n";
    let shown = format!("{:?}", Project::new("glu.toml", text).load());
    assert!(!shown.contains("hush"), "{shown}");
    let broken = Project::new("glu.toml", "[credentials.a]\naccess_token = \"hush\n");
    let message = load(broken.root(), &BTreeMap::new()).unwrap_err().to_string();
    assert!(message.contains("line 2") && !message.contains("hush"), "{message}");
    let misplaced = Project::new(
        "glu.toml",
        "[credentials.a]\ntype = \"hush\"\n[credentials.b.basic]\npassword = 1\nhush_ = \"hush\"\n",
    );
    assert!(
        misplaced
            .problems()
            .iter()
            .all(|problem| !problem.contains("\"hush\"") && !problem.contains("`hush`"))
    );
}

#[test]
fn a_launcher_reads_the_program_section_alone() {
    let project = Project::new("glu.toml", "[from-the-future]\nx = 1\n[program]\npackage = \"delivery\"\n");
    let environment = BTreeMap::from([
        ("GLU_PROGRAM_BINARY".to_owned(), "bin/x".to_owned()),
        ("GLU_SERVER_X".to_owned(), "1".to_owned()),
    ]);
    let place = program(project.root(), &environment).unwrap();
    assert_eq!(place.package, Some(project.root().join("delivery")));
    assert_eq!(place.binary, Some(project.root().join("bin/x")));
    let wrong = Project::new("glu.toml", "[program]\npackge = \"delivery\"\n");
    assert!(program(wrong.root(), &BTreeMap::new()).is_err());
}

#[test]
fn the_reference_loads() {
    let project = Project::new("glu.toml", REFERENCE);
    let loaded = project.load();
    assert_eq!(loaded.settings.oci["app"].reference, "ghcr.io/acme/app:latest");
}

#[test]
fn the_reference_holds_every_key_and_no_other() {
    let written = lines::of_keys(REFERENCE);
    for key in KEYS {
        let pattern: Vec<&str> = key.path.split('.').collect();
        let there = written.keys().any(|path| {
            let path: Vec<&str> = path.split('.').collect();
            path.len() == pattern.len()
                && path.iter().zip(&pattern).all(|(have, want)| have == want || *want == "*")
        });
        assert!(there, "{}", key.path);
    }
}

#[test]
fn the_types_have_every_key_and_no_other() {
    let mut value = Value::Null;
    for key in KEYS {
        let leaf = match key.kind {
            Kind::Text | Kind::Path => Value::from("x"),
            Kind::Boolean => Value::from(true),
            Kind::Number(_) => Value::from(1),
            Kind::OneOf(words) => Value::from(words[0]),
            Kind::List => Value::from(vec!["x"]),
            Kind::ListOf(words) => Value::from(vec![words[0]]),
        };
        let mut current = &mut value;
        for segment in key.path.split('.') {
            current = &mut current[segment];
        }
        *current = leaf;
    }
    // Unknown keys are refused by the types; a field that no key in the table fills would still be `None`.
    let config = Config::from_value(value).unwrap();
    assert!(!format!("{config:?}").contains("None"), "{config:#?}");
}

#[test]
fn the_ledger_is_on_a_ref_unless_something_else_is_said() {
    let git = |source: Option<&str>, reference: &str| LedgerSettings::Git {
        source: source.map(ToOwned::to_owned),
        reference: reference.to_owned(),
    };
    let load = |text: &str| Project::new("glu.toml", text).repository(None).load().settings.ledger;
    assert_eq!(load(""), git(None, "refs/glu/ledger"));
    assert_eq!(load("[ledger.git]\nref = \"glu-ledger\""), git(None, "glu-ledger"));
    let source = "[sources.git.app]\npath = \".\"\n[ledger.git]\nsource = \"app\"";
    assert_eq!(load(source), git(Some("app"), "refs/glu/ledger"));
    assert_eq!(load("[ledger]\ntype = \"memory\""), LedgerSettings::Memory);
    let project = Project::new("glu.toml", "[ledger.file]\npath = \"l.jsonl\"").repository(None);
    assert_eq!(project.load().settings.ledger, LedgerSettings::File { path: project.root().join("l.jsonl") });
}

#[test]
fn without_a_git_source_the_ledger_is_a_file_of_the_project() {
    let project = Project::new("glu.toml", "").variable("HOME", "/home/me");
    let file = |project: &Project| match project.load().settings.ledger {
        LedgerSettings::File { path } => path.to_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    let at_home = file(&project);
    assert!(at_home.starts_with("/home/me/.local/state/glu/ledger/"), "{at_home}");
    assert_ne!(at_home, file(&Project::new("glu.toml", "").variable("HOME", "/home/me")));
    let elsewhere = file(&project.variable("XDG_STATE_HOME", "/state"));
    assert_eq!(elsewhere, at_home.replace("/home/me/.local/state", "/state"));
    let homeless = Project::new("glu.toml", "");
    assert_eq!(file(&homeless), homeless.root().join(".glu/ledger.jsonl").to_str().unwrap());
}

#[test]
fn notifications_are_resolved_with_their_secrets_from_variables() {
    let text = "[notifications.team]\ntype = \"slack\"\nevents = [\"held\", \"failed\"]\n\
                [notifications.audit]\ntype = \"webhook\"\nsecret = \"hush\"\nheaders = [\"X-A: hush\"]\n\
                [notifications.pager]\ntype = \"command\"\ncommand = [\"./page.sh\", \"a, b\"]\nphases = []\n";
    let project = Project::new("glu.toml", text)
        .variable("GLU_NOTIFICATIONS_TEAM_URL", "https://hooks.example.com/hush")
        .variable("GLU_NOTIFICATIONS_TEAM_PHASES", "shop/production, staging")
        .variable("GLU_NOTIFICATIONS_AUDIT_URL", "https://hush.example.com/")
        .variable("GLU_NOTIFICATIONS_PAGER_COMMAND", r#"["./page.sh", "a, c"]"#);
    let loaded = project.load();
    let team = TargetSettings {
        kind: TargetKind::Slack { url: Secret::new("https://hooks.example.com/hush") },
        events: Some([Event::Held, Event::Failed].into()),
        phases: Some(vec!["shop/production".to_owned(), "staging".to_owned()]),
    };
    let audit = TargetSettings {
        kind: TargetKind::Webhook {
            url: Secret::new("https://hush.example.com/"),
            secret: Some(Secret::new("hush")),
            headers: vec![Secret::new("X-A: hush")],
        },
        events: None,
        phases: None,
    };
    let arguments = vec!["./page.sh".to_owned(), "a, c".to_owned()];
    let pager = TargetSettings {
        kind: TargetKind::Command { arguments, directory: project.root().to_owned() },
        events: None,
        phases: Some(Vec::new()),
    };
    let expected = [("team", team), ("audit", audit), ("pager", pager)];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(name, target)| (name.to_owned(), target)).collect();
    assert_eq!(loaded.settings.notifications, expected);
    assert!(!format!("{loaded:?}").contains("hush"));
}

#[test]
fn notifications_that_make_no_sense_are_refused_without_showing_secrets() {
    let text = "[notifications.a]\nurl = \"https://hush.example.com\"\n\
                [notifications.b]\ntype = \"slack\"\nurl = \"hush\"\n\
                [notifications.c]\ntype = \"webhook\"\nurl = \"https://hush.example.com\"\nsecret = \"whsec_hush!\"\n\
                [notifications.d]\ntype = \"webhook\"\nurl = \"https://hush.example.com\"\nheaders = [\"hush\"]\n\
                [notifications.e]\ntype = \"webhook\"\nurl = \"https://hush.example.com\"\nheaders = [\"Webhook-Id: hush\"]\n\
                [notifications.f]\ntype = \"command\"\ncommand = []\nurl = \"hush\"\n\
                [notifications.g]\ntype = \"slack\"\nurl = \"https://hush.example.com\"\nevents = [\"hush\"]\n";
    let problems = Project::new("glu.toml", text).variable("GLU_NOTIFICATIONS_G_PHASES", "[hush").problems();
    assert_eq!(
        problems,
        [
            "GLU_NOTIFICATIONS_G_PHASES: expected a list of strings for `notifications.g.phases`",
            "glu.toml:1: `notifications.a.type` is missing",
            "glu.toml:5: `notifications.b.url`: it is no address that begins with `https://` or `http://`",
            "glu.toml:9: `notifications.c.secret`: what stands after `whsec_` is not base64 with padding",
            "glu.toml:13: `notifications.d.headers`: a header is written `Name: value`",
            "glu.toml:17: `notifications.e.headers`: `webhook-id` is not to be set",
            "glu.toml:20: `notifications.f.command`: it names no program",
            "glu.toml:21: `notifications.f.url` means nothing for this type of notification",
            "glu.toml:25: `notifications.g.events` is a list of something else, expected a list of `promoted`, `proposed`, \
             `held`, `failed`, `rolled_back`, `approval_needed`",
        ]
    );
}

#[test]
fn a_ledger_that_makes_no_sense_is_refused() {
    let problems = |text: &str| Project::new("glu.toml", text).repository(None).problems();
    assert_eq!(
        problems("[ledger.git]\nsource = \"defualt\""),
        [
            "glu.toml:2: `ledger.git.source` names the unknown git source `defualt`; did you mean `default`? known: `default`"
        ]
    );
    assert_eq!(
        problems("[ledger.git]\nref = \"x\"\n[ledger.file]\npath = \"y\""),
        ["glu.toml:1: `ledger` has keys of both `git` and `file`; keep one, or set `ledger.type`"]
    );
    for wrong in ["HEAD", "refs/heads/", "refs/a..b", "a b", "-x", "refs/", "x*"] {
        assert_eq!(
            problems(&format!("[ledger.git]\nref = \"{wrong}\"")),
            [format!(
                "glu.toml:2: `ledger.git.ref` is {wrong:?}, which is neither a branch nor the full name of a ref"
            )]
        );
    }
}

#[test]
fn what_newcomers_write_is_answered_with_what_they_meant() {
    let text = r#"[sources.git.env]
path = "."
proposals = { type = "gitthub", url = "git.example.com/api" }
[credentials.app.github_app]
app_id = "Iv1.0123456789abcdef"
installation_id = 2
private_key_bytes = "k"
[credentials.forge]
type = "ghp_0123456789abcdef0123456789abcdef0123"
"#;
    let project = Project::new("glu.toml", text)
        .repository(None)
        .variable("GLU_CREDENTIALS_FORGE_TOKEN", "t")
        .variable("GLU_CREDENTIALS_OTHER_GITHUB_APP_APP_ID", "Iv1.0123456789abcdef")
        .variable("GLU_LEDGER_TYPE", "gti");
    let mut problems = project.problems();
    problems.sort();
    let kinds = "`github`, `gitlab`, `gitea`, `forgejo`, `bitbucket`, `bitbucket_data_center`, `azure`";
    let app = "it is the App's number, which GitHub's settings of the App call \"App ID\", right beside the client ID";
    let expected = [
        "GLU_CREDENTIALS_FORGE_TOKEN: no key has this name; did you mean `GLU_CREDENTIALS_FORGE_ACCESS_TOKEN`?".to_owned(),
        format!("GLU_CREDENTIALS_OTHER_GITHUB_APP_APP_ID: expected a whole number for `credentials.other.github_app.app_id`; {app}"),
        "GLU_LEDGER_TYPE: `ledger.type`: `gti` is none of `git`, `file`, `memory`; did you mean `git`?".to_owned(),
        format!("glu.toml:3: `sources.git.env.proposals.type`: `gitthub` is none of {kinds}; did you mean `github`?"),
        "glu.toml:3: `sources.git.env.proposals.url` is no address of an API, which begins with `https://`".to_owned(),
        format!("glu.toml:5: `credentials.app.github_app.app_id` is a string, expected a whole number; {app}"),
        "glu.toml:9: `credentials.forge.type` is another string, expected one of `basic`, `ssh`, `access_token`, `github_app`, `docker_local`".to_owned(),
    ];
    assert_eq!(problems, expected);
}
