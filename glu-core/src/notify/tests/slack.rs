use proptest::prelude::*;

use super::super::slack::message;
use super::super::{Event, Notification};
use super::{held, noon, state};

/// Every text in a message, as it is sent.
fn texts(message: &serde_json::Value) -> Vec<String> {
    let mut texts = vec![message["text"].as_str().unwrap().to_owned()];
    for block in message["blocks"].as_array().unwrap() {
        let text = if block["type"] == "section" { &block["text"] } else { &block["elements"][0] };
        assert_eq!((&text["type"], &text["verbatim"]), (&"mrkdwn".into(), &true.into()));
        texts.push(text["text"].as_str().unwrap().to_owned());
    }
    texts
}

#[test]
fn a_hold_as_it_is_sent() {
    let message = message(&[Notification { until: Some(noon()), ..held("gate `soak` says pending") }]);
    let (from, to) = (state("1.0.0"), state("1.1.0"));
    let details = format!("would get {to} · not before 2026-01-01 12:00 UTC");
    assert_eq!(
        texts(&message),
        [
            format!("shop/production: held at {from}\ngate `soak` says pending\n{details}"),
            format!("*shop/production: held at {from}*\ngate `soak` says pending"),
            details,
        ]
    );
}

#[test]
fn texts_from_outside_are_only_text() {
    let hostile =
        "<!channel> <@U123> &lt; @here a@everyone bob@example.com ![x](https://evil.example/) \u{202e}a\nb";
    let shown = "&lt;!channel&gt; &lt;@\u{200b}U123&gt; &amp;lt; @\u{200b}here a@\u{200b}everyone bob@example.com \
                 ![x]\u{200b}(https://evil.example/) a b";
    let message = message(&[held(hostile)]);
    let texts = texts(&message);
    assert!(texts[0].contains(shown), "{}", texts[0]);
    assert!(texts[1].ends_with(shown), "{}", texts[1]);
}

#[test]
fn other_fields_are_escaped_as_well() {
    let hostile = || Some(state("<!here>"));
    let upstreams = vec!["@all".to_owned()];
    let actor = "<!everyone> @channel".to_owned();
    let sent = message(&[
        Notification { event: Event::Promoted, from: hostile(), to: hostile(), upstreams, actor, ..held("") },
        Notification { event: Event::ApprovalNeeded, from: hostile(), to: hostile(), ..held("") },
    ]);
    for text in texts(&sent) {
        assert!(!text.contains(['<', '>']), "{text}");
        assert!(!text.contains("@channel") && !text.contains("@all"), "{text}");
    }
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

#[test]
fn what_is_too_long_ends_in_an_ellipsis() {
    let texts = texts(&message(&[held(&"&".repeat(5000))]));
    assert!(characters(&texts[0]) <= 2000 && texts[0].ends_with("&amp;…"), "{}", texts[0]);
    assert!(characters(&texts[1]) <= 3000 && texts[1].ends_with("&amp;…"), "{}", texts[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_limits_hold_whatever_is_said(
        reasons in proptest::collection::vec("(?s).{0,4000}|[<>&@a-z\\](]{0,4000}|(@here|@EVERYONE|<!all>){0,900}", 1..=10),
        label in "(?s).{0,4000}",
    ) {
        let notifications: Vec<Notification> = reasons
            .iter()
            .map(|reason| Notification { from: Some(state(&label)), to: Some(state(&label)), ..held(reason) })
            .collect();
        let message = message(&notifications);
        let blocks = message["blocks"].as_array().unwrap();
        prop_assert!(!blocks.is_empty() && blocks.len() <= 50);
        let texts = texts(&message);
        prop_assert!(characters(&texts[0]) <= 2000, "{}", characters(&texts[0]));
        for text in &texts {
            prop_assert!(!text.is_empty() && characters(text) <= 3000);
            let said = text.to_lowercase();
            for mention in ["@here", "@everyone", "@channel", "@all", "<", ">"] {
                prop_assert!(!said.contains(mention), "{text}");
            }
        }
    }
}
