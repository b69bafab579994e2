//! A request with JSON, signed.

use ureq::http::{HeaderName, HeaderValue};

use super::Notification;
use super::deliver::{Attempt, Channel, Undelivered};
use super::post::Address;
use super::settings::Mistake;
use super::signature::Key;
use crate::credential::Secret;

/// Headers that are not the user's to set.
const OURS: [&str; 8] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// A webhook.
pub(super) struct Webhook {
    address: Address,
    key: Option<Key>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Webhook {
    /// Takes what was configured.
    ///
    /// # Errors
    /// When something in it makes no sense.
    pub(super) fn new(url: &Secret, secret: Option<&Secret>, headers: &[Secret]) -> Result<Self, Mistake> {
        let key = secret.map(Key::parse).transpose().map_err(|reason| Mistake::new("secret", reason))?;
        let headers = headers.iter().map(header).collect::<Result<_, _>>()?;
        Ok(Self { address: Address::parse(url)?, key, headers })
    }
}

fn header(written: &Secret) -> Result<(HeaderName, HeaderValue), Mistake> {
    let wrong = |message: &str| Mistake::new("headers", message);
    let (name, value) =
        written.expose().split_once(':').ok_or_else(|| wrong("a header is written `Name: value`"))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| wrong("what stands before a `:` cannot be the name of a header"))?;
    if OURS.contains(&name.as_str()) {
        return Err(Mistake::new("headers", format!("`{name}` is not to be set")));
    }
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| {
        Mistake::new("headers", format!("the value of `{name}` has characters that no header carries"))
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

impl Channel for Webhook {
    fn send(&self, notifications: &[Notification], attempt: &Attempt) -> Result<(), Undelivered> {
        let unfit = || Undelivered::for_good("the identifier fits into no header");
        for notification in notifications {
            let body = notification.json().to_string();
            let timestamp = attempt.now.as_second();
            let mut headers = self.headers.clone();
            let mut add = |name: &'static str, value: &str| {
                let value = HeaderValue::from_str(value).map_err(|_| unfit())?;
                headers.push((HeaderName::from_static(name), value));
                Ok(())
            };
            add("webhook-id", &notification.id)?;
            add("webhook-timestamp", &timestamp.to_string())?;
            if let Some(key) = &self.key {
                add("webhook-signature", &key.sign(&notification.id, timestamp, body.as_bytes()))?;
            }
            self.address.post(&headers, body.as_bytes(), attempt)?;
        }
        Ok(())
    }
}
