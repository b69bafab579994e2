//! The way to a cluster: who it believes, whom it knows, and what it says when there is no answer.

use std::time::Duration;

use glu::core::gate::Verdict;
use glu::core::gate::check::{Deployment, Kubernetes, deployment};
use glu::core::ledger::Sample;
use serde_json::{Value, json};

use crate::asked::{ERROR, MISTAKE, expect, expect_no_data, sample};
use glu_tests::server::api_server::{ApiServer, NOBODY, READER};
use glu_tests::server::certificates;

pub fn rolled_out(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "generation": 1},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
    })
}

fn server() -> ApiServer {
    let server = ApiServer::start();
    server.put(rolled_out("app"));
    server
}

fn by(kubeconfig: impl Into<std::path::PathBuf>) -> Kubernetes<Deployment> {
    deployment("app").kubeconfig(kubeconfig)
}

fn tell(sample: &Sample) -> String {
    format!("{sample:?}")
}

#[test]
fn a_token_opens_and_is_shown_nowhere() {
    let server = server();
    let passed = sample(&by(server.kubeconfig(&format!("token: {READER}"))));
    expect(&passed, Verdict::Pass, "2 of 2 replicas are available");
    assert_eq!(passed.evidence["cluster"], "context `test`");
    assert_eq!(passed.evidence["resource"], "Deployment shop/app");
    let path = "/apis/apps/v1/namespaces/shop/deployments/app".to_owned();
    let host = format!("localhost:{}", server.port());
    assert_eq!(server.asked(), [("reader".to_owned(), host, path)]);

    let file = server.home().join("token");
    std::fs::write(&file, format!("{READER}\n")).unwrap();
    let kubeconfig = server.kubeconfig("token: stale, tokenFile: token");
    expect(&sample(&by(&kubeconfig)), Verdict::Pass, "");
    std::fs::write(&file, "another-s3cret").unwrap();
    let refused = sample(&by(&kubeconfig));
    expect(
        &refused,
        ERROR,
        "context `test` does not know us (401): Unauthorized; the token or certificate is missing",
    );
    assert!(!tell(&refused).contains("s3cret"));
}

#[test]
fn a_client_certificate_opens() {
    let server = server();
    let client = server.client();
    let (certificate, key) = (client.certificate.display(), client.key.display());
    let kubeconfig = server.kubeconfig(&format!("client-certificate: '{certificate}', client-key: '{key}'"));
    expect(&sample(&by(kubeconfig)), Verdict::Pass, "");
    let encode = |path| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(std::fs::read(path).unwrap())
    };
    let (certificate, key) = (encode(&client.certificate), encode(&client.key));
    let user = format!("client-certificate-data: {certificate}, client-key-data: {key}");
    expect(&sample(&by(server.kubeconfig(&user))), Verdict::Pass, "");
    assert!(server.asked().iter().all(|(user, ..)| user == "grace"), "{:?}", server.asked());

    // A certificate that another authority has signed.
    let stranger = certificates::authority(server.home(), "stranger");
    let client = certificates::client(server.home(), &stranger, "mallory", "readers");
    let (certificate, key) = (client.certificate.display(), client.key.display());
    let kubeconfig = server.kubeconfig(&format!("client-certificate: '{certificate}', client-key: '{key}'"));
    expect(&sample(&by(kubeconfig)), ERROR, "cannot be reached");
    expect(&sample(&by(server.kubeconfig(""))), ERROR, "does not know us (401)");
}

