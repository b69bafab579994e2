//! What the forge in memory knows is what GitLab's client reads, and what the client writes the forge keeps.

use std::collections::BTreeSet;

use super::{Place, place, wording, words};
use crate::clock::Clock as _;
use crate::forge::{Fate, Forge as _, ForgeProblem, Proposal, Review, ReviewVerdict, Wording};
use crate::testing::forge::Way;

/// What both sides say of the proposal is the same, but for where people look at it.
fn same(place: &Place) -> Proposal {
    let gitlab = place.gitlab.find("change", "main").unwrap().unwrap();
    let ours = place.hosted.find("change", "main").unwrap().unwrap();
    assert_eq!(gitlab, Proposal { url: gitlab.url.clone(), ..ours });
    gitlab
}

fn set(list: &[&str]) -> BTreeSet<String> {
    words(list).into_iter().collect()
}

#[test]
fn nothing_was_proposed_yet() {
    let place = place();
    assert_eq!(place.gitlab.find("change", "main").unwrap(), None);
    assert_eq!(place.gitlab.find_all(&[("change", "main"), ("a", "b")]).unwrap(), [None, None]);
}

#[test]
fn a_proposal_is_opened_with_all_that_hangs_on_it_at_once() {
    let place = place();
    place.hosted.with(|state| state.milestones.extend(words(&["Q3", "Q4", "Q44"])));
    let wording = Wording {
        title: "Release\n 1.1".to_owned(),
        body: "| a | b |\n|---|---|\n\n/merge\n✓ ünï".to_owned(),
        labels: words(&["release", "glu"]),
        reviewers: words(&["team/platform", "Grace", "linus"]),
        assignees: words(&["ada"]),
        milestone: Some("Q4".to_owned()),
        draft: true,
    };
    let opened = place.gitlab.open("change", "main", &wording).unwrap();
    let kept = place.hosted.proposal(1);
    assert_eq!((opened.title.as_str(), opened.draft, opened.mergeable), ("Release 1.1", true, None));
    assert_eq!(opened.body, wording.body);
    assert!(kept.body.contains("\n\\/merge\n"), "an order of GitLab's: {}", kept.body);
    assert_eq!(opened.url, "https://gitlab.example/acme/platform/environments/-/merge_requests/1");
    assert_eq!(kept.labels, set(&["glu", "release"]));
    assert_eq!((kept.reviewers, kept.teams), (set(&["grace", "linus"]), BTreeSet::new()));
    assert_eq!((kept.assignees, kept.milestone), (set(&["ada"]), Some("Q4".to_owned())));
    let asked = place.server.server().take_asked();
    assert_eq!(asked.iter().filter(|asked| !asked.starts_with("GET")).count(), 1, "{asked:?}");
    let found = place.gitlab.find("change", "main").unwrap().unwrap();
    assert_eq!(found, Proposal { mergeable: Some(true), ..opened });
}

#[test]
fn an_update_adds_what_is_missing_and_asks_nobody_twice() {
    let place = place();
    let mut wording = Wording {
        labels: words(&["release"]),
        reviewers: words(&["grace", "linus"]),
        assignees: words(&["ada"]),
        ..wording("One")
    };
    place.gitlab.open("change", "main", &wording).unwrap();
    place.hosted.with(|state| {
        let proposal = &mut state.proposals[0];
        proposal.labels.insert("theirs".to_owned());
        proposal.assignees.insert("linus".to_owned());
    });
    place.hosted.approve_by("grace", 1);

    wording.title = "Two".to_owned();
    wording.draft = true;
    wording.labels = words(&["release", "more"]);
    wording.assignees = words(&["ADA", "grace"]);
    wording.reviewers = words(&["grace", "linus", "ada"]);
    place.server.server().take_asked();
    let updated = place.gitlab.update(1, &wording).unwrap();
    assert_eq!((updated.title.as_str(), updated.draft), ("Two", true));
    assert_eq!(updated, same(&place));
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.labels, set(&["more", "release", "theirs"]));
    assert_eq!(kept.assignees, set(&["ada", "grace", "linus"]));
    assert_eq!((kept.reviewers, kept.reviews.len()), (set(&["ada", "linus"]), 1));
    let asked = place.server.server().take_asked();
    assert_eq!(asked.iter().filter(|asked| !asked.starts_with("GET")).count(), 1, "{asked:?}");

    // The same again writes nothing.
    place.gitlab.update(1, &wording).unwrap();
    let asked = place.server.server().take_asked();
    assert!(asked.iter().all(|asked| asked.starts_with("GET")), "{asked:?}");
    wording.draft = false;
    let ready = place.gitlab.update(1, &wording).unwrap();
    assert_eq!((ready.title.as_str(), ready.draft), ("Two", false));
}

