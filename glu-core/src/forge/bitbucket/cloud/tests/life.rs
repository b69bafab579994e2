//! What the forge in memory knows is what the client reads, and what the client writes the forge keeps.

use std::collections::BTreeSet;

use super::{Place, place, wording, words};
use crate::forge::{
    Deployment, DeploymentState, Fate, Forge as _, ForgeCommit, ForgeProblem, Proposal, Review,
    ReviewVerdict, Status, StatusState, Wording,
};
use crate::testing::forge::Way;

/// What both sides say of the proposal is the same, but for where people look at it and what Bitbucket does not tell.
fn same(place: &Place) -> Proposal {
    let shown = place.forge.find("change", "main").unwrap().unwrap();
    let ours = place.hosted.find("change", "main").unwrap().unwrap();
    assert_eq!(shown, Proposal { url: shown.url.clone(), mergeable: None, ..ours });
    shown
}

fn set(words: &[&str]) -> BTreeSet<String> {
    super::words(words).into_iter().collect()
}

#[test]
fn nothing_was_proposed_yet() {
    let place = place();
    assert_eq!(place.forge.find("change", "main").unwrap(), None);
    assert_eq!(place.forge.find_all(&[("change", "main"), ("a", "b")]).unwrap(), [None, None]);
    assert_eq!(place.forge.find("a\"b\\", "main").unwrap(), None);
}

#[test]
fn a_proposal_is_opened_with_what_bitbucket_has() {
    let place = place();
    let wording = Wording {
        title: "Release\n 1.1".to_owned(),
        body: "| a | b |\n|---|---|\n\n✓ ünï".to_owned(),
        labels: words(&["release"]),
        reviewers: words(&["team/platform", "Grace"]),
        assignees: words(&["ada"]),
        milestone: Some("Q4".to_owned()),
        draft: true,
    };
    place.server.longest_page(1);
    let opened = place.forge.open("change", "main", &wording).unwrap();
    assert_eq!(opened, same(&place));
    assert_eq!((opened.title.as_str(), opened.draft, opened.commit.len()), ("Release 1.1", true, 40));
    assert_eq!(opened.body, wording.body);
    assert_eq!(opened.url, "https://bitbucket.org/acme/environments/pull-requests/1");
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.reviewers, set(&["grace"]));
    assert!(kept.labels.is_empty() && kept.assignees.is_empty() && kept.teams.is_empty());
}

#[test]
fn a_second_one_is_a_conflict_and_changes_nothing() {
    let place = place();
    place.forge.open("change", "main", &wording("one")).unwrap();
    let refused = place.forge.open("change", "main", &wording("two")).unwrap_err().problem;
    assert!(matches!(refused, ForgeProblem::Conflict { .. }), "{refused}");
    assert_eq!(place.hosted.proposal(1).title, "one");
    let nothing = place.forge.open("gone", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(nothing, ForgeProblem::Invalid { .. }), "{nothing}");
}

#[test]
fn an_update_keeps_whom_others_asked() {
    let place = place();
    let asking = |title: &str, people: &[&str]| Wording { reviewers: words(people), ..wording(title) };
    place.forge.open("change", "main", &asking("One", &["grace", "linus"])).unwrap();
    place.hosted.approve_by("grace", 1);
    let updated = place.forge.update(1, &Wording { draft: true, ..asking("Two", &["ada"]) }).unwrap();
    assert_eq!((updated.title.as_str(), updated.draft), ("Two", true));
    assert_eq!(place.hosted.proposal(1).reviewers, set(&["ada", "linus"]));
    assert_eq!(place.hosted.proposal(1).reviews.len(), 1);
    // What is so already is not said again.
    place.server.server().take_asked();
    place.forge.update(1, &Wording { draft: true, ..asking("Two", &["GRACE"]) }).unwrap();
    let asked = place.server.server().take_asked();
    assert!(asked.iter().all(|asked| asked.starts_with("GET")), "{asked:?}");
    assert!(!asked.iter().any(|asked| asked.contains("/members")), "{asked:?}");
    assert!(!place.forge.update(1, &wording("Two")).unwrap().draft);
    place.hosted.close_by("ada", 1);
    let closed = place.forge.update(1, &wording("Three")).unwrap_err().problem;
    assert!(matches!(closed, ForgeProblem::Invalid { .. }), "{closed}");
}

