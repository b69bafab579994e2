//! What the forge in memory knows is what GitHub's client reads, and what the client writes the forge keeps.

use std::collections::BTreeSet;

use super::{Place, place, wording};
use crate::forge::{
    Deployment, DeploymentState, Fate, Forge as _, ForgeCommit, ForgeProblem, Proposal, Review,
    ReviewVerdict, Status, StatusState, Wording,
};
use crate::testing::forge::Way;

/// What both sides say of the proposal is the same, but for where people look at it.
fn same(place: &Place) -> Proposal {
    let github = place.github.find("change", "main").unwrap().unwrap();
    let ours = place.hosted.find("change", "main").unwrap().unwrap();
    assert_eq!(github, Proposal { url: github.url.clone(), ..ours });
    github
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn nothing_was_proposed_yet() {
    let place = place();
    assert_eq!(place.github.find("change", "main").unwrap(), None);
    assert_eq!(place.github.find_all(&[("change", "main"), ("a", "b")]).unwrap(), [None, None]);
}

#[test]
fn a_proposal_is_opened_with_all_that_hangs_on_it() {
    let place = place();
    place.hosted.with(|state| state.milestones.extend(["Q3".to_owned(), "Q4".to_owned()]));
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let wording = Wording {
        title: "Release\n 1.1".to_owned(),
        body: "| a | b |\n|---|---|\n\n✓ ünï".to_owned(),
        labels: words(&["release", "glu"]),
        reviewers: words(&["team/platform", "grace"]),
        assignees: words(&["ada"]),
        milestone: Some("Q4".to_owned()),
        draft: true,
    };
    let opened = place.github.open("change", "main", &wording).unwrap();
    assert_eq!(opened, same(&place));
    assert_eq!(opened.title, "Release 1.1");
    assert_eq!(opened.body, wording.body);
    assert!(opened.draft);
    assert_eq!(opened.mergeable, Some(true));
    assert_eq!(opened.url, "https://github.example/acme/environments/pull/1");
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.labels, set(&["glu", "release"]));
    assert_eq!((kept.reviewers, kept.teams), (set(&["grace"]), set(&["platform"])));
    assert_eq!((kept.assignees, kept.milestone), (set(&["ada"]), Some("Q4".to_owned())));
}

#[test]
fn an_update_adds_what_is_missing_and_asks_nobody_twice() {
    let place = place();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut wording = Wording {
        labels: words(&["release"]),
        reviewers: words(&["grace", "linus", "team/platform"]),
        assignees: words(&["Ada"]),
        ..wording("One")
    };
    // Logins and labels are compared as GitHub does, without regard to case.
    place.hosted.with(|state| state.people.insert("Ada".to_owned()));
    place.github.open("change", "main", &wording).unwrap();
    place.hosted.with(|state| {
        state.proposals[0].labels.insert("theirs".to_owned());
    });
    place.hosted.approve_by("grace", 1);

    wording.title = "Two".to_owned();
    wording.draft = true;
    wording.labels = words(&["Release", "more"]);
    place.server.server().take_asked();
    let updated = place.github.update(1, &wording).unwrap();
    assert_eq!((updated.title.as_str(), updated.draft), ("Two", true));
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.labels, set(&["more", "release", "theirs"]));
    assert_eq!(kept.reviewers, set(&["linus"]));
    assert_eq!(kept.reviews.len(), 1);
    let asked = place.server.server().take_asked();
    let writes: Vec<&String> = asked.iter().filter(|asked| !asked.starts_with("GET")).collect();
    assert_eq!(
        writes,
        [
            "PATCH /api/v3/repos/acme/environments/pulls/1",
            "POST /api/graphql",
            "POST /api/v3/repos/acme/environments/issues/1/labels"
        ]
    );

    // The same again writes nothing.
    place.github.update(1, &wording).unwrap();
    let asked = place.server.server().take_asked();
    assert!(asked.iter().all(|asked| asked.starts_with("GET")), "{asked:?}");
    wording.draft = false;
    assert!(!place.github.update(1, &wording).unwrap().draft);
}

