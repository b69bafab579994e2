//! What the forge in memory knows is what the client reads, and what the client writes the forge keeps.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Place, place, place_of, wording, words};
use crate::clock::Clock as _;
use crate::forge::{
    Deployment, DeploymentState, Fate, Forge as _, ForgeProblem, Proposal, Review, ReviewVerdict, Status,
    StatusState, Wording,
};
use crate::testing::forge::Way;
use crate::testing::forge::gitea::GiteaServer;

/// What both sides say of the proposal is the same, but for where people look at it.
fn same(place: &Place) -> Proposal {
    let gitea = place.gitea.find("change", "main").unwrap().unwrap();
    let ours = place.hosted.find("change", "main").unwrap().unwrap();
    assert_eq!(gitea, Proposal { url: gitea.url.clone(), ..ours });
    gitea
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn writes(place: &Place) -> Vec<String> {
    let asked = place.server.server().take_asked();
    let short = |asked: String| asked.replace("/api/v1/repos/acme/environments", "");
    asked.into_iter().filter(|asked| !asked.starts_with("GET")).map(short).collect()
}

#[test]
fn nothing_was_proposed_yet() {
    let place = place();
    assert_eq!(place.gitea.find("change", "main").unwrap(), None);
    assert_eq!(place.server.server().take_asked().len(), 1, "one question is enough to know that");
    assert_eq!(place.gitea.find_all(&[("change", "main"), ("a", "b/c")]).unwrap(), [None, None]);
}

#[test]
fn a_proposal_is_opened_with_all_that_hangs_on_it() {
    for start in [GiteaServer::start, GiteaServer::forgejo] {
        let place = place_of(start);
        place.hosted.with(|state| {
            state.milestones.extend(words(&["Q3", "Q4"]));
            state.labels.extend(words(&["a", "b", "glu"]));
        });
        place.server.organisation_label("shared");
        place.server.longest_page(1);
        let wording = Wording {
            title: "Release\n 1.1".to_owned(),
            body: "| a | b |\n|---|---|\n\n✓ ünï".to_owned(),
            labels: words(&["release", "glu", "shared"]),
            reviewers: words(&["team/platform", "grace"]),
            assignees: words(&["ada"]),
            milestone: Some("Q4".to_owned()),
            draft: true,
        };
        let opened = place.gitea.open("change", "main", &wording).unwrap();
        assert_eq!((opened.title.as_str(), opened.draft, opened.mergeable), ("Release 1.1", true, None));
        assert_eq!(opened.body, wording.body);
        assert_eq!(opened.url, "https://gitea.example/acme/environments/pulls/1");
        let kept = place.hosted.proposal(1);
        assert_eq!(kept.labels, set(&["glu", "release", "shared"]));
        assert_eq!((kept.reviewers, kept.teams), (set(&["grace"]), set(&["platform"])));
        assert_eq!((kept.assignees, kept.milestone), (set(&["ada"]), Some("Q4".to_owned())));
        // Only what was missing was made, and in the repository.
        assert_eq!(writes(&place), ["POST /labels", "POST /pulls", "POST /pulls/1/requested_reviewers"]);
    }
}

#[test]
fn an_update_adds_what_is_missing_and_asks_nobody_twice() {
    let place = place();
    place.hosted.with(|state| state.milestones.push("Q4".to_owned()));
    let mut wording = Wording {
        labels: words(&["release"]),
        reviewers: words(&["Grace", "linus", "team/platform"]),
        assignees: words(&["ada"]),
        ..wording("One")
    };
    place.hosted.with(|state| state.people.insert("Grace".to_owned()));
    let opened = place.gitea.open("change", "main", &wording).unwrap();
    assert_eq!(opened, same(&place));
    place.hosted.with(|state| {
        state.proposals[0].labels.insert("theirs".to_owned());
        state.proposals[0].assignees.insert("linus".to_owned());
        state.proposals[0].reviewers.remove("Grace");
    });
    place.hosted.approve_by("grace", 1);

    wording.title = "Two".to_owned();
    wording.draft = true;
    wording.labels = words(&["release", "more"]);
    wording.assignees = words(&["Ada", "grace"]);
    wording.milestone = Some("Q4".to_owned());
    writes(&place);
    let updated = place.gitea.update(1, &wording).unwrap();
    assert_eq!((updated.title.as_str(), updated.draft), ("Two", true));
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.labels, set(&["more", "release", "theirs"]));
    assert_eq!(kept.reviewers, set(&["linus"]));
    assert_eq!(kept.reviews.len(), 1);
    assert_eq!(kept.assignees, set(&["ada", "grace", "linus"]));
    assert_eq!(kept.milestone.as_deref(), Some("Q4"));
    assert_eq!(writes(&place), ["PATCH /pulls/1", "POST /labels", "POST /issues/1/labels"]);

    // The same again writes nothing.
    place.gitea.update(1, &wording).unwrap();
    assert_eq!(writes(&place), [""; 0]);
    wording.draft = false;
    let ready = place.gitea.update(1, &wording).unwrap();
    assert_eq!((ready.title.as_str(), ready.draft), ("Two", false));
    assert_eq!(writes(&place), ["PATCH /pulls/1"]);
}

