//! What every resource is built of: its path in the API, its generation, its conditions.

use jiff::Timestamp;
use serde_json::Value;

use crate::http::percent_encode;

/// A kind of resource, as its API calls it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    /// Such as `Deployment`.
    pub(super) kind: &'static str,
    /// Such as `apps`.
    pub(super) group: &'static str,
    /// The newest first; an older one is asked where the server has no newer.
    pub(super) versions: &'static [&'static str],
    /// Such as `deployments`.
    pub(super) plural: &'static str,
    /// Where it is looked for unless somebody says otherwise. None: the context's own namespace.
    pub(super) namespace: Option<&'static str>,
}

/// A condition in a resource's status.
pub(super) struct Condition<'a> {
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    /// Since when it is so.
    pub(super) since: Option<Timestamp>,
}

/// The address of an API: `/apis/apps/v1`, or `/api/v1` of the one that has no group.
pub(super) fn api_path(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("/api/{}", percent_encode(version))
    } else {
        format!("/apis/{}/{}", percent_encode(group), percent_encode(version))
    }
}

/// The address of a resource within its API.
pub(super) fn resource_path(plural: &str, namespace: Option<&str>, name: &str) -> String {
    let (plural, name) = (percent_encode(plural), percent_encode(name));
    match namespace {
        Some(namespace) => format!("/namespaces/{}/{plural}/{name}", percent_encode(namespace)),
        None => format!("/{plural}/{name}"),
    }
}

/// Whether a text can be the name of a resource or a namespace, so that it cannot lead elsewhere.
pub(super) fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    (1..=253).contains(&text.len()) && text.bytes().all(is_plain) && !matches!(text, "." | "..")
}

/// A text in a resource; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number in a resource.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer)?.as_i64()
}

/// A time in a resource.
pub(super) fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok()
}

/// Whether its controller has seen what is written in it now.
pub(super) fn is_observed(object: &Value) -> bool {
    match (number(object, "/metadata/generation"), number(object, "/status/observedGeneration")) {
        (Some(generation), Some(observed)) => observed >= generation,
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// A condition by its type.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<Condition<'a>> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let found = conditions.iter().find(|condition| text(condition, "/type") == kind)?;
    Some(Condition {
        status: text(found, "/status"),
        reason: text(found, "/reason"),
        message: text(found, "/message"),
        since: time(found, "/lastTransitionTime"),
    })
}

impl Condition<'_> {
    pub(super) fn is_true(&self) -> bool {
        self.status == "True"
    }

    pub(super) fn is_false(&self) -> bool {
        self.status == "False"
    }

    /// What it says, for people.
    pub(super) fn words(&self) -> String {
        match (self.reason, self.message) {
            ("", "") => "without a reason".to_owned(),
            (reason, "") => reason.to_owned(),
            ("", message) => message.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        }
    }
}
