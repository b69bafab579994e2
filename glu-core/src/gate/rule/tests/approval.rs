use super::*;

fn says(rule: &Approval, now: &str, whats: &[(&str, &str, What)], author: Option<&str>) -> Answer {
    let events: Vec<Event> = whats
        .iter()
        .enumerate()
        .map(|(index, (at, actor, what))| Event {
            id: format!("{index:026}"),
            at: time(at),
            actor: (*actor).to_owned(),
            run: None,
            what: what.clone(),
        })
        .collect();
    let ledger = View::of(&events);
    let state = state("1.2.3");
    let staging = Stay { authors: author.map(str::to_owned).into_iter().collect(), ..stay("staging", None) };
    rule.judge(&Case {
        subject: &subject(),
        state: &state,
        from: None,
        ledger: &ledger,
        upstreams: &[staging],
        needed: 1,
        word: None,
        now: time(now),
    })
}

fn yes() -> What {
    What::Approved { subject: subject(), comment: None }
}

const MONDAY: &str = "2026-03-16T10:00:00Z";
const TUESDAY: &str = "2026-03-17T10:00:00Z";

#[test]
fn different_people_count_and_the_author_does_not() {
    let given = [(MONDAY, "Ann <ann@example.com>", yes()), (MONDAY, "A. Nn <ANN@example.com>", yes())];
    let one = says(&Approval::by(2), TUESDAY, &given, Some("Bob <bob@example.com>"));
    assert_eq!(one.verdict, Verdict::Pending { until: None });
    assert!(one.reason.starts_with("1 of 2 approvals given, by "), "{}", one.reason);
    assert_eq!(
        one.remedy.as_deref(),
        Some("`glu approve checkout/production`, by anybody but bob@example.com")
    );
    let mut given = given.to_vec();
    given.push((MONDAY, "Bob B. <bob@example.com>", yes()));
    let own = says(&Approval::by(2), TUESDAY, &given, Some("Bob <bob@example.com>"));
    assert!(!own.verdict.opens() && own.reason.contains("Bob B. <bob@example.com> wrote the change"));
    assert_eq!(says(&Approval::by(2), TUESDAY, &given, None).verdict, Verdict::Pass);
}

#[test]
fn only_exactly_this_state_is_approved() {
    let other = Subject { state: StateDigest::of(b"other"), ..subject() };
    let elsewhere = Subject { phase: PhaseId::new("checkout", "staging"), ..subject() };
    for wrong in [other, elsewhere] {
        let given = [(MONDAY, "ann", What::Approved { subject: wrong, comment: None })];
        assert!(!says(&Approval::by(1), TUESDAY, &given, None).verdict.opens());
    }
    assert!(says(&Approval::by(1), TUESDAY, &[(MONDAY, "ann", yes())], None).verdict.opens());
}

#[test]
fn approvals_expire_and_can_be_taken_back() {
    let rule = Approval::by(1).expiring(days(1));
    let given = [(MONDAY, "ann", yes())];
    assert_eq!(says(&rule, "2026-03-17T09:59:59Z", &given, None).verdict, Verdict::Pass);
    let expired = says(&rule, TUESDAY, &given, None);
    assert_eq!(expired.reason, "0 of 1 approval given; ann's approval expired at 2026-03-17 10:00 UTC");
    let back = What::Disapproved { subject: subject(), reason: "a bug".to_owned() };
    let taken = [(MONDAY, "ann", yes()), (MONDAY, "ann", back), (MONDAY, "bob", yes())];
    assert!(!says(&Approval::by(2), MONDAY, &taken, None).verdict.opens());
}

#[test]
fn only_those_on_the_list_count() {
    let rule = Approval::by(1).of(["Ann@example.com", "ops-bot"]);
    let stranger = says(&rule, TUESDAY, &[(MONDAY, "Eve <eve@example.com>", yes())], None);
    assert!(
        !stranger.verdict.opens() && stranger.reason.contains("Eve <eve@example.com> is not an approver")
    );
    assert!(stranger.remedy.unwrap().contains("by one of ann@example.com, ops-bot"));
    // What stands before an address is anybody's to choose.
    let forged = says(&rule, TUESDAY, &[(MONDAY, "ann@example.com <eve@example.com>", yes())], None);
    assert!(!forged.verdict.opens());
    assert!(says(&rule, TUESDAY, &[(MONDAY, "Ann <ann@example.com>", yes())], None).verdict.opens());
    assert_eq!(Approval::by(3).of(["a", "b"]).mistakes(), ["it asks for 3 approvals of 2 approvers"]);
    assert!(!says(&Approval::by(0), TUESDAY, &[], None).verdict.opens());
}