#[test]
fn what_it_does_not_know_is_refused_and_says_so() {
    let place = place();
    let refused =
        |wording: Wording| place.gitlab.open("change", "main", &wording).unwrap_err().problem.to_string();
    let milestone = refused(Wording { milestone: Some("Q9".to_owned()), ..wording("x") });
    assert_eq!(milestone, "refused while looking for a milestone: there is no open milestone `Q9`");
    let reviewer = refused(Wording { reviewers: words(&["nobody"]), ..wording("x") });
    assert_eq!(reviewer, "refused while looking for a user: there is no user `nobody`");
    assert!(place.hosted.open_numbers().is_empty(), "nothing is half there");
    let missing = place.gitlab.open("nothing", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::Invalid { .. }), "{missing}");

    place.gitlab.open("change", "main", &wording("x")).unwrap();
    let again = place.gitlab.open("change", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(
        again,
        ForgeProblem::Conflict {
            doing: "opening a proposal".to_owned(),
            reason: "Another open merge request already exists for this source branch: !1".to_owned(),
        }
    );
    for result in [
        place.gitlab.update(9, &wording("x")).map(drop),
        place.gitlab.close(9, "x"),
        place.gitlab.comment(9, "<!-- glu -->", "x").map(drop),
        place.gitlab.merge_when_ready(9),
        place.gitlab.reviews(9).map(drop),
    ] {
        assert!(matches!(result.unwrap_err().problem, ForgeProblem::NotFound { .. }));
    }
}

#[test]
fn who_may_not_see_the_project_is_missed_and_what_a_free_one_has_not_is_left_out() {
    let place = place();
    place.server.shut_out("grace");
    let asked = |reviewers: &[&str]| Wording { reviewers: words(reviewers), ..wording("x") };
    let stranger = place.gitlab.open("change", "main", &asked(&["grace"])).unwrap_err().problem;
    assert_eq!(
        stranger.to_string(),
        "refused while opening a proposal: !1 is there, but nobody of those who were asked may review it"
    );
    place.server.is_free();
    place.gitlab.update(1, &asked(&["ada", "linus"])).unwrap();
    assert_eq!(place.hosted.proposal(1).reviewers, set(&["ada"]));
    // Whoever was there first stays.
    place.gitlab.update(1, &asked(&["linus"])).unwrap();
    assert_eq!(place.hosted.proposal(1).reviewers, set(&["ada"]));
}

#[test]
fn a_texts_end_is_cut_rather_than_the_proposal_lost() {
    let place = place();
    let body = "ü".repeat(1_100_000);
    let opened = place.gitlab.open("change", "main", &Wording { body, ..wording(&"t".repeat(300)) }).unwrap();
    assert_eq!(opened.body.chars().count(), place.gitlab.body_limit());
    assert!(opened.body.ends_with("(There was more than fits.)"));
    assert!(opened.title.len() <= 255 && opened.title.ends_with("..."));
    place.gitlab.comment(1, "<!-- glu -->", &"x".repeat(1_100_000)).unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body.len(), 1_000_000);
}

#[test]
fn what_became_of_it_is_understood() {
    for way in [Way::Commit, Way::Squash, Way::Rebase, Way::FastForward] {
        let place = place();
        place.gitlab.open("change", "main", &wording("x")).unwrap();
        let commit = place.hosted.merge("grace", 1, way);
        let fate = Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) };
        assert_eq!(same(&place).fate, fate, "{way:?}");
        let closing = place.gitlab.close(1, "late").unwrap_err().problem;
        assert!(matches!(closing, ForgeProblem::Conflict { .. }), "{closing}");
    }
    let place = place();
    place.gitlab.open("change", "main", &wording("x")).unwrap();
    place.hosted.close_by("linus", 1);
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("linus".to_owned()) });
    place.hosted.reopen(1);
    assert_eq!(same(&place).fate, Fate::Open);
    place.remote.commit("meanwhile", [("file", "three\n")]);
    assert_eq!(same(&place).mergeable, Some(false));
}

#[test]
fn of_several_the_open_one_counts_else_the_last() {
    for by_cursor in [false, true] {
        let place = place();
        if by_cursor {
            place.server.page_by_cursor();
        }
        place.server.longest_page(1);
        place.gitlab.open("change", "main", &wording("one")).unwrap();
        place.hosted.close_by("linus", 1);
        place.gitlab.open("change", "main", &wording("two")).unwrap();
        place.hosted.close_by("linus", 2);
        assert_eq!(same(&place).title, "two");
        place.hosted.reopen(1);
        assert_eq!(same(&place).title, "one");
        for other in ["other", "third"] {
            place.remote.commit_to(other, "Ada Example", "Other", [("other", &*format!("{other}\n"))]);
            place.gitlab.open(other, "main", &wording(other)).unwrap();
        }
        let pairs = [("other", "main"), ("none", "main"), ("change", "main"), ("third", "main")];
        let found = place.gitlab.find_all(&pairs).unwrap();
        let titles: Vec<_> =
            found.iter().map(|found| found.as_ref().map(|found| found.title.as_str())).collect();
        assert_eq!(titles, [Some("other"), None, Some("one"), Some("third")], "by cursor: {by_cursor}");
    }
}

