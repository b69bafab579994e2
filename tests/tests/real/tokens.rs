//! Whole lives with tokens that nobody can mistake, and everything that they leave behind looked through: streams, files, caches, commits, the ledger,
//! the arguments and variables of children.
//!
//! Two kinds of variables may carry a secret. `GIT_CONFIG_VALUE_n` has git's header for the one remote, since arguments are for everybody to
//! read and files stay; it is gone with the process. What a user has put into glu's own environment is inherited by children, as credential
//! helpers need it; nothing here does so but where a test says it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use glu::testing::Hosted;
use glu::testing::forge::github::{APP, GitHubServer, TOKEN};
use glu::testing::forge::server::{Fault, Reply, Request, Server};
use glu_tests::program::{Program, Ran};
use glu_tests::server::http_git::HttpGit;
use glu_tests::site::{Site, executable, git};

const PROPOSING: &str = env!("CARGO_BIN_EXE_proposing");
const HOOK: &str = "h00k-0f-the-team-31415926";
const SIGNING: &str = "c2lnbmluZy1rZXktMjcxODI4MTgyOA==";
const HEADER: &str = "h3ader/0f+the team=16180339";
const WRONG: &str = "ghp_wr0ngwr0ngwr0ngwr0ngwr0ngwr0ngwr0ngw";

/// A site whose remote is behind nginx, with a forge in memory, and somebody who is told.
struct Stage {
    site: Site,
    http: HttpGit,
    forge: Arc<Hosted>,
    github: GitHubServer,
    told: Server,
    seen: tempfile::TempDir,
    said: String,
}

impl Stage {
    fn new() -> Self {
        let site = Site::new();
        site.deploy(&site.publish("1"));
        let http = HttpGit::start(site.path(), "x-access-token", TOKEN);
        let forge = Hosted::new("served/app", site.remote());
        let github = GitHubServer::start(forge.clone());
        // Echoes whatever it gets, as proxies in a bad mood do.
        let told = Server::start(|request| match request.path.contains("broken") {
            true => echo(500, request),
            false => Reply::status(204),
        });
        let seen = tempfile::tempdir().unwrap();
        let stage = Self { site, http, forge, github, told, seen, said: String::new() };
        stage.watch_git();
        stage.watch_pushes();
        stage.configure(TOKEN, "", "fine");
        stage
    }

    /// With a token for git, more credentials, and a way to be told that is fine or broken.
    fn configure(&self, token: &str, more: &str, way: &str) {
        let credential = if more.is_empty() { "" } else { "proposals.credential = \"app\"\n" };
        let git = format!(
            "[sources.git.environments]\nproposals.type = \"github\"\nproposals.url = \"{api}\"\n{credential}\n\
             [sources.git.environments.remote]\nurl = \"{url}\"\ncredential = \"forge\"\n\n\
             [credentials.forge]\naccess_token = \"{token}\"\n{more}\n\
             [notifications.team]\ntype = \"webhook\"\nurl = \"{told}/{way}/{HOOK}?key={HOOK}\"\nsecret = \"whsec_{SIGNING}\"\nheaders = [\"X-Key: {HEADER}\"]\n",
            api = self.github.api(),
            url = self.http.url("served/app.git"),
            told = self.told.url(),
        );
        self.site.configure(
            &git,
            "[sources.oci.app]\nreference = \"oci:images:latest\"\nname = \"registry.example/app\"\n",
        );
    }

    /// A git before all others that writes down its arguments and its variables.
    fn watch_git(&self) {
        let real = glu_tests::server::find("git", "git");
        let seen = self.seen.path().display();
        executable(
            &self.site.path().join("bin/git"),
            &format!(
                "printf '%s\\n' \"$*\" >> {seen}/arguments\nenv >> {seen}/variables\nexec {} \"$@\"\n",
                real.display()
            ),
        );
    }

    /// While the server thinks about a push, its client's processes are all there.
    fn watch_pushes(&self) {
        let seen = self.seen.path().display();
        self.site.hook(
            "pre-receive",
            &format!("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >> {seen}/processes\nexit 0\n"),
        );
    }

