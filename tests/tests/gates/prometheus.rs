//! Queries as gates, against a real Prometheus, and against servers that misbehave as a real one would not on demand.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use glu::core::gate::check::{Query, Reduce, prometheus};
use glu::core::gate::{Check, Verdict};

use crate::asked::{ERROR, MISTAKE, NOW, expect, expect_no_data, sample, sample_since};
use crate::metrics::Server;
use glu_tests::server::scripted::{Answer, ScriptedServer};

const MINUTE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_secs(15);

#[test]
fn instants() {
    let server = Server::start();
    let query = |promql: &str| prometheus(server.url()).query(promql);

    let seen = sample(&query("error_ratio{version=\"{from}\"}").below(0.01));
    expect(&seen, Verdict::Pass, "0.001 is below 0.01");
    assert_eq!(seen.evidence["query"], "error_ratio{version=\"1.2\"}");
    assert_eq!(seen.evidence["at"], NOW);
    assert_eq!(seen.evidence["value"], 0.001);
    assert_eq!(seen.evidence["values"]["error_ratio{version=\"1.2\"}"], 0.001);
    expect(
        &sample(&query("error_ratio{version=\"{state}\"}").below(0.01)),
        Verdict::Fail,
        "0.2 is not below 0.01",
    );
    expect(&sample(&query("scalar(queue_length)").above(2.0)), Verdict::Pass, "3 is above 2");
    expect(&sample(&query("queue_length").between(3.0, 4.0)), Verdict::Pass, "between 3 and 4");
    // A value cannot break out of its string.
    expect_no_data(&sample(&query("error_ratio{version=\"{image}\"}").below(1.0)), "gives nothing");

    expect_no_data(&sample(&query("no_such_metric").below(1.0)), "gives nothing");
    expect_no_data(&sample(&query("nothing_counted").below(1.0)), "nothing but NaN");
    expect_no_data(&sample(&query("0 * overflown").above(-1.0)), "nothing but NaN");
    expect(&sample(&query("overflown").below(1.0)), Verdict::Fail, "inf is not below 1");

    let several = sample(&query("pod_latency").below(3.0));
    expect(&several, ERROR, "gives 3 series where one is expected");
    assert_eq!(several.evidence["values"]["pod_latency{pod=\"b\"}"], 5.0);
    for (reduce, verdict, reason) in [
        (Reduce::Max, Verdict::Fail, "5 is not below 3; 1 NaN left out"),
        (Reduce::Min, Verdict::Pass, "1 is below 3; 1 NaN left out"),
        (Reduce::Sum, Verdict::Fail, "6 is not below 3"),
        (Reduce::Mean, Verdict::Fail, "3 is not below 3"),
        (Reduce::All, Verdict::Fail, "5 is not below 3"),
        (Reduce::Any, Verdict::Pass, "1 is below 3"),
    ] {
        expect(&sample(&query("pod_latency").below(3.0).reduce(reduce)), verdict, reason);
    }

    let wrong = sample(&query("sum(").below(1.0));
    expect(&wrong, MISTAKE, "status 400 (bad_data)");
    assert!(wrong.reason.contains("parse error"), "{wrong:?}");
    let undecidable = "pod_latency * on() queue_length / on() pod_latency";
    expect(&sample(&query(undecidable).below(1.0)), ERROR, "status 422 (execution)");
    expect(&sample(&query("\"text\"").below(1.0)), MISTAKE, "a text, not numbers");
}

