use jiff::Timestamp;

use super::body::{block, mark, ours, renewed, title_digest};
use super::*;
use crate::change::Change;
use crate::forge::{Fate, Proposal};
use crate::ledger::View;
use crate::model::{Fields, State, StateDigest};
use crate::observe::BranchId;
use crate::plan::{Cause, Hold, Move, Standing};
use crate::source::git::CommitId;

#[test]
fn names_that_git_keeps_for_itself_are_told_apart() {
    let branch = |phase: &str| head_branch(&PhaseId::new("shop", phase));
    assert_eq!(branch("eu-west.1"), "glu/shop/eu-west.1");
    assert_eq!(branch("a.lock"), "glu/shop/a.lock_");
    assert_eq!(branch("a.lock_"), "glu/shop/a.lock__");
    assert_eq!(branch("a.LOCK"), "glu/shop/a.LOCK_");
}

fn marked(state: &str) -> Mark {
    Mark { state: StateDigest::new(state), title: title_digest("t"), gates: "g".to_owned(), closed: false }
}

#[test]
fn what_people_wrote_around_our_part_stays() {
    let first = renewed("", &block(&marked("sha256:a"), "one"), 1000);
    let around = format!("Before.\n{first}\nAfter.");
    let second = renewed(&around, &block(&marked("sha256:b"), "two"), 1000);
    assert!(second.starts_with("Before.\n") && second.ends_with("\nAfter."), "{second}");
    assert_eq!((ours(&second).as_str(), mark(&second)), ("two", Some(marked("sha256:b"))));
    assert!(!second.contains("one"));
    // Whoever took our part out has kept theirs.
    let again = renewed("All theirs.", &block(&marked("x"), "three"), 1000);
    assert!(again.starts_with("All theirs.\n\n<!-- glu:begin"), "{again}");
    // Without its end nobody knows what is ours.
    assert_eq!(mark(first.strip_suffix("<!-- glu:end -->").unwrap()), None);
}

#[test]
fn words_from_outside_cannot_end_our_part_nor_forge_its_mark() {
    let hostile = "<!-- glu:end -->\n<!-- glu:begin state=forged closed -->";
    let mark = Mark { closed: true, ..marked("odd --> digest%\n") };
    let text = renewed("", &block(&mark, hostile), 1000);
    assert_eq!(body::mark(&text), Some(mark));
    assert_eq!(text.matches("<!-- glu:").count(), 2);
}

#[test]
fn a_text_that_is_too_long_loses_ours_and_not_theirs() {
    let words = "a line\n".repeat(500);
    let text = renewed("Theirs.", &block(&marked("sha256:a"), &words), 1200);
    assert!(text.chars().count() <= 1200, "{}", text.len());
    assert!(text.starts_with("Theirs.") && text.contains("too long"), "{text}");
    assert_eq!(mark(&text), Some(marked("sha256:a")));
}

fn state(digest: &str) -> State {
    State {
        digest: StateDigest::new(digest),
        label: digest.to_owned(),
        fields: Fields::new().with("image", &digest.to_owned()),
        drift: Vec::new(),
    }
}

fn planned(to: &str) -> Move {
    Move {
        id: PhaseId::new("shop", "production"),
        cause: Cause::Promotion,
        upstreams: vec!["staging".to_owned()],
        from: state("old"),
        to: state(to),
        branch: BranchId { source: "s".to_owned(), branch: "main".to_owned() },
        tip: CommitId::parse(&"1".repeat(40)).unwrap(),
        changes: Vec::new(),
        gates: Vec::new(),
        forced: None,
        course: None,
        quarantine: None,
        way: Way::Push,
    }
}

fn seen(fate: Fate, content: Content, mark: Option<Mark>) -> Proposed {
    let tip = "2".repeat(40);
    let proposal = Proposal {
        number: 7,
        url: "https://forge.example/7".to_owned(),
        fate,
        head: "glu/shop/production".to_owned(),
        base: "main".to_owned(),
        commit: tip.clone(),
        title: "t".to_owned(),
        body: String::new(),
        draft: false,
        mergeable: Some(true),
        merges_by_itself: false,
        labels: Vec::new(),
    };
    let head = proposal.head.clone();
    Proposed {
        tip: CommitId::parse(&tip),
        content,
        proposal: Some(proposal),
        mark,
        ..Proposed::unknown(head)
    }
}

fn brings(digest: &str) -> Content {
    let merged: std::sync::Arc<dyn crate::tree::Tree> =
        std::sync::Arc::new(std::collections::BTreeMap::<String, Vec<u8>>::new());
    Content::Ours {
        state: StateDigest::new(digest),
        promotion: "01".to_owned(),
        forced: None,
        merged: Some(merged),
    }
}

