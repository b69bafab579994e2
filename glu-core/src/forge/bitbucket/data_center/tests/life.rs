//! What the forge in memory knows is what the client reads, and what the client writes the forge keeps.

use std::collections::BTreeSet;

use super::{Place, place, wording, words};
use crate::forge::{
    Deployment, DeploymentState, Fate, Forge as _, ForgeCommit, ForgeProblem, Proposal, Review,
    ReviewVerdict, Status, StatusState, Wording,
};
use crate::testing::forge::Way;

/// What both sides say of the proposal is the same, but for where people look at it.
fn same(place: &Place) -> Proposal {
    let shown = place.forge.find("change", "main").unwrap().unwrap();
    let ours = place.hosted.find("change", "main").unwrap().unwrap();
    assert_eq!(shown, Proposal { url: shown.url.clone(), ..ours });
    shown
}

fn set(words: &[&str]) -> BTreeSet<String> {
    super::words(words).into_iter().collect()
}

fn asking(title: &str, people: &[&str]) -> Wording {
    Wording { reviewers: words(people), ..wording(title) }
}

#[test]
fn nothing_was_proposed_yet() {
    let place = place();
    assert_eq!(place.forge.find("change", "main").unwrap(), None);
    assert_eq!(place.forge.find_all(&[("change", "main"), ("a&b", "c")]).unwrap(), [None, None]);
}

#[test]
fn a_proposal_is_opened_with_what_bitbucket_has() {
    let place = place();
    let wording = Wording {
        title: "Release\n 1.1".to_owned(),
        body: "| a | b |\n|---|---|\n\n✓ ünï".to_owned(),
        labels: words(&["release"]),
        reviewers: words(&["team/platform", "grace"]),
        assignees: words(&["ada"]),
        milestone: Some("Q4".to_owned()),
        draft: true,
    };
    let opened = place.forge.open("change", "main", &wording).unwrap();
    assert_eq!(opened, same(&place));
    assert_eq!((opened.title.as_str(), opened.draft), ("Release 1.1", true));
    assert_eq!((opened.body.as_str(), opened.mergeable), (wording.body.as_str(), Some(true)));
    assert_eq!(opened.url, "https://bitbucket.example/projects/ENV/repos/environments/pull-requests/1");
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.reviewers, set(&["grace"]));
    assert!(kept.labels.is_empty() && kept.assignees.is_empty() && kept.teams.is_empty());
}

#[test]
fn a_second_one_is_a_conflict_and_a_stranger_is_a_mistake() {
    let place = place();
    let refused = place.forge.open("change", "main", &asking("x", &["nobody", "grace"])).unwrap_err().problem;
    assert!(matches!(refused, ForgeProblem::Invalid { .. }), "{refused}");
    assert!(refused.to_string().ends_with("nobody is not a user."), "{refused}");
    place.forge.open("change", "main", &wording("one")).unwrap();
    let refused = place.forge.open("change", "main", &wording("two")).unwrap_err().problem;
    assert!(matches!(refused, ForgeProblem::Conflict { .. }), "{refused}");
    assert_eq!(place.hosted.proposal(1).title, "one");
    let missing = place.forge.open("gone", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
    place.remote.commit_to("same", "Ada Example", "Same", [("other", "1\n")]);
    place.hosted.merge("ada", 1, Way::Commit);
    let empty = place.forge.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(empty, ForgeProblem::Invalid { .. }), "{empty}");
}

#[test]
fn an_update_keeps_whom_others_asked_and_what_they_said() {
    let place = place();
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
    assert!(!place.forge.update(1, &wording("Two")).unwrap().draft);
}

#[test]
fn an_old_version_is_read_again_once() {
    let place = place();
    place.forge.open("change", "main", &asking("One", &["grace"])).unwrap();
    place.server.interfere(1);
    assert_eq!(place.forge.update(1, &wording("Two")).unwrap().title, "Two");
    assert_eq!(place.hosted.proposal(1).reviewers, set(&["grace"]));
    place.server.interfere(2);
    let conflict = place.forge.update(1, &wording("Three")).unwrap_err().problem;
    assert!(matches!(conflict, ForgeProblem::Conflict { .. }), "{conflict}");
    assert!(conflict.to_string().contains("out-of-date information"), "{conflict}");
    assert_eq!(place.hosted.proposal(1).title, "Two");

    place.forge.comment(1, "<!-- glu:plan -->", "one").unwrap();
    place.server.interfere(1);
    place.forge.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert!(place.hosted.proposal(1).comments[0].body.ends_with("two"));
    place.server.interfere(2);
    let conflict = place.forge.comment(1, "<!-- glu:plan -->", "three").unwrap_err().problem;
    assert!(matches!(conflict, ForgeProblem::Conflict { .. }), "{conflict}");

    place.server.interfere(1);
    place.forge.close(1, "no longer wanted").unwrap();
    let said = place.hosted.proposal(1).comments;
    assert_eq!(said.iter().filter(|comment| comment.body == "no longer wanted").count(), 1);
    // One that is closed is not retried, since nothing else would come of it.
    place.server.server().take_asked();
    let closed = place.forge.update(1, &wording("Four")).unwrap_err().problem;
    assert!(matches!(closed, ForgeProblem::Conflict { .. }), "{closed}");
    let asked = place.server.server().take_asked();
    assert_eq!(asked.iter().filter(|asked| asked.starts_with("PUT")).count(), 1, "{asked:?}");
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
    // A text that is empty is not there at all.
    let empty = place.forge.update(1, &Wording { body: String::new(), ..wording("x") }).unwrap();
    assert_eq!(empty.body, "");
}