#[test]
fn what_it_does_not_know_is_refused_and_says_so() {
    let place = place();
    let refused = |wording: Wording| place.github.open("change", "main", &wording).unwrap_err().problem;
    let milestone = refused(Wording { milestone: Some("Q9".to_owned()), ..wording("x") });
    assert_eq!(
        milestone.to_string(),
        "refused while looking for a milestone: there is no open milestone `Q9`"
    );
    assert!(place.hosted.open_numbers().is_empty(), "nothing is half there");
    let missing = place.github.open("nothing", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::Invalid { .. }), "{missing}");

    let reviewer = refused(Wording { reviewers: vec!["nobody".to_owned()], ..wording("x") });
    assert!(reviewer.to_string().contains("only be requested from collaborators"), "{reviewer}");
    let again = refused(wording("x"));
    assert_eq!(
        again.to_string(),
        "something else changed while opening a proposal: Validation Failed; A pull request already exists for acme:change."
    );
    let stranger = Wording { assignees: vec!["nobody".to_owned()], ..wording("x") };
    let stranger = place.github.update(1, &stranger).unwrap_err().problem;
    assert!(stranger.to_string().contains("nobody cannot be assigned"), "{stranger}");
    assert!(matches!(
        place.github.update(9, &wording("x")).unwrap_err().problem,
        ForgeProblem::NotFound { .. }
    ));
}

#[test]
fn a_texts_end_is_cut_rather_than_the_proposal_lost() {
    let place = place();
    let body = "ü".repeat(70_000);
    let opened = place.github.open("change", "main", &Wording { body, ..wording(&"t".repeat(300)) }).unwrap();
    assert_eq!((opened.body.chars().count(), opened.title.len()), (65_536, 256));
    assert!(opened.body.ends_with("(There was more than fits.)"));
    let comment = "x".repeat(70_000);
    place.github.comment(1, "<!-- glu -->", &comment).unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body.len(), 65_536);
}

#[test]
fn what_became_of_it_is_understood() {
    for way in [Way::Commit, Way::Squash, Way::Rebase] {
        let place = place();
        place.github.open("change", "main", &wording("x")).unwrap();
        let commit = place.hosted.merge("grace", 1, way);
        let fate = Fate::Merged { commit: Some(commit), by: Some("grace".to_owned()) };
        assert_eq!(same(&place).fate, fate, "{way:?}");
        let closing = place.github.close(1, "late").unwrap_err().problem;
        assert!(matches!(closing, ForgeProblem::Conflict { .. }), "{closing}");
    }
    let place = place();
    place.github.open("change", "main", &wording("x")).unwrap();
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
    place.github.open("change", "main", &wording("one")).unwrap();
    place.hosted.close_by("linus", 1);
    place.github.open("change", "main", &wording("two")).unwrap();
    place.hosted.close_by("linus", 2);
    assert_eq!(same(&place).title, "two");
    place.hosted.reopen(1);
    assert_eq!(same(&place).title, "one");
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    place.github.open("other", "main", &wording("three")).unwrap();
    place.server.longest_page(1);
    let found = place.github.find_all(&[("other", "main"), ("none", "main"), ("change", "main")]).unwrap();
    let titles: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.title.as_str())).collect();
    assert_eq!(titles, [Some("three"), None, Some("one")]);
}

#[test]
fn closing_says_why() {
    let place = place();
    place.github.open("change", "main", &wording("x")).unwrap();
    place.github.close(1, "superseded by #2").unwrap();
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.comments[0].body, "superseded by #2");
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("glu-bot".to_owned()) });
}