#[test]
fn reviewers_are_looked_up_by_all_that_they_are_called() {
    let place = place();
    let asking = |name: &str| Wording { reviewers: words(&[name]), ..wording("x") };
    place.forge.open("change", "main", &asking("557058:grace")).unwrap();
    assert_eq!(place.hosted.proposal(1).reviewers, set(&["grace"]));
    for stranger in ["nobody", "557058:nobody", "{504c3b62-8120-4f0c-a7bc-000000000000}"] {
        let refused = place.forge.update(1, &asking(stranger)).unwrap_err().problem.to_string();
        assert!(refused.contains(&format!("has no member `{stranger}`")), "{refused}");
    }
    place.hosted.with(|state| state.people.insert("Linus".to_owned()));
    let refused = place.forge.update(1, &asking("linus")).unwrap_err().problem.to_string();
    assert!(refused.contains("several members of the workspace"), "{refused}");
}

#[test]
fn marks_are_not_shown_to_people() {
    let place = place();
    let body = "Hello\n<!-- glu:begin state=sha256:1 title=2 -->\nwords\n<!-- glu:end -->";
    let opened =
        place.forge.open("change", "main", &Wording { body: body.to_owned(), ..wording("x") }).unwrap();
    assert_eq!(opened.body, body);
    let kept = place.hosted.proposal(1).body;
    assert!(!kept.contains("<!--") && kept.contains("\n\n[//]: # (glu:end)"), "{kept}");
    place.forge.update(1, &wording("x")).unwrap();
    assert_eq!(place.hosted.proposal(1).body, "text");
}

#[test]
fn what_is_too_long_is_cut() {
    let place = place();
    let long = Wording { title: "t".repeat(300), body: "ü".repeat(40_000), ..Wording::default() };
    let opened = place.forge.open("change", "main", &long).unwrap();
    assert_eq!(opened.title.len(), 255);
    assert!(opened.body.ends_with("(There was more than fits.)"));
    assert!(place.forge.body_limit() < 32_768);
    place.forge.comment(1, "<!-- glu:plan -->", &"ü".repeat(40_000)).unwrap();
    assert!(place.hosted.proposal(1).comments[0].body.chars().count() <= 32_768);
}

#[test]
fn what_became_of_it_is_understood() {
    for way in [Way::Commit, Way::Squash] {
        let place = place();
        place.forge.open("change", "main", &wording("x")).unwrap();
        let commit = place.hosted.merge("grace", 1, way);
        let fate = Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) };
        assert_eq!(same(&place).fate, fate, "{way:?}");
        let closing = place.forge.close(1, "late").unwrap_err().problem;
        assert!(matches!(closing, ForgeProblem::Conflict { .. }), "{closing}");
        assert!(place.hosted.proposal(1).comments.is_empty());
    }
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.hosted.close_by("linus", 1);
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("linus".to_owned()) });
}

#[test]
fn of_several_the_open_one_counts_else_the_last() {
    let place = place();
    place.forge.open("change", "main", &wording("one")).unwrap();
    place.hosted.close_by("linus", 1);
    place.forge.open("change", "main", &wording("two")).unwrap();
    place.hosted.close_by("linus", 2);
    assert_eq!(same(&place).title, "two");
    place.hosted.reopen(1);
    assert_eq!(same(&place).title, "one");
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    place.forge.open("other", "main", &wording("three")).unwrap();
    place.server.longest_page(1);
    let found = place.forge.find_all(&[("other", "main"), ("none", "main"), ("change", "main")]).unwrap();
    let titles: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.title.as_str())).collect();
    assert_eq!(titles, [Some("three"), None, Some("one")]);
}

#[test]
fn closing_says_why() {
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.forge.close(1, "superseded by #2").unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body, "superseded by #2");
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("glu-bot".to_owned()) });
    place.forge.close(1, "").unwrap();
    let missing = place.forge.close(9, "x").unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn a_comment_is_replaced_wherever_it_is() {
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    for number in 0..25 {
        place.hosted.comment_by("ada", 1, &format!("comment {number} speaks of <!-- glu:plan --> only"));
    }
    assert!(!place.forge.has_comment(1, "<!-- glu:plan -->").unwrap());
    let first = place.forge.comment(1, "<!-- glu:plan -->", "one").unwrap();
    place.hosted.comment_by("grace", 1, "later");
    place.server.longest_page(10);
    assert!(place.forge.has_comment(1, "<!-- glu:plan -->").unwrap());
    let second = place.forge.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert_eq!(first, second);
    assert_eq!(first, "https://bitbucket.org/acme/environments/pull-requests/1/_/diff#comment-26");
    let comments = place.hosted.proposal(1).comments;
    assert_eq!((comments.len(), comments[25].body.as_str()), (27, "[//]: # \"glu:plan\"\ntwo"));
    // What it says already is not said again.
    place.server.server().take_asked();
    place.forge.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert!(place.server.server().take_asked().iter().all(|asked| asked.starts_with("GET")));
}

