//! Promotions of what a real registry holds.

use glu_tests::server::docker_registry::{DockerRegistry, Pushed};
use glu_tests::site::{Site, manifest_of};
use serde_json::json;

const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");
const PASSWORD: &str = "s3crets3cret";
/// `reader` with that password, by `htpasswd -nbB`.
const READER: &str = "reader:$2y$05$8NGmX3lM48HhV5sICVPQy.OeLbzdxeQl5HGL0fqjNC50QXAJMvNES";
/// `reader:s3crets3cret`, by coreutils' base64.
const ENCODED: &str = "cmVhZGVyOnMzY3JldHMzY3JldA==";

/// A site that follows the tag `latest` in a registry.
fn follow(site: &Site, registry: &DockerRegistry, credential: &str) {
    site.configure(
        "[sources.git.environments]\nremote.url = \"served/app.git\"\n",
        &format!("[sources.oci.app]\nreference = \"{}/org/app:latest\"\n{credential}\n", registry.host()),
    );
}

fn site() -> Site {
    let site = Site::new();
    site.deploy(&format!("sha256:{}", "a".repeat(64)));
    site
}

fn push(registry: &DockerRegistry, version: &str) -> Pushed {
    registry.push_image("org/app", "latest", &json!({ "org.opencontainers.image.version": version }))
}

/// Expects that a phase has an image, in both places where its manifest says it.
#[track_caller]
fn expect_image(site: &Site, phase: &str, registry: &DockerRegistry, image: &Pushed) {
    let text = site.remote().read(&manifest_of(phase));
    assert!(text.contains(&format!("image: {}/org/app@{}", registry.host(), image.digest)), "{text}");
    assert!(text.contains(&format!("value: \"{}\"", image.digest)), "{text}");
}

#[test]
fn a_tag_that_moves_is_promoted_again() {
    let site = site();
    let storage = site.path().join("storage");
    let registry = DockerRegistry::start(&storage);
    follow(&site, &registry, "");
    let first = push(&registry, "1");
    site.program(GITOPS).run("promote --yes staging").success();
    expect_image(&site, "staging", &registry, &first);
    assert!(site.program(GITOPS).run("promote --yes staging").success().contains("up to date"));

    let second = push(&registry, "2");
    assert_ne!(first.digest, second.digest);
    site.program(GITOPS).run("plan --exit-code").exit(5);
    site.program(GITOPS).run("promote --yes production").success();
    site.program(GITOPS).run("promote --yes staging").success();
    expect_image(&site, "staging", &registry, &second);
    expect_image(&site, "production", &registry, &first);
}

#[test]
fn a_saved_plan_sees_that_a_tag_has_moved() {
    let site = site();
    let registry = DockerRegistry::start(&site.path().join("storage"));
    follow(&site, &registry, "");
    push(&registry, "1");
    site.program(GITOPS).run("plan --out plan.json staging").success();
    push(&registry, "2");
    let before = site.remote().log();
    let ran = site.program(GITOPS).run("promote --plan plan.json");
    ran.exit(4);
    assert!(ran.text().contains("gitops-example/app"), "{ran:?}");
    assert_eq!(site.remote().log(), before);
}

#[test]
fn a_password_is_taken_from_the_configuration_or_from_docker() {
    let site = site();
    let storage = site.path().join("storage");
    let image = push(&DockerRegistry::start(&storage), "1");
    let passwords = site.path().join("passwords");
    std::fs::write(&passwords, READER).unwrap();
    let auth = json!({ "htpasswd": { "realm": "test", "path": passwords } });
    let registry = DockerRegistry::start_with(&storage, &json!({}), &auth);

    follow(&site, &registry, "");
    let ran = site.program(GITOPS).run("promote --yes staging");
    ran.exit(1);
    assert!(
        ran.text().contains("refused anonymous access") && ran.text().contains("docker login"),
        "{ran:?}"
    );

    let credential = |password: &str| {
        format!(
            "credential = \"hub\"\n[credentials.hub.basic]\nusername = \"reader\"\npassword = \"{password}\""
        )
    };
    follow(&site, &registry, &credential("wr0ngwr0ng"));
    let ran = site.program(GITOPS).run("promote --yes staging");
    ran.exit(1);
    assert!(ran.text().contains("refused the user `reader`") && !ran.text().contains("wr0ng"), "{ran:?}");

    follow(&site, &registry, &credential(PASSWORD));
    let ran = site.program(GITOPS).run("promote --yes staging");
    ran.success();
    expect_image(&site, "staging", &registry, &image);
    assert!(!ran.text().contains(PASSWORD) && !ran.text().contains(ENCODED), "{ran:?}");

    follow(&site, &registry, "");
    let docker = json!({ "auths": { registry.host(): { "auth": ENCODED } } });
    std::fs::create_dir_all(site.path().join("home/.docker")).unwrap();
    std::fs::write(site.path().join("home/.docker/config.json"), docker.to_string()).unwrap();
    let ran = site.program(GITOPS).run("promote --yes --all");
    ran.success();
    expect_image(&site, "production", &registry, &image);
    assert!(!ran.text().contains(ENCODED), "{ran:?}");
}

#[test]
fn a_registry_that_is_down_ends_the_run() {
    let site = site();
    let registry = DockerRegistry::start(&site.path().join("storage"));
    push(&registry, "1");
    follow(&site, &registry, "");
    let host = registry.host();
    drop(registry);
    let before = site.remote().log();
    for verb in ["promote --yes staging", "plan staging", "diff staging", "status"] {
        let ran = site.program(GITOPS).run(verb);
        ran.exit(1);
        assert!(ran.text().contains(&host) && ran.text().contains("Connection refused"), "{ran:?}");
    }
    assert_eq!(site.remote().log(), before);
}
