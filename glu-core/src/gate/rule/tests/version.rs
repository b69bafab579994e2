use super::*;

fn says(rule: &Version, from: Option<&str>, to: &str) -> Answer {
    let ledger = View::default();
    let (from, to) = (from.map(state), state(to));
    rule.judge(&Case {
        subject: &subject(),
        state: &to,
        from: from.as_ref(),
        ledger: &ledger,
        upstreams: &[],
        needed: 1,
        word: None,
        now: time("2026-03-16T10:00:00Z"),
    })
}

#[test]
fn no_downgrade_and_no_major() {
    let downgrade = Version::no_downgrade();
    assert_eq!(says(&downgrade, Some("1.2.3"), "1.2.4").verdict, Verdict::Pass);
    assert_eq!(says(&downgrade, Some("v1.2.3"), "1.2.3+build").verdict, Verdict::Pass);
    assert_eq!(says(&downgrade, Some("1.10.0"), "1.9.0").verdict, Verdict::Fail);
    assert_eq!(says(&downgrade, Some("1.0.0"), "1.0.0-rc.1").reason, "1.0.0-rc.1 is older than 1.0.0");
    assert_eq!(says(&downgrade, None, "1.0.0").verdict, Verdict::Pass);
    let major = Version::no_major();
    assert_eq!(says(&major, Some("1.2.3"), "1.0.0").verdict, Verdict::Pass);
    assert_eq!(says(&major, Some("1.2.3"), "2.0.0").verdict, Verdict::Fail);
    assert_eq!(says(&major, Some("2.0.0"), "1.9.0").verdict, Verdict::Fail);
}

#[test]
fn what_is_no_version_is_inconclusive() {
    for rule in [Version::no_downgrade(), Version::no_major(), Version::range("1")] {
        let answer = says(&rule, Some("1.2.3"), "main-4f2a");
        assert_eq!(answer.verdict, Verdict::Inconclusive);
        assert!(answer.reason.contains("`main-4f2a` is not a version") && answer.remedy.is_some());
    }
    assert_eq!(says(&Version::no_major(), Some("latest"), "1.2.3").verdict, Verdict::Inconclusive);
    let absent = says(&Version::no_major().of_field("chart"), None, "1.2.3");
    assert!(absent.verdict == Verdict::Inconclusive && absent.reason.contains("no field `chart`"));
}

#[test]
fn a_field_with_an_image_reference_has_the_version_in_its_tag() {
    let rule = Version::range(">=1.2, <2").of_field("image");
    assert_eq!(says(&rule, None, "v1.3.0").verdict, Verdict::Pass);
    assert_eq!(says(&rule, None, "2.0.0").reason, "2.0.0 is not in >=1.2, <2");
}

#[test]
fn a_range_that_cannot_be_read_is_refused() {
    let gate = version_range("newest");
    assert!(gate.mistakes()[0].contains("`newest` is no range"));
    assert!(!report(&gate, "2026-03-16T10:00:00Z", &[], 1).verdict.opens());
    assert_eq!(
        no_major().mistakes().len() + no_downgrade().mistakes().len() + approval(1).mistakes().len(),
        0
    );
}