#[test]
fn statuses_are_read_and_set() {
    let place = place();
    let opened = place.forge.open("change", "main", &wording("x")).unwrap();
    place.hosted.begin_check(1, "ci/build");
    place.hosted.fail_check(1, "ci/build");
    place.hosted.begin_check(1, "ci/test");
    for number in 0..12 {
        place.hosted.pass_check(1, &format!("lint {number:02}"));
    }
    let long = format!("glu/checkout/{}", "europe".repeat(10));
    let status = Status {
        name: long.clone(),
        state: StatusState::Passed,
        description: format!("promoted {}", "x".repeat(300)),
        url: None,
    };
    place.forge.set_status(&opened.commit, &status).unwrap();
    place.forge.set_status(&opened.commit, &Status { state: StatusState::Failed, ..status.clone() }).unwrap();
    place.server.longest_page(5);
    let said = place.forge.statuses(&opened.commit).unwrap();
    assert_eq!(said, place.hosted.statuses(&opened.commit).unwrap());
    let find = |name: &str| said.iter().find(|status| status.name == name).unwrap();
    assert_eq!(said.len(), 15);
    assert_eq!(find("ci/build").state, StatusState::Failed);
    assert_eq!(find("ci/test").state, StatusState::Pending);
    assert_eq!((find(&long).state, find(&long).description.len()), (StatusState::Failed, 255));
    let page = format!("https://bitbucket.org/acme/environments/commits/{}", opened.commit);
    assert_eq!(find(&long).url, Some(page));
    let missing = place.forge.set_status(&"0".repeat(40), &status).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn reviews_are_those_of_whoever_was_asked_or_belongs_there() {
    let place = place();
    let reviewers = words(&["grace", "linus"]);
    place.forge.open("change", "main", &Wording { reviewers, ..wording("x") }).unwrap();
    let review = |reviewer: &str, verdict| Review { reviewer: reviewer.to_owned(), verdict, commit: None };
    let grace = review("grace", ReviewVerdict::Requested);
    assert_eq!(place.forge.reviews(1).unwrap(), [grace, review("linus", ReviewVerdict::Requested)]);
    place.hosted.approve_by("grace", 1);
    place.hosted.request_changes_by("ada", 1);
    // Anybody may approve on a public repository.
    place.hosted.approve_by("stranger", 1);
    let ada = review("ada", ReviewVerdict::ChangesRequested);
    let asked = [review("grace", ReviewVerdict::Approved), review("linus", ReviewVerdict::Requested)];
    let mut all = vec![ada];
    all.extend(asked.clone());
    assert_eq!(place.forge.reviews(1).unwrap(), all);
    place.server.revoke("account");
    assert_eq!(place.forge.reviews(1).unwrap(), asked);
}

#[test]
fn what_bitbucket_has_not_is_said_to_be_so() {
    let place = place();
    let opened = place.forge.open("change", "main", &wording("x")).unwrap();
    let deployment = Deployment {
        environment: "checkout/production".to_owned(),
        commit: opened.commit.clone(),
        branch: "main".to_owned(),
        state: DeploymentState::Succeeded,
        description: String::new(),
        url: None,
        environment_url: None,
    };
    let commit = ForgeCommit {
        branch: "change".to_owned(),
        parent: opened.commit,
        message: "x".to_owned(),
        files: Vec::new(),
    };
    for refused in [
        place.forge.merge_when_ready(1).unwrap_err(),
        place.forge.deploy(&deployment).unwrap_err(),
        place.forge.commit(&commit).unwrap_err(),
    ] {
        assert!(matches!(refused.problem, ForgeProblem::Unsupported(_)), "{refused}");
    }
}
