//! What the forge in memory knows is what Azure DevOps' client reads, and what the client writes the forge keeps.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Place, place, wording};
use crate::forge::{
    Deployment, DeploymentState, Fate, Forge as _, ForgeCommit, ForgeProblem, Proposal, Review,
    ReviewVerdict, Status, StatusState, Wording,
};
use crate::testing::forge::Way;

/// What both sides say of the proposal is the same, but for where people look at it and what people are called.
fn same(place: &Place) -> Proposal {
    let azure = place.azure.find("change", "main").unwrap().unwrap();
    let ours = place.hosted.find("change", "main").unwrap().unwrap();
    let long = |by: Option<String>| by.map(|login| format!("{login}@example.com"));
    let fate = match ours.fate {
        Fate::Open => Fate::Open,
        Fate::Merged { commit, by } => Fate::Merged { commit, by: long(by) },
        Fate::Closed { by } => Fate::Closed { by: long(by) },
    };
    assert_eq!(azure, Proposal { url: azure.url.clone(), fate, ..ours });
    azure
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What was asked, and changes something.
fn writes(place: &Place) -> Vec<String> {
    let asked = place.server.server().take_asked();
    let writes = asked.into_iter().filter(|asked| !asked.starts_with("GET"));
    writes.map(|asked| asked.replace("/acme/My%20Shop/_apis/git/repositories/the%20env", "")).collect()
}

#[test]
fn nothing_was_proposed_yet() {
    let place = place();
    assert_eq!(place.azure.find("change", "main").unwrap(), None);
    assert_eq!(place.azure.find_all(&[("change", "main"), ("a", "b")]).unwrap(), [None, None]);
}

#[test]
fn a_proposal_is_opened_with_all_that_azure_has() {
    let place = place();
    let wording = Wording {
        title: "Release\n 1.1".to_owned(),
        body: format!("| a | b |\n|---|---|\n\n✓ ünï {}", "x".repeat(1000)),
        labels: words(&["release", "glu"]),
        reviewers: words(&["team/platform", "grace", "linus@example.com", "Ada Example"]),
        // There is no such thing.
        assignees: words(&["ada"]),
        milestone: Some("Q4".to_owned()),
        draft: true,
    };
    let opened = place.azure.open("change", "main", &wording).unwrap();
    assert_eq!(opened, same(&place));
    assert_eq!((opened.title.as_str(), &opened.body), ("Release 1.1", &wording.body));
    assert!(opened.draft);
    assert_eq!(opened.mergeable, Some(true));
    assert!(opened.url.ends_with("/acme/My%20Shop/_git/the%20env/pullrequest/1"), "{}", opened.url);
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.labels, set(&["glu", "release"]));
    assert_eq!((kept.reviewers, kept.teams), (set(&["ada", "grace", "linus"]), set(&["platform"])));
    assert_eq!((kept.assignees, kept.milestone), (set(&[]), None));
    assert_eq!(writes(&place), ["POST /pullrequests"]);
}

#[test]
fn an_update_adds_what_is_missing_and_asks_nobody_twice() {
    let place = place();
    let mut wording = Wording {
        labels: words(&["release"]),
        reviewers: words(&["grace", "linus@example.com", "team/platform"]),
        ..wording("One")
    };
    place.azure.open("change", "main", &wording).unwrap();
    place.hosted.with(|state| {
        state.proposals[0].labels.insert("theirs".to_owned());
    });
    place.hosted.approve_by("grace", 1);
    writes(&place);

    wording.title = "Two".to_owned();
    wording.draft = true;
    wording.labels = words(&["Release", "more", "again"]);
    wording.reviewers = words(&["Grace", "ada", "team/Platform"]);
    let updated = place.azure.update(1, &wording).unwrap();
    assert_eq!((updated.title.as_str(), updated.draft), ("Two", true));
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.labels, set(&["again", "more", "release", "theirs"]));
    assert_eq!(kept.reviewers, set(&["ada", "linus"]));
    assert_eq!(kept.reviews.len(), 1);
    let labels = "POST /pullRequests/1/labels";
    assert_eq!(writes(&place), ["PATCH /pullrequests/1", labels, labels, "POST /pullRequests/1/reviewers"]);

    // The same again writes nothing, and looks nobody up.
    place.azure.update(1, &wording).unwrap();
    let asked = place.server.server().take_asked();
    assert!(asked.iter().all(|asked| asked.starts_with("GET")), "{asked:?}");
    assert!(!asked.iter().any(|asked| asked.contains("identities")), "{asked:?}");
    wording.draft = false;
    assert!(!place.azure.update(1, &wording).unwrap().draft);
}