#[test]
fn ranges() {
    let server = Server::start();
    let over = |minutes: u32, reduce| {
        prometheus(server.url()).query("queue_length").below(2.0).over(minutes * MINUTE, STEP, reduce)
    };
    // Of the last 20 minutes, both ends counted, 81 points; 41 of them are 3.
    for (reduce, verdict, reason) in [
        (Reduce::Max, Verdict::Fail, "3 is not"),
        (Reduce::Min, Verdict::Pass, "1 is"),
        (Reduce::All, Verdict::Fail, "3 is not"),
        (Reduce::Any, Verdict::Pass, "1 is"),
        (Reduce::Sum, Verdict::Fail, "163 is not"),
        (Reduce::Mean, Verdict::Fail, "2.012345679012345"),
    ] {
        let seen = sample(&over(20, reduce));
        expect(&seen, verdict, reason);
        assert_eq!(seen.evidence["values"]["queue_length{}"]["points"], 81);
        assert_eq!(seen.evidence["window"]["from"], "2025-06-01T11:40:00Z");
    }
    expect(&sample(&over(5, Reduce::Any)), Verdict::Fail, "3 is not");
    expect_no_data(&sample(&over(5, Reduce::Any).minimum_points(50)), "21 points, of which 50 are needed");

    // What was before the state is not the state's.
    let since = Some("2025-06-01T11:52:00Z".parse().unwrap());
    let seen = sample_since(&over(20, Reduce::Any), since);
    expect(&seen, Verdict::Fail, "3 is not");
    assert_eq!(seen.evidence["window"]["from"], "2025-06-01T11:52:00Z");

    let pods = |promql: &str, over_time, over_series| {
        let query = prometheus(server.url()).query(promql).below(3.0);
        sample(&query.over(5 * MINUTE, STEP, over_time).reduce(over_series))
    };
    expect(&pods("pod_latency", Reduce::Mean, Reduce::Max), Verdict::Fail, "5 is not below 3; 21 NaN");
    expect(&pods("pod_latency", Reduce::All, Reduce::Any), Verdict::Pass, "1 is below 3");
    expect_no_data(&pods("nothing_counted", Reduce::Max, Reduce::Max), "nothing but NaN");
    expect_no_data(&pods("no_such_metric", Reduce::Max, Reduce::Max), "gives nothing");
    expect(&pods("pod_latency", Reduce::All, Reduce::Max), MISTAKE, "no number");
}

#[test]
fn burn_rates() {
    let server = Server::start();
    let burn = |service: &str| {
        let ratio = format!(
            "sum(rate(errors_total{{service=\"{service}\"}}[{{window}}])) \
             / sum(rate(requests_total{{service=\"{service}\"}}[{{window}}]))"
        );
        prometheus(server.url()).burn_rate(0.999).error_ratio(ratio)
    };
    let good = sample(&burn("good"));
    expect(&good, Verdict::Pass, "1h at 0.00 and 5m at 0.00, limit 14.4; 6h at 0.00 and 30m at 0.00");
    assert!(good.evidence["query_6h"].as_str().unwrap().contains("[6h]"), "{good:?}");
    let burning = sample(&burn("burning"));
    expect(&burning, Verdict::Fail, "the error budget burns: 1h at 50.00 and 5m at 50.00");
    let rate = burning.evidence["windows"]["1h"]["burn_rate"].as_f64().unwrap();
    assert!((rate - 50.0).abs() < 0.01, "{rate}");
    let smouldering = sample(&burn("smouldering"));
    expect(&smouldering, Verdict::Fail, "the error budget burns: 6h at 8.00 and 30m at 8.00, limit 6.0");
    expect(&sample(&burn("recovered")), Verdict::Warn, "burned, and no longer does");
    expect_no_data(&sample(&burn("absent")), "1h at unknown and 5m at unknown");

    let counted = |service: &str, least| {
        let events = format!("sum(increase(requests_total{{service=\"{service}\"}}[{{window}}]))");
        sample(&burn(service).minimum_events(events, least))
    };
    let few = counted("quiet", 1000.0);
    expect_no_data(&few, "of too few events");
    assert_eq!(few.evidence["windows"]["1h"]["events"]["needed"], 1000.0);
    expect(&counted("quiet", 10.0), Verdict::Fail, "the error budget burns");
    expect(&counted("burning", 1000.0), Verdict::Fail, "the error budget burns");
    // Long windows of a budget that lasts longer tolerate more.
    let patient = burn("smouldering").budget(Duration::from_secs(60 * 24 * 3600));
    expect(&sample(&patient), Verdict::Pass, "limit 12.0");
}

#[test]
fn logins() {
    // The hash of the package's name, which is in the environment of its tests and plays the secret.
    let server = Server::start_with(
        "basic_auth_users:\n  glu-tests: $2b$04$i.Y7CmwHLhfe.fvQ52E4beyw2yQgL4jHi7dJL8Xp/gCI7nkBWpqW.\n",
    );
    let open = prometheus(server.url()).query("queue_length").below(9.0);
    expect(&sample(&open), ERROR, "the status is 401");
    let login = prometheus(server.url()).basic_from_env("CARGO_PKG_NAME", "CARGO_PKG_NAME");
    expect(&sample(&login.query("queue_length").below(9.0)), Verdict::Pass, "3 is below 9");
    let wrong = prometheus(server.url()).basic_from_env("CARGO_PKG_NAME", "CARGO_PKG_VERSION");
    expect(&sample(&wrong.query("queue_length").below(9.0)), ERROR, "the status is 401");
    let unset = prometheus(server.url()).bearer_from_env("GLU_NO_SUCH_VARIABLE");
    expect(&sample(&unset.query("queue_length").below(9.0)), ERROR, "`GLU_NO_SUCH_VARIABLE` is not set");
}

