//! Who is told how often, and what is remembered of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::deliver::{Attempt, Channel, Undelivered};
use super::super::{Event, Limits, News, Notification, Target, Told, tell};
use super::{held, noon};
use crate::access::Access;
use crate::clock::{Clock as _, FakeClock};
use crate::ledger::{Event as Entry, View, What};
use crate::model::PhaseId;
use crate::settings::Settings;

/// A way whose answers are scripted; without an answer it takes what it is sent.
#[derive(Default)]
struct Scripted {
    answers: Mutex<Vec<Undelivered>>,
    sent: Mutex<Vec<String>>,
    attempts: AtomicUsize,
    at_once: usize,
}

impl Channel for Scripted {
    fn at_once(&self) -> usize {
        self.at_once
    }

    fn send(&self, notifications: &[Notification], _: &Attempt) -> Result<(), Undelivered> {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        if !answers.is_empty() {
            return Err(answers.remove(0));
        }
        let ids: Vec<&str> = notifications.iter().map(|notification| &*notification.id).collect();
        self.sent.lock().unwrap().push(ids.join("+"));
        Ok(())
    }
}

impl Scripted {
    fn answering(answers: impl IntoIterator<Item = Undelivered>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }

    fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }
}

fn target(name: &str, channel: &Arc<impl Channel + 'static>) -> Target {
    Target { name: name.to_owned(), events: None, phases: None, channel: channel.clone() }
}

fn on_a_clock() -> (Arc<Access>, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::at(noon()));
    (Arc::new(Access::new(Settings::default()).clock(clock.clone())), clock)
}

fn news(ids: &[&str]) -> News {
    let one = |id: &&str| Notification { id: (*id).to_owned(), ..held("pinned") };
    News { notifications: ids.iter().map(one).collect(), well: Vec::new() }
}

fn told(targets: &[Target], news: &News) -> Told {
    tell(&on_a_clock().0, targets, news, &View::default(), Limits::default())
}

fn later(reason: &str, after: Option<u64>) -> Undelivered {
    Undelivered::for_now(reason, after.map(Duration::from_secs))
}

#[test]
fn what_may_arrive_later_is_sent_again_and_not_for_ever() {
    let busy = || later("it answers 503", None);
    let twice = Scripted::answering([busy(), busy()]);
    assert!(told(&[target("team", &twice)], &news(&["a"])).warnings.is_empty());
    assert_eq!((twice.attempts(), twice.sent()), (3, vec!["a".to_owned()]));

    let never = Scripted::answering((0..100).map(|_| busy()));
    let result = told(&[target("team", &never)], &news(&["a", "b", "c"]));
    // What follows is not even tried.
    assert_eq!(never.attempts(), 5);
    let headline = held("").headline();
    assert_eq!(
        result.warnings,
        [format!("`team` was not told of \"{headline}\" and 2 more: it answers 503 (tried 5 times)")]
    );
    assert!(result.records.is_empty());
}

#[test]
fn what_is_refused_is_sent_once_and_the_next_all_the_same() {
    let picky = Scripted::answering([Undelivered::for_good("it answers 400")]);
    let result = told(&[target("team", &picky)], &news(&["a", "b"]));
    assert_eq!((picky.attempts(), picky.sent()), (2, vec!["b".to_owned()]));
    assert!(result.warnings[0].ends_with(": it answers 400"), "{:?}", result.warnings);
    assert_eq!((result.arrived, result.records.len()), (1, 1));
}

#[test]
fn the_other_side_says_how_long_to_wait() {
    let (access, clock) = on_a_clock();
    let limited = Scripted::answering([later("it answers 429", Some(7))]);
    let result =
        tell(&access, &[target("team", &limited)], &news(&["a"]), &View::default(), Limits::default());
    assert_eq!((result.arrived, limited.attempts()), (1, 2));
    assert_eq!(clock.now().duration_since(noon()).as_secs(), 7);

    let tomorrow = Scripted::answering([later("it answers 429", Some(86_400))]);
    let result = told(&[target("team", &tomorrow)], &news(&["a"]));
    assert_eq!(tomorrow.attempts(), 1);
    assert!(result.warnings[0].ends_with("it answers 429 (tried once)"), "{:?}", result.warnings);
}

#[test]
fn several_targets_do_not_wait_for_each_other() {
    struct Hanging;
    impl Channel for Hanging {
        fn send(&self, _: &[Notification], _: &Attempt) -> Result<(), Undelivered> {
            loop {
                std::thread::park();
            }
        }
    }
    struct Panicking;
    impl Channel for Panicking {
        fn send(&self, _: &[Notification], _: &Attempt) -> Result<(), Undelivered> {
            std::panic::resume_unwind(Box::new("a bug"))
        }
    }
    let well = Scripted::answering([]);
    let targets =
        [target("slow", &Arc::new(Hanging)), target("bug", &Arc::new(Panicking)), target("team", &well)];
    let limits = Limits { attempt: Duration::from_millis(100), total: Duration::from_millis(400) };
    let result = tell(&on_a_clock().0, &targets, &news(&["a"]), &View::default(), limits);
    assert_eq!(well.sent(), ["a"]);
    assert_eq!(result.records.len(), 1);
    let warnings = result.warnings.join("\n");
    assert!(warnings.contains("`slow` was not told") && warnings.contains("it takes too long"), "{warnings}");
    assert!(warnings.contains("`bug` was not told"), "{warnings}");

    // Where only the bug is left, nobody waits for the end of the time.
    let only = [target("bug", &Arc::new(Panicking))];
    let result = told(&only, &news(&["a"]));
    assert!(result.warnings[0].ends_with("it ended without an answer"), "{:?}", result.warnings);
}

