//! Git over real servers: HTTP with passwords, HTTPS with a certificate of our own, ssh with keys.

use std::path::{Path, PathBuf};

use glu::core::credential::{Credential, PrivateKey, Secret};
use glu::core::process::Process;
use glu::core::settings::{GitSettings, Remote};
use glu::core::source::git::{CommitId, GitError, GitProblem, Push, RefUpdate, Repository, Signature};
use glu::core::tree::FileChange;

use glu_tests::server::http_git::HttpGit;
use glu_tests::server::sshd::Sshd;

/// A directory with a bare repository `app.git`, one commit on `main`.
struct Served {
    directory: tempfile::TempDir,
}

impl Served {
    fn new() -> Self {
        let served = Self { directory: tempfile::tempdir().unwrap() };
        let root = served.root();
        std::fs::create_dir_all(&root).unwrap();
        git(&root, &["init", "-q", "--bare", "-b", "main", "app.git"]);
        let blob = git(&served.repository(), &["hash-object", "-w", "--stdin"]);
        let tree = served.pipe(&["mktree"], &format!("100644 blob {}\tapp.yaml\n", blob.trim()));
        let commit = served.pipe(&["commit-tree", tree.trim(), "-m", "first"], "");
        git(&served.repository(), &["update-ref", "refs/heads/main", commit.trim()]);
        served
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("served")
    }

    fn repository(&self) -> PathBuf {
        self.root().join("app.git")
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    fn pipe(&self, arguments: &[&str], input: &str) -> String {
        run(client(&self.repository(), arguments).input(input))
    }

    fn open(&self, remote: Remote) -> Repository {
        let settings = GitSettings { path: None, remote: Some(remote), default_branch: None };
        Repository::open("app", &settings, &self.cache()).unwrap()
    }
}

fn client(directory: &Path, arguments: &[&str]) -> Process {
    ["AUTHOR", "COMMITTER"]
        .iter()
        .fold(Process::new("git", "tests", "install git"), |process, role| {
            process
                .environment(format!("GIT_{role}_NAME"), "Somebody")
                .environment(format!("GIT_{role}_EMAIL"), "somebody@example.com")
        })
        .directory(directory)
        .arguments(arguments.iter().copied())
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    run(client(directory, arguments))
}

fn run(process: Process) -> String {
    let finished = process.run().unwrap();
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    String::from_utf8(finished.stdout).unwrap()
}

fn remote(url: &str, credential: Option<Credential>) -> Remote {
    Remote {
        name: "origin".to_owned(),
        url: Some(url.to_owned()),
        credential,
        ca_cert_path: None,
        insecure_skip_tls: false,
    }
}

fn password(password: &str) -> Option<Credential> {
    Some(Credential::Basic { username: "jane".to_owned(), password: Secret::new(password) })
}

fn key(key: PrivateKey, password: Option<&str>) -> Option<Credential> {
    Some(Credential::Ssh {
        user: None,
        key: Some(key),
        password: password.map(Secret::new),
        insecure_ignore_host_key: true,
    })
}

/// Fetches, commits, pushes, and sees it arrive.
fn round_trip(served: &Served, repository: &Repository) {
    assert_eq!(repository.default_branch().unwrap(), "main");
    let _lock = repository.lock().unwrap();
    let tips = repository.fetch(&["main", "nope"]).unwrap();
    assert_eq!(tips["nope"], None);
    let tip = tips["main"].clone().unwrap();
    let change = FileChange { path: "new.yaml".to_owned(), before: None, after: Some(b"new\n".to_vec()) };
    let time = "2026-11-16T08:00:00Z".parse().unwrap();
    let glu = Signature { name: "Glu".to_owned(), email: "glu@example.com".to_owned(), time };
    let new = repository.commit(&tip, &[change], "app: move", &glu, &glu).unwrap();
    let update = |branch: &str, expected| RefUpdate { branch: branch.to_owned(), expected, new: new.clone() };
    let pushed = repository.push(&[update("main", Some(tip)), update("other", None)]).unwrap();
    assert_eq!(pushed, Push::Done);
    for branch in ["main", "other"] {
        let arrived = git(&served.repository(), &["rev-parse", branch]);
        assert_eq!(CommitId::parse(arrived.trim()), Some(new.clone()));
    }
}

fn refusal(repository: &Repository) -> GitError {
    repository.fetch(&["main"]).unwrap_err()
}

#[test]
fn a_password_reads_and_writes_over_http() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "jane", "s3cret/ä");
    round_trip(&served, &served.open(remote(&server.url("app.git"), password("s3cret/ä"))));
}