    fn program(&self) -> Program {
        let temporary = self.site.path().join("tmp");
        fs::create_dir_all(&temporary).unwrap();
        self.site
            .program(PROPOSING)
            .path_first(&self.site.path().join("bin"))
            .environment("TMPDIR", temporary.to_str().unwrap())
    }

    /// The same as a job of a CI system, with files for summaries and outputs.
    fn job(&self) -> Program {
        let file = |name: &str| self.site.path().join(name).to_str().unwrap().to_owned();
        self.program()
            .environment("GITHUB_ACTIONS", "true")
            // The repository is a source too, so that the source's credential signs in.
            .environment("GITHUB_SERVER_URL", self.http.url(""))
            .environment("GITHUB_REPOSITORY", "served/app")
            .environment("GITHUB_REF", "refs/pull/1/merge")
            .environment("GITHUB_API_URL", self.github.api())
            .environment("GITHUB_STEP_SUMMARY", file("summary.md"))
            .environment("GITHUB_OUTPUT", file("output"))
    }

    fn run(&mut self, program: &Program, arguments: &str) -> Ran {
        let ran = program.run(arguments);
        writeln!(self.said, "$ {arguments}\n{}", ran.text()).unwrap();
        ran
    }

    /// Expects that none of the secrets is anywhere, in any form. Gives what children's arguments were.
    #[track_caller]
    fn expect_hidden(&self, secrets: &[&str]) -> String {
        let forms = forms(secrets);
        let hidden = |place: &str, content: &[u8]| {
            let content = String::from_utf8_lossy(content);
            for form in &forms {
                assert!(!content.contains(form.as_str()), "{place} shows {form}:\n{content}");
            }
        };
        hidden("what was said", self.said.as_bytes());
        let mut kinds = BTreeSet::new();
        for path in files(self.site.path()) {
            // Where users have written them.
            if path.ends_with("glu.toml") || path.ends_with("app-key.pem") {
                continue;
            }
            kinds.extend(path.strip_prefix(self.site.path()).unwrap().iter().next().map(ToOwned::to_owned));
            hidden(&path.display().to_string(), &fs::read(&path).unwrap());
        }
        for place in ["cache", "served", "summary.md", "output", "plan.json", "plan.md", "plan.env"] {
            assert!(kinds.contains(std::ffi::OsStr::new(place)), "there is no {place}: {kinds:?}");
        }
        // Objects are compressed: all of them, of all repositories.
        let repositories = repositories(self.site.path());
        assert!(repositories.len() >= 2, "{repositories:?}");
        for repository in repositories {
            let objects = git(
                &repository,
                &[
                    "cat-file",
                    "--batch-all-objects",
                    "--batch-check=%(objectname) %(objecttype)",
                    "--unordered",
                ],
            );
            assert!(objects.lines().count() > 5, "{}", repository.display());
            for object in objects.lines() {
                let (name, kind) = object.split_once(' ').unwrap();
                hidden(
                    &format!("{kind} {name} in {}", repository.display()),
                    git(&repository, &["cat-file", "-p", name]).as_bytes(),
                );
            }
            hidden("its configuration", git(&repository, &["config", "--list", "--show-origin"]).as_bytes());
            hidden("its refs", git(&repository, &["for-each-ref"]).as_bytes());
        }
        let ledger = git(self.site.remote().path(), &["for-each-ref", "refs/glu"]);
        assert!(ledger.contains("refs/glu/ledger"), "{ledger}");
        // Children.
        let read = |name: &str| fs::read_to_string(self.seen.path().join(name)).unwrap();
        let (arguments, processes) = (read("arguments"), read("processes"));
        assert!(processes.contains("push") && processes.contains("remote-http"), "{processes}");
        hidden("an argument list", arguments.as_bytes());
        hidden("an argument list", processes.as_bytes());
        for variable in read("variables").lines() {
            if !variable.starts_with("GIT_CONFIG_VALUE_") {
                hidden("a variable of git", variable.as_bytes());
            }
        }
        arguments
    }
}