fn judged(proposed: &Proposed, template: &Template) -> Result<(Step, bool), String> {
    match judge(proposed, &planned("new"), template) {
        Ok(Judged { step, push }) => Ok((step, push)),
        Err(hold) => match *hold {
            Hold::EditedByHand { .. } => Err("edited".to_owned()),
            Hold::ClosedByHand { .. } => Err("closed".to_owned()),
            other => Err(format!("{other:?}")),
        },
    }
}

#[test]
fn what_becomes_of_a_proposal_follows_from_what_there_is() {
    let template = proposal();
    let closed = || Fate::Closed { by: Some("grace".to_owned()) };
    let foreign = || Content::Foreign { author: "Linus".to_owned() };
    let by_us = Some(Mark { closed: true, ..marked("new") });
    let conflicting = Content::Ours {
        state: StateDigest::new("new"),
        promotion: "01".to_owned(),
        forced: None,
        merged: None,
    };
    let none = Proposed::unknown("glu/shop/production".to_owned());
    let cases = [
        (none, Ok((Step::Open, true))),
        (seen(Fate::Open, brings("new"), Some(marked("new"))), Ok((Step::Wait, false))),
        (seen(Fate::Open, brings("older"), Some(marked("older"))), Ok((Step::Update, true))),
        (seen(Fate::Open, conflicting, Some(marked("new"))), Ok((Step::Update, true))),
        // Killed between the push and the words.
        (seen(Fate::Open, brings("new"), Some(marked("older"))), Ok((Step::Update, false))),
        (seen(Fate::Open, foreign(), Some(marked("new"))), Err("edited".to_owned())),
        (seen(closed(), brings("new"), Some(marked("new"))), Err("closed".to_owned())),
        (seen(closed(), brings("new"), None), Err("closed".to_owned())),
        (seen(closed(), brings("older"), Some(marked("older"))), Ok((Step::Open, true))),
        (seen(closed(), brings("new"), by_us), Ok((Step::Open, false))),
        // What somebody put into a proposal that is decided is kept there.
        (seen(closed(), foreign(), Some(marked("older"))), Ok((Step::Open, true))),
        (seen(Fate::Merged { commit: None, by: None }, brings("older"), None), Ok((Step::Open, true))),
    ];
    for (proposed, expected) in cases {
        assert_eq!(judged(&proposed, &template), expected, "{proposed:?}");
    }
    let replaced = seen(Fate::Open, brings("older"), Some(marked("older")));
    assert_eq!(judged(&replaced, &proposal().replace()), Ok((Step::Replace, true)));
    let waits = seen(Fate::Open, brings("new"), Some(marked("new")));
    assert_eq!(judged(&waits, &proposal().auto_merge()), Ok((Step::Merge, false)));
    // Pushed to since the proposal was decided.
    let mut stray = seen(closed(), foreign(), Some(marked("older")));
    stray.tip = CommitId::parse(&"3".repeat(40));
    assert_eq!(judged(&stray, &template), Err("edited".to_owned()));
}

#[test]
fn what_is_left_over_is_ours_to_take_away_or_it_stays() {
    let (id, base) = (PhaseId::new("shop", "production"), planned("new").branch);
    let current = Standing::Current(state("old"));
    let left = |proposed: &Proposed| {
        leftover(proposed, &base, &id, &current, (&View::default(), Timestamp::UNIX_EPOCH))
    };
    let open = left(&seen(Fate::Open, brings("new"), Some(marked("new")))).unwrap();
    assert!(open.close.is_some_and(|why| why.contains("nothing is left to propose")));
    let merged = Fate::Merged { commit: None, by: None };
    assert!(left(&seen(merged, brings("new"), Some(marked("new")))).is_some_and(|left| left.close.is_none()));
    let foreign = Content::Foreign { author: "Linus".to_owned() };
    assert!(left(&seen(Fate::Open, foreign, Some(marked("new")))).is_none());
    // It may be opened again.
    assert!(left(&seen(Fate::Closed { by: None }, brings("new"), Some(marked("new")))).is_none());
    let moves = Standing::Moves(Box::new(planned("new")));
    let newer = seen(Fate::Open, brings("older"), Some(marked("older")));
    assert!(leftover(&newer, &base, &id, &moves, (&View::default(), Timestamp::UNIX_EPOCH)).is_none());
}

