use super::*;

fn says(now: &str, upstreams: &[Stay], needed: usize) -> Answer {
    report(&soak(hours(1)), now, upstreams, needed)
}

#[test]
fn opens_when_the_hour_is_over_and_says_when() {
    let staging = [stay("staging", Some("2026-03-02T10:00:00Z"))];
    let early = says("2026-03-02T10:59:59Z", &staging, 1);
    assert_eq!(early.verdict, until("2026-03-02T11:00:00Z"));
    assert_eq!(early.reason, "1 hour in staging; it opens at 2026-03-02 11:00 UTC");
    assert_eq!(says("2026-03-02T11:00:00Z", &staging, 1).verdict, Verdict::Pass);
}

#[test]
fn a_failure_begins_the_hour_anew_and_illness_stops_it() {
    let mut staging = stay("staging", Some("2026-03-02T10:00:00Z"));
    staging.failed = Some(time("2026-03-02T10:30:00Z"));
    assert_eq!(says("2026-03-02T11:00:00Z", &[staging.clone()], 1).verdict, until("2026-03-02T11:30:00Z"));
    staging.failed = Some(time("2026-03-02T09:30:00Z"));
    assert_eq!(says("2026-03-02T11:00:00Z", &[staging.clone()], 1).verdict, Verdict::Pass);
    staging.healthy = false;
    let ill = says("2026-03-02T11:00:00Z", &[staging], 1);
    assert_eq!(ill.verdict, Verdict::Pending { until: None });
    assert!(ill.reason.contains("staging is not healthy"));
}

#[test]
fn an_unknown_arrival_is_inconclusive_and_so_is_one_in_the_future() {
    let unknown = says("2026-03-02T11:00:00Z", &[stay("app", None)], 1);
    assert_eq!(unknown.verdict, Verdict::Inconclusive);
    assert!(unknown.reason.contains("not known since when app"));
    let ahead = [stay("app", Some("2026-03-02T12:00:00Z"))];
    assert_eq!(says("2026-03-02T11:00:00Z", &ahead, 1).verdict, Verdict::Inconclusive);
}

#[test]
fn enough_upstreams_are_enough_and_fewer_are_not() {
    let three = [
        stay("a", Some("2026-03-02T10:00:00Z")),
        stay("b", Some("2026-03-02T10:20:00Z")),
        stay("c", Some("2026-03-02T10:40:00Z")),
    ];
    assert_eq!(says("2026-03-02T11:20:00Z", &three, 2).verdict, Verdict::Pass);
    assert_eq!(says("2026-03-02T11:20:00Z", &three, 3).verdict, until("2026-03-02T11:40:00Z"));
    assert!(!says("2026-03-03T11:20:00Z", &three, 4).verdict.opens());
    assert!(!says("2026-03-03T11:20:00Z", &[], 1).verdict.opens());
    assert!(!says("2026-03-03T11:20:00Z", &[], 0).verdict.opens());
}
