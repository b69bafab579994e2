use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::FakeClock;
use crate::forge::{Fate, Forge as _, ForgeProblem, Wording};
use crate::testing::Directory;

struct Place {
    remote: Remote,
    clock: Arc<FakeClock>,
    forge: Arc<Hosted>,
    _directory: Directory,
}

/// A repository with a branch `change` that changes one line of a file.
fn place() -> Place {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n"), ("other", "1\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let forge = Hosted::new("acme/environments", &remote);
    Place { remote, clock, forge, _directory: directory }
}

fn wording(title: &str) -> Wording {
    Wording { title: title.to_owned(), body: "text".to_owned(), ..Wording::default() }
}

#[test]
fn every_way_of_merging_brings_the_change() {
    for (way, parents) in [(Way::Commit, 2), (Way::Squash, 1), (Way::Rebase, 1)] {
        let place = place();
        let opened = place.forge.open("change", "main", &wording("Change")).unwrap();
        place.remote.commit("meanwhile", [("other", "2\n")]);
        let commit = place.forge.merge("grace", opened.number, way);
        assert_eq!(
            (place.remote.read("file"), place.remote.read("other")),
            ("two\n".into(), "2\n".into()),
            "{way:?}"
        );
        assert_eq!(place.remote.log()[0].parents, parents, "{way:?}");
        let found = place.forge.find("change", "main").unwrap().unwrap();
        assert_eq!(found.fate, Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) });
    }
    let place = place();
    let opened = place.forge.open("change", "main", &wording("Change")).unwrap();
    place.forge.merge("grace", opened.number, Way::FastForward);
    assert_eq!(place.remote.log()[0].message, "Change it");
}

#[test]
fn a_moved_base_makes_real_conflicts() {
    let place = place();
    let opened = place.forge.open("change", "main", &wording("Change")).unwrap();
    assert_eq!(opened.mergeable, Some(true));
    place.remote.commit("meanwhile", [("file", "three\n")]);
    assert_eq!(place.forge.find("change", "main").unwrap().unwrap().mergeable, Some(false));
    assert!(matches!(place.forge.try_merge("grace", 1, Way::Squash), Err(Refused::Conflict(_))));
    assert_eq!(place.remote.read("file"), "three\n");
}

#[test]
fn there_is_one_open_proposal_for_two_branches_and_it_brings_something() {
    let place = place();
    place.forge.open("change", "main", &wording("Change")).unwrap();
    let twice = place.forge.open("change", "main", &wording("Change")).unwrap_err();
    assert!(matches!(twice.problem, ForgeProblem::Conflict { .. }), "{twice}");
    let nothing = place.forge.open("main", "change", &wording("Nothing")).unwrap_err();
    assert!(matches!(nothing.problem, ForgeProblem::Invalid { .. }), "{nothing}");
    place.forge.close_by("grace", 1);
    assert_eq!(place.forge.open("change", "main", &wording("Again")).unwrap().number, 2);
    // The open one comes before the last one.
    place.forge.close_by("grace", 2);
    place.forge.reopen(1);
    assert_eq!(place.forge.find("change", "main").unwrap().unwrap().number, 1);
}

#[test]
fn one_that_merges_by_itself_waits_for_the_rules() {
    let place = place();
    place.forge.with(|state| {
        state.rules = Rules { approvals: 1, checks: vec!["ci".to_owned()], ..Rules::default() };
    });
    place.forge.open("change", "main", &wording("Change")).unwrap();
    place.forge.merge_when_ready(1).unwrap();
    place.forge.approve_by("grace", 1);
    assert!(place.forge.proposal(1).is_open());
    place.forge.fail_check(1, "ci");
    assert!(place.forge.proposal(1).is_open());
    place.forge.pass_check(1, "ci");
    assert!(!place.forge.proposal(1).is_open());
    assert_eq!(place.remote.read("file"), "two\n");
}

#[test]
fn what_is_to_happen_later_happens_when_it_is_time() {
    let place = place();
    place.forge.open("change", "main", &wording("Change")).unwrap();
    place.forge.later(Duration::from_secs(60), |forge| forge.close_by("grace", 1));
    assert_eq!(place.forge.open_numbers(), [1]);
    place.clock.advance(Duration::from_secs(60));
    assert!(place.forge.open_numbers().is_empty());
}

#[test]
fn a_branch_that_is_gone_closes_its_proposal_and_reopening_brings_it_back() {
    let place = place();
    place.forge.open("change", "main", &wording("Change")).unwrap();
    place.forge.delete_branch("change");
    assert_eq!(place.forge.find("change", "main").unwrap().unwrap().fate, Fate::Closed { by: None });
    place.forge.reopen(1);
    assert!(place.forge.has_branch("change"));
    assert_eq!(place.forge.open_numbers(), [1]);
}

#[test]
fn what_goes_wrong_goes_wrong_once_and_what_is_forbidden_always() {
    let place = place();
    place.forge.break_next(Action::Open, Refused::Broken);
    let broken = place.forge.open("change", "main", &wording("Change")).unwrap_err();
    assert!(matches!(broken.problem, ForgeProblem::Unavailable { .. }), "{broken}");
    place.forge.open("change", "main", &wording("Change")).unwrap();
    place.forge.forbid(Action::Comment);
    for _ in 0..2 {
        let forbidden = place.forge.comment(1, "<!-- m -->", "text").unwrap_err();
        assert!(matches!(forbidden.problem, ForgeProblem::Forbidden { .. }), "{forbidden}");
    }
}

#[test]
fn a_comment_with_the_same_marker_is_replaced() {
    let place = place();
    place.forge.open("change", "main", &wording("Change")).unwrap();
    place.forge.comment(1, "<!-- m -->", "one").unwrap();
    place.forge.comment_by("grace", 1, "hm");
    place.forge.comment(1, "<!-- m -->", "two").unwrap();
    let bodies: Vec<String> =
        place.forge.proposal(1).comments.into_iter().map(|comment| comment.body).collect();
    assert_eq!(bodies, ["<!-- m -->\ntwo", "hm"]);
}