fn scripted(status: u16, body: &'static str) -> (ScriptedServer, Query) {
    let server = ScriptedServer::start(move |_, _| Answer::new(status, body));
    let check = prometheus(format!("http://{}/prefix/", server.host())).query("up").below(1.0);
    (server, check)
}

#[test]
fn what_is_asked_is_complete() {
    let answer =
        r#"{"status":"success","warnings":["store gone"],"data":{"resultType":"vector","result":[]}}"#;
    let server = ScriptedServer::start(move |_, _| Answer::new(200, answer));
    let base = prometheus(format!("http://{}/prefix/", server.host()));
    let check = base.clone().bearer_from_env("CARGO_MANIFEST_DIR").header("X-Scope-OrgID", "shop");
    let seen = sample(&check.query("up{a=\"{image}\"}").below(1.0));
    expect_no_data(&seen, "gives nothing");
    assert_eq!(seen.evidence["remarks"][0], "store gone");
    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/prefix/api/v1/query"));
    let token = format!("Bearer {}", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(asked.header("authorization"), Some(token.as_str()));
    assert_eq!(asked.header("x-scope-orgid"), Some("shop"));
    let expected =
        "time=1748779200.000&query=up%7Ba%3D%22r.io%2Fshop%2Fapp%3A1.3%3Fx%3D%5C%22%26y%22%7D&timeout=";
    assert!(asked.body.starts_with(expected), "{}", asked.body);
    sample(&base.query("up").below(1.0).over(MINUTE, STEP, Reduce::Max));
    let asked = &server.asked()[1];
    assert_eq!(asked.target, "/prefix/api/v1/query_range");
    let expected = "start=1748779140.000&end=1748779200.000&step=15&query=up&timeout=";
    assert!(asked.body.starts_with(expected), "{}", asked.body);
}

#[test]
fn servers_that_are_dead_slow_or_somebody_else_are_errors() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dead = prometheus(format!("http://127.0.0.1:{port}")).query("up").below(1.0);
    expect(&sample(&dead), ERROR, "did not answer");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = prometheus(format!("http://{}", silent.local_addr().unwrap())).query("up").below(1.0);
    let started = Instant::now();
    expect(&sample(&slow.timeout(Duration::from_millis(300))), ERROR, "did not answer within 0.3 s");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());

    let (_server, check) = scripted(502, "<html>Bad gateway</html>");
    expect(&sample(&check), ERROR, "the status is 502: <html>Bad gateway</html>");
    let (_server, check) = scripted(200, "<html>Sign in</html>");
    expect(&sample(&check), ERROR, "cannot be read");
    let (_server, check) =
        scripted(503, r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#);
    expect(&sample(&check), ERROR, "status 503 (timeout): query timed out");
    let server = ScriptedServer::start(|_, _| Answer::new(302, "").header("location", "https://login.io/"));
    let check = prometheus(format!("http://{}", server.host())).query("up").below(1.0);
    expect(&sample(&check), ERROR, "redirected to https://login.io/");
    let server = ScriptedServer::start(|_, _| Answer::new(200, vec![b' '; 5 << 20]));
    let check = prometheus(format!("http://{}", server.host())).query("up").below(1.0);
    expect(&sample(&check), ERROR, "more than 4194304 bytes");
}

#[test]
fn mistakes_ask_nobody() {
    let (server, check) = scripted(200, "");
    let base = || prometheus(format!("http://{}", server.host()));
    expect(&sample(&base().query("up")), MISTAKE, "no bound");
    expect(&sample(&base().query("{imge}").below(1.0)), MISTAKE, "`{imge}` is no placeholder");
    expect(&sample(&base().query("up").below(f64::NAN)), MISTAKE, "no bound");
    let fine = base().query("up").below(1.0).over(24 * 60 * MINUTE, Duration::from_secs(1), Reduce::Max);
    expect(&sample(&fine), MISTAKE, "11000 points");
    expect(&sample(&prometheus("http://u:p@localhost").query("up").below(1.0)), MISTAKE, "has a user");
    assert!(server.asked().is_empty());
    assert_ne!(check.specification(), base().query("up").below(1.0).specification());
}