#[test]
fn what_it_does_not_know_is_refused_and_says_so() {
    let place = place();
    let refused = |wording: Wording| place.gitea.open("change", "main", &wording).unwrap_err().problem;
    let milestone = refused(Wording { milestone: Some("Q9".to_owned()), ..wording("x") });
    assert_eq!(
        milestone.to_string(),
        "refused while looking for a milestone: there is no open milestone `Q9`"
    );
    let stranger = refused(Wording { assignees: words(&["nobody"]), ..wording("x") });
    assert!(
        stranger.to_string().contains("Assignee does not exist: [name: user does not exist"),
        "{stranger}"
    );
    assert!(place.hosted.open_numbers().is_empty(), "nothing is half there");
    let missing = place.gitea.open("nothing", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");

    let reviewer = refused(Wording { reviewers: words(&["nobody"]), ..wording("x") });
    assert_eq!(reviewer.to_string(), "refused while asking for reviews: User 'nobody' not exist");
    let update = |wording: Wording| place.gitea.update(1, &wording).unwrap_err().problem;
    let team = update(Wording { reviewers: words(&["team/nobody"]), ..wording("x") });
    assert_eq!(team.to_string(), "refused while asking for reviews: Team 'nobody' not exist");
    let again = refused(wording("x"));
    assert!(matches!(again, ForgeProblem::Conflict { .. }), "{again}");
    assert!(again.to_string().contains("already exists for these targets"), "{again}");
    let missing = place.gitea.update(9, &wording("x")).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn a_texts_end_is_cut_rather_than_the_proposal_lost() {
    let place = place();
    let body = "ü".repeat(70_000);
    let long = Wording { body, draft: true, ..wording(&"t".repeat(300)) };
    let opened = place.gitea.open("change", "main", &long).unwrap();
    assert_eq!((opened.body.chars().count(), opened.title.len()), (65_536, 250));
    assert!(opened.body.ends_with("(There was more than fits.)"));
    place.gitea.comment(1, "<!-- glu -->", &"x".repeat(70_000)).unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body.len(), 65_536);
    assert_eq!(place.gitea.body_limit(), 65_536);
}

#[test]
fn what_became_of_it_is_understood() {
    for way in [Way::Commit, Way::Squash, Way::Rebase] {
        let place = place();
        place.gitea.open("change", "main", &wording("x")).unwrap();
        let commit = place.hosted.merge("grace", 1, way);
        let fate = Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) };
        assert_eq!(same(&place).fate, fate, "{way:?}");
        let closing = place.gitea.close(1, "late").unwrap_err().problem;
        assert!(matches!(closing, ForgeProblem::Conflict { .. }), "{closing}");
    }
    let place = place();
    place.server.longest_page(2);
    place.gitea.open("change", "main", &wording("x")).unwrap();
    place.hosted.comment_by("ada", 1, "before");
    place.clock.advance(Duration::from_secs(5));
    place.hosted.close_by("linus", 1);
    for number in 0..5 {
        place.hosted.comment_by("ada", 1, &format!("after {number}"));
    }
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("linus".to_owned()) });
    // A branch that is gone has its name still.
    place.hosted.delete_branch("change");
    assert_eq!(same(&place).head, "change");
    place.hosted.reopen(1);
    assert_eq!(same(&place).fate, Fate::Open);
}