#[test]
fn what_is_too_long_is_cut() {
    let place = place();
    let long = Wording { title: "t".repeat(300), body: "ü".repeat(40_000), ..Wording::default() };
    let opened = place.forge.open("change", "main", &long).unwrap();
    assert_eq!(opened.title.len(), 255);
    assert!(opened.body.ends_with("(There was more than fits.)"));
    place.forge.comment(1, "<!-- glu:plan -->", &"ü".repeat(40_000)).unwrap();
    assert!(place.hosted.proposal(1).comments[0].body.chars().count() <= 32_768);
}

#[test]
fn what_became_of_it_is_understood() {
    for way in [Way::Commit, Way::Squash] {
        let place = place();
        place.forge.open("change", "main", &wording("x")).unwrap();
        let commit = place.hosted.merge("grace", 1, way);
        for _ in 0..3 {
            place.hosted.comment_by("ada", 1, "late");
        }
        place.server.longest_page(1);
        let fate = Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) };
        assert_eq!(same(&place).fate, fate, "{way:?}");
        let closing = place.forge.close(1, "late").unwrap_err().problem;
        assert!(matches!(closing, ForgeProblem::Conflict { .. }), "{closing}");
        assert_eq!(place.hosted.proposal(1).comments.len(), 3);
    }
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.hosted.close_by("linus", 1);
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("linus".to_owned()) });
    place.hosted.reopen(1);
    assert_eq!(same(&place).fate, Fate::Open);
    place.remote.commit("meanwhile", [("file", "three\n")]);
    assert_eq!(same(&place).mergeable, Some(false));
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
    place.remote.commit_to("base", "Ada Example", "Base", [("base", "2\n")]);
    place.forge.open("change", "base", &wording("to another base")).unwrap();
    place.server.longest_page(1);
    let found = place.forge.find_all(&[("other", "main"), ("none", "main"), ("change", "main")]).unwrap();
    let titles: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.title.as_str())).collect();
    assert_eq!(titles, [Some("three"), None, Some("one")]);
    place.hosted.close_by("linus", 1);
    assert_eq!(same(&place).title, "two");
}

