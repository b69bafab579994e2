//! Whether everybody can be told who is to be told. What is sent, is sent only if that is asked for.

use std::sync::Arc;

use glu_core::access::Access;
use glu_core::ledger::View;
use glu_core::model::System;
use glu_core::notify::{Limits, News, Notification, TargetSettings, targets, tell};

use super::{bad, good, note};
use crate::verb::doctor::Check;

/// Examines the configured targets and the pipelines' own; with somebody in whose name, a test is sent to each.
pub(super) fn examine(system: &System, access: &Arc<Access>, sender: Option<&str>) -> Vec<Check> {
    let title = |name: &str| format!("notifications `{name}`");
    let settings = access.settings();
    let (targets, wrong) = targets(system, settings);
    let mut checks: Vec<Check> = Vec::new();
    for target in &targets {
        let title = title(target.name());
        let configured = settings.notifications.get(target.name());
        let test = sender.map(|sender| {
            let test = Notification::test(access.identifier(), access.now(), sender.to_owned());
            let one = std::slice::from_ref(target);
            tell(access, one, &News::of(test), &View::default(), Limits::default())
        });
        checks.push(match test {
            None => {
                good(&title, configured.map_or_else(|| "told by the program itself".to_owned(), described))
            }
            Some(told) => match told.warnings.first() {
                None => good(&title, "took a test"),
                Some(warning) => bad(&title, warning),
            },
        });
        if configured.is_some_and(|settings| settings.kind.is_exposed()) {
            checks.push(note(&title, "its address begins with http://: whoever is on the way can read it"));
        }
    }
    checks.extend(wrong.into_iter().map(|(name, reason)| bad(&title(&name), reason)));
    checks
}

/// What is told, and how.
fn described(settings: &TargetSettings) -> String {
    let kind = settings.kind.name();
    let events = settings.events.as_ref().map_or_else(
        || "everything".to_owned(),
        |events| events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", "),
    );
    match settings.phases.as_deref() {
        None => format!("{kind}: {events}"),
        Some([]) => format!("{kind}: nothing, since `phases` is empty"),
        Some(phases) => format!("{kind}: {events} of {}", phases.join(", ")),
    }
}