#[test]
fn a_conflict_is_told_once_it_is_sure() {
    let place = place();
    place.gitea.open("change", "main", &wording("x")).unwrap();
    place.remote.commit("meanwhile", [("file", "three\n")]);
    let mergeable = || place.gitea.find("change", "main").unwrap().unwrap().mergeable;
    assert_eq!(mergeable(), None);
    place.clock.advance(Duration::from_secs(61));
    assert_eq!(mergeable(), Some(false));
    assert_eq!(same(&place).mergeable, Some(false));
}

#[test]
fn of_several_the_open_one_counts_else_the_last() {
    let place = place();
    place.gitea.open("change", "main", &wording("one")).unwrap();
    place.hosted.close_by("linus", 1);
    place.gitea.open("change", "main", &wording("two")).unwrap();
    place.hosted.close_by("linus", 2);
    assert_eq!(same(&place).title, "two");
    place.hosted.reopen(1);
    assert_eq!(same(&place).title, "one");
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    place.gitea.open("other", "main", &wording("three")).unwrap();
    place.server.longest_page(1);
    let pairs = [("other", "main"), ("none", "main"), ("change", "main")];
    let titles = || {
        let found = place.gitea.find_all(&pairs).unwrap();
        found.into_iter().map(|found| found.map(|found| found.title)).collect::<Vec<_>>()
    };
    assert_eq!(titles(), [Some("three".to_owned()), None, Some("one".to_owned())]);
    place.hosted.close_by("linus", 1);
    assert_eq!(titles(), [Some("three".to_owned()), None, Some("two".to_owned())]);
    // Who merged it is told of the last one, too, though lists do not tell.
    place.hosted.reopen(2);
    let commit = place.hosted.merge("grace", 2, Way::Squash);
    let fate = Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) };
    assert_eq!(same(&place).fate, fate);
}

#[test]
fn a_base_with_slashes_is_found_without_the_short_cut() {
    let place = place();
    place.remote.commit_to("release/1", "Ada Example", "Release", [("other", "2\n")]);
    place.remote.commit_to("glu/shop/production", "Ada Example", "Change", [("file", "two\n")]);
    place.gitea.open("glu/shop/production", "release/1", &wording("x")).unwrap();
    place.server.server().take_asked();
    assert_eq!(place.gitea.find("glu/shop/production", "release/1").unwrap().unwrap().number, 1);
    assert_eq!(place.gitea.find("glu/shop/production", "release/2").unwrap(), None);
    assert_eq!(place.gitea.find("glu/shop/production", "main").unwrap(), None);
    let asked = place.server.server().take_asked();
    let direct = asked.iter().filter(|asked| asked.contains("/pulls/main/glu/shop/production")).count();
    assert_eq!((direct, asked.iter().filter(|asked| asked.contains("/pulls/release")).count()), (1, 0));
}

#[test]
fn closing_says_why() {
    let place = place();
    place.gitea.open("change", "main", &wording("x")).unwrap();
    place.gitea.close(1, "superseded by #2").unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body, "superseded by #2");
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("glu-bot".to_owned()) });
}

#[test]
fn a_comment_is_replaced_wherever_it_is() {
    let place = place();
    place.gitea.open("change", "main", &wording("x")).unwrap();
    for number in 0..60 {
        place.hosted.comment_by("ada", 1, &format!("comment {number} speaks of <!-- glu:plan --> only"));
    }
    assert!(!place.gitea.has_comment(1, "<!-- glu:plan -->").unwrap());
    let first = place.gitea.comment(1, "<!-- glu:plan -->", "one").unwrap();
    place.hosted.comment_by("grace", 1, "later");
    assert!(place.gitea.has_comment(1, "<!-- glu:plan -->").unwrap());
    assert_eq!(place.gitea.comment(1, "<!-- glu:plan -->", "two").unwrap(), first);
    assert_eq!(first, "https://gitea.example/acme/environments/pulls/1#issuecomment-61");
    let comments = place.hosted.proposal(1).comments;
    assert_eq!((comments.len(), comments[60].body.as_str()), (62, "<!-- glu:plan -->\ntwo"));
    // What it says already is not said again.
    writes(&place);
    place.gitea.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert_eq!(writes(&place), [""; 0]);
}

