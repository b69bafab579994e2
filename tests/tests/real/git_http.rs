//! Promotions to a remote behind nginx, which asks for a password.

use glu::testing::Hosted;
use glu::testing::forge::github::{APP, GitHubServer};
use glu::testing::forge::server::{Fault, Reply};
use glu_tests::secrets::{argument_lists, expect_hidden, whole_promotion};
use glu_tests::server::http_git::HttpGit;
use glu_tests::site::{Site, deployment, manifest_of};

const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");
const PASSWORD: &str = "hunter2hunter2";

/// A site with something to promote, and the digest that is to arrive.
fn site() -> (Site, String) {
    let site = Site::new();
    site.deploy(&site.publish("1"));
    let new = site.publish("2");
    (site, new)
}

fn basic(password: &str) -> String {
    format!("[credentials.forge.basic]\nusername = \"jane\"\npassword = \"{password}\"\n")
}

const NAMED: &str = "credential = \"forge\"";

/// `jane:hunter2hunter2`, by coreutils' base64.
const ENCODED: &str = "amFuZTpodW50ZXIyaHVudGVyMg==";

#[test]
fn a_password_in_the_configuration_promotes_and_shows_nowhere() {
    let (site, new) = site();
    let server = HttpGit::start(&site.served(), "jane", PASSWORD);
    site.configure_remote(&server.url("app.git"), NAMED, &basic(PASSWORD));
    let (promoted, text) = whole_promotion(&site, &site.program(GITOPS));
    promoted.success();
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
    let arguments = argument_lists(&site);
    assert!(arguments.contains("push --porcelain") && arguments.contains("remote-http"), "{arguments}");
    expect_hidden(&site, &[PASSWORD, ENCODED], &[&site.path().join("glu.toml")], &text);
}

#[test]
fn variables_alone_promote_and_show_nowhere() {
    let (site, new) = site();
    let server = HttpGit::start(&site.served(), "jane", PASSWORD);
    site.configure("", "");
    std::fs::remove_file(site.path().join("glu.toml")).unwrap();
    let program = site
        .program(GITOPS)
        .environment("GLU_CACHE", "cache")
        .environment("GLU_COMMIT_NAME", "glu")
        .environment("GLU_COMMIT_EMAIL", "glu@example.com")
        .environment("GLU_SOURCES_OCI_APP_REFERENCE", "oci:images:latest")
        .environment("GLU_SOURCES_OCI_APP_NAME", glu_tests::site::IMAGE)
        .environment("GLU_SOURCES_GIT_ENVIRONMENTS_REMOTE_URL", server.url("app.git"))
        .environment("GLU_SOURCES_GIT_ENVIRONMENTS_REMOTE_CREDENTIAL", "forge")
        .environment("GLU_CREDENTIALS_FORGE_BASIC_USERNAME", "jane")
        .environment("GLU_CREDENTIALS_FORGE_BASIC_PASSWORD", PASSWORD);
    let (promoted, text) = whole_promotion(&site, &program);
    promoted.success();
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
    expect_hidden(&site, &[PASSWORD, ENCODED], &[], &text);
}

#[test]
fn a_password_in_the_address_promotes_and_shows_nowhere() {
    let (site, new) = site();
    let server = HttpGit::start(&site.served(), "jane", PASSWORD);
    let url = server.url("app.git").replace("://", &format!("://jane:{PASSWORD}@"));
    site.configure_remote(&url, "", "");
    let (promoted, text) = whole_promotion(&site, &site.program(GITOPS));
    promoted.success();
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
    expect_hidden(&site, &[PASSWORD, ENCODED], &[&site.path().join("glu.toml")], &text);
}

#[test]
fn a_token_promotes_over_tls_with_an_authority_of_our_own() {
    let (site, new) = site();
    let server = HttpGit::start_tls(&site.served(), "x-access-token", PASSWORD);
    let token = format!("[credentials.forge]\naccess_token = \"{PASSWORD}\"\n");
    let url = server.url("app.git");
    site.configure_remote(&url, NAMED, &token);
    let untrusted = site.program(GITOPS).run("promote --yes staging");
    untrusted.exit(1);
    assert!(untrusted.text().contains("certificate was not accepted"), "{untrusted:?}");
    let authority = format!("{NAMED}\nca_cert_path = \"{}\"", server.certificate().display());
    site.configure_remote(&url, &authority, &token);
    let (promoted, text) = whole_promotion(&site, &site.program(GITOPS));
    promoted.success();
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
    // `x-access-token:hunter2hunter2`
    let encoded = "eC1hY2Nlc3MtdG9rZW46aHVudGVyMmh1bnRlcjI=";
    expect_hidden(&site, &[PASSWORD, encoded], &[&site.path().join("glu.toml")], &text);
}