#[test]
fn several_are_sent_as_one_where_that_is_possible() {
    let digest = Arc::new(Scripted { at_once: 2, ..Scripted::default() });
    assert_eq!(told(&[target("team", &digest)], &news(&["a", "b", "c"])).arrived, 3);
    assert_eq!(digest.sent(), ["a+b", "c"]);
}

#[test]
fn a_target_hears_what_it_wants() {
    let (events, phases) = (Scripted::answering([]), Scripted::answering([]));
    let elsewhere = PhaseId::new("shop", "staging");
    let targets = [
        Target { events: Some([Event::Promoted].into()), ..target("a", &events) },
        Target { phases: Some(crate::model::Selection::of([elsewhere.clone()])), ..target("b", &phases) },
    ];
    let mut news = news(&["held"]);
    let promoted = Notification { id: "promoted".to_owned(), event: Event::Promoted, ..held("") };
    news.notifications.push(promoted);
    let there = Notification { id: "there".to_owned(), phase: elsewhere, ..held("") };
    news.notifications.push(there);
    told(&targets, &news);
    assert_eq!((events.sent(), phases.sent()), (vec!["promoted".to_owned()], vec!["there".to_owned()]));
}

/// A ledger that remembers, over several looks.
#[derive(Default)]
struct Memory(Vec<Entry>);

impl Memory {
    fn look(&mut self, access: &Arc<Access>, target: &Target, news: &News) -> usize {
        let told = tell(access, std::slice::from_ref(target), news, &View::of(&self.0), Limits::default());
        let entry = |what: What| Entry {
            id: access.identifier(),
            at: access.now(),
            actor: String::new(),
            run: None,
            what,
        };
        self.0.extend(told.records.into_iter().map(entry));
        told.arrived
    }
}

#[test]
fn what_stays_is_told_once_and_what_changes_again() {
    let (access, _) = on_a_clock();
    let well = Scripted::answering([]);
    let target = target("team", &well);
    let mut memory = Memory::default();
    let standing = |event: Event, digest: &str| {
        let notification = Notification { event, standing: Some(digest.to_owned()), ..held("") };
        News { notifications: vec![notification], well: Vec::new() }
    };
    let mut arrived = |event, digest| memory.look(&access, &target, &standing(event, digest));
    assert_eq!(arrived(Event::Held, "soak"), 1);
    assert_eq!(arrived(Event::Held, "soak"), 0);
    assert_eq!(arrived(Event::Held, "approval"), 1);
    assert_eq!(arrived(Event::ApprovalNeeded, "approval"), 1);
    assert_eq!(arrived(Event::Held, "soak"), 1);
    // What happens once by itself is told whenever it happens.
    let promoted = Notification { event: Event::Promoted, standing: None, ..held("") };
    let promoted = News { notifications: vec![promoted], well: Vec::new() };
    assert_eq!(memory.look(&access, &target, &promoted) + memory.look(&access, &target, &promoted), 2);
}

#[test]
fn a_failure_that_comes_back_is_told_again() {
    let (access, _) = on_a_clock();
    let well = Scripted::answering([]);
    let target = target("team", &well);
    let mut memory = Memory::default();
    let failure = Notification { event: Event::Failed, ..held("no route") };
    let failed = || News { notifications: vec![failure.clone()], well: Vec::new() };
    let recovered = || News { notifications: Vec::new(), well: vec![PhaseId::new("shop", "production")] };
    assert_eq!(memory.look(&access, &target, &failed()), 1);
    assert_eq!(memory.look(&access, &target, &failed()), 0);
    memory.look(&access, &target, &recovered());
    memory.look(&access, &target, &recovered());
    // That it is over is written once.
    assert_eq!(memory.0.len(), 2);
    assert_eq!(memory.look(&access, &target, &failed()), 1);
}

#[test]
fn what_did_not_arrive_is_told_at_the_next_look() {
    let (access, _) = on_a_clock();
    let once = Scripted::answering([Undelivered::for_good("it answers 404")]);
    let target = target("team", &once);
    let mut memory = Memory::default();
    let look = news(&["a"]);
    assert_eq!(memory.look(&access, &target, &look), 0);
    assert_eq!(memory.look(&access, &target, &look), 1);
    assert_eq!(memory.look(&access, &target, &look), 0);
}
