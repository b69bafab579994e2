//! Programs as gates.

use std::time::{Duration, Instant};

use glu::core::gate::check::{Command, command};
use glu::core::gate::{Check, Verdict};

use crate::asked::{ERROR, MISTAKE, expect, sample};

fn shell(script: &str) -> Command {
    command(["sh", "-c", script])
}

#[test]
fn the_exit_code_is_the_verdict() {
    let passed = sample(&shell("echo fine"));
    expect(&passed, Verdict::Pass, "`sh` succeeded");
    assert_eq!(passed.evidence["stdout"], "fine");
    assert_eq!(passed.evidence["exit_code"], 0);
    assert_eq!(passed.evidence["argv"][2], "echo fine");

    let failed = sample(&shell("echo seen; echo 'no answer' >&2; exit 3"));
    expect(&failed, Verdict::Fail, "`sh` ended with 3: no answer");
    assert_eq!(
        (&failed.evidence["stdout"], &failed.evidence["stderr"]),
        (&"seen".into(), &"no answer".into())
    );

    expect(&sample(&shell("exit 75").inconclusive(75)), Verdict::Inconclusive, "75");
    expect(&sample(&shell("exit 75").inconclusive(74)), Verdict::Fail, "75");
    assert!(!sample(&shell("exit 75").inconclusive(75)).evidence.contains_key("no_data"));
}

#[test]
fn the_subject_is_in_the_environment_and_on_standard_input() {
    let variables = "$GLU_PIPELINE $GLU_PHASE $GLU_STATE $GLU_DIGEST $GLU_FROM $GLU_FIELD_CHART_VERSION";
    let seen = sample(&shell(&format!("echo {variables}")));
    assert_eq!(seen.evidence["stdout"], "shop staging 1.3 sha256:1.3 1.2 1.3");
    let seen = sample(&shell("echo \"$GLU_FIELD_IMAGE\""));
    assert_eq!(seen.evidence["stdout"], "r.io/shop/app:1.3?x=\"&y");
    let script = "import json, sys; o = json.load(sys.stdin); \
                  print(o['phase'], o['state']['digest'], o['from']['label'], o['now'])";
    let seen = sample(&command(["python3", "-c", script]));
    assert_eq!(seen.evidence["stdout"], "staging sha256:1.3 1.2 2025-06-01T12:00:00Z", "{seen:?}");
}

#[test]
fn a_program_that_cannot_be_run_to_its_end_is_an_error() {
    expect(&sample(&command(["no-such-program-for-gates"])), ERROR, "was not found");
    let started = Instant::now();
    let slow = sample(&shell("echo starting >&2; sleep 30").timeout(Duration::from_millis(300)));
    expect(&slow, ERROR, "did not finish within 0.3 seconds");
    assert_eq!(slow.evidence["stderr"], "starting");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    expect(&sample(&shell("kill -9 $$")), ERROR, "signal 9");
    expect(&sample(&shell("true").directory("/no/such/directory")), ERROR, "/no/such/directory");
    expect(&sample(&command(Vec::<String>::new())), MISTAKE, "no program");
}

#[test]
fn much_output_is_read_and_its_end_is_kept() {
    let seen = sample(&shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"));
    expect(&seen, Verdict::Pass, "");
    let tail = seen.evidence["stdout"].as_str().unwrap();
    assert!(tail.ends_with("line 19999") && tail.len() < 600, "{tail}");
}

#[test]
fn another_question_is_another_gate() {
    let specifications = [
        shell("true").specification(),
        shell("false").specification(),
        shell("true").inconclusive(75).specification(),
        shell("true").directory("/").specification(),
    ];
    for (number, one) in specifications.iter().enumerate() {
        assert!(!specifications[..number].contains(one), "{one}");
    }
    assert_eq!(shell("true").specification(), shell("true").timeout(Duration::from_secs(1)).specification());
}