#[test]
fn a_password_in_the_url_is_used_and_not_kept() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "jane", "hunter2");
    let url = server.url("app.git").replace("://", "://jane:hunter2@");
    let repository = served.open(remote(&url, None));
    round_trip(&served, &repository);
    let clone = std::fs::read_dir(served.cache().join("git")).unwrap().next().unwrap().unwrap().path();
    let configuration = std::fs::read_to_string(clone.join("config")).unwrap();
    assert!(configuration.contains("app.git") && !configuration.contains("hunter2"), "{configuration}");
}

#[test]
fn a_token_is_a_password_without_a_name() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "x-access-token", "t0ken");
    let token = Some(Credential::AccessToken(Secret::new("t0ken")));
    round_trip(&served, &served.open(remote(&server.url("app.git"), token)));
}

#[test]
fn a_checkouts_own_header_gives_way_to_the_configured_credential() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "jane", "s3cret");
    let checkout = served.directory.path().join("checkout");
    git(served.directory.path(), &["clone", "-q", served.repository().to_str().unwrap(), "checkout"]);
    let url = server.url("app.git");
    git(&checkout, &["remote", "set-url", "origin", &url]);
    let host = url.trim_end_matches("app.git");
    for scope in [host, &url] {
        git(
            &checkout,
            &["config", &format!("http.{scope}.extraheader"), "AUTHORIZATION: basic d3Jvbmc6d3Jvbmc="],
        );
    }
    let open = |credential| {
        let remote = Remote { url: None, ..remote(&url, credential) };
        let settings =
            GitSettings { path: Some(checkout.clone()), remote: Some(remote), default_branch: None };
        Repository::open("app", &settings, &served.cache()).unwrap()
    };
    refusal(&open(None));
    round_trip(&served, &open(password("s3cret")));
}

#[test]
fn a_refused_password_is_told_by_its_owner_and_not_shown() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "jane", "right");
    let error = refusal(&served.open(remote(&server.url("app.git"), password("wr0ng"))));
    let message = error.to_string();
    assert!(matches!(*error.problem, GitProblem::AuthenticationFailed { .. }), "{message}");
    assert!(
        message.contains("with the password of user `jane`") && message.contains(&server.url("app.git")),
        "{message}"
    );
    assert!(!format!("{message}{error:?}").contains("wr0ng"));
    let message = refusal(&served.open(remote(&server.url("app.git"), None))).to_string();
    assert!(message.contains("signing in failed without a configured credential"), "{message}");
}

#[test]
fn no_argument_list_on_the_machine_shows_a_secret() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "jane", "hunter2");
    let seen = served.directory.path().join("seen");
    // While the server thinks about the push, its client's processes are all there.
    let hook =
        format!("#!/bin/sh\ncat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > '{}'\n", seen.display());
    let file = served.repository().join("hooks/pre-receive");
    std::fs::write(&file, hook).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (url, credential) in [
        (server.url("app.git"), password("hunter2")),
        (server.url("app.git").replace("://", "://jane:hunter2@"), None),
    ] {
        let repository = served.open(remote(&url, credential));
        let tip = repository.fetch(&["main"]).unwrap()["main"].clone().unwrap();
        let branch = format!("branch-{}", url.len());
        let update = RefUpdate { branch, expected: None, new: tip };
        assert_eq!(repository.push(&[update]).unwrap(), Push::Done);
        let seen = std::fs::read_to_string(&seen).unwrap();
        assert!(seen.contains("push --porcelain") && seen.contains("remote-http"), "{seen}");
        assert!(!seen.contains("hunter2") && !seen.contains("amFuZTpodW50ZXIy"), "{seen}");
    }
}