#[test]
fn statuses_are_read_and_set() {
    let place = place();
    let opened = place.gitea.open("change", "main", &wording("x")).unwrap();
    assert_eq!(place.gitea.statuses(&opened.commit).unwrap(), []);
    place.hosted.begin_check(1, "ci/build");
    place.hosted.fail_check(1, "ci/build");
    place.hosted.begin_check(1, "ci/test");
    for number in 0..12 {
        place.hosted.pass_check(1, &format!("lint {number:02}"));
    }
    let mut status = Status {
        name: "glu/checkout/production".to_owned(),
        state: StatusState::Passed,
        description: format!("promoted {}", "x".repeat(300)),
        url: Some("https://example.com/run".to_owned()),
    };
    place.gitea.set_status(&opened.commit, &status).unwrap();
    place.server.longest_page(5);
    let said = place.gitea.statuses(&opened.commit).unwrap();
    assert_eq!(said, place.hosted.statuses(&opened.commit).unwrap());
    assert_eq!((said.len(), said[2].description.chars().count()), (15, 255));
    status.url = None;
    for state in [StatusState::Pending, StatusState::Failed] {
        status.state = state;
        place.gitea.set_status(&opened.commit, &status).unwrap();
        let said = place.gitea.statuses(&opened.commit).unwrap();
        assert_eq!((said[2].state, said[2].url.clone()), (state, None));
    }
    let missing = place.gitea.statuses(&"0".repeat(40)).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
    let missing = place.gitea.set_status(&"0".repeat(40), &status).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::Unavailable { .. }), "{missing}");
}

#[test]
fn reviews_are_the_last_word_of_those_whose_word_counts() {
    let place = place();
    let reviewers = words(&["grace", "team/platform"]);
    let opened = place.gitea.open("change", "main", &Wording { reviewers, ..wording("x") }).unwrap();
    let review = |reviewer: &str, verdict, commit: Option<&str>| Review {
        reviewer: reviewer.to_owned(),
        verdict,
        commit: commit.map(str::to_owned),
    };
    let platform = review("team/platform", ReviewVerdict::Requested, None);
    let grace = review("grace", ReviewVerdict::Requested, None);
    assert_eq!(place.gitea.reviews(1).unwrap(), [grace, platform.clone()]);
    place.hosted.approve_by("grace", 1);
    place.hosted.request_changes_by("linus", 1);
    place.hosted.approve_by("linus", 1);
    place.hosted.request_changes_by("ada", 1);
    place.hosted.approve_by("stranger", 1);
    place.server.longest_page(2);
    let commit = Some(opened.commit.as_str());
    let against = review("ada", ReviewVerdict::ChangesRequested, commit);
    assert_eq!(
        place.gitea.reviews(1).unwrap(),
        [
            against.clone(),
            review("grace", ReviewVerdict::Approved, commit),
            review("linus", ReviewVerdict::Approved, commit),
            platform.clone(),
        ]
    );
    // Approvals are of what was there; that somebody wants it otherwise stays until they say more.
    place.hosted.push_by_hand("linus", 1, "file", "five\n");
    assert_eq!(place.gitea.reviews(1).unwrap(), [against, platform]);
}

#[test]
fn there_are_no_deployments_and_that_is_said() {
    let place = place();
    let deployment = Deployment {
        environment: "checkout/production".to_owned(),
        commit: place.hosted.tip_of("change"),
        branch: "main".to_owned(),
        state: DeploymentState::Succeeded,
        description: String::new(),
        url: None,
        environment_url: None,
    };
    let refused = place.gitea.deploy(&deployment).unwrap_err();
    assert!(matches!(refused.problem, ForgeProblem::Unsupported(_)), "{refused}");
    assert!(refused.to_string().ends_with("is something this forge does not have"), "{refused}");
    let before = place.clock.now();
    assert_eq!((place.server.server().take_asked().len(), place.clock.now()), (0, before));
}