#[test]
fn closing_says_why() {
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.forge.close(1, "superseded by #2").unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body, "superseded by #2");
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("glu-bot".to_owned()) });
    place.forge.close(1, "again").unwrap();
    assert_eq!(place.hosted.proposal(1).comments.len(), 1);
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
    for number in 0..12 {
        place.hosted.comment_by("grace", 1, &format!("later {number}"));
    }
    place.server.longest_page(5);
    assert!(place.forge.has_comment(1, "<!-- glu:plan -->").unwrap());
    let second = place.forge.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert_eq!(first, second);
    assert!(
        first.ends_with("/projects/ENV/repos/environments/pull-requests/1/overview?commentId=26"),
        "{first}"
    );
    let comments = place.hosted.proposal(1).comments;
    assert_eq!((comments.len(), comments[25].body.as_str()), (38, "[//]: # \"glu:plan\"\ntwo"));
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
    let status = Status {
        name: "glu/checkout/production".to_owned(),
        state: StatusState::Passed,
        description: format!("promoted {}", "x".repeat(300)),
        url: Some(format!("https://example.com/{}", "x".repeat(450))),
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
    let ours = find("glu/checkout/production");
    assert_eq!((ours.state, ours.description.len()), (StatusState::Failed, 255));
    let page = format!("/projects/ENV/repos/environments/commits/{}", opened.commit);
    assert!(ours.url.as_ref().is_some_and(|url| url.ends_with(&page)), "{ours:?}");
    let missing = place.forge.set_status(&"0".repeat(40), &status).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn reviews_are_the_last_word_of_each() {
    let place = place();
    let opened = place.forge.open("change", "main", &asking("x", &["grace", "linus"])).unwrap();
    let review = |reviewer: &str, verdict, commit: Option<&String>| Review {
        reviewer: reviewer.to_owned(),
        verdict,
        commit: commit.cloned(),
    };
    let linus = review("linus", ReviewVerdict::Requested, None);
    let grace = review("grace", ReviewVerdict::Requested, None);
    assert_eq!(place.forge.reviews(1).unwrap(), [grace, linus.clone()]);
    place.hosted.request_changes_by("grace", 1);
    place.hosted.approve_by("grace", 1);
    place.hosted.request_changes_by("ada", 1);
    let commit = Some(&opened.commit);
    assert_eq!(
        place.forge.reviews(1).unwrap(),
        [
            review("ada", ReviewVerdict::ChangesRequested, commit),
            review("grace", ReviewVerdict::Approved, commit),
            linus
        ]
    );
}

#[test]
fn it_merges_when_the_rules_allow() {
    let place = place();
    place.hosted.with(|state| state.rules.approvals = 1);
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.server.interfere(1);
    place.forge.merge_when_ready(1).unwrap();
    assert!(same(&place).merges_by_itself);
    // What was asked for already is not asked for again.
    place.server.server().take_asked();
    place.forge.merge_when_ready(1).unwrap();
    assert!(place.server.server().take_asked().iter().all(|asked| asked.starts_with("GET")));
    place.hosted.approve_by("grace", 1);
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
    assert_eq!(place.remote.read("file"), "two\n");
    place.forge.merge_when_ready(1).unwrap();
}

#[test]
fn what_is_ready_already_is_merged_at_once() {
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.forge.merge_when_ready(1).unwrap();
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
}

#[test]
fn what_may_not_merge_by_itself_is_refused() {
    let place = place();
    place.hosted.with(|state| {
        state.rules.no_auto_merge = true;
        state.rules.checks = vec!["ci".to_owned()];
    });
    place.forge.open("change", "main", &wording("x")).unwrap();
    let refused = place.forge.merge_when_ready(1).unwrap_err().problem.to_string();
    assert!(refused.contains("Auto-merge is not enabled"), "{refused}");
    place.forge.update(1, &Wording { draft: true, ..wording("x") }).unwrap();
    assert!(place.forge.merge_when_ready(1).unwrap_err().problem.to_string().contains("a draft"));
    place.hosted.close_by("ada", 1);
    assert!(place.forge.merge_when_ready(1).unwrap_err().problem.to_string().contains("it is declined"));
    let missing = place.forge.merge_when_ready(9).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn a_deployment_is_one_however_far_it_gets() {
    let place = place();
    let commit = place.remote.commit("promoted", [("file", "three\n")]);
    let deployment = |state, environment: &str, description: &str| Deployment {
        environment: environment.to_owned(),
        commit: commit.clone(),
        branch: "main".to_owned(),
        state,
        description: description.to_owned(),
        url: None,
        environment_url: Some(format!("https://{environment}.example.com")),
    };
    place.forge.deploy(&deployment(DeploymentState::Running, "checkout/production", "soaking")).unwrap();
    place.forge.deploy(&deployment(DeploymentState::Succeeded, "checkout/production", "soaked")).unwrap();
    place.forge.deploy(&deployment(DeploymentState::Failed, "checkout/staging", "")).unwrap();
    let kept = place.hosted.with(|state| state.deployments.clone());
    let steps: Vec<_> = kept.iter().map(|(_, step)| (step.environment.as_str(), step.state)).collect();
    assert_eq!(
        steps,
        [
            ("checkout/production", DeploymentState::Running),
            ("checkout/production", DeploymentState::Succeeded),
            ("checkout/staging", DeploymentState::Failed)
        ]
    );
    assert_eq!(kept[2].1.description, "checkout/staging");
    assert_eq!(kept[2].1.environment_url.as_deref(), Some("https://checkout/staging.example.com"));
    let url = format!("https://example.com/{}", "x".repeat(500));
    place.forge.deploy(&Deployment { environment_url: Some(url), ..kept[2].1.clone() }).unwrap();
    let last = place.hosted.with(|state| state.deployments.last().cloned()).unwrap().1;
    assert_eq!(last.environment_url, None, "an address that does not fit is left out");
    assert_eq!(place.server.deployments(), 2);
    let missing = place.forge.deploy(&Deployment { commit: "0".repeat(40), ..kept[0].1.clone() });
    assert!(matches!(missing.unwrap_err().problem, ForgeProblem::NotFound { .. }));
}

#[test]
fn what_bitbucket_has_not_is_said_to_be_so() {
    let place = place();
    let commit = ForgeCommit {
        branch: "change".to_owned(),
        parent: place.hosted.tip_of("change"),
        message: "x".to_owned(),
        files: Vec::new(),
    };
    let refused = place.forge.commit(&commit).unwrap_err();
    assert!(matches!(refused.problem, ForgeProblem::Unsupported(_)), "{refused}");
}