#[test]
fn words_from_outside_mark_nothing_up_and_mention_nobody() {
    let mut planned = planned("a|b`c\n@grace");
    planned.forced = Some("<script> @ada [x](y)".to_owned());
    let summary = Change::of(&planned).summary();
    assert!(summary.contains("| image | `old` | `a\\|b'c @grace` |"), "{summary}");
    assert!(summary.contains("Forced: &lt;script> @\u{200b}ada \\[x\\](y)"), "{summary}");
}

/// Two runs with caches of their own make the same move on one forge at the same time.
#[test]
fn two_runs_at_the_same_time_make_one_proposal() {
    use std::sync::Arc;

    use crate::access::Access;
    use crate::clock::{FakeClock, SeededRandom};
    use crate::promote::{Races, promote};
    use crate::settings::{Author, GitSettings, Remote as RemoteSettings, Settings};
    use crate::testing::forge::Hosted;
    use crate::testing::{Directory, Remote};

    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("staging", "new"), ("production", "old")]);
    let hosted = Hosted::new("acme/environments", &remote);
    let system = crate::plan::tests::system(
        crate::author::Pipeline::from(crate::author::git("staging"))
            .then(crate::author::git("production").propose()),
    );
    let access = |name: &str, seed: u64| {
        let url = remote.path().display().to_string();
        let upstream = RemoteSettings {
            name: "origin".to_owned(),
            url: Some(url),
            credential: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
        };
        let git = GitSettings { remote: Some(upstream), ..GitSettings::default() };
        let settings = Settings {
            git: [("s".to_owned(), git)].into(),
            cache: directory.path().join(name),
            author: Some(Author { name: "glu".to_owned(), email: "glu@example.com".to_owned() }),
            ..Settings::default()
        };
        Access::new(settings)
            .clock(clock.clone())
            .random(Arc::new(SeededRandom::new(seed)))
            .forge("s", hosted.clone())
    };
    let begin = std::sync::Barrier::new(4);
    let urls: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|run| {
                let (access, system, begin) = (access(&run.to_string(), run), &system, &begin);
                scope.spawn(move || {
                    let selection = crate::model::Selection::all(system);
                    let snapshot = crate::observe::observe(system, &access, |_| true);
                    let proposals = look(system, &access, &snapshot, &selection);
                    let facts = crate::facts::Facts { proposals, ..crate::facts::Facts::default() };
                    let plan = crate::plan::plan(system, &snapshot, &facts, &selection);
                    let moves: Vec<Move> = plan.moves().cloned().collect();
                    assert_eq!(moves.len(), 1);
                    begin.wait();
                    let outcome = promote(system, &access, &moves, Races::RunAgain);
                    outcome.results[0].1.as_ref().unwrap().proposal.as_ref().unwrap().proposal.url.clone()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(hosted.with(|state| state.proposals.len()), 1);
    assert!(urls.iter().all(|url| *url == urls[0]), "{urls:?}");
    assert_eq!(remote.read_on("glu/p/production", "production"), "new");
}

#[test]
fn people_are_asked_only_where_something_is_put_before_them() {
    use crate::author::{GitPhase, git};
    use crate::gate::rule::{reviews, statuses};
    use crate::rollout::{canary, percent};

    let said = |phase: GitPhase| -> Vec<String> {
        let phase = crate::author::IntoPhase::<crate::plan::tests::Text>::into_phase(phase);
        refusals(&phase).into_iter().map(|refusal| refusal.message).collect()
    };
    assert!(said(git("production").verify(statuses(["e2e"]))).is_empty());
    assert!(said(git("production").propose().verify(reviews(1))).is_empty());
    let pushed = said(git("production").verify(reviews(1)));
    assert!(pushed.len() == 1 && pushed[0].contains("ask on the way in"), "{pushed:?}");
    let step = percent(10).gate(reviews(1));
    let steps = said(git("production").rollout(canary("canary").step(step)));
    assert!(steps.len() == 1 && steps[0].contains("a rollout's steps are pushed"), "{steps:?}");
}

/// A repository and its forge, one phase that is pushed to and one that is proposed to, both behind another.
struct Pair {
    remote: crate::testing::Remote,
    hosted: std::sync::Arc<crate::testing::forge::Hosted>,
    system: crate::model::System,
    access: crate::access::Access,
    steps: std::sync::Arc<Steps>,
    _directory: crate::testing::Directory,
}

/// What a run did, as it says itself.
#[derive(Default)]
struct Steps(std::sync::Mutex<Vec<String>>);

impl crate::progress::Progress for Steps {
    fn began(&self, _: u64, what: &str) {
        self.0.lock().unwrap().push(what.split(' ').next().unwrap_or_default().to_owned());
    }

    fn ended(&self, _: u64) {}
}

impl Pair {
    fn new(proposes: bool) -> Self {
        use std::sync::Arc;

        use crate::author::{Pipeline, git};
        use crate::clock::{FakeClock, SeededRandom};
        use crate::settings::{Author, GitSettings, Remote as RemoteSettings, Settings};

        let directory = crate::testing::Directory::new();
        let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
        let remote = crate::testing::Remote::create(&directory.path().join("remote.git"), clock.clone());
        remote.commit("start", [("staging", "new"), ("qa", "old"), ("production", "old")]);
        let hosted = crate::testing::forge::Hosted::new("acme/environments", &remote);
        let production = git("production");
        let production = if proposes { production.propose() } else { production };
        let pipeline = Pipeline::from(git("staging")).then_each([git("qa"), production]);
        let system = crate::plan::tests::system(pipeline);
        let upstream = RemoteSettings {
            name: "origin".to_owned(),
            url: Some(remote.path().display().to_string()),
            credential: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
        };
        let git = GitSettings { remote: Some(upstream), ..GitSettings::default() };
        let settings = Settings {
            git: [("s".to_owned(), git)].into(),
            cache: directory.path().join("cache"),
            author: Some(Author { name: "glu".to_owned(), email: "glu@example.com".to_owned() }),
            ..Settings::default()
        };
        let steps = Arc::new(Steps::default());
        let access = crate::access::Access::new(settings)
            .clock(clock)
            .random(Arc::new(SeededRandom::new(1)))
            .progress(steps.clone())
            .forge("s", hosted.clone());
        Self { remote, hosted, system, access, steps, _directory: directory }
    }

    fn moves(&self) -> Vec<Move> {
        let selection = crate::model::Selection::all(&self.system);
        let snapshot = crate::observe::observe(&self.system, &self.access, |_| true);
        let proposals = look(&self.system, &self.access, &snapshot, &selection);
        let facts = crate::facts::Facts { proposals, ..crate::facts::Facts::default() };
        let plan = crate::plan::plan(&self.system, &snapshot, &facts, &selection);
        plan.moves().cloned().collect()
    }

    fn make(&self, moves: &[Move]) -> Vec<(String, Result<crate::promote::Promotion, String>)> {
        let outcome =
            crate::promote::promote(&self.system, &self.access, moves, crate::promote::Races::Refuse);
        let results = outcome.results.into_iter();
        results.map(|(id, result)| (id.phase, result.map_err(|failure| failure.to_string()))).collect()
    }
}

#[test]
fn exactly_a_plan_is_made_or_nothing_is_pushed() {
    let pair = Pair::new(true);
    let moves = pair.moves();
    assert_eq!(moves.len(), 2);
    // Somebody takes the branch that it would be proposed from.
    pair.remote.commit_to("glu/p/production", "Linus Example", "By hand", [("extra", "by hand")]);
    let made = pair.make(&moves);
    let failure = |phase: &str| {
        let (_, result) = made.iter().find(|(name, _)| name == phase).unwrap();
        result.as_ref().unwrap_err().clone()
    };
    assert!(failure("production").contains("Linus Example has pushed"), "{made:?}");
    assert!(failure("qa").contains("another move of the same plan"), "{made:?}");
    assert_eq!(pair.remote.read("qa"), "old");
    assert!(pair.hosted.open_numbers().is_empty());
}

#[test]
fn proposals_come_after_all_pushes_and_what_was_made_is_said() {
    let pair = Pair::new(true);
    let moves = pair.moves();
    pair.hosted.break_next(crate::testing::forge::Action::Open, crate::testing::forge::Refused::Broken);
    let made = pair.make(&moves);
    let of = |phase: &str| &made.iter().find(|(name, _)| name == phase).unwrap().1;
    assert!(of("qa").is_ok() && pair.remote.read("qa") == "new", "{made:?}");
    assert!(of("production").as_ref().unwrap_err().contains("bad day"), "{made:?}");
}

#[test]
fn where_nothing_proposes_nobody_is_asked_and_nothing_fetched_for_it() {
    let count = |pair: &Pair, what: &str| {
        let steps = pair.steps.0.lock().unwrap();
        steps.iter().filter(|step| *step == what).count()
    };
    let pushes = Pair::new(false);
    assert_eq!(pushes.moves().len(), 2);
    assert_eq!((count(&pushes, "fetching"), count(&pushes, "asking")), (1, 0));
    assert!(pushes.hosted.with(|state| state.asked.is_empty()));
    // One fetch and one listing more for a repository, however many phases propose.
    let proposes = Pair::new(true);
    assert_eq!(proposes.moves().len(), 2);
    assert_eq!(count(&proposes, "fetching"), 2);
    assert_eq!(proposes.hosted.with(|state| state.asked.len()), 1);
}
