//! Notifications by whole programs: over many looks of one process, and without a trace of what is secret.

use glu_tests::program::{Running, wait_until};
use glu_tests::secrets::expect_hidden;
use glu_tests::server::scripted::{Answer, ScriptedServer};
use glu_tests::site::{Site, manifest_of};

const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");

/// A site that tells a server, and what more there is to configure.
fn telling(more: &str) -> Site {
    let site = Site::new();
    let target = format!("[notifications.team]\ntype = \"webhook\"\nphases = [\"staging\"]\n{more}");
    site.configure_remote("served/app.git", "", &target);
    let digest = site.publish("1");
    site.deploy(&digest);
    site
}

#[test]
fn a_process_that_looks_again_and_again_remembers_without_a_ledger() {
    let site = telling("[ledger]\ntype = \"memory\"\n");
    let server = ScriptedServer::start(|_, _| Answer::new(200, ""));
    let address = format!("http://{}/", server.host());
    let manifest = manifest_of("staging");
    site.remote().commit("Break it", [(manifest.as_str(), "spec: [")]);
    let program = site.program(GITOPS).environment("GLU_NOTIFICATIONS_TEAM_URL", address);
    let mut running = program.start("run --interval 1s");
    let looks = |running: &Running| {
        let out = running.out();
        out.lines()
            .filter(|line| line.starts_with("gitops-example/staging") && line.contains("failed"))
            .count()
    };
    wait_until("three looks find it broken", || looks(&running) >= 3);
    assert_eq!(server.asked().len(), 1);
    site.remote().commit("Break it otherwise", [(manifest.as_str(), "spec: {}\n")]);
    wait_until("the other failure is told", || server.asked().len() == 2);
    let before = looks(&running);
    wait_until("three more looks find it broken", || looks(&running) >= before + 3);
    assert_eq!(server.asked().len(), 2);
    running.kill();
    let ran = running.wait();
    assert!(ran.err.is_empty(), "{}", ran.text());
}

#[test]
fn nothing_secret_is_in_arguments_outputs_commits_or_caches() {
    let (token, key) = ("T0KEN-0f-the-team", "wh-s1gning-s3cret");
    let listing = "cat /proc/[0-9]*/cmdline | tr '\\\\0' ' ' > seen";
    let site = telling(&format!(
        "[notifications.lister]\ntype = \"command\"\ncommand = [\"sh\", \"-c\", \"{listing}\"]\n"
    ));
    let server = ScriptedServer::start(|number, asked| match number {
        0 => Answer::new(200, ""),
        _ => Answer::new(400, format!("cannot POST {} with {:?}", asked.target, asked.headers)),
    });
    let program = site
        .program(GITOPS)
        .environment("GLU_NOTIFICATIONS_TEAM_URL", format!("http://{}/{token}", server.host()))
        .environment("GLU_NOTIFICATIONS_TEAM_SECRET", key)
        .environment("GLU_NOTIFICATIONS_TEAM_HEADERS", format!("Authorization: Bearer {token}"));
    let mut text = String::new();
    for verb in ["doctor", "promote --yes staging", "doctor --notify", "plan --out plan.json", "ledger"] {
        if verb.starts_with("promote") {
            site.publish("2");
        }
        text.push_str(&program.run(verb).text());
    }
    assert!(text.contains("it answers 400"), "{text}");
    assert_eq!(server.asked().len(), 2);
    let seen = std::fs::read_to_string(site.path().join("seen")).unwrap();
    assert!(seen.contains("gitops-under-test"), "{seen}");
    expect_hidden(&site, &[token, key], &[], &text);
}
