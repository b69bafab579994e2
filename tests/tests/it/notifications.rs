//! Who is told what a run did, against small servers and scripts.

use std::fs::Permissions;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use glu::core::access::Access;
use glu::core::author::GitPhase;
use glu::core::credential::Secret;
use glu::core::ledger::View;
use glu::core::model::System;
use glu::core::notify::{Limits, News, Target, TargetKind, TargetSettings, tell};
use glu::core::settings::Settings;
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::forge::Way;
use glu_tests::server::free_port;
use glu_tests::server::scripted::{Answer, Asked, ScriptedServer};
use glu_tests::site::git as run_git;
use serde_json::Value;

use crate::shop::{App, Shop};

/// In every address, so that a test can look for it everywhere.
const TOKEN: &str = "T0KEN-0f-the-team";

/// The shop, whose staging moves by itself.
fn automatic(production: impl Fn(GitPhase) -> GitPhase + 'static) -> Shop {
    Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").automatic())
            .then(production(git("production").automatic()))
            .named("shop")
    })
}

fn taking() -> ScriptedServer {
    ScriptedServer::start(|_, _| Answer::new(200, "ok"))
}

fn webhook(shop: &Shop, server: &ScriptedServer, more: &str) {
    let url = format!("http://{}/hooks/{TOKEN}", server.host());
    shop.world.configure(&format!("[notifications.team]\ntype = \"webhook\"\nurl = \"{url}\"\n{more}"));
}

fn events(server: &ScriptedServer) -> Vec<String> {
    let event = |asked: &Asked| {
        let json: Value = serde_json::from_str(&asked.body).unwrap();
        format!("{} {}", json["event"].as_str().unwrap(), json["phase"].as_str().unwrap())
    };
    server.asked().iter().map(event).collect()
}

/// The MAC by another program than ours, in base64.
#[expect(clippy::disallowed_methods, reason = "the referee is a program")]
fn mac(key: &[u8], text: &str) -> String {
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{key}"), "-binary"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs `openssl`");
    openssl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    STANDARD.encode(openssl.wait_with_output().unwrap().stdout)
}

#[test]
fn a_promotion_is_told_with_a_signature_that_others_can_verify() {
    let (shop, server) = (Shop::new(), taking());
    let key = b"sixteen bytes of";
    let secret = STANDARD.encode(key);
    webhook(&shop, &server, &format!("secret = \"whsec_{secret}\"\nheaders = [\"X-Team: web\"]"));
    let image = shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging -o json");
    let promoted = &run.json()["phases"][0];
    assert_eq!((run.code, run.err.as_str()), (Code::Done, ""));

    let [asked] = &server.asked()[..] else { panic!("{:?}", server.asked()) };
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", format!("/hooks/{TOKEN}").as_str()));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("x-team"), Some("web"));
    let header = |name: &str| asked.header(name).unwrap().to_owned();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), asked.body);
    assert_eq!(header("webhook-signature"), format!("v1,{}", mac(key, &signed)));
    // An hour after noon on the first of January 2026, when the shop opens.
    assert_eq!(header("webhook-timestamp"), "1767272400");

    let told: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(told["id"], header("webhook-id").as_str());
    for (key, expected) in [
        ("format_version", "1.1"),
        ("event", "promoted"),
        ("pipeline", "shop"),
        ("phase", "staging"),
        ("actor", "Ada Example <ada.example@example.com>"),
        ("source", "environments"),
        ("branch", "main"),
        ("at", "2026-01-01T13:00:00Z"),
    ] {
        assert_eq!(told[key], expected, "{key}");
    }
    assert_eq!((&told["promotion"], &told["commit"]), (&promoted["promotion"], &promoted["commit"]));
    assert_eq!(told["to"]["digest"], promoted["state"]["digest"]);
    assert_eq!(told["to"]["fields"]["image"], image.to_string());
    assert_ne!(told["from"]["digest"], told["to"]["digest"]);
    assert_eq!(told["upstreams"], serde_json::json!(["app"]));
}

