//! Delivery: to everybody at once, again where that may help, and never for longer than is allowed.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Event, News, Notification, Target};
use crate::access::Access;
use crate::ledger::{View, What};
use crate::model::PhaseId;

/// How often something is sent before it is given up.
const ATTEMPTS: u32 = 5;

/// The first wait between attempts; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long telling may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One attempt.
    pub attempt: Duration,
    /// Everything.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attempt: Duration::from_secs(10), total: Duration::from_secs(30) }
    }
}

/// What came of telling.
#[derive(Debug, Default)]
pub struct Told {
    /// What the ledger is to remember, so that it is not told again.
    pub records: Vec<What>,
    /// Who was not told of what, and why; a sentence each, without secrets.
    pub warnings: Vec<String>,
    /// How many notifications arrived, over all targets.
    pub arrived: usize,
}

/// Tells the targets what they want to hear and have not heard yet, by what the ledger remembers.
///
/// It returns when all is told or when the time is over; what is still on its way then counts as not told. So it is told at least once.
pub fn tell(access: &Arc<Access>, targets: &[Target], news: &News, ledger: &View, limits: Limits) -> Told {
    let mut told = Told::default();
    let until = Instant::now() + limits.total;
    let (sender, receiver) = mpsc::channel();
    let mut running = Vec::new();
    for target in targets {
        told.records.extend(target.recovered(news, ledger));
        let wanted = target.unheard(news, ledger);
        if wanted.is_empty() {
            continue;
        }
        let delivery = Delivery {
            index: running.len(),
            name: target.name().to_owned(),
            channel: Arc::clone(&target.channel),
            notifications: wanted.iter().map(|notification| (*notification).clone()).collect(),
            limits,
            // What is on its way at the end should have ended by then.
            until: until - limits.total / 20,
        };
        running.push(Running { target, open: wanted, failed: Vec::new() });
        let (access, sender) = (Arc::clone(access), sender.clone());
        // Not waited for at the end: a user's own may never return. Where no thread can be had, nothing is answered.
        let thread = thread::Builder::new().name("notify".to_owned());
        let _ = thread.spawn(move || delivery.run(&access, &sender));
    }
    drop(sender);
    let end = loop {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Answer { index, count, result }) => running[index].settle(count, &result, &mut told),
            Err(RecvTimeoutError::Timeout) => break "it takes too long",
            Err(RecvTimeoutError::Disconnected) => break "it ended without an answer",
        }
    };
    told.warnings.extend(running.into_iter().filter_map(|running| running.warning(end)));
    told
}

impl Target {
    /// What it wants to hear, and was not told already.
    fn unheard<'a>(&self, news: &'a News, ledger: &View) -> Vec<&'a Notification> {
        let is_new = |notification: &&Notification| {
            let Some(standing) = &notification.standing else { return true };
            let last = match notification.event {
                Event::Promoted => ledger.merge(self.name(), &notification.phase),
                _ => ledger.notice(self.name(), &notification.phase),
            };
            last.is_none_or(|last| last.told != notification.event.name() || last.digest != *standing)
        };
        news.notifications.iter().filter(|notification| self.wants(notification)).filter(is_new).collect()
    }

    /// Failures that it was told of and that are over: the next one is news again, even if it is the same.
    fn recovered(&self, news: &News, ledger: &View) -> Vec<What> {
        let was_told = |phase: &&PhaseId| {
            ledger.notice(self.name(), phase).is_some_and(|last| last.told == Event::Failed.name())
        };
        news.well
            .iter()
            .filter(was_told)
            .map(|phase| What::Notified {
                target: self.name().to_owned(),
                phase: phase.clone(),
                told: "recovered".to_owned(),
                digest: String::new(),
            })
            .collect()
    }
}

/// One target's notifications, as they are seen from where the answers are waited for.
struct Running<'a> {
    target: &'a Target,
    /// Not answered yet, in order.
    open: Vec<&'a Notification>,
    /// Not told, with the reason of each.
    failed: Vec<(&'a Notification, String)>,
}