#[test]
fn a_comment_is_replaced_wherever_it_is() {
    let place = place();
    place.github.open("change", "main", &wording("x")).unwrap();
    for number in 0..25 {
        place.hosted.comment_by("ada", 1, &format!("comment {number} speaks of <!-- glu:plan --> only"));
    }
    assert!(!place.github.has_comment(1, "<!-- glu:plan -->").unwrap());
    let first = place.github.comment(1, "<!-- glu:plan -->", "one").unwrap();
    for number in 0..25 {
        place.hosted.comment_by("grace", 1, &format!("later {number}"));
    }
    place.server.longest_page(10);
    assert!(place.github.has_comment(1, "<!-- glu:plan -->").unwrap());
    let second = place.github.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert_eq!(first, second);
    assert_eq!(first, "https://github.example/acme/environments/pull/1#issuecomment-26");
    let comments = place.hosted.proposal(1).comments;
    assert_eq!((comments.len(), comments[25].body.as_str()), (51, "<!-- glu:plan -->\ntwo"));
    // What it says already is not said again.
    place.server.server().take_asked();
    place.github.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert!(place.server.server().take_asked().iter().all(|asked| asked.starts_with("GET")));
}

#[test]
fn statuses_and_check_runs_are_one_list() {
    let place = place();
    let opened = place.github.open("change", "main", &wording("x")).unwrap();
    place.hosted.begin_check(1, "ci/build");
    place.hosted.fail_check(1, "ci/build");
    place.hosted.begin_check(1, "ci/test");
    for number in 0..12 {
        place.hosted.pass_check(1, &format!("lint {number:02}"));
    }
    let status = Status {
        name: "glu/checkout/production".to_owned(),
        state: StatusState::Passed,
        description: format!("promoted {}", "x".repeat(200)),
        url: Some("https://example.com/run".to_owned()),
    };
    place.github.set_status(&opened.commit, &status).unwrap();
    place.server.longest_page(5);
    let said = place.github.statuses(&opened.commit).unwrap();
    let kept = place.hosted.statuses(&opened.commit).unwrap();
    assert_eq!(said, kept);
    let states: Vec<_> = said.iter().take(3).map(|status| (status.name.as_str(), status.state)).collect();
    assert_eq!(
        states,
        [
            ("ci/build", StatusState::Failed),
            ("ci/test", StatusState::Pending),
            ("glu/checkout/production", StatusState::Passed)
        ]
    );
    assert_eq!(said[2].description.chars().count(), 140);
    assert_eq!(place.github.set_status(&"0".repeat(40), &status).unwrap_err().problem, {
        let doing = "setting a status (it wants the permission statuses=write)".to_owned();
        ForgeProblem::NotFound { doing }
    });
}

#[test]
fn reviews_are_the_last_word_of_those_who_may_write() {
    let place = place();
    let reviewers = ["grace", "team/platform"].map(str::to_owned).to_vec();
    let opened = place.github.open("change", "main", &Wording { reviewers, ..wording("x") }).unwrap();
    let review = |reviewer: &str, verdict, commit: Option<&str>| Review {
        reviewer: reviewer.to_owned(),
        verdict,
        commit: commit.map(str::to_owned),
    };
    let platform = review("team/platform", ReviewVerdict::Requested, None);
    let grace = review("grace", ReviewVerdict::Requested, None);
    assert_eq!(place.github.reviews(1).unwrap(), [grace, platform.clone()]);
    place.hosted.approve_by("grace", 1);
    place.hosted.request_changes_by("linus", 1);
    place.hosted.approve_by("linus", 1);
    place.hosted.request_changes_by("ada", 1);
    // Anybody may approve on a public repository.
    place.hosted.approve_by("stranger", 1);
    place.server.longest_page(2);
    let commit = Some(opened.commit.as_str());
    assert_eq!(
        place.github.reviews(1).unwrap(),
        [
            review("ada", ReviewVerdict::ChangesRequested, commit),
            review("grace", ReviewVerdict::Approved, commit),
            review("linus", ReviewVerdict::Approved, commit),
            platform,
        ]
    );
}

