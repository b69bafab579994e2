//! Merging as soon as the rules allow.

use super::{Place, place, place_of, wording};
use crate::clock::Clock as _;
use crate::forge::{Fate, Forge as _, ForgeProblem, Wording};
use crate::testing::forge::gitea::GiteaServer;
use crate::testing::forge::server::{Fault, Reply};
use crate::testing::forge::{Action, Outcome};
use serde_json::{Value, json};

/// The bodies of what was asked of merging since the last time.
fn asked(place: &Place) -> Vec<Value> {
    let requests = place.server.server().requests();
    place.server.server().take_asked();
    let merges = requests.iter().filter(|request| request.path.ends_with("/merge"));
    merges.map(crate::testing::forge::server::Request::json).collect()
}

fn fate(place: &Place) -> Fate {
    place.gitea.find("change", "main").unwrap().unwrap().fate
}

#[test]
fn it_merges_when_the_rules_allow() {
    for start in [GiteaServer::start, GiteaServer::forgejo] {
        let place = place_of(start);
        place.hosted.with(|state| state.rules.approvals = 1);
        place.gitea.open("change", "main", &wording("x")).unwrap();
        place.gitea.merge_when_ready(1).unwrap();
        assert!(place.gitea.find("change", "main").unwrap().unwrap().merges_by_itself);
        place.gitea.merge_when_ready(1).unwrap();
        place.hosted.approve_by("grace", 1);
        assert!(matches!(fate(&place), Fate::Merged { .. }));
        assert_eq!(place.remote.read("file"), "two\n");
        place.gitea.merge_when_ready(1).unwrap();
    }
}

#[test]
fn what_is_ready_already_is_merged_at_once_in_the_repositorys_way_and_nothing_newer() {
    let place = place();
    let opened = place.gitea.open("change", "main", &wording("x")).unwrap();
    place.hosted.pass_check(1, "ci");
    place.gitea.merge_when_ready(1).unwrap();
    assert!(matches!(fate(&place), Fate::Merged { .. }));
    assert_eq!(asked(&place), [json!({"do": "squash", "head_commit_id": opened.commit})]);
}

#[test]
fn what_a_check_still_looks_at_is_left_to_the_forge() {
    let place = place();
    place.hosted.with(|state| state.rules.checks = vec!["ci".to_owned()]);
    place.gitea.open("change", "main", &wording("x")).unwrap();
    place.hosted.begin_check(1, "ci");
    place.gitea.merge_when_ready(1).unwrap();
    assert_eq!(asked(&place), [json!({"do": "squash", "merge_when_checks_succeed": true})]);
    place.hosted.pass_check(1, "ci");
    assert!(matches!(fate(&place), Fate::Merged { .. }));
}

#[test]
fn a_forge_that_is_still_looking_is_asked_again() {
    let place = place();
    place.gitea.open("change", "main", &wording("x")).unwrap();
    let busy = || Reply::json(405, &json!({"message": "Please try again later", "url": ""}));
    place.server.server().inject(Fault::on("POST", "/merge", busy()).times(2));
    let before = place.clock.now();
    place.gitea.merge_when_ready(1).unwrap();
    assert!(matches!(fate(&place), Fate::Merged { .. }));
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 2);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let place = place();
    place.gitea.open("change", "main", &Wording { draft: true, ..wording("x") }).unwrap();
    let refused = || place.gitea.merge_when_ready(1).unwrap_err().problem;
    assert!(refused().to_string().ends_with("it is a draft"));
    place.gitea.update(1, &wording("x")).unwrap();
    place.hosted.forbid(Action::Merge);
    let forbidden = refused();
    assert_eq!(
        forbidden.to_string(),
        "the credential may not go on setting a proposal to merge by itself: User not allowed to merge PR; \
         its account wants write access to the repository"
    );
    place.hosted.with(|state| state.forbidden.clear());
    place.remote.commit("meanwhile", [("file", "three\n")]);
    let conflict = refused();
    assert!(matches!(conflict, ForgeProblem::Conflict { .. }), "{conflict}");
    place.hosted.close_by("linus", 1);
    assert!(refused().to_string().ends_with("it is closed"));
    let missing = place.gitea.merge_when_ready(9).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
    assert!(matches!(place.hosted.proposal(1).outcome, Outcome::Closed { .. }));
}
