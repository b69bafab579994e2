//! A notification in words, for people.

#[cfg(feature = "registry")]
use super::ProposalLink;
use super::{Event, Notification};
#[cfg(feature = "registry")]
use crate::gate::words::moment;
use crate::model::State;

/// What happened, on one line.
pub(super) fn headline(notification: &Notification) -> String {
    let Notification { phase, from, to, .. } = notification;
    let state = |words: &str, state: &Option<State>| match state {
        Some(state) => format!("{phase}: {words} {state}"),
        None => format!("{phase}: {}", words.rsplit_once(' ').map_or(words, |(words, _)| words)),
    };
    one_line(&match notification.event {
        Event::Promoted => state("promoted to", to),
        Event::Proposed => state("proposed", to),
        Event::RolledBack => state("rolled back to", to),
        Event::Held => state("held at", from),
        Event::ApprovalNeeded => state("approval needed for", to),
        Event::Failed => format!("{phase}: failed"),
        Event::Test => "a test of glu's notifications".to_owned(),
    })
}

/// What else there is to know, a few words each.
#[cfg(feature = "registry")]
pub(super) fn details(notification: &Notification) -> Vec<String> {
    let Notification { event, phase, from, to, .. } = notification;
    let mut details = Vec::new();
    match event {
        Event::Promoted | Event::RolledBack | Event::Failed => {
            details.extend(from.as_ref().map(|from| format!("was {from}")));
        }
        Event::Proposed => details.extend(from.as_ref().map(|from| format!("now {from}"))),
        Event::Held => details.extend(to.as_ref().map(|to| format!("would get {to}"))),
        Event::ApprovalNeeded => {
            details.extend(from.as_ref().map(|from| format!("now {from}")));
            details.push(format!("glu approve {phase}"));
        }
        Event::Test => {}
    }
    if !notification.upstreams.is_empty() {
        details.push(format!("from {}", notification.upstreams.join(", ")));
    }
    details.extend(notification.until.map(|until| format!("not before {}", moment(until))));
    if let Some(ProposalLink { number, url }) = &notification.proposal {
        details.push(format!("#{number} {url}"));
    }
    if let Some(made) = &notification.made {
        details.push(format!("commit {} on {}", made.commit.short(), made.branch));
    }
    // Nobody keeps a hold up by looking at it.
    if matches!(event, Event::Promoted | Event::Proposed | Event::RolledBack | Event::Test) {
        details.push(format!("by {}", notification.actor));
    }
    details.iter().map(|detail| one_line(detail)).collect()
}

/// A text from outside on one line, without what changes how the rest of it is read.
pub(super) fn one_line(text: &str) -> String {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    let plain: String = text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
