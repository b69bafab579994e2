//! A candidate against a baseline, with points from a real Prometheus.

use std::time::Duration;

use glu::core::gate::check::{Comparison, Metric, comparison, metric, prometheus};
use glu::core::gate::judge::Effect;
use glu::core::gate::{NoData, Verdict};
use serde_json::json;

use crate::asked::{ERROR, MISTAKE, expect, expect_no_data, sample, sample_since};
use crate::metrics::Server;
use glu_tests::server::scripted::{Answer, ScriptedServer};

fn latency(candidate: &str) -> Metric {
    let baseline = "answer_ms{version=\"{from}\"}";
    metric("latency", baseline, format!("answer_ms{{version=\"{candidate}\"}}")).higher_is_worse()
}

fn named(name: &str) -> Metric {
    metric(name, "answer_ms{version=\"1.2\"}", "answer_ms{version=\"1.3\"}")
}

#[test]
fn candidates_are_compared_with_the_state_before() {
    let server = Server::start();
    let check = || comparison(prometheus(server.url()));

    let alike = sample(&check().metric(latency("{state}")));
    expect(&alike, Verdict::Pass, "the score is 100 of 100");
    let seen = &alike.evidence["metrics"]["latency"];
    assert_eq!(
        (&seen["label"], &seen["candidates"], &seen["baselines"]),
        (&json!("pass"), &json!(121), &json!(121))
    );
    assert_eq!(seen["queries"], json!(["answer_ms{version=\"1.2\"}", "answer_ms{version=\"1.3\"}"]));

    let slow = sample(&check().metric(latency("slow")));
    expect(&slow, Verdict::Fail, "the score is 0 of 100; `latency`: the shift is");
    let seen = &slow.evidence["metrics"]["latency"];
    assert_eq!(seen["label"], "high");
    let number = |name: &str| seen[name].as_f64().unwrap();
    assert!(number("low") > 40.0 && number("low") < number("estimate"), "{seen}");
    assert!(number("estimate") < number("high") && number("high") < 70.0, "{seen}");
    assert!((number("mean_ratio") - 1.5).abs() < 0.01 && number("cles") == 1.0, "{seen}");

    let bigger = Effect::MeanRatio { increase: 2.0, decrease: 0.5 };
    let small = sample(&check().metric(latency("slow").effect(bigger)));
    expect(&small, Verdict::Pass, "100");
    let reason = small.evidence["metrics"]["latency"]["reason"].as_str().unwrap();
    assert!(reason.contains("the effect is small; the ratio of the means is 1."), "{reason}");
    expect(&sample(&check().metric(latency("slow").lower_is_worse())), Verdict::Pass, "100");

    // Too young to be judged, and nobody there at all.
    let since = Some("2025-06-01T11:58:00Z".parse().unwrap());
    let young = sample_since(&check().metric(latency("{state}")), since);
    expect_no_data(&young, "the candidate has 9 points, of which 20 are needed");
    let seen = &young.evidence["metrics"]["latency"];
    assert_eq!((&seen["candidates"], &seen["baselines"]), (&json!(9), &json!(9)));
    expect_no_data(&sample(&check().metric(latency("absent"))), "the candidate has 0 points");
    expect(&sample(&check().metric(latency("absent").no_data(NoData::Fail))), Verdict::Fail, "0 of 100");
    expect(&sample(&check().metric(latency("absent").no_data(NoData::Pass))), Verdict::Pass, "100 of 100");
    expect(&sample(&check().metric(latency("absent").missing_as_zero())), Verdict::Pass, "100");
    let nobody = metric("queue", "queue_length", "no_such_metric").missing_as_zero();
    let seen = sample(&check().metric(nobody));
    expect(&seen, Verdict::Pass, "100");
    assert_eq!(
        seen.evidence["metrics"]["queue"]["reason"],
        "the candidate has no values, which counts as no difference"
    );
    let zeros = metric("queue", "0 * queue_length", "nothing_counted").missing_as_zero();
    expect(&sample(&check().metric(zeros)), Verdict::Pass, "100");
}

#[test]
fn several_metrics_make_a_score() {
    let server = Server::start();
    let check = || comparison(prometheus(server.url()));
    let four = |check: Comparison| check.metric(named("a")).metric(named("b")).metric(named("c"));

    expect(
        &sample(&four(check()).metric(latency("slow"))),
        Verdict::Warn,
        "the score is 75 of 100; `latency`",
    );
    expect(&sample(&four(check()).metric(latency("slow")).pass_from(75.0)), Verdict::Pass, "75");
    expect(&sample(&four(check()).metric(latency("slow").critical())), Verdict::Fail, "the score is 0");
    let grouped = four(check()).metric(latency("slow").group("speed")).weight("speed", 60.0);
    let seen = sample(&grouped);
    expect(&seen, Verdict::Fail, "the score is 40 of 100");
    assert_eq!(seen.evidence["score"]["groups"], json!({"default": 100.0, "speed": 0.0}));

    // An error holds the pass that it might have prevented, and cannot save what has failed.
    let broken = || metric("broken", "sum(", "sum(");
    let seen = sample(&four(check()).metric(broken()));
    expect(&seen, ERROR, "not everything could be judged; `broken`: Prometheus refuses the query");
    assert_eq!(seen.evidence["metrics"]["broken"]["label"], "error");
    expect(
        &sample(&four(check()).metric(broken()).metric(latency("slow").critical())),
        Verdict::Fail,
        "score is 0",
    );
    expect(&sample(&four(check()).metric(broken()).pass_from(75.0)), Verdict::Pass, "the score is 75");
    let several = metric("several", "pod_latency", "pod_latency");
    expect(&sample(&check().metric(several)), ERROR, "3 series where one is expected");
    let infinite = metric("infinite", "queue_length", "overflown");
    expect(&sample(&check().metric(infinite)), ERROR, "infinite");
}

#[test]
fn a_server_that_is_away_is_an_error_within_the_time_for_all() {
    let server = ScriptedServer::start(|_, _| {
        std::thread::sleep(Duration::from_millis(400));
        Answer::new(200, "{}")
    });
    let check = comparison(prometheus(format!("http://{}", server.host())));
    let check = check.metric(named("a")).metric(named("b")).metric(named("c"));
    let started = std::time::Instant::now();
    expect(&sample(&check.timeout(Duration::from_millis(600))), ERROR, "not everything could be judged");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    expect(&sample(&comparison(prometheus("http://localhost"))), MISTAKE, "there is no metric");
}
