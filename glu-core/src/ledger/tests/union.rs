use proptest::prelude::*;

use super::*;
use crate::gate::Verdict;

/// Events over few phases, actors and times, so that they meet; identifiers collide now and then.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let phase = prop_oneof![Just("staging"), Just("production"), Just("*")];
    let one =
        (0_u8..12, phase, 0_u8..3, 0_u64..40, 0_u8..2).prop_map(|(kind, phase, actor, number, flavour)| {
            let time = FakeClock::at(now());
            time.advance(Duration::from_secs(number));
            let subject = subject(phase);
            let reason = format!("reason {flavour}");
            let gate = GateId { name: "soak".to_owned(), specification: "1".to_owned() };
            let scope = match flavour {
                0 => FreezeScope::Everything,
                _ => FreezeScope::Phase(subject.phase.clone()),
            };
            let what = match kind {
                0 => What::Pinned { subject, reason, until: None },
                1 => What::Unpinned { phase: subject.phase, reason },
                2 => What::Frozen { scope, reason, until: None },
                3 => What::Unfrozen { scope, reason },
                4 => What::Quarantined { subject, reason },
                5 => What::Released { subject, reason },
                6 => What::Approved { subject, comment: Some(reason) },
                7 => What::Disapproved { subject, reason },
                8 => What::Retried { gate, subject, reason },
                9 => What::Sighted { subject },
                _ => What::Sampled {
                    gate,
                    subject,
                    attempt: 1,
                    sample: Sample { verdict: Verdict::Pass, reason, evidence: [].into() },
                },
            };
            let id = Identifiers::default().next(&time, &SeededRandom::new(number));
            Event { id, at: now(), actor: format!("actor {actor}"), run: None, what }
        });
    prop::collection::vec(one, 0..30)
}

fn view(contents: &Contents) -> String {
    format!("{:?}", View::of(&contents.events))
}

proptest! {
    #[test]
    fn ledgers_merge_in_any_order(left in events(), right in events(), third in events()) {
        let ledger = |events: &[Event]| MemoryLedger::of(events.iter().cloned()).read().unwrap();
        let (left, right, third) = (ledger(&left), ledger(&right), ledger(&third));
        let one = left.clone().union(right.clone()).union(third.clone());
        let other = third.union(right.clone().union(left.clone()));
        prop_assert_eq!(&one.events, &other.events);
        prop_assert_eq!(view(&one), view(&other));
        prop_assert_eq!(one.clone().union(left).events, one.events);
    }

    #[test]
    fn the_order_of_reading_makes_no_difference(events in events(), seed in any::<u64>()) {
        let contents = MemoryLedger::of(events).read().unwrap();
        let mut shuffled = contents.clone();
        let random = SeededRandom::new(seed);
        shuffled.events.sort_by_cached_key(|_| crate::clock::Random::next(&random));
        prop_assert_eq!(view(&contents), view(&shuffled));
    }
}

#[test]
fn a_memory_ledger_keeps_each_event_once_and_in_order() {
    let ledger = MemoryLedger::default();
    let (early, late) = (event_at(now(), "early"), event_at(now() + Duration::from_secs(1), "late"));
    ledger.append(&[late.clone(), early.clone()]).unwrap();
    ledger.append(std::slice::from_ref(&early)).unwrap();
    assert_eq!(ledger.read().unwrap().events, [early, late]);
}

#[test]
fn two_versions_of_one_event_are_told() {
    let one = event("one");
    let other = Event { actor: "github:octocat".to_owned(), ..one.clone() };
    let ledger = |event: &Event| Contents { events: vec![event.clone()], skipped: Vec::new() };
    let both = ledger(&one).union(ledger(&other));
    assert_eq!(both, ledger(&other).union(ledger(&one)));
    assert_eq!(both.events.len(), 1);
    assert_eq!(both.skipped, [format!("event {} is there in several versions, of which one counts", one.id)]);
}