#[test]
fn a_whole_life_leaves_no_token_behind() {
    let mut stage = Stage::new();
    let (program, job) = (stage.program(), stage.job());
    let doctor = stage.run(&program, "doctor");
    assert!(doctor.out.contains("environments"), "{}", doctor.text());
    stage.site.publish("2");
    stage.run(&program, "plan --out plan.json").success();
    stage.run(&program, "promote --yes staging").success();
    stage.run(&program, "promote --yes production").success();
    assert_eq!(stage.forge.open_numbers(), [1]);
    assert!(stage.told.requests().len() >= 2);
    stage.run(&program, "pin staging --reason audit").success();
    stage.site.publish("3");
    stage.run(&job, "plan --comment --summary plan.md --output-env plan.env").success();
    let comments = stage.forge.proposal(1).comments;
    assert_eq!(comments.len(), 1, "{}", stage.said);
    for verb in ["status -o json", "history staging", "explain production", "ledger -o json", "diff -o json"]
    {
        stage.run(&job, verb).success();
    }
    // All that the forge was told, the header aside.
    for request in stage.github.server().requests() {
        let told = format!("{}{:?}{}", request.path, request.query, String::from_utf8_lossy(&request.body));
        assert!(!told.contains(TOKEN), "{told}");
    }
    let arguments = stage.expect_hidden(&[TOKEN, HOOK, SIGNING, HEADER]);
    assert!(arguments.contains("fetch") && arguments.contains("push"), "{arguments}");
    let variables = fs::read_to_string(stage.seen.path().join("variables")).unwrap();
    // What is allowed happens: the test would see a token.
    let pair = STANDARD.encode(format!("x-access-token:{TOKEN}"));
    assert!(variables.contains(&pair), "{variables}");
}

#[test]
fn what_goes_wrong_shows_no_token_either() {
    let mut stage = Stage::new();
    let (program, job) = (stage.program(), stage.job());
    stage.site.publish("2");
    stage.run(&program, "promote --yes staging").success();
    stage.run(&program, "promote --yes production").success();
    stage.run(&program, "plan --out plan.json").success();
    stage.run(&program, "pin staging --reason audit").success();
    stage.run(&program, "unpin staging --reason audited").success();
    stage.run(&job, "plan --comment --summary plan.md --output-env plan.env").success();

    // A server that says back what it was told, in its words and in its headers.
    let server = stage.github.server();
    let echoes: &[(u16, &str)] = &[
        (401, "www-authenticate"),
        (403, "x-accepted-github-permissions"),
        (404, "x-accepted-github-permissions"),
        (422, "x-debug"),
        (500, "x-debug"),
    ];
    let mut wrong = Vec::new();
    for (status, header) in echoes {
        let (status, header) = (*status, *header);
        let words = serde_json::json!({"message": format!("Bearer {TOKEN} is {TOKEN}"), "errors": [TOKEN]});
        let reply = Reply::json(status, &words).header(header, format!("contents={TOKEN}"));
        server.inject(Fault::next(|_| true, reply).times(4));
        wrong.push(format!("{status} {header}"));
        let ran = job.run("plan --comment");
        stage.said.push_str(&ran.text());
        assert!(ran.err.contains("***") || status == 500, "{wrong:?} {}", ran.text());
        drain(server, &stage.github);
    }
    // Redirects to a place with the token in it.
    for place in ["http://elsewhere.invalid/", "/api/v3/somewhere/"] {
        let reply = Reply::status(302).header("location", format!("{place}{TOKEN}/x?access_token={TOKEN}"));
        server.inject(Fault::next(|_| true, reply).times(8));
        let ran = job.run("plan --comment");
        stage.said.push_str(&ran.text());
        drain(server, &stage.github);
    }
    // Whoever is told is broken, and says so at length.
    stage.configure(TOKEN, "", "broken");
    stage.site.publish("3");
    let ran = stage.run(&program, "promote --yes staging");
    assert!(ran.err.contains("notif") || ran.err.contains("team"), "{}", ran.text());
    // A token that is not good, for git and for the forge.
    stage.configure(WRONG, "", "fine");
    for verb in ["plan", "promote --yes staging", "status", "doctor"] {
        let ran = stage.run(&program, verb);
        assert_ne!(ran.code(), Some(0), "{}", ran.text());
    }
    stage.expect_hidden(&[TOKEN, WRONG, HOOK, SIGNING, HEADER]);
}

