//! Tells the configured targets, and the pipelines' own, what a run did.

use glu_core::facts::Facts;
use glu_core::ledger::actor::actor_here;
use glu_core::ledger::{self, Event, View, What};
use glu_core::notify::{Limits, News, Target, Told, targets, tell};
use glu_core::plan::Plan;
use glu_core::promote::Outcome;
use glu_core::settings::LedgerSettings;

use crate::exit::Failure;
use crate::session::Session;
use crate::view::held;

/// Whom to tell, and what they were told that the ledger does not keep.
#[derive(Default)]
pub struct Notices {
    /// None: nobody looked yet.
    targets: Option<Vec<Target>>,
    /// What could not be written down; it counts for this process, and is written with the next.
    unwritten: Vec<Event>,
}

impl Session {
    /// Tells what a plan and the outcome of its moves have to tell. Whatever goes wrong is a warning: what was done is done.
    pub fn tell(&mut self, plan: &Plan, facts: Option<&Facts>, outcome: &Outcome) {
        let targets = self.targets();
        if !targets.is_empty() {
            let actor = actor_here(crate::ci::actor(&self.env).as_deref(), &self.access);
            let news = News::gather(plan, outcome, &self.access, &actor, &held);
            let news = match facts {
                Some(facts) => news.with_merges(plan, facts, &self.access, &actor),
                None => news,
            };
            self.tell_them(&targets, news);
        }
        self.notices.targets = Some(targets);
    }

    fn tell_them(&mut self, targets: &[Target], mut news: News) {
        let mut known = View::default();
        if news.asks_the_ledger() {
            match self.told() {
                Ok(told) => known = told,
                Err(failure) => {
                    self.shell.warn(&format!("holds and failures are not told: {}", failure.message));
                    news = news.without_ledger();
                }
            }
        }
        let Told { records, warnings, .. } = tell(&self.access, targets, &news, &known, Limits::default());
        for warning in warnings {
            self.shell.warn(&warning);
        }
        if let Err(failure) = self.write_down(records) {
            self.shell.warn(&format!("it is not written down what was told: {}", failure.message));
        }
    }

    /// Everything that anybody was told.
    fn told(&self) -> Result<View, Failure> {
        let mut events = ledger::open(&self.access).read()?.events;
        events.extend(self.notices.unwritten.iter().cloned());
        Ok(View::of(&events))
    }

    fn write_down(&mut self, records: Vec<What>) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let mut events = std::mem::take(&mut self.notices.unwritten);
        events.extend(self.events(records));
        let written = ledger::open(&self.access).append(&events);
        let is_kept = written.is_ok() && self.access.settings().ledger != LedgerSettings::Memory;
        if !is_kept {
            self.notices.unwritten = events;
        }
        Ok(written?)
    }

    /// Everybody to tell; what is wrong with some of them is said once.
    fn targets(&mut self) -> Vec<Target> {
        self.notices.targets.take().unwrap_or_else(|| {
            let (targets, wrong) = targets(&self.system, self.access.settings());
            for (name, reason) in wrong {
                self.shell.warn(&format!("notifications `{name}` are told nothing: {reason}"));
            }
            targets
        })
    }
}
