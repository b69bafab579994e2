//! Entries: the events of one append as text, written whole and read with suspicion.
//!
//! An entry is one JSON object after another, each an event with its format version; a newer version or an event of an unknown
//! kind is skipped alone, broken text takes its whole entry with it.

use jiff::{SignedDuration, Timestamp};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Event, What, ulid};

/// The version of events as they are written.
const VERSION: u32 = 1;

/// No entry is longer, in bytes.
pub(super) const MAX_ENTRY: usize = 4 << 20;

/// How far clocks may differ.
const TOLERANCE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(flatten)]
    event: &'a Event,
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Head {
    version: u32,
    id: String,
    event: String,
}

/// What was read of an entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decoded {
    /// The identifier of its first event, trusted or not.
    pub(super) first: Option<String>,
    /// Its events.
    pub(super) events: Vec<Event>,
    /// Why others were skipped.
    pub(super) skipped: Vec<String>,
}

/// Writes events as one entry, with something between them and nothing after the last.
///
/// # Errors
/// Why a reader would not trust them.
pub(super) fn encode(events: &[Event], between: &str, now: Timestamp) -> Result<String, String> {
    let mut text = String::new();
    for event in events {
        if let Some(reason) = inconsistent(event) {
            return Err(format!("event {} {reason}", event.id));
        }
        if let Some(sentence) = too_early(event, now) {
            return Err(sentence);
        }
        if !text.is_empty() {
            text.push_str(between);
        }
        text.push_str(&encode_one(event));
    }
    match text.len() > MAX_ENTRY {
        true => Err(format!(
            "{} events of {} bytes are too many at once; {MAX_ENTRY} bytes fit",
            events.len(),
            text.len()
        )),
        false => Ok(text),
    }
}

/// Writes one event on one line.
pub(super) fn encode_one(event: &Event) -> String {
    serde_json::to_string(&Written { version: VERSION, event }).expect("events have only text for keys")
}

/// Reads an entry. `place` names it in sentences. Events from the future are left in: see [`too_early`].
pub(super) fn decode(text: &[u8], place: &str) -> Decoded {
    let mut decoded = Decoded::default();
    if text.len() > MAX_ENTRY {
        decoded.skipped.push(too_long(place, text.len()));
        return decoded;
    }
    let Ok(text) = std::str::from_utf8(text) else {
        decoded.skipped.push(format!("{place} is no text"));
        return decoded;
    };
    let mut pieces = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut from = 0;
    while let Some(piece) = pieces.next() {
        if piece.is_err() {
            decoded.events.clear();
            decoded.skipped = vec![format!("{place} is torn or no JSON, so none of it counts")];
            return decoded;
        }
        let to = pieces.byte_offset();
        match decode_one(&text[from..to], &mut decoded.first) {
            Ok(event) => decoded.events.push(event),
            Err(reason) => decoded.skipped.push(format!("{place} {reason}")),
        }
        from = to;
    }
    if decoded.events.is_empty() && decoded.skipped.is_empty() {
        decoded.skipped.push(format!("{place} is empty"));
    }
    decoded
}

/// The sentence about an entry beyond the limit.
pub(super) fn too_long(place: &str, length: usize) -> String {
    format!("{place} has {length} bytes, more than the {MAX_ENTRY} of the longest entry")
}

/// Why an event does not count yet: its time, or the one in its identifier, is further ahead than clocks differ.
pub(super) fn too_early(event: &Event, now: Timestamp) -> Option<String> {
    let latest = now.saturating_add(TOLERANCE).unwrap_or(Timestamp::MAX);
    let claimed = ulid::time(&event.id).map_or(event.at, |time| time.max(event.at));
    (claimed > latest).then(|| format!("event {} is of {claimed}, in the future", event.id))
}

fn decode_one(text: &str, first: &mut Option<String>) -> Result<Event, String> {
    let head: Head = serde_json::from_str(text).map_err(|error| format!("holds no event: {error}"))?;
    first.get_or_insert(head.id);
    if head.version != VERSION {
        return Err(format!(
            "holds an event of format version {}, where this glu reads version {VERSION}",
            head.version
        ));
    }
    if !What::KINDS.contains(&head.event.as_str()) {
        return Err(format!("holds an event of kind {:?}, which this glu does not know", head.event));
    }
    let event: Event = serde_json::from_str(text)
        .map_err(|error| format!("holds an event that cannot be understood: {error}"))?;
    match inconsistent(&event) {
        Some(reason) => Err(format!("holds an event that {reason}")),
        None => Ok(event),
    }
}

/// Why an event contradicts itself. The identifier decides which of two events is the later one, so it has to tell the truth.
fn inconsistent(event: &Event) -> Option<String> {
    match ulid::time(&event.id) {
        None => Some(format!("has the identifier {:?}, which is no ULID", event.id)),
        Some(time) if time.duration_since(event.at).abs() > TOLERANCE => {
            Some(format!("says {} where its identifier says {time}", event.at))
        }
        Some(_) => None,
    }
}