impl Running<'_> {
    fn settle(&mut self, count: usize, result: &Result<(), String>, told: &mut Told) {
        let count = count.min(self.open.len());
        for notification in self.open.drain(..count) {
            match result {
                Err(reason) => self.failed.push((notification, reason.clone())),
                Ok(()) => {
                    told.arrived += 1;
                    if let Some(standing) = &notification.standing {
                        told.records.push(What::Notified {
                            target: self.target.name().to_owned(),
                            phase: notification.phase.clone(),
                            told: notification.event.name().to_owned(),
                            digest: standing.clone(),
                        });
                    }
                }
            }
        }
    }

    /// Who was not told of what; of several the first is named.
    fn warning(mut self, end: &str) -> Option<String> {
        self.failed.extend(self.open.drain(..).map(|notification| (notification, end.to_owned())));
        let (first, reason) = self.failed.first()?;
        let more = match self.failed.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        Some(format!("`{}` was not told of \"{}\"{more}: {reason}", self.target.name(), first.headline()))
    }
}

/// One target's notifications, on their way.
struct Delivery {
    index: usize,
    name: String,
    channel: Arc<dyn Channel>,
    notifications: Vec<Notification>,
    limits: Limits,
    until: Instant,
}

/// What came of so many notifications.
struct Answer {
    index: usize,
    count: usize,
    result: Result<(), String>,
}

impl Delivery {
    fn run(self, access: &Access, answers: &Sender<Answer>) {
        access.step(&format!("telling {}", self.name), || {
            for notifications in self.notifications.chunks(self.channel.at_once().max(1)) {
                let result = self.persist(access, notifications);
                let given_up = matches!(&result, Err(undelivered) if undelivered.again);
                let result = result.map_err(|undelivered| undelivered.reason);
                let answer = Answer { index: self.index, count: notifications.len(), result };
                if answers.send(answer).is_err() {
                    return;
                }
                if given_up {
                    // Who cannot be reached by now cannot be reached for the rest either.
                    let reason = Err("it was not tried any more".to_owned());
                    let rest = Answer { index: self.index, count: usize::MAX, result: reason };
                    let _ = answers.send(rest);
                    return;
                }
            }
        });
    }

    /// Sends until it is taken, or refused for good, or often enough.
    fn persist(&self, access: &Access, notifications: &[Notification]) -> Result<(), Undelivered> {
        let mut wait = FIRST_WAIT;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let until = self.until.min(Instant::now() + self.limits.attempt);
            let attempt = Attempt { now: access.now(), until };
            let Err(undelivered) = self.channel.send(notifications, &attempt) else { return Ok(()) };
            if !undelivered.again {
                return Err(undelivered);
            }
            let pause = undelivered.after.unwrap_or(wait);
            let has_time = Instant::now().checked_add(pause).is_some_and(|next| next < self.until);
            if attempts == ATTEMPTS || !has_time {
                let times = if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
                return Err(Undelivered {
                    reason: format!("{} (tried {times})", undelivered.reason),
                    ..undelivered
                });
            }
            match undelivered.after {
                Some(after) => access.wait(after),
                None => access.back_off(wait),
            }
            wait *= 2;
        }
    }
}

/// A way to tell somebody.
pub(super) trait Channel: Send + Sync {
    /// How many notifications are sent as one.
    fn at_once(&self) -> usize {
        1
    }

    /// Sends notifications as one, once.
    fn send(&self, notifications: &[Notification], attempt: &Attempt) -> Result<(), Undelivered>;
}

/// One attempt.
pub(super) struct Attempt {
    /// The time.
    #[cfg_attr(not(feature = "registry"), expect(dead_code, reason = "only requests carry it"))]
    pub(super) now: Timestamp,
    /// When it has to have ended.
    pub(super) until: Instant,
}

/// Why something did not arrive.
#[derive(Debug)]
pub(super) struct Undelivered {
    /// As a lower-case fragment, without secrets.
    pub(super) reason: String,
    /// Whether sending it again may help.
    again: bool,
    /// How long the other side asks to wait before.
    after: Option<Duration>,
}

impl Undelivered {
    /// It will not arrive, however often it is sent.
    pub(super) fn for_good(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), again: false, after: None }
    }

    /// It may arrive when it is sent again, after a time that the other side asks for.
    #[cfg_attr(
        all(not(feature = "registry"), not(test)),
        expect(dead_code, reason = "only requests are sent again")
    )]
    pub(super) fn for_now(reason: impl Into<String>, after: Option<Duration>) -> Self {
        Self { reason: reason.into(), again: true, after }
    }
}
