//! Rules: gates that follow from facts alone, one file each.

mod approval;
mod calendar;
mod cron_window;
mod reviews;
mod soak;
mod statuses;
mod version;
mod window;

pub use approval::{Approval, approval};
pub use calendar::{Calendar, freeze_calendar};
pub use cron_window::{CronWindow, cron_window};
pub use reviews::{Reviews, reviews};
pub use soak::{Soak, soak};
pub use statuses::{Statuses, statuses};
pub use version::{Range, RangeError, Semantic, Version, no_downgrade, no_major, version_range};
pub use window::{Window, window};

use jiff::tz::TimeZone;

/// Whether rules of this kind ask what a forge says of a change.
pub(crate) fn asks_forge(kind: &str) -> bool {
    matches!(kind, statuses::KIND | reviews::KIND)
}

/// Whether rules of this kind ask what people say of a proposal.
pub(crate) fn asks_people(kind: &str) -> bool {
    kind == reviews::KIND
}

/// A time zone by its IANA name.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!("there is no time zone `{name}`; name it as in the IANA database: `Europe/Vienna`, `UTC`")
    })
}

#[cfg(test)]
mod tests;