#[test]
fn a_repository_that_is_not_there_is_told_from_a_refusal() {
    let served = Served::new();
    let server = HttpGit::start(&served.root(), "jane", "right");
    let error = refusal(&served.open(remote(&server.url("nope.git"), password("right"))));
    assert!(matches!(*error.problem, GitProblem::RepositoryNotFound { .. }), "{error}");
    let url = server.url("app.git");
    drop(server);
    let error = refusal(&served.open(remote(&url, password("right"))));
    assert!(matches!(*error.problem, GitProblem::Unreachable { .. }), "{error}");
}

#[test]
fn a_certificate_must_be_trusted() {
    let served = Served::new();
    let server = HttpGit::start_tls(&served.root(), "jane", "s3cret");
    let strict = remote(&server.url("app.git"), password("s3cret"));
    let error = refusal(&served.open(strict.clone()));
    assert!(matches!(*error.problem, GitProblem::Tls { .. }), "{error}");
    let lax = Remote { insecure_skip_tls: true, ..strict.clone() };
    assert!(served.open(lax).fetch(&["main"]).unwrap()["main"].is_some());
    let trusting = Remote { ca_cert_path: Some(server.certificate()), ..strict };
    round_trip(&served, &served.open(trusting));
}

#[test]
fn a_key_in_a_file_reads_and_writes_over_ssh() {
    let served = Served::new();
    let server = Sshd::start(None);
    let credential = key(PrivateKey::Path(server.client_key()), None);
    round_trip(&served, &served.open(remote(&server.url(&served.repository()), credential)));
}

#[test]
fn a_key_as_text_leaves_nothing_behind() {
    let served = Served::new();
    let server = Sshd::start(None);
    let text = std::fs::read_to_string(server.client_key()).unwrap().trim().replace('\n', "\r\n");
    let credential = key(PrivateKey::Text(Secret::new(text)), None);
    round_trip(&served, &served.open(remote(&server.url(&served.repository()), credential)));
    assert_eq!(std::fs::read_dir(served.cache().join("ssh")).unwrap().count(), 0);
}

#[test]
fn a_passphrase_unlocks_a_key() {
    let served = Served::new();
    let server = Sshd::start(Some("open sesame 'n \"such"));
    let url = server.url(&served.repository());
    let with = |passphrase| served.open(remote(&url, key(PrivateKey::Path(server.client_key()), passphrase)));
    round_trip(&served, &with(Some("open sesame 'n \"such")));
    for passphrase in [Some("wrong"), None] {
        let error = refusal(&with(passphrase));
        assert!(matches!(*error.problem, GitProblem::AuthenticationFailed { .. }), "{error}");
        assert!(error.to_string().contains(server.client_key().to_str().unwrap()), "{error}");
    }
}

#[test]
fn an_unknown_host_key_is_refused_and_no_passphrase_is_told_to_it() {
    let served = Served::new();
    let server = Sshd::start(Some("secret"));
    for password in [Some(Secret::new("secret")), None] {
        let credential = Credential::Ssh {
            user: None,
            key: Some(PrivateKey::Path(server.client_key())),
            password,
            insecure_ignore_host_key: false,
        };
        let error = refusal(&served.open(remote(&server.url(&served.repository()), Some(credential))));
        assert!(matches!(*error.problem, GitProblem::HostKey { .. }), "{error}");
    }
}

#[test]
fn a_key_of_somebody_else_is_refused() {
    let served = Served::new();
    let (server, other) = (Sshd::start(None), Sshd::start(None));
    let credential = key(PrivateKey::Path(other.client_key()), None);
    let error = refusal(&served.open(remote(&server.url(&served.repository()), credential.clone())));
    assert!(matches!(*error.problem, GitProblem::AuthenticationFailed { .. }), "{error}");
    let nowhere = refusal(&served.open(remote(&other.url(Path::new("/nowhere.git")), credential)));
    assert!(matches!(*nowhere.problem, GitProblem::RepositoryNotFound { .. }), "{nowhere}");
}