#[test]
fn what_it_does_not_know_is_refused_and_says_so() {
    let place = place();
    let refused = |wording: Wording| place.azure.open("change", "main", &wording).unwrap_err().problem;
    for (name, expected) in [
        ("nobody", "refused while looking for a reviewer: there is no user `nobody`"),
        // The search finds everybody whose name has these letters; nobody is called that.
        ("a", "refused while looking for a reviewer: there is no user `a`"),
        ("team/nobody", "refused while looking for a team: the project has no team `nobody`"),
    ] {
        let problem = refused(Wording { reviewers: words(&[name]), ..wording("x") });
        assert_eq!(problem.to_string(), expected);
    }
    assert!(place.hosted.open_numbers().is_empty(), "nothing is half there");
    let missing = place.azure.open("nothing", "main", &wording("x")).unwrap_err().problem;
    assert!(
        matches!(&missing, ForgeProblem::Invalid { reason, .. } if reason.contains("TF401398")),
        "{missing}"
    );
    let stranger = "01234567-89ab-cdef-0123-456789abcdef".to_owned();
    let stranger = refused(Wording { reviewers: vec![stranger], ..wording("x") });
    assert!(stranger.to_string().contains("identity was not found"), "{stranger}");

    place.azure.open("change", "main", &wording("x")).unwrap();
    assert_eq!(
        refused(wording("x")).to_string(),
        "something else changed while opening a proposal: TF401179: An active pull request for the source and target branch already exists."
    );
    let unknown = place.azure.update(9, &wording("x")).unwrap_err().problem;
    assert!(matches!(unknown, ForgeProblem::NotFound { .. }), "{unknown}");
}

#[test]
fn a_texts_end_is_cut_rather_than_the_proposal_lost() {
    let place = place();
    let body = "ü".repeat(5_000);
    let opened = place.azure.open("change", "main", &Wording { body, ..wording(&"t".repeat(500)) }).unwrap();
    assert_eq!((opened.body.chars().count(), opened.title.len()), (4_000, 400));
    assert_eq!(place.azure.body_limit(), 4_000);
    place.azure.comment(1, "<!-- glu -->", &"x".repeat(200_000)).unwrap();
    assert_eq!(place.hosted.proposal(1).comments[0].body.len(), place.azure.comment_limit());
    assert_eq!(place.azure.comment_limit(), 150_000);
}

#[test]
fn what_became_of_it_is_understood() {
    for way in [Way::Commit, Way::Squash, Way::Rebase] {
        let place = place();
        place.azure.open("change", "main", &wording("x")).unwrap();
        let commit = place.hosted.merge("grace", 1, way);
        let fate = Fate::Merged { commit: Some(commit), by: Some("grace@example.com".to_owned()) };
        assert_eq!(same(&place).fate, fate, "{way:?}");
        let closing = place.azure.close(1, "late").unwrap_err().problem;
        assert!(matches!(closing, ForgeProblem::Conflict { .. }), "{closing}");
    }
    let place = place();
    place.azure.open("change", "main", &wording("x")).unwrap();
    place.hosted.close_by("linus", 1);
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("linus@example.com".to_owned()) });
    // What is closed already may be closed.
    place.azure.close(1, "").unwrap();
    place.hosted.reopen(1);
    assert_eq!(same(&place).fate, Fate::Open);
    place.remote.commit("meanwhile", [("file", "three\n")]);
    assert_eq!(same(&place).mergeable, Some(false));
}

