//! Messages for Slack's incoming webhooks, and for what takes the same: Mattermost, and Discord's addresses that end in `/slack`.
//!
//! Those others show nothing but `text`, so it says all that the blocks say.

use serde_json::{Value, json};

use super::Notification;
use super::deliver::{Attempt, Channel, Undelivered};
use super::message::{details, one_line};
use super::post::Address;
use super::settings::Mistake;
use crate::credential::Secret;

/// How many notifications are one message: two blocks each stay well below Slack's limit of 50.
const AT_ONCE: usize = 10;
/// How long the text of a section may be, in characters (docs.slack.dev, section block).
const SECTION: usize = 3000;
/// How long the text of a context may be; people read one line of it.
const CONTEXT: usize = 1000;
/// How long a message may be on Discord, in characters; Slack takes more.
const TEXT: usize = 2000;

/// A Slack-compatible webhook.
pub(super) struct Slack(Address);

impl Slack {
    /// Takes its address.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn new(url: &Secret) -> Result<Self, Mistake> {
        Address::parse(url).map(Self)
    }
}

impl Channel for Slack {
    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn send(&self, notifications: &[Notification], attempt: &Attempt) -> Result<(), Undelivered> {
        self.0.post(&[], message(notifications).to_string().as_bytes(), attempt)
    }
}

/// Several notifications as one message.
pub(super) fn message(notifications: &[Notification]) -> Value {
    let each = TEXT / notifications.len().max(1) - 2;
    let text: Vec<String> = notifications.iter().map(|notification| text(notification, each)).collect();
    let blocks: Vec<Value> = notifications.iter().flat_map(blocks).collect();
    json!({"text": text.join("\n\n"), "blocks": blocks})
}

fn text(notification: &Notification, limit: usize) -> String {
    let mut lines = vec![notification.headline()];
    lines.extend(notification.reason.as_deref().map(one_line));
    lines.push(details(notification).join(" · "));
    lines.retain(|line| !line.is_empty());
    escape(&lines.join("\n"), limit)
}

fn blocks(notification: &Notification) -> Vec<Value> {
    // The two stars and the end of the line.
    let headline = escape(&notification.headline(), SECTION / 2);
    let reason = notification.reason.as_deref().map(one_line).unwrap_or_default();
    let reason = escape(&reason, SECTION - headline.chars().count() - 3);
    let section = format!("*{headline}*\n{reason}");
    let mut blocks = vec![json!({"type": "section", "text": markup(section.trim_end())})];
    let details = details(notification);
    if !details.is_empty() {
        blocks.push(json!({"type": "context", "elements": [markup(&escape(&details.join(" · "), CONTEXT))]}));
    }
    blocks
}

/// Markup in which nothing that looks like a name or an address becomes a link by itself.
fn markup(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// Text from outside, so that it is nothing but text, cut to so many characters as sent.
///
/// `&`, `<` and `>` are what Slack asks to be escaped. A space of no width after `@` keeps it from calling everybody in Mattermost and Discord,
/// and between `](` keeps it from being a link or a picture there.
fn escape(text: &str, limit: usize) -> String {
    const NOTHING: char = '\u{200b}';
    const MORE: char = '…';
    let mut escaped = String::new();
    let mut length = 0;
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        let rest = &text[index + character.len_utf8()..];
        let mut piece = match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            other => other.to_string(),
        };
        let calls = character == '@' && (!before.is_alphanumeric() || calls_everybody(rest));
        if calls || character == ']' && rest.starts_with('(') {
            piece.push(NOTHING);
        }
        let needed = piece.chars().count();
        let room = if rest.is_empty() { limit } else { limit.saturating_sub(1) };
        if length + needed > room {
            escaped.push(MORE);
            break;
        }
        length += needed;
        escaped.push_str(&piece);
        before = character;
    }
    escaped
}

/// Whether a name that calls everybody follows, even in the midst of what looks like an e-mail address.
fn calls_everybody(rest: &str) -> bool {
    ["all", "channel", "everyone", "here"]
        .iter()
        .any(|name| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}
