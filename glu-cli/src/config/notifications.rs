//! Whom to tell what happened, from keys.

use std::collections::BTreeMap;

use glu_core::notify::{Event, TargetKind, TargetSettings};

use super::keys::join;
use super::model::{Config, NotificationConfig, NotificationType};
use super::resolve::Resolver;

impl Resolver<'_> {
    pub(super) fn notifications(&mut self, config: &Config) -> BTreeMap<String, TargetSettings> {
        let mut targets = BTreeMap::new();
        for (name, target) in &config.notifications {
            let at = join("notifications", name);
            let Some(kind) = self.target_kind(&at, target) else { continue };
            if let Some(mistake) = kind.mistake() {
                let key = format!("{at}.{}", mistake.key);
                self.complain(&key, format!("`{key}`: {}", mistake.message));
                continue;
            }
            let events = target.events.as_ref();
            let events = events.map(|names| names.iter().filter_map(|name| Event::parse(name)).collect());
            targets.insert(name.clone(), TargetSettings { kind, events, phases: target.phases.clone() });
        }
        targets
    }

    fn target_kind(&mut self, at: &str, target: &NotificationConfig) -> Option<TargetKind> {
        let kind = self.required(at, "type", target.kind)?;
        let (url, secret, headers, command) = match kind {
            NotificationType::Slack => (true, false, false, false),
            NotificationType::Webhook => (true, true, true, false),
            NotificationType::Command => (false, false, false, true),
        };
        for (key, is_there, belongs) in [
            ("url", target.url.is_some(), url),
            ("secret", target.secret.is_some(), secret),
            ("headers", target.headers.is_some(), headers),
            ("command", target.command.is_some(), command),
        ] {
            if is_there && !belongs {
                let key = format!("{at}.{key}");
                self.complain(&key, format!("`{key}` means nothing for this type of notification"));
            }
        }
        Some(match kind {
            NotificationType::Slack => {
                TargetKind::Slack { url: self.required(at, "url", target.url.clone())? }
            }
            NotificationType::Webhook => TargetKind::Webhook {
                url: self.required(at, "url", target.url.clone())?,
                secret: target.secret.clone(),
                headers: target.headers.clone().unwrap_or_default(),
            },
            NotificationType::Command => TargetKind::Command {
                arguments: self.required(at, "command", target.command.clone())?,
                directory: self.root.to_owned(),
            },
        })
    }
}
