use super::*;
use crate::forge::{Review, ReviewVerdict, Status, StatusState};
use crate::gate::Word;

fn says(gate: &Gate, word: Option<&Word>) -> (Verdict, String) {
    let (ledger, state) = (View::default(), state("1.2.3"));
    let report = gate.report(&Case {
        subject: &subject(),
        state: &state,
        from: None,
        ledger: &ledger,
        upstreams: &[],
        needed: 1,
        word,
        now: time("2026-03-16T10:00:00Z"),
    });
    (report.verdict, report.reason)
}

fn word(statuses: &[(&str, StatusState)], reviews: Option<&[(&str, ReviewVerdict, &str)]>) -> Word {
    let status = |(name, state): &(&str, StatusState)| Status {
        name: (*name).to_owned(),
        state: *state,
        description: String::new(),
        url: None,
    };
    let review = |(reviewer, verdict, commit): &(&str, ReviewVerdict, &str)| Review {
        reviewer: (*reviewer).to_owned(),
        verdict: *verdict,
        commit: Some((*commit).to_owned()),
    };
    Word::Said {
        of: "proposal #1".to_owned(),
        commit: "now".to_owned(),
        statuses: statuses.iter().map(status).collect(),
        reviews: reviews.map(|reviews| reviews.iter().map(review).collect()),
    }
}

#[test]
fn statuses_open_when_all_that_are_named_pass() {
    use StatusState::{Failed, Passed, Pending};
    let gate = statuses(["build", "lint"]);
    let pending = Verdict::Pending { until: None };
    let cases = [
        (vec![("build", Passed), ("lint", Passed), ("other", Failed)], Verdict::Pass),
        (vec![("build", Passed)], pending),
        (vec![("build", Passed), ("lint", Pending)], pending),
        (vec![("build", Failed)], Verdict::Fail),
    ];
    for (said, verdict) in cases {
        assert_eq!(says(&gate, Some(&word(&said, None))).0, verdict, "{said:?}");
    }
    assert_eq!(says(&gate, Some(&Word::Nothing("no proposal".to_owned()))).0, pending);
    assert_eq!(says(&gate, Some(&Word::Unknown("no answer".to_owned()))).0, Verdict::Inconclusive);
    assert_eq!(says(&gate, None).0, Verdict::Inconclusive);
    assert!(!statuses(Vec::<String>::new()).mistakes().is_empty());
    assert!(!statuses(["build", "glu/shop/staging"]).mistakes().is_empty());
}

#[test]
fn what_was_skipped_passes_and_is_named() {
    let mut said = word(&[("build", StatusState::Passed), ("lint", StatusState::Passed)], None);
    if let Word::Said { statuses, .. } = &mut said {
        statuses[1].description = "skipped: nothing has changed".to_owned();
    }
    let (verdict, reason) = says(&statuses(["build", "lint"]), Some(&said));
    assert_eq!((verdict, reason.as_str()), (Verdict::Pass, "all pass on proposal #1; `lint` is skipped"));
}

#[test]
fn reviews_count_people_who_approved_what_is_proposed_now() {
    use ReviewVerdict::{Approved, ChangesRequested, Requested};
    let gate = reviews(2);
    let pending = Verdict::Pending { until: None };
    let cases = [
        (vec![("ada", Approved, "now"), ("grace", Approved, "now")], Verdict::Pass),
        (vec![("ada", Approved, "now"), ("Ada", Approved, "now")], pending),
        (vec![("ada", Approved, "now"), ("grace", Approved, "before")], pending),
        (vec![("ada", Approved, "now"), ("grace", Requested, "now")], pending),
        (
            vec![("ada", Approved, "now"), ("grace", Approved, "now"), ("li", ChangesRequested, "before")],
            Verdict::Fail,
        ),
    ];
    for (said, verdict) in cases {
        assert_eq!(says(&gate, Some(&word(&[], Some(&said)))).0, verdict, "{said:?}");
    }
    let (_, reason) = says(&gate, Some(&word(&[], Some(&[("grace", Approved, "before")]))));
    assert_eq!(reason, "0 of 2 approvals of proposal #1 given; grace approved an older commit");
    assert_eq!(says(&gate, Some(&word(&[], None))).0, Verdict::Inconclusive);
    assert!(!reviews(0).mistakes().is_empty());
}