#[test]
fn a_push_counts_before_azure_has_tried_to_merge_it() {
    let place = place();
    let before = place.azure.open("change", "main", &wording("x")).unwrap().commit;
    place.remote.commit_to("change-not", "Ada Example", "Another", [("file", "seven\n")]);
    let pushed = place.hosted.push_by_hand("ada", 1, "file", "four\n");
    place.server.has_tried(Some(&before));
    let found = place.azure.find("change", "main").unwrap().unwrap();
    assert_eq!((found.commit, found.mergeable), (pushed, None));
    place.server.has_tried(None);
    assert_eq!(same(&place).mergeable, Some(true));
}

#[test]
fn of_several_the_open_one_counts_else_the_last() {
    let place = place();
    place.azure.open("change", "main", &wording("one")).unwrap();
    place.hosted.close_by("linus", 1);
    place.azure.open("change", "main", &wording("two")).unwrap();
    place.hosted.close_by("linus", 2);
    assert_eq!(same(&place).title, "two");
    place.hosted.reopen(1);
    assert_eq!(same(&place).title, "one");
    for branch in ["other", "third"] {
        place.remote.commit_to(branch, "Ada Example", "Other", [("other", "2\n")]);
        place.azure.open(branch, "main", &wording(branch)).unwrap();
    }
    place.server.longest_page(1);
    let azure = place.server.connect();
    let found = azure.find_all(&[("other", "main"), ("none", "main"), ("change", "main")]).unwrap();
    let titles: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.title.as_str())).collect();
    assert_eq!(titles, [Some("other"), None, Some("one")]);
}

#[test]
fn closing_says_why() {
    let place = place();
    place.azure.open("change", "main", &wording("x")).unwrap();
    place.azure.close(1, "superseded by #2").unwrap();
    let kept = place.hosted.proposal(1);
    assert_eq!(kept.comments[0].body, "superseded by #2");
    assert_eq!(same(&place).fate, Fate::Closed { by: Some("glu-bot@example.com".to_owned()) });
    let said = place.server.server().requests();
    let said = said.iter().find(|asked| asked.path.ends_with("/threads")).unwrap().json();
    assert_eq!(said["status"], "closed", "nobody has to resolve it");
}

#[test]
fn a_comment_is_replaced_wherever_it_is() {
    let place = place();
    place.azure.open("change", "main", &wording("x")).unwrap();
    for number in 0..5 {
        place.hosted.comment_by("ada", 1, &format!("comment {number} speaks of <!-- glu:plan --> only"));
    }
    assert!(!place.azure.has_comment(1, "<!-- glu:plan -->").unwrap());
    let first = place.azure.comment(1, "<!-- glu:plan -->", "one").unwrap();
    place.hosted.comment_by("grace", 1, "later");
    assert!(place.azure.has_comment(1, "<!-- glu:plan -->").unwrap());
    let second = place.azure.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert_eq!(first, second);
    assert!(first.ends_with("/pullrequest/1?discussionId=6"), "{first}");
    let comments = place.hosted.proposal(1).comments;
    assert_eq!((comments.len(), comments[5].body.as_str()), (7, "<!-- glu:plan -->\ntwo"));
    // What it says already is not said again.
    writes(&place);
    place.azure.comment(1, "<!-- glu:plan -->", "two").unwrap();
    assert!(writes(&place).is_empty());
}