#[test]
fn closing_says_why() {
    let place = place();
    place.gitlab.open("change", "main", &wording("x")).unwrap();
    place.gitlab.close(1, "/reopen never: superseded by !2").unwrap();
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.comments[0].body, "\\/reopen never: superseded by !2");
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("glu-bot".to_owned()) });
    place.gitlab.close(1, " ").unwrap();
    assert_eq!(place.hosted.proposal(1).comments.len(), 1);
}

#[test]
fn a_comment_is_replaced_wherever_it_is() {
    let place = place();
    place.gitlab.open("change", "main", &wording("x")).unwrap();
    for number in 0..25 {
        place.hosted.comment_by("ada", 1, &format!("comment {number} speaks of <!-- glu:plan --> only"));
    }
    assert!(!place.gitlab.has_comment(1, "<!-- glu:plan -->").unwrap());
    let first = place.gitlab.comment(1, "<!-- glu:plan -->", "one").unwrap();
    for number in 0..25 {
        place.hosted.comment_by("grace", 1, &format!("later {number}"));
    }
    place.server.longest_page(10);
    assert!(place.gitlab.has_comment(1, "<!-- glu:plan -->").unwrap());
    let second = place.gitlab.comment(1, "<!-- glu:plan -->", "two\n").unwrap();
    assert_eq!(first, second);
    assert_eq!(first, "https://gitlab.example/acme/platform/environments/-/merge_requests/1#note_26");
    let comments = place.hosted.proposal(1).comments;
    assert_eq!((comments.len(), comments[25].body.as_str()), (51, "<!-- glu:plan -->\ntwo"));
    // What it says already is not said again.
    place.server.server().take_asked();
    place.gitlab.comment(1, "<!-- glu:plan -->", "two\n").unwrap();
    assert!(place.server.server().take_asked().iter().all(|asked| asked.starts_with("GET")));
}

#[test]
fn reviews_are_approvals_and_what_reviewers_say() {
    let place = place();
    let reviewers = words(&["grace", "linus", "ada"]);
    place.gitlab.open("change", "main", &Wording { reviewers, ..wording("x") }).unwrap();
    let review = |reviewer: &str, verdict| Review { reviewer: reviewer.to_owned(), verdict, commit: None };
    place.server.longest_page(1);
    let asked = ["ada", "grace", "linus"].map(|login| review(login, ReviewVerdict::Requested));
    assert_eq!(place.gitlab.reviews(1).unwrap(), asked);
    place.hosted.request_changes_by("linus", 1);
    place.hosted.approve_by("linus", 1);
    place.hosted.approve_by("grace", 1);
    place.hosted.request_changes_by("grace", 1);
    assert_eq!(
        place.gitlab.reviews(1).unwrap(),
        [
            review("grace", ReviewVerdict::ChangesRequested),
            review("linus", ReviewVerdict::Approved),
            review("ada", ReviewVerdict::Requested),
        ]
    );
}

#[test]
fn it_merges_when_the_rules_allow() {
    let place = place();
    place.hosted.with(|state| state.rules.approvals = 1);
    place.gitlab.open("change", "main", &wording("x")).unwrap();
    place.gitlab.merge_when_ready(1).unwrap();
    assert!(same(&place).merges_by_itself);
    place.gitlab.merge_when_ready(1).unwrap();
    place.hosted.approve_by("grace", 1);
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
    assert_eq!(place.remote.read("file"), "two\n");
    place.gitlab.merge_when_ready(1).unwrap();
    let asked = place.server.server().take_asked();
    assert_eq!(asked.iter().filter(|asked| asked.ends_with("/merge")).count(), 1, "{asked:?}");
}

#[test]
fn what_is_ready_already_is_merged_as_soon_as_gitlab_knows() {
    let place = place();
    place.gitlab.open("change", "main", &wording("x")).unwrap();
    place.server.takes_its_time(3);
    let before = place.clock.now();
    place.gitlab.merge_when_ready(1).unwrap();
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 3);
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
}

#[test]
fn what_may_not_merge_by_itself_is_refused() {
    let place = place();
    place.hosted.with(|state| {
        state.rules.no_auto_merge = true;
        state.rules.checks = words(&["ci"]);
    });
    place.gitlab.open("change", "main", &wording("x")).unwrap();
    let refused = || place.gitlab.merge_when_ready(1).unwrap_err().problem.to_string();
    assert!(refused().ends_with("405 Method Not Allowed; GitLab calls it `ci must pass`"), "{}", refused());
    place.gitlab.update(1, &Wording { draft: true, ..wording("x") }).unwrap();
    assert!(refused().ends_with("it is a draft"), "{}", refused());
    place.hosted.close_by("ada", 1);
    assert!(refused().ends_with("it is closed"), "{}", refused());
}
