//! A user's own way to be told.

use std::sync::Arc;

use super::Notification;
use super::deliver::{Attempt, Channel, Undelivered};
use super::message::one_line;

/// Why somebody could not be told, in their own words.
pub type NotifyError = Box<dyn std::error::Error + Send + Sync>;

/// Tells somebody what happened: registered on a pipeline by `.notify(...)`, of which it hears everything.
///
/// ```
/// use glu_core::notify::{Event, Notification, Notify, NotifyError};
///
/// struct Pager;
///
/// impl Notify for Pager {
///     fn name(&self) -> String {
///         "pager".to_owned()
///     }
///
///     fn notify(&self, notification: &Notification) -> Result<(), NotifyError> {
///         if notification.event == Event::Failed {
///             std::fs::write("page.txt", notification.headline())?;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Notify: Send + Sync {
    /// What it is called in warnings and in the ledger; unique in its pipeline.
    fn name(&self) -> String;

    /// Tells it. Waiting is bounded: what takes too long is left behind.
    ///
    /// # Errors
    /// Why it could not be told. What is so still (a hold, a failure) is then told at the next look.
    fn notify(&self, notification: &Notification) -> Result<(), NotifyError>;
}

/// A user's own, as one of several ways.
pub(super) struct Own(pub(super) Arc<dyn Notify>);

impl Channel for Own {
    fn send(&self, notifications: &[Notification], _: &Attempt) -> Result<(), Undelivered> {
        for notification in notifications {
            self.0
                .notify(notification)
                .map_err(|error| Undelivered::for_good(one_line(&error.to_string())))?;
        }
        Ok(())
    }
}
