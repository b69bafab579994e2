use super::*;
use crate::ledger::entry::{self, decode, encode};

#[test]
fn every_kind_is_written_and_read() {
    let events = one_of_each();
    let kinds: std::collections::BTreeSet<&str> = events.iter().map(|event| event.what.kind()).collect();
    assert_eq!(kinds, What::KINDS.iter().copied().collect());
    for between in ["\n", " "] {
        let text = encode(&events, between, now()).unwrap();
        let decoded = decode(text.as_bytes(), "here");
        assert_eq!(decoded.skipped, [""; 0]);
        assert_eq!(decoded.events, events);
        assert_eq!(decoded.first.as_deref(), Some(events[0].id.as_str()));
    }
    for event in &events {
        let value: serde_json::Value = serde_json::from_str(&entry::encode_one(event)).unwrap();
        assert_eq!(value["event"], event.what.kind());
        assert_eq!(value["version"], 1);
    }
}

#[test]
fn an_event_may_say_which_ci_run_wrote_it() {
    // As written before there was such a thing.
    let old = entry::encode_one(&event("old"));
    assert!(!old.contains("\"run\""), "{old}");
    let run = Some("https://ci.example/7".to_owned());
    let new = entry::encode_one(&crate::ledger::Event { run: run.clone(), ..event("new") });
    let read: Vec<_> = decode(format!("{old}\n{new}").as_bytes(), "here").events;
    assert_eq!(read.into_iter().map(|event| event.run).collect::<Vec<_>>(), [None, run]);
}

#[test]
fn what_cannot_be_trusted_is_skipped_with_a_sentence() {
    let good = event("good");
    let text = entry::encode_one(&good);
    let newer = text.replace("\"version\":1", "\"version\":2");
    let foreign = text.replace("\"pinned\"", "\"rolled_out\"");
    let misshapen = text.replace("\"reason\"", "\"raison\"");
    let nameless = text.replace(&good.id, "x");
    let elsewhen = text.replace("2026-11-16", "2026-11-01");
    for (bad, expected) in [
        (newer, "here holds an event of format version 2, where this glu reads version 1"),
        (foreign, "here holds an event of kind \"rolled_out\", which this glu does not know"),
        (misshapen, "here holds an event that cannot be understood: missing field `reason`"),
        (nameless, "here holds an event that has the identifier \"x\", which is no ULID"),
        (elsewhen, "here holds an event that says 2026-11-01T12:00:00Z where its identifier says"),
        ("{\"some\": \"thing\"}".to_owned(), "here holds no event: missing field `version`"),
        ("7".to_owned(), "here holds no event: invalid type"),
    ] {
        // The others of the entry still count.
        let decoded = decode(format!("{bad}\n{text}").as_bytes(), "here");
        assert_eq!(decoded.events, std::slice::from_ref(&good), "{bad}");
        assert_eq!(decoded.skipped.len(), 1);
        assert!(decoded.skipped[0].starts_with(expected), "{:?}", decoded.skipped);
    }
    for (bad, expected) in [
        (format!("{text} {}", &text[..40]).into_bytes(), "here is torn or no JSON, so none of it counts"),
        (b"garbage".to_vec(), "here is torn or no JSON, so none of it counts"),
        (vec![0; 100], "here is torn or no JSON, so none of it counts"),
        (vec![0xff; 100], "here is no text"),
        (Vec::new(), "here is empty"),
        (vec![b' '; 5 << 20], "here has 5242880 bytes, more than the 4194304 of the longest entry"),
    ] {
        let decoded = decode(&bad, "here");
        assert_eq!((decoded.events.len(), decoded.skipped.as_slice()), (0, [expected.to_owned()].as_slice()));
    }
}

#[test]
fn depth_and_size_are_limited() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = entry::encode_one(&event("x")).replace("\"x\"", &deep);
    let decoded = decode(text.as_bytes(), "here");
    assert_eq!((decoded.events.len(), decoded.skipped.len()), (0, 1));
    let error = encode(&[event(&"x".repeat(5 << 20))], "\n", now()).unwrap_err();
    assert!(error.contains("4194304 bytes fit"), "{error}");
}