#[test]
fn what_is_said_of_a_commit_a_proposal_and_by_policies_is_one_list() {
    let place = place();
    let opened = place.azure.open("change", "main", &wording("x")).unwrap();
    place.hosted.begin_check(1, "ci/build");
    place.hosted.fail_check(1, "ci/build");
    place.hosted.begin_check(1, "ci/test");
    for number in 0..4 {
        place.hosted.pass_check(1, &format!("lint {number}"));
    }
    let status = Status {
        name: "glu/checkout/production".to_owned(),
        state: StatusState::Passed,
        description: "promoted".to_owned(),
        url: Some("https://example.com/run".to_owned()),
    };
    place.azure.set_status(&opened.commit, &status).unwrap();
    place.server.longest_page(2);
    let azure = place.server.connect();
    let said = azure.statuses(&opened.commit).unwrap();
    assert_eq!(said, place.hosted.statuses(&opened.commit).unwrap());
    assert!(said.contains(&status));
    // A policy of the branch looks at the proposal's own statuses, of the last push.
    assert_eq!(place.server.said_of(1), ["1 glu/checkout/production succeeded"]);

    place.server.say_of(1, None, "scan/licences", StatusState::Passed);
    place.server.say_of(1, None, "lint 1", StatusState::Failed);
    place.server.say_of(1, Some(1), "scan/secrets", StatusState::Failed);
    place.server.say_of(1, Some(1), "scan/secrets", StatusState::Pending);
    place.hosted.with(|state| state.rules.checks = words(&["lint 0", "PR build", "ci/build"]));
    let states = |commit: &str| {
        let said = azure.statuses(commit).unwrap();
        said.iter().map(|status| format!("{} {:?}", status.name, status.state)).collect::<Vec<_>>()
    };
    assert_eq!(
        states(&opened.commit),
        [
            "PR build Pending",
            "ci/build Failed",
            "ci/test Pending",
            "glu/checkout/production Passed",
            "lint 0 Passed",
            "lint 1 Failed",
            "lint 2 Passed",
            "lint 3 Passed",
            "scan/licences Passed",
            "scan/secrets Pending",
        ]
    );
    let build = azure.statuses(&opened.commit).unwrap();
    assert!(build[0].url.as_ref().unwrap().ends_with("/acme/My%20Shop/_build/results?buildId=42"));

    // What was said of an earlier push is not said of this one.
    let pushed = place.hosted.push_by_hand("ada", 1, "file", "four\n");
    assert_eq!(
        states(&pushed),
        ["PR build Pending", "ci/build Pending", "lint 0 Pending", "lint 1 Failed", "scan/licences Passed"]
    );
    place.azure.set_status(&pushed, &Status { state: StatusState::Failed, ..status.clone() }).unwrap();
    assert_eq!(place.server.said_of(1).last().unwrap(), "2 glu/checkout/production failed");
    let missing = place.azure.set_status(&"0".repeat(40), &status).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn a_commit_that_nobody_proposes_has_its_own_statuses_only() {
    let place = place();
    place.azure.open("change", "main", &wording("x")).unwrap();
    let commit = place.remote.commit("promoted", [("other", "3\n")]);
    let status = Status {
        name: "glu".to_owned(),
        state: StatusState::Pending,
        description: "d".repeat(300),
        url: None,
    };
    place.azure.set_status(&commit, &status).unwrap();
    let [said] = place.azure.statuses(&commit).unwrap().try_into().unwrap();
    assert_eq!((said.name.as_str(), said.state, said.description.len()), ("glu", StatusState::Pending, 256));
    assert!(place.server.said_of(1).is_empty());
}

#[test]
fn votes_are_reviews_of_what_was_pushed_when_they_were_given() {
    let place = place();
    let reviewers = words(&["grace", "team/platform"]);
    let opened = place.azure.open("change", "main", &Wording { reviewers, ..wording("x") }).unwrap();
    let review = |reviewer: &str, verdict, commit: Option<&str>| Review {
        reviewer: reviewer.to_owned(),
        verdict,
        commit: commit.map(str::to_owned),
    };
    let platform = review("team/platform", ReviewVerdict::Requested, None);
    let grace = review("grace@example.com", ReviewVerdict::Requested, None);
    assert_eq!(place.azure.reviews(1).unwrap(), [grace, platform.clone()]);
    place.clock.advance(Duration::from_secs(60));
    place.hosted.approve_by("grace", 1);
    place.hosted.request_changes_by("linus", 1);
    place.clock.advance(Duration::from_secs(60));
    let pushed = place.hosted.push_by_hand("ada", 1, "file", "four\n");
    place.azure.find("change", "main").unwrap();
    place.clock.advance(Duration::from_secs(60));
    place.hosted.approve_by("linus", 1);
    place.hosted.request_changes_by("ada", 1);
    for login in ["linus", "ada"] {
        place.server.vote_halfheartedly(login);
    }
    let (first, second) = (Some(opened.commit.as_str()), Some(pushed.as_str()));
    assert_eq!(
        place.azure.reviews(1).unwrap(),
        [
            review("ada@example.com", ReviewVerdict::ChangesRequested, second),
            review("grace@example.com", ReviewVerdict::Approved, first),
            review("linus@example.com", ReviewVerdict::Approved, second),
            platform,
        ]
    );
    let missing = place.azure.reviews(9).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn it_completes_when_the_policies_allow() {
    let place = place();
    place.hosted.with(|state| state.rules.approvals = 1);
    place.azure.open("change", "main", &wording("x")).unwrap();
    place.azure.merge_when_ready(1).unwrap();
    assert!(same(&place).merges_by_itself);
    assert_eq!(place.server.completion_of(1).as_deref(), Some("noFastForward"));
    writes(&place);
    place.azure.merge_when_ready(1).unwrap();
    assert!(writes(&place).is_empty());
    place.hosted.approve_by("grace", 1);
    assert!(matches!(same(&place).fate, Fate::Merged { .. }));
    assert_eq!(place.remote.read("file"), "two\n");
    place.azure.merge_when_ready(1).unwrap();
}

#[test]
fn it_completes_in_a_way_that_the_policies_allow() {
    for (allowed, expected) in [
        (&["allowSquash", "allowRebase"][..], "squash"),
        (&["allowRebase"], "rebase"),
        (&["allowRebaseMerge"], "rebaseMerge"),
        (&["allowNoFastForward", "allowSquash"], "noFastForward"),
    ] {
        let place = place();
        place.hosted.with(|state| state.rules.checks = words(&["a", "b"]));
        place.server.allow_only(allowed);
        place.server.longest_page(1);
        place.azure.open("change", "main", &wording("x")).unwrap();
        place.azure.merge_when_ready(1).unwrap();
        assert_eq!(place.server.completion_of(1).as_deref(), Some(expected));
    }
    let place = place();
    place.server.allow_only(&[]);
    place.azure.open("change", "main", &wording("x")).unwrap();
    let refused = place.azure.merge_when_ready(1).unwrap_err().problem.to_string();
    assert!(refused.contains("they allow no way to merge"), "{refused}");
}

#[test]
fn what_may_not_complete_by_itself_is_refused() {
    let place = place();
    place.azure.open("change", "main", &Wording { draft: true, ..wording("x") }).unwrap();
    assert!(place.azure.merge_when_ready(1).unwrap_err().problem.to_string().contains("a draft"));
    place.azure.close(1, "").unwrap();
    assert!(place.azure.merge_when_ready(1).unwrap_err().problem.to_string().contains("closed"));
    let missing = place.azure.merge_when_ready(9).unwrap_err().problem;
    assert!(matches!(missing, ForgeProblem::NotFound { .. }), "{missing}");
}

#[test]
fn deployments_and_signed_commits_are_not_to_be_had() {
    let place = place();
    let deployment = Deployment {
        environment: "checkout/production".to_owned(),
        commit: place.hosted.tip_of("main"),
        branch: "main".to_owned(),
        state: DeploymentState::Succeeded,
        description: String::new(),
        url: None,
        environment_url: None,
    };
    let problem = place.azure.deploy(&deployment).unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::Unsupported(_)), "{problem}");
    let commit = ForgeCommit {
        branch: "change".to_owned(),
        parent: place.hosted.tip_of("change"),
        message: "x".to_owned(),
        files: Vec::new(),
    };
    let problem = place.azure.commit(&commit).unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::Unsupported(_)), "{problem}");
    assert!(place.server.server().requests().is_empty());
}