#[test]
fn a_plugin_gives_a_token() {
    let server = server();
    let script = format!(r#"echo '{{\"status\": {{\"token\": \"{READER}\"}}}}'"#);
    let user = |script: &str| {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Never, args: ['-c', \"{script}\"]}}"
        )
    };
    let passed = sample(&by(server.kubeconfig(&user(&script))));
    expect(&passed, Verdict::Pass, "");
    assert!(!tell(&passed).contains(READER));
    let failed = sample(&by(server.kubeconfig(&user("echo 'sign in first' >&2; exit 1"))));
    expect(&failed, ERROR, "context `test`: the plugin `sh` ended with 1: sign in first");
}

#[test]
fn only_the_authority_that_is_named_is_believed() {
    let server = server();
    let user = format!("token: {READER}");
    let stranger = certificates::authority(server.home(), "other");
    let cluster = format!(
        "server: '{}', certificate-authority: '{}'",
        server.address(),
        stranger.certificate.display()
    );
    let refused = sample(&by(server.kubeconfig_with(&cluster, &user)));
    expect(&refused, ERROR, "`certificate-authority` has to be the one that signed");
    assert!(server.asked().is_empty(), "the token went to who was not believed");
    let machine = format!("server: '{}'", server.address());
    expect(&sample(&by(server.kubeconfig_with(&machine, &user))), ERROR, "UnknownIssuer");
    let careless = format!("server: '{}', insecure-skip-tls-verify: true", server.address());
    expect(&sample(&by(server.kubeconfig_with(&careless, &user))), Verdict::Pass, "");
}

#[test]
fn a_certificate_may_be_for_another_name_than_the_address() {
    let server = server();
    let authority = server.authority().certificate.display();
    let cluster =
        format!("server: 'https://127.0.0.1:{}', certificate-authority: '{authority}'", server.port());
    let user = format!("token: {READER}");
    expect(&sample(&by(server.kubeconfig_with(&cluster, &user))), ERROR, "`tls-server-name` may say");
    let named = format!("{cluster}, tls-server-name: localhost");
    expect(&sample(&by(server.kubeconfig_with(&named, &user))), Verdict::Pass, "");
    // It is still addressed by its own address.
    assert_eq!(server.asked().last().unwrap().1, format!("127.0.0.1:{}", server.port()));
    let other = format!("{cluster}, tls-server-name: example.com");
    expect(&sample(&by(server.kubeconfig_with(&other, &user))), ERROR, "not valid for name");
    // Addressed by a name that nobody resolves but us.
    let cluster = format!(
        "server: 'https://localhost:{}/', certificate-authority: '{authority}', tls-server-name: localhost",
        server.port()
    );
    expect(&sample(&by(server.kubeconfig_with(&cluster, &user))), Verdict::Pass, "");
}

#[test]
fn what_is_forbidden_or_absent_says_the_way_out() {
    let server = server();
    let forbidden = sample(&by(server.kubeconfig(&format!("token: {NOBODY}"))));
    expect(
        &forbidden,
        ERROR,
        "forbids it (403): \"app\" is forbidden: User \"nobody\" cannot get resource; grant `get`",
    );
    let echo = deployment("echo").kubeconfig(server.kubeconfig(&format!("token: {NOBODY}")));
    expect(&sample(&echo), ERROR, "cannot get resource with ***");
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    let absent = deployment("other").kubeconfig(&kubeconfig);
    expect_no_data(&sample(&absent), "there is no Deployment `other` in namespace `shop` in context `test`");
    let elsewhere = deployment("app").namespace("elsewhere").kubeconfig(&kubeconfig);
    expect_no_data(&sample(&elsewhere), "in namespace `elsewhere`");
    let no_api = glu::core::gate::check::argo_rollout("app").kubeconfig(&kubeconfig);
    expect(&sample(&no_api), ERROR, "context `test` knows no `rollouts.argoproj.io`; is the controller");
    let context = by(&kubeconfig).context("production");
    expect(&sample(&context), ERROR, "there is no context `production`");
    expect(&sample(&by(server.home().join("absent"))), ERROR, "cannot use the kubeconfig");
}

#[test]
fn no_name_leads_elsewhere() {
    let server = server();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    let at = |name: &str| deployment(name).kubeconfig(&kubeconfig);
    expect(&sample(&at("../../secrets/x")), MISTAKE, "cannot be the name of a resource");
    expect(&sample(&at("{image}")), MISTAKE, "cannot be the name of a resource");
    expect(&sample(&at("x").namespace("a/b")), MISTAKE, "cannot be the name of a namespace");
    expect(&sample(&at("{nothing}")), MISTAKE, "no placeholder");
    assert!(server.asked().is_empty());
    server.put(rolled_out("shop-staging"));
    expect(&sample(&at("{pipeline}-{phase}")), Verdict::Pass, "");
}

#[test]
fn who_does_not_answer_is_an_error() {
    let server = server();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    server.mute();
    let slow = by(&kubeconfig).timeout(Duration::from_millis(300));
    expect(&sample(&slow), ERROR, "did not answer within 0.3 s");
    let dead = format!("server: 'https://localhost:{}'", glu_tests::server::free_port());
    expect(
        &sample(&by(server.kubeconfig_with(&dead, "token: t0ken"))),
        ERROR,
        "context `test` cannot be reached",
    );
    let plain = server.kubeconfig_with("server: 'http://cluster.example.com'", "token: s3cret");
    let refused = sample(&by(plain));
    expect(&refused, ERROR, "is not encrypted");
    assert!(!tell(&refused).contains("s3cret"));
}

/// Runs itself once more, in an environment of its own.
#[test]
fn the_variable_kubeconfig_names_several_files() {
    const INNER: &str = "GLU_TESTS_KUBECONFIG";
    if std::env::var_os(INNER).is_some() {
        let passed = sample(&deployment("app"));
        expect(&passed, Verdict::Pass, "rolled out");
        assert_eq!(passed.evidence["cluster"], "context `theirs`");
        return;
    }
    let server = server();
    let write = |name: &str, text: String| {
        let path = server.home().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let authority = server.authority().certificate.file_name().unwrap().to_str().unwrap();
    let cluster = format!("{{server: '{}', certificate-authority: {authority}}}", server.address());
    let files = [
        write("users", format!("users: [{{name: u, user: {{token: {READER}}}}}]\n")),
        server.home().join("absent"),
        write("clusters", format!("current-context: theirs\nclusters: [{{name: c, cluster: {cluster}}}]\n")),
        write(
            "contexts",
            "contexts: [{name: theirs, context: {cluster: c, user: u, namespace: shop}}]\n".to_owned(),
        ),
    ];
    let name = "kubernetes::access::the_variable_kubeconfig_names_several_files";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("KUBECONFIG", std::env::join_paths(files).unwrap())
        .env(INNER, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