#[test]
fn a_hold_is_told_once_on_whatever_machine_and_again_when_it_is_another() {
    let shop = automatic(|phase| phase.gate(soak(hours(2))).gate(approval(1)));
    let server = taking();
    webhook(&shop, &server, "");
    shop.images.publish("latest", "1.1.0");
    shop.world.run("run --once").success();
    shop.world.run("run --once").success();
    let expected = ["promoted staging", "held production"];
    assert_eq!(events(&server), expected);
    let held: Value = serde_json::from_str(&server.asked()[1].body).unwrap();
    // The words are those of the plan.
    let plan = shop.world.run("plan production -o json").json();
    let entry =
        plan["phases"].as_array().unwrap().iter().find(|entry| entry["phase"] == "production").unwrap();
    assert_eq!(held["reason"], entry["reason"]);
    assert!(held["reason"].as_str().unwrap().contains("gate `soak` says pending"), "{held}");
    for _ in 0..3 {
        // A fresh machine has no cache.
        std::fs::remove_dir_all(shop.world.path().join("cache")).unwrap();
        shop.world.wait(Duration::from_secs(600));
        shop.world.run("run --once").success();
    }
    assert_eq!(events(&server), expected);

    shop.pass_hours(2);
    shop.world.run("run --once").success();
    shop.world.run("promote production").code(Code::Held);
    assert_eq!(events(&server)[2..], ["approval_needed production"]);
    shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    shop.world.run("approve production").success();
    shop.world.run("run --once").success();
    assert_eq!(events(&server)[3..], ["promoted production"]);
    // What was told is in the ledger, in few words.
    let ledger = shop.world.run("ledger --event notified -o json");
    let told: Vec<String> = ledger.json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{} {} {}", event["target"], event["phase"], event["reason"]))
        .collect();
    assert_eq!(told, [r#""team" "production" "approval_needed""#, r#""team" "production" "held""#]);
}

#[test]
fn until_when_is_told_where_all_holds_say_so() {
    let shop = automatic(|phase| phase.gate(soak(hours(2))));
    let server = taking();
    webhook(&shop, &server, "events = [\"held\"]");
    shop.images.publish("latest", "1.1.0");
    shop.world.run("run --once").success();
    shop.world.run("run --once").success();
    shop.world.run("freeze production --reason incident").success();
    shop.world.run("run --once").success();
    let told: Vec<Value> =
        server.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(told[0]["until"], "2026-01-01T15:00:00Z");
    // The freeze is another hold, and says no time.
    assert_eq!(told[1]["until"], Value::Null);
    assert!(told[1]["reason"].as_str().unwrap().starts_with("the line is stopped by Ada"), "{}", told[1]);
    assert_eq!(told.len(), 2);
}

#[test]
fn only_what_was_asked_for_is_told() {
    let (shop, server) = (Shop::new(), taking());
    webhook(&shop, &server, "events = [\"rolled_back\"]\nphases = [\"shop/staging\"]");
    shop.images.publish("latest", "1.1.0");
    shop.world.run("promote staging").success();
    shop.world.run("promote production").success();
    shop.world.run("rollback production").success();
    shop.world.run("rollback staging --dry-run").success();
    assert_eq!(events(&server), [""; 0]);
    shop.world.run("rollback staging").success();
    assert_eq!(events(&server), ["rolled_back staging"]);
}

#[test]
fn slack_gets_one_message_of_a_run() {
    let (shop, server) = (Shop::new(), taking());
    let url = format!("http://{}/services/{TOKEN}", server.host());
    shop.world.configure("[notifications.team]\ntype = \"slack\"");
    shop.world.env("GLU_NOTIFICATIONS_TEAM_URL", &url);
    shop.images.publish("latest", "1.1.0");
    shop.world.run("promote staging").success();
    shop.images.publish("latest", "1.2.0");
    shop.world.env("GLU_ACTOR", "<!channel> @here");
    shop.world.run("promote --all").success();
    let asked = server.asked();
    let message: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(asked.len(), 2);
    let shown = serde_json::to_string_pretty(&message).unwrap().replace('\u{200b}', "[nothing]");
    insta::assert_snapshot!(shown, @r#"
    {
      "blocks": [
        {
          "text": {
            "text": "*shop/staging: promoted to c735125fc13c*",
            "type": "mrkdwn",
            "verbatim": true
          },
          "type": "section"
        },
        {
          "elements": [
            {
              "text": "was a09fe52d4805 · from app · commit 04b1155e68 on main · by &lt;!channel&gt; @[nothing]here",
              "type": "mrkdwn",
              "verbatim": true
            }
          ],
          "type": "context"
        },
        {
          "text": {
            "text": "*shop/production: promoted to a09fe52d4805*",
            "type": "mrkdwn",
            "verbatim": true
          },
          "type": "section"
        },
        {
          "elements": [
            {
              "text": "was 40f372c1942a · from staging · commit 5e4cb3e8b9 on main · by &lt;!channel&gt; @[nothing]here",
              "type": "mrkdwn",
              "verbatim": true
            }
          ],
          "type": "context"
        }
      ],
      "text": "shop/staging: promoted to c735125fc13c\nwas a09fe52d4805 · from app · commit 04b1155e68 on main · by &lt;!channel&gt; @[nothing]here\n\nshop/production: promoted to a09fe52d4805\nwas 40f372c1942a · from staging · commit 5e4cb3e8b9 on main · by &lt;!channel&gt; @[nothing]here"
    }
    "#);
}

#[test]
fn a_program_gets_the_same_as_a_webhook() {
    let shop = Shop::new();
    let directory = shop.world.path();
    let script = "#!/bin/sh\ncat > told.json\nenv | grep '^GLU_' | sort > told.env\n[ \"$1\" = --quiet ]\n";
    std::fs::write(directory.join("tell.sh"), script).unwrap();
    shop.world.configure(
        "[notifications.pager]\ntype = \"command\"\ncommand = [\"sh\", \"./tell.sh\", \"--quiet\"]",
    );
    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging");
    assert_eq!(run.err, "");
    let told: Value = serde_json::from_slice(&std::fs::read(directory.join("told.json")).unwrap()).unwrap();
    assert_eq!((&told["event"], &told["phase"]), (&"promoted".into(), &"staging".into()));
    let variables = std::fs::read_to_string(directory.join("told.env")).unwrap();
    let digest = told["to"]["digest"].as_str().unwrap();
    for line in [
        "GLU_EVENT=promoted",
        "GLU_PIPELINE=shop",
        "GLU_PHASE=staging",
        &format!("GLU_DIGEST={digest}"),
        &format!("GLU_HEADLINE={}", told["headline"].as_str().unwrap()),
    ] {
        assert!(variables.lines().any(|written| written == line), "{line}: {variables}");
    }
    // A program that fails is a warning.
    std::fs::write(directory.join("tell.sh"), "echo no network >&2; exit 3\n").unwrap();
    shop.images.publish("latest", "1.2.0");
    let run = shop.world.run("promote staging");
    run.success();
    assert!(run.err.contains("warning: `pager` was not told of \"shop/staging: promoted to"), "{run}");
    assert!(run.err.contains("`sh` ended with 3: no network"), "{run}");
}

#[test]
fn what_may_help_is_tried_again_and_the_promotion_stands_in_any_case() {
    let (shop, server) = (
        Shop::new(),
        ScriptedServer::start(|number, _| match number {
            0 => Answer::new(429, "slow down").header("retry-after", "2"),
            1 => Answer::new(503, ""),
            2 => Answer::new(429, "").header("retry-after", "Thu, 01 Jan 2026 13:00:05 GMT"),
            3 => Answer::new(204, ""),
            4 => Answer::new(404, "no_service"),
            5 => Answer::new(302, "").header("location", "http://localhost:1/elsewhere"),
            _ => Answer::new(500, "<p>a page</p>"),
        }),
    );
    webhook(&shop, &server, "");
    let promote = |version: &str| {
        shop.images.publish("latest", version);
        let run = shop.world.run("promote staging");
        run.success();
        run.err.trim_end().to_owned()
    };
    assert_eq!(promote("1.1.0"), "");
    let asked = server.asked();
    // The same notification, each time signed anew.
    let ids: Vec<_> = asked.iter().map(|asked| asked.header("webhook-id").unwrap()).collect();
    assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let times: Vec<i64> =
        asked.iter().map(|asked| asked.header("webhook-timestamp").unwrap().parse().unwrap()).collect();
    assert_eq!((times[1] - times[0], times[3]), (2, 1_767_272_405));

    let refused = promote("1.2.0");
    assert!(refused.ends_with(": it answers 404: no_service"), "{refused}");
    let elsewhere = promote("1.3.0");
    assert!(elsewhere.ends_with(": it answers 302, and nobody is followed elsewhere"), "{elsewhere}");
    assert_eq!(server.asked().len(), 6);
    let broken = promote("1.4.0");
    assert!(broken.ends_with(": it answers 500 (tried 5 times)"), "{broken}");
    assert_eq!(server.asked().len(), 11);
}

#[test]
fn a_dead_server_is_a_warning() {
    let shop = Shop::new();
    let url = format!("http://localhost:{}/{TOKEN}", free_port());
    shop.world.configure(&format!("[notifications.team]\ntype = \"slack\"\nurl = \"{url}\""));
    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging");
    run.success();
    assert!(run.err.contains("no connection: connection refused (tried 5 times)"), "{run}");
}

#[test]
fn a_server_without_tls_is_not_trusted() {
    let shop = Shop::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/{TOKEN}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    shop.world.configure(&format!("[notifications.team]\ntype = \"slack\"\nurl = \"{url}\""));
    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging");
    run.success();
    assert!(run.err.contains("no connection that can be trusted (TLS)"), "{run}");
}

#[test]
fn a_slow_server_is_left_behind() {
    let server = ScriptedServer::start(|_, _| {
        loop {
            std::thread::park();
        }
    });
    let url = Secret::new(format!("http://{}/{TOKEN}", server.host()));
    let settings = TargetSettings { kind: TargetKind::Slack { url }, events: None, phases: None };
    let target = Target::open("team", &settings, &System::default()).unwrap();
    let access = Arc::new(Access::new(Settings::default()));
    let test = glu::core::notify::Notification::test("01J".to_owned(), access.now(), "Ada".to_owned());
    let limits = Limits { attempt: Duration::from_millis(100), total: Duration::from_secs(1) };
    let told = tell(&access, &[target], &News::of(test), &View::default(), limits);
    assert_eq!(told.arrived, 0);
    assert!(told.warnings[0].contains("it does not answer in time"), "{:?}", told.warnings);
}

#[test]
fn a_failure_is_told_once_until_it_is_over() {
    let shop = automatic(|phase| phase);
    let server = taking();
    webhook(&shop, &server, "events = [\"failed\"]");
    shop.world.run("run --once").success();
    let (broken, well) = ("spec: [", crate::shop::manifest(shop.images.publish("latest", "1.0.0")));
    for _ in 0..2 {
        shop.edit("staging", broken);
        shop.world.run("run --once").code(Code::Failed);
        shop.world.run("run --once").code(Code::Failed);
        shop.edit("staging", &well);
        shop.world.run("run --once").success();
    }
    let told: Vec<String> = events(&server).into_iter().filter(|event| event.ends_with(" staging")).collect();
    assert_eq!(told, ["failed staging", "failed staging"]);
    let reason = server.asked()[0].body.clone();
    assert!(reason.contains("env/staging/app.yaml"), "{reason}");
}

#[test]
fn a_push_that_is_refused_is_a_failure() {
    let (shop, server) = (Shop::new(), taking());
    webhook(&shop, &server, "");
    let hook = shop.repository.path().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho protected >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, Permissions::from_mode(0o755)).unwrap();
    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging");
    run.code(Code::Failed);
    assert_eq!(events(&server), ["failed staging"]);
    // Nothing can be written down either, and that is said.
    assert!(run.err.contains("it is not written down what was told"), "{run}");
}

/// A user's own way to be told.
#[derive(Clone, Default)]
struct Diary {
    lines: Arc<Mutex<Vec<String>>>,
    fails: Arc<AtomicUsize>,
}

impl Notify for Diary {
    fn name(&self) -> String {
        "diary".to_owned()
    }

    fn notify(&self, notification: &Notification) -> Result<(), NotifyError> {
        if self.fails.load(Ordering::SeqCst) > 0 {
            return Err("out of ink".into());
        }
        self.lines.lock().unwrap().push(notification.headline());
        Ok(())
    }
}

#[test]
fn a_pipelines_own_hears_everything_of_it() {
    let diary = Diary::default();
    let own = diary.clone();
    let shop = Shop::with(move || crate::shop::pipeline().notify(own.clone()));
    shop.images.publish("latest", "1.1.0");
    shop.world.run("promote staging").success();
    shop.world.run("freeze shop --reason incident").success();
    shop.world.run("promote production").code(Code::Held);
    shop.world.run("promote production").code(Code::Held);
    let lines = diary.lines.lock().unwrap().clone();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("shop/staging: promoted to "), "{lines:?}");
    assert!(lines[1].starts_with("shop/production: held at "), "{lines:?}");
    diary.fails.store(1, Ordering::SeqCst);
    shop.world.run("unfreeze shop --reason over").success();
    let run = shop.world.run("promote production");
    run.success();
    assert!(run.err.contains("`own:diary` was not told of"), "{run}");
    assert!(run.err.contains("out of ink"), "{run}");
}

#[test]
fn proposals_are_told_when_they_bring_something_else_and_when_they_are_merged() {
    let diary = Diary::default();
    let own = diary.clone();
    let shop = Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(git("production").propose())
            .named("shop")
            .notify(own.clone())
    });
    let forge = shop.world.host("environments", &shop.repository);
    let lines = || -> Vec<String> {
        let lines = diary.lines.lock().unwrap().clone();
        lines.into_iter().filter(|line| line.starts_with("shop/production: ")).collect()
    };
    shop.stage("1.1.0");
    for _ in 0..2 {
        shop.world.run("promote production").success();
    }
    assert_eq!(lines().len(), 1, "{:?}", lines());
    assert!(lines()[0].starts_with("shop/production: proposed "), "{:?}", lines());
    // A moved base is mended, and nobody has to hear of it.
    let text = shop.repository.read("env/production/app.yaml").replace("port: 80", "port: 81");
    shop.edit("production", &text);
    let updated = shop.world.run("promote production");
    assert!(updated.success().contains("updated") || updated.out.contains("waiting"), "{updated}");
    assert_eq!(lines().len(), 1, "{:?}", lines());
    shop.stage("1.2.0");
    shop.world.run("promote production").success();
    assert_eq!(lines().len(), 2, "{:?}", lines());

    forge.push_by_hand("linus", 1, "extra.txt", "by hand\n");
    shop.stage("1.3.0");
    for _ in 0..2 {
        shop.world.run("promote production").code(Code::Held);
    }
    assert_eq!(lines().len(), 3, "{:?}", lines());
    assert!(lines()[2].starts_with("shop/production: held at "), "{:?}", lines());

    shop.world.run("promote production --force --reason ours").success();
    forge.merge("grace", 1, Way::Squash);
    shop.world.run("run --once").success();
    assert_eq!(lines().len(), 5, "{:?}", lines());
    assert!(lines()[4].starts_with("shop/production: promoted to "), "{:?}", lines());
    // A hold in between does not make it news again.
    shop.stage("1.4.0");
    shop.world.run("freeze production --reason incident").success();
    for _ in 0..2 {
        shop.world.run("promote production").code(Code::Held);
    }
    shop.world.run("rollback staging").success();
    shop.world.run("run --once").success();
    assert_eq!(lines().len(), 6, "{:?}", lines());
    assert!(lines()[5].starts_with("shop/production: held at "), "{:?}", lines());
}