#[test]
fn the_key_of_an_app_and_the_tokens_that_it_gets_are_nowhere() {
    let mut stage = Stage::new();
    let key = stage.site.path().join("app-key.pem");
    glu_tests::server::run(
        "openssl",
        "openssl",
        &["genrsa", "-traditional", "-out", key.to_str().unwrap(), "2048"],
    );
    let (app, installation) = APP;
    let more = format!(
        "\n[credentials.app.github_app]\napp_id = {app}\ninstallation_id = {installation}\nprivate_key_path = \"{}\"\n",
        key.display()
    );
    stage.configure(TOKEN, &more, "fine");
    let (program, job) = (stage.program(), stage.job());
    stage.site.publish("2");
    stage.run(&program, "plan --out plan.json").success();
    stage.run(&program, "promote --yes staging").success();
    stage.run(&program, "promote --yes production").success();
    stage.run(&program, "pin staging --reason audit").success();
    stage.run(&job, "plan --comment --summary plan.md --output-env plan.env").success();
    assert_eq!(stage.forge.open_numbers(), [1]);
    // The next process gets the next one.
    let given = stage
        .github
        .server()
        .requests()
        .iter()
        .filter(|asked| asked.path.ends_with("/access_tokens"))
        .count();
    assert!(given > 0, "{}", stage.said);
    let token = format!("ghs_{:036}", given + 1);
    let reply = Reply::json(403, &serde_json::json!({"message": format!("no {token}")}));
    stage.github.server().inject(Fault::next(|request| request.path.contains("/comments"), reply).times(2));
    let ran = stage.run(&job, "plan --comment");
    assert!(ran.err.contains("no ***"), "{}", ran.text());
    let text = fs::read_to_string(&key).unwrap();
    let line = text.lines().nth(3).unwrap();
    stage.expect_hidden(&[TOKEN, line, "ghs_0000000000000000"]);
}

/// Uses up what is left of faults, so that the next run meets its own.
fn drain(server: &Server, _github: &GitHubServer) {
    let address = server.url();
    for _ in 0..8 {
        let _ = ureq::get(format!("{address}/drain")).call();
    }
}

/// An answer with everything in it that was sent.
fn echo(status: u16, request: &Request) -> Reply {
    let all = format!(
        "{} {:?} {:?} {}",
        request.path,
        request.query,
        request.headers,
        String::from_utf8_lossy(&request.body)
    );
    let header: String = request.headers.get("x-key").cloned().unwrap_or_default();
    Reply::text(status, "text/plain", all).header("x-echo", header)
}

/// Secrets as they are, and as somebody may have written them: in base64, in percent signs, backwards.
fn forms(secrets: &[&str]) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for secret in secrets {
        forms.insert((*secret).to_owned());
        forms.insert(secret.chars().rev().collect());
        forms.insert(secret.bytes().map(|byte| format!("%{byte:02X}")).collect());
        let percent = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        forms.insert(secret.bytes().map(percent).collect());
        forms.insert(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
        for user in ["", "x-access-token:", "oauth2:", ":"] {
            forms.insert(STANDARD.encode(format!("{user}{secret}")));
        }
        forms.insert(URL_SAFE_NO_PAD.encode(secret));
        // In the midst of something longer: without what the neighbours have a part in.
        for before in ["", "x", "xx"] {
            let whole = STANDARD.encode(format!("{before}{secret}"));
            let inner: String = whole.chars().skip(4).take(whole.len().saturating_sub(8)).collect();
            forms.insert(inner);
        }
    }
    forms
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| !path.is_symlink() || path.exists())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// Every git repository below a directory.
fn repositories(directory: &Path) -> Vec<PathBuf> {
    if directory.join("HEAD").is_file() && directory.join("objects").is_dir() {
        return vec![directory.to_owned()];
    }
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).flat_map(|path| repositories(&path)).collect()
}