#[test]
fn a_wrong_or_missing_password_ends_the_run_and_is_not_shown() {
    let (site, _) = site();
    let server = HttpGit::start(&site.served(), "jane", PASSWORD);
    let before = site.remote().log();
    let url = server.url("app.git");
    for (credential, rest, said) in [
        (NAMED, basic("wr0ngwr0ng"), "with the password of user `jane`"),
        ("", String::new(), "without a configured credential"),
    ] {
        site.configure_remote(&url, credential, &rest);
        let ran = site.program(GITOPS).run("promote --yes staging");
        ran.exit(1);
        let text = ran.text();
        assert!(text.contains("signing in failed") && text.contains(said) && text.contains(&url), "{text}");
        assert!(!text.contains("wr0ng"), "{text}");
    }
    site.configure_remote(&url, "credential = \"forgge\"", &basic(PASSWORD));
    let ran = site.program(GITOPS).run("promote --yes staging");
    ran.exit(2);
    assert!(ran.err.contains("did you mean `forge`?") && !ran.err.contains(PASSWORD), "{ran:?}");
    assert_eq!(site.remote().log(), before);
}

#[test]
fn a_server_that_is_down_ends_the_run() {
    let (site, _) = site();
    let server = HttpGit::start(&site.served(), "jane", PASSWORD);
    site.configure_remote(&server.url("app.git"), NAMED, &basic(PASSWORD));
    drop(server);
    let ran = site.program(GITOPS).run("promote --yes staging");
    ran.exit(1);
    assert!(ran.text().contains("the remote cannot be reached"), "{ran:?}");
}

/// What GitHub for tests gives an App the first time, the second time and so on.
fn token(number: usize) -> String {
    format!("ghs_{number:036}")
}

#[test]
fn an_app_signs_in_to_git_with_tokens_of_its_own_and_they_show_nowhere() {
    let (site, new) = site();
    let github = GitHubServer::start(Hosted::new("acme/app", site.remote()));
    let server = HttpGit::start(&site.served(), "x-access-token", &token(1));
    let key = site.path().join("key.pem");
    glu_tests::server::run(
        "openssl",
        "openssl",
        &["genrsa", "-traditional", "-out", key.to_str().unwrap(), "2048"],
    );
    let rest = format!(
        "[sources.git.environments.proposals]\nurl = \"{}\"\n\
         [credentials.forge.github_app]\napp_id = {}\ninstallation_id = {}\nprivate_key_path = \"key.pem\"\n",
        github.api(),
        APP.0,
        APP.1
    );
    site.configure_remote(&server.url("app.git"), NAMED, &rest);
    let program = site.program(GITOPS);
    let verbs = ["doctor", "pin --reason wait production", "unpin --reason go production", "history staging"];
    let mut text = String::new();
    for (index, verb) in verbs.iter().enumerate() {
        // Each run asks for one token, whatever it does with git, the ledger included.
        server.admit("x-access-token", &token(index + 1));
        let ran = program.run(verb);
        text.push_str(&ran.text());
        ran.success();
    }
    server.admit("x-access-token", &token(verbs.len() + 1));
    let seen = site.path().join("seen");
    site.hook(
        "pre-receive",
        &format!("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > {}\nexit 0\n", seen.display()),
    );
    let promoted = program.run("promote --yes staging");
    text.push_str(&promoted.text());
    promoted.success();
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
    let asked = github.server().requests();
    assert_eq!(asked.len(), verbs.len() + 1);
    assert!(asked.iter().all(|request| request.path.ends_with("/access_tokens")), "{asked:?}");
    let arguments = argument_lists(&site);
    assert!(arguments.contains("push --porcelain") && arguments.contains("remote-http"), "{arguments}");
    let tokens: Vec<String> = (1..=asked.len()).map(token).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    expect_hidden(&site, &tokens, &[], &text);

    // A token that is not taken is told as what it is.
    server.admit("x-access-token", "another");
    let refused = program.run("status").text();
    assert!(refused.contains("signing in failed as a GitHub App"), "{refused}");
    // So is an App that gets none.
    github.server().inject(
        Fault::next(|_| true, Reply::json(403, &serde_json::json!({"message": "suspended"}))).times(10),
    );
    let refused = program.run("status").text();
    assert!(
        refused.contains("there is no token to sign in with") && refused.contains("suspended"),
        "{refused}"
    );
}