#[test]
fn two_of_one_name_are_refused() {
    let shop = Shop::with(|| crate::shop::pipeline().notify(Diary::default()).notify(Diary::default()));
    let run = shop.world.run("status");
    run.code(Code::Usage);
    assert!(run.err.contains("pipeline `shop` notifies two that are called `diary`; first at"), "{run}");
}

#[test]
fn nothing_secret_is_shown_or_kept() {
    let shop = automatic(|phase| phase.gate(soak(hours(2))));
    // A server that quotes what it was asked, as many do.
    let server = ScriptedServer::start(|number, asked| match number {
        0 | 1 => Answer::new(200, "ok"),
        _ => Answer::new(500, format!("cannot POST {} {:?}", asked.target, asked.headers)),
    });
    let (secret, header) = ("wh-s1gning-s3cret", "Bearer h3ader-s3cret");
    webhook(&shop, &server, &format!("secret = \"{secret}\"\nheaders = [\"Authorization: {header}\"]"));
    shop.images.publish("latest", "1.1.0");
    let mut seen = String::new();
    for command in [
        "run --once",
        "run --once",
        "doctor",
        "doctor --notify",
        "freeze shop --reason incident",
        "promote production",
        "ledger -o json",
    ] {
        seen.push_str(&shop.world.run(command).to_string());
    }
    shop.world.configure("[notifications.wrong]\ntype = \"webhook\"\nurl = \"ftp://h3ader-s3cret/\"");
    seen.push_str(&shop.world.run("status").to_string());
    assert!(seen.contains("it answers 500") && seen.contains("`notifications.wrong.url`"), "{seen}");
    let log = run_git(shop.repository.path(), &["log", "--patch", "refs/glu/ledger"]);
    assert!(log.contains("notified"), "{log}");
    for hidden in [TOKEN, secret, "h3ader-s3cret"] {
        assert!(!seen.contains(hidden), "{hidden}: {seen}");
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
}

#[test]
fn doctor_looks_without_sending_and_sends_when_asked() {
    let (shop, server) = (Shop::new(), taking());
    webhook(&shop, &server, "events = [\"held\", \"failed\"]\nphases = [\"staging\"]");
    shop.world.configure("[notifications.pager]\ntype = \"command\"\ncommand = [\"false\"]");
    shop.world
        .configure("[notifications.lost]\ntype = \"command\"\ncommand = [\"true\"]\nphases = [\"stagin\"]");
    let findings = |command: &str| {
        let run = shop.world.run(command);
        run.code(Code::Failed);
        let checks = run.json()["checks"].as_array().unwrap().clone();
        let finding = |check: &Value| {
            let part = |name: &str| check[name].as_str().unwrap().to_owned();
            format!("{}: {}: {}", part("name"), part("result"), part("detail"))
        };
        let findings: Vec<String> =
            checks.iter().map(finding).filter(|finding| finding.starts_with("notifications")).collect();
        findings.join("\n")
    };
    insta::assert_snapshot!(findings("doctor -o json"), @"
    notifications `pager`: good: command: everything
    notifications `team`: good: webhook: held, failed of staging
    notifications `team`: notice: its address begins with http://: whoever is on the way can read it
    notifications `lost`: bad: no pipeline and no phase is called `stagin`
    ");
    assert_eq!(events(&server), [""; 0]);
    insta::assert_snapshot!(findings("doctor --notify -o json"), @r#"
    notifications `pager`: bad: `pager` was not told of "a test of glu's notifications": `false` ended with 1
    notifications `team`: good: took a test
    notifications `team`: notice: its address begins with http://: whoever is on the way can read it
    notifications `lost`: bad: no pipeline and no phase is called `stagin`
    "#);
    assert_eq!(events(&server), ["test test"]);
    // A run says what is wrong, and goes on.
    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging");
    run.success();
    assert!(
        run.err.contains(
            "warning: notifications `lost` are told nothing: no pipeline and no phase is called `stagin`"
        ),
        "{run}"
    );
}
