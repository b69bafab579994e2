//! Whom to tell, and of what.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::command::Command;
use super::deliver::Channel;
use super::own::Own;
use super::settings::{Mistake, TargetKind, TargetSettings};
use super::{Event, Notification};
use crate::model::{Selection, System};
use crate::settings::Settings;

/// Somebody to tell.
pub struct Target {
    pub(super) name: String,
    pub(super) events: Option<BTreeSet<Event>>,
    pub(super) phases: Option<Selection>,
    pub(super) channel: Arc<dyn Channel>,
}

impl Target {
    /// What it is called: as in the configuration, or `own:` and its own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is to hear of this.
    pub fn wants(&self, notification: &Notification) -> bool {
        notification.event == Event::Test
            || self.events.as_ref().is_none_or(|events| events.contains(&notification.event))
                && self.phases.as_ref().is_none_or(|phases| phases.contains(&notification.phase))
    }

    /// A configured one.
    ///
    /// # Errors
    /// When it names phases that are not there, or cannot be told so.
    pub fn open(name: &str, settings: &TargetSettings, system: &System) -> Result<Self, String> {
        let channel =
            settings.kind.channel().map_err(|mistake| format!("`{}`: {}", mistake.key, mistake.message))?;
        let phases = match settings.phases.as_deref() {
            None => None,
            // Without a name, the command line means all; a list without a name means none.
            Some([]) => Some(Selection::default()),
            Some(names) => Some(Selection::parse(system, names).map_err(|error| error.to_string())?),
        };
        Ok(Self { name: name.to_owned(), events: settings.events.clone(), phases, channel })
    }
}

/// Everybody to tell: the configured ones by name, then the pipelines' own; and the names of the rest, with what is wrong with each.
pub fn targets(system: &System, settings: &Settings) -> (Vec<Target>, Vec<(String, String)>) {
    let mut targets = Vec::new();
    let mut wrong = Vec::new();
    for (name, settings) in &settings.notifications {
        match Target::open(name, settings, system) {
            Ok(target) => targets.push(target),
            Err(reason) => wrong.push((name.clone(), reason)),
        }
    }
    for pipeline in system.pipelines() {
        let phases = Selection::of(pipeline.phases.iter().map(|phase| pipeline.id(phase)));
        targets.extend(pipeline.notify.iter().map(|own| Target {
            name: format!("own:{}", own.name()),
            events: None,
            phases: Some(phases.clone()),
            channel: Arc::new(Own(own.clone())),
        }));
    }
    (targets, wrong)
}

impl TargetKind {
    /// What makes no sense in it.
    pub fn mistake(&self) -> Option<Mistake> {
        self.channel().err()
    }

    #[cfg(feature = "registry")]
    fn channel(&self) -> Result<Arc<dyn Channel>, Mistake> {
        Ok(match self {
            Self::Slack { url } => Arc::new(super::slack::Slack::new(url)?),
            Self::Webhook { url, secret, headers } => {
                Arc::new(super::webhook::Webhook::new(url, secret.as_ref(), headers)?)
            }
            Self::Command { arguments, directory } => Arc::new(Command::new(arguments, directory)?),
        })
    }

    #[cfg(not(feature = "registry"))]
    fn channel(&self) -> Result<Arc<dyn Channel>, Mistake> {
        match self {
            Self::Command { arguments, directory } => Ok(Arc::new(Command::new(arguments, directory)?)),
            _ => Err(Mistake::new(
                "type",
                "this program was built without the feature `registry`, which speaks HTTP",
            )),
        }
    }
}