#[test]
fn a_deployment_has_one_entry_with_its_steps() {
    let place = place();
    let commit = place.remote.commit("promoted", [("file", "three\n")]);
    let deployment = |state, environment: &str| Deployment {
        environment: environment.to_owned(),
        commit: commit.clone(),
        branch: "main".to_owned(),
        state,
        description: "soaking".to_owned(),
        url: Some("https://example.com/run".to_owned()),
        environment_url: Some("https://shop.example.com".to_owned()),
    };
    place.github.deploy(&deployment(DeploymentState::Running, "checkout/production")).unwrap();
    place.github.deploy(&deployment(DeploymentState::Succeeded, "checkout/production")).unwrap();
    place.github.deploy(&deployment(DeploymentState::Failed, "checkout/staging")).unwrap();
    let kept = place.hosted.with(|state| state.deployments.clone());
    let steps: Vec<_> = kept.iter().map(|(_, step)| (step.environment.as_str(), step.state)).collect();
    let address = Some("https://shop.example.com".to_owned());
    assert!(kept.iter().all(|(_, step)| step.environment_url == address), "{kept:?}");
    assert_eq!(
        steps,
        [
            ("checkout/production", DeploymentState::Running),
            ("checkout/production", DeploymentState::Succeeded),
            ("checkout/staging", DeploymentState::Failed)
        ]
    );
    let asked = place.server.server().take_asked();
    let made = asked.iter().filter(|asked| *asked == "POST /api/v3/repos/acme/environments/deployments");
    assert_eq!(made.count(), 2);
}

#[test]
fn it_merges_when_the_rules_allow() {
    let place = place();
    place.hosted.with(|state| state.rules.approvals = 1);
    place.github.open("change", "main", &wording("x")).unwrap();
    place.github.merge_when_ready(1).unwrap();
    assert!(same(&place).merges_by_itself);
    place.github.merge_when_ready(1).unwrap();
    place.hosted.approve_by("grace", 1);
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
    assert_eq!(place.remote.read("file"), "two\n");
    place.github.merge_when_ready(1).unwrap();
}

#[test]
fn what_is_ready_already_is_merged_at_once() {
    let place = place();
    place.github.open("change", "main", &wording("x")).unwrap();
    place.github.merge_when_ready(1).unwrap();
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
}

#[test]
fn what_may_not_merge_by_itself_is_refused() {
    let place = place();
    place.hosted.with(|state| {
        state.rules.no_auto_merge = true;
        state.rules.checks = vec!["ci".to_owned()];
    });
    place.github.open("change", "main", &wording("x")).unwrap();
    let refused = place.github.merge_when_ready(1).unwrap_err().problem.to_string();
    assert!(refused.contains("settings do not allow auto-merge"), "{refused}");
    place.github.update(1, &Wording { draft: true, ..wording("x") }).unwrap();
    assert!(place.github.merge_when_ready(1).unwrap_err().problem.to_string().contains("a draft"));
    let missing = place.github.merge_when_ready(9).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn a_commit_through_the_api_is_what_was_asked_for() {
    let place = place();
    let commit = ForgeCommit {
        branch: "change".to_owned(),
        parent: place.hosted.tip_of("change"),
        message: "Promote checkout\n\nWhy\n\nGlu-Pipeline: checkout\n".to_owned(),
        files: vec![
            ("env/app.yaml".to_owned(), Some("image: ü\n".as_bytes().to_vec())),
            ("other".to_owned(), None),
        ],
    };
    let id = place.github.commit(&commit).unwrap();
    assert_eq!(place.hosted.tip_of("change"), id);
    assert_eq!(place.remote.read_on("change", "env/app.yaml"), "image: ü\n");
    let repository = git2::Repository::open_bare(place.remote.path()).unwrap();
    let made = repository.find_commit(git2::Oid::from_str(&id).unwrap()).unwrap();
    assert_eq!(made.message().unwrap(), commit.message.as_str());
    assert!(made.tree().unwrap().get_name("other").is_none());
    // The branch has moved by now.
    let moved = place.github.commit(&commit).unwrap_err().problem;
    assert!(matches!(moved, ForgeProblem::Conflict { .. }), "{moved}");
}
