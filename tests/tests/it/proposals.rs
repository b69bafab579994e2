//! Proposals on the forge in memory.

use std::time::Duration;

use glu::core::author::GitPhase;
use glu::core::forge::StatusState;
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::forge::{Action, Outcome, Refused, Rules, Way};
use glu_tests::proposals::{HEAD, Stage, in_memory, manifest};

fn stage(production: fn() -> GitPhase) -> Stage {
    Stage::new(&in_memory, production)
}

fn plainly() -> Stage {
    stage(|| git("production").propose())
}

#[test]
fn a_proposal_tells_what_changes_and_what_the_gates_say() {
    let stage = stage(|| git("production").propose().gate(soak(minutes(10))).gate(reviews(1)));
    stage.stage("1.1.0");
    shown!(stage.world.run("promote production"), @"
    shop/production  proposed: a09fe52d4805, opened #1 https://forge.example/acme/environments/proposals/1
    --- exit 0
    ");
    insta::assert_snapshot!(stage.forge.proposal(1).title, @"Promote shop to production: a09fe52d4805");
    insta::assert_snapshot!(stage.forge.proposal(1).body, @"
    <!-- glu:begin state=sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3 title=94f42f8008d3 gates=af6e461f99e2 -->
    From `staging`.

    | | from | to |
    | --- | --- | --- |
    | image | `registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f` | `registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3` |

    In `env/production/app.yaml`.

    - [x] `soak` pass: it has been in staging for 10 minutes
    - [ ] `reviews` is answered by this proposal
    <!-- glu:end -->
    ");
    let log = stage.repository.log();
    assert_eq!(log.len(), 2, "nothing but staging's promotion came to main: {log:?}");
}

#[test]
fn every_form_of_a_plan_and_an_outcome() {
    let stage = plainly();
    stage.stage("1.1.0");
    shown!(stage.world.run("plan production"), @"
    shop/production  40f372c1942a -> a09fe52d4805  from staging, opens a proposal to main
      image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      diff --git a/env/production/app.yaml b/env/production/app.yaml
      --- a/env/production/app.yaml
      +++ b/env/production/app.yaml
      @@ -1,7 +1,7 @@
       # By hand; keep.
       spec:
         replicas: 3
      -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
      +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
         port: 80
         tier: web
         owner: shop

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    shown!(stage.world.run("promote production -o json"), @r#"
    {
      "format_version": "1.0",
      "phases": [
        {
          "pipeline": "shop",
          "phase": "production",
          "result": "proposed",
          "state": {
            "digest": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
            "label": "a09fe52d4805",
            "fields": {
              "image": "registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3"
            }
          },
          "promotion": "01KDX158C2ANF73GC6J3Q45J8B",
          "branch": "main",
          "commit": "5587711330778f09776e1bb3a0840f32ba72ec76",
          "attempts": 1,
          "proposal": {
            "number": 1,
            "url": "https://forge.example/acme/environments/proposals/1",
            "fate": "open",
            "head": "glu/shop/production",
            "base": "main",
            "commit": "5587711330778f09776e1bb3a0840f32ba72ec76",
            "title": "Promote shop to production: a09fe52d4805",
            "draft": false,
            "mergeable": true,
            "merges_by_itself": false
          }
        }
      ]
    }
    --- exit 0
    "#);
    stage.forge.begin_check(1, "ci/build");
    shown!(stage.world.run("plan production -o markdown"), @"
    **1 proposed**

    ### shop/production: `40f372c1942a` → `a09fe52d4805`: proposed

    #1 https://forge.example/acme/environments/proposals/1, ci/build pending
    --- exit 0
    ");
    shown!(stage.world.run("plan production -o json"), @r#"
    {
      "format_version": "1.0",
      "at": "2026-01-01T15:00:00Z",
      "phases": [
        {
          "pipeline": "shop",
          "phase": "production",
          "standing": "proposed",
          "state": {
            "digest": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f",
            "label": "40f372c1942a",
            "fields": {
              "image": "registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
            }
          },
          "to": {
            "digest": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
            "label": "a09fe52d4805",
            "fields": {
              "image": "registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3"
            }
          },
          "proposal": {
            "number": 1,
            "url": "https://forge.example/acme/environments/proposals/1",
            "fate": "open",
            "head": "glu/shop/production",
            "base": "main",
            "commit": "5587711330778f09776e1bb3a0840f32ba72ec76",
            "title": "Promote shop to production: a09fe52d4805",
            "draft": false,
            "mergeable": true,
            "merges_by_itself": false,
            "state": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
            "checks": [
              {
                "name": "ci/build",
                "state": "pending",
                "description": "it runs",
                "url": "https://ci.example.com/ci/build"
              }
            ]
          }
        }
      ]
    }
    --- exit 0
    "#);
    shown!(stage.world.run("status"), @"
    shop
      PHASE       STATE         SINCE        BY                        STANDING
      app         a09fe52d4805
      staging     a09fe52d4805  1 hour ago   Ada Example               up to date
      production  40f372c1942a  3 hours ago  Ada Example, outside glu  1 behind staging; proposed: #1 https://forge.example/acme/environments/proposals/1, ci/build pending
    --- exit 0
    ");
    shown!(stage.world.run("explain production"), @"
    shop/production  40f372c1942a
      since  2026-01-01T12:00:00Z (3 hours ago) by Ada Example, outside glu, commit 9d2b39f38b
      next  a09fe52d4805 from staging is proposed, and waits to be merged
      proposal  #1 https://forge.example/acme/environments/proposals/1, ci/build pending
    --- exit 0
    ");
}

#[test]
fn an_author_words_and_addresses_it() {
    let stage = stage(|| {
        git("production").propose_with(
            proposal()
                .assignees(["ada"])
                .milestone("Q4")
                .draft()
                .title(|change| format!("{} to\n{}", change.pipeline, change.phase))
                .body(|change| format!("{} field changes", change.fields.len())),
        )
    });
    stage.forge.with(|state| state.milestones.push("Q4".to_owned()));
    stage.stage("1.1.0");
    stage.run("promote production").success();
    let proposal = stage.forge.proposal(1);
    assert_eq!(proposal.title, "shop to production");
    assert!(proposal.body.contains("\n1 field changes\n"), "{}", proposal.body);
    assert!(proposal.draft && proposal.assignees.contains("ada"));
    assert_eq!(proposal.milestone.as_deref(), Some("Q4"));
    // Ready once, it stays ready.
    stage.forge.with(|state| state.proposal_mut(1).unwrap().draft = false);
    stage.stage("1.2.0");
    stage.run("promote production").success();
    assert!(!stage.forge.proposal(1).draft);
}

#[test]
fn a_newer_state_can_replace_the_proposal() {
    let stage = stage(|| git("production").propose_with(proposal().replace()));
    stage.stage("1.1.0");
    stage.run("promote production").success();
    let image = stage.stage("1.2.0");
    let run = stage.run("promote production");
    assert!(run.success().contains("#2"), "{run}");
    assert_eq!(stage.forge.open_numbers(), [2]);
    assert_eq!(stage.proposed(), manifest(&image, 3));
    let old = stage.forge.proposal(1);
    assert!(old.comments.iter().any(|comment| comment.body.contains("/proposals/2")), "{:?}", old.comments);
    assert!(stage.forge.proposal(2).body.contains("/proposals/1"));
    assert!(stage.run("promote production").success().contains("waiting"));
}

#[test]
fn a_run_that_ended_between_its_push_and_the_proposal_is_completed() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.forge.break_next(Action::Open, Refused::Broken);
    let failed = stage.run("promote production");
    assert!(failed.code(Code::Failed).contains("bad day"), "{failed}");
    assert!(stage.forge.has_branch(HEAD) && stage.forge.open_numbers().is_empty());
    let pushed = stage.proposed();
    stage.run("promote production").success();
    assert_eq!((stage.forge.open_numbers(), stage.proposed()), (vec![1], pushed));
    // And between its push and the words about it.
    let image = stage.stage("1.2.0");
    stage.forge.break_next(Action::Update, Refused::Broken);
    stage.run("promote production").code(Code::Failed);
    let commit = stage.forge.proposal(1).commit;
    stage.run("promote production").success();
    assert_eq!(stage.forge.proposal(1).commit, commit);
    assert!(stage.forge.proposal(1).body.contains(&image.to_string()));
}

#[test]
fn a_conflict_on_the_forge_is_a_lost_race_and_looked_at_again() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.forge.break_next(Action::Open, Refused::Conflict("one is open already".to_owned()));
    stage.run("promote production").success();
    assert_eq!(stage.forge.open_numbers(), [1]);
}

#[test]
fn every_way_of_merging_is_understood() {
    for way in [Way::Commit, Way::Squash, Way::Rebase, Way::FastForward] {
        let stage = plainly();
        let image = stage.stage("1.1.0");
        stage.run("promote production").success();
        stage.forge.merge("grace", 1, way);
        assert_eq!(stage.production(), manifest(&image, 3), "{way:?}");
        assert!(stage.run("plan production").success().contains("up to date"), "{way:?}");
        stage.run("promote production").success();
        assert!(!stage.forge.has_branch(HEAD), "{way:?}");
        let history = stage.run("history production");
        assert!(history.success().contains("promotion"), "{way:?}: {history}");
        if way != Way::FastForward {
            assert!(history.out.contains("merged by Grace Example"), "{way:?}: {history}");
        }
    }
}

#[test]
fn an_update_by_the_forge_is_nobodys_edit() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.run("promote production").success();
    stage.repository.commit("Elsewhere", [("README.md", "hello\n")]);
    // What the button "update branch" does: the base merged into the head.
    let tree = by_hand(&stage, &["merge-tree", "--write-tree", HEAD, "main"]);
    let merge = by_hand(&stage, &["commit-tree", &tree, "-p", HEAD, "-p", "main", "-m", "Merge main"]);
    by_hand(&stage, &["update-ref", BRANCH, &merge]);
    assert!(stage.run("promote production").success().contains("waiting"));
    // What the button "rebase" does: the same change again on top of the base.
    let message = by_hand(&stage, &["log", "-1", "--format=%B", &format!("{HEAD}^1")]);
    let rebased = by_hand(&stage, &["commit-tree", &tree, "-p", "main", "-m", &message]);
    by_hand(&stage, &["update-ref", BRANCH, &rebased]);
    assert!(stage.run("promote production").success().contains("waiting"));
    let image = stage.stage("1.2.0");
    stage.run("promote production").success();
    assert_eq!(stage.proposed(), manifest(&image, 3));
}

const BRANCH: &str = "refs/heads/glu/shop/production";

/// Runs git in the remote, as somebody with access to it.
#[expect(clippy::disallowed_methods, reason = "it plays somebody else")]
fn by_hand(stage: &Stage, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    command.arg("-C").arg(stage.repository.path());
    command.args(["-c", "user.name=Linus Example", "-c", "user.email=linus@example.com"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_commit_of_ours_that_somebody_amended_is_theirs() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.run("promote production").success();
    let message = by_hand(&stage, &["log", "-1", "--format=%B", HEAD]);
    stage.forge.push_by_hand("linus", 1, "extra.txt", "by hand\n");
    let tree = by_hand(&stage, &["rev-parse", &format!("{HEAD}^{{tree}}")]);
    let amended = by_hand(&stage, &["commit-tree", &tree, "-p", "main", "-m", &message]);
    by_hand(&stage, &["update-ref", BRANCH, &amended]);
    stage.stage("1.2.0");
    let held = stage.run("promote production");
    assert!(held.code(Code::Held).contains("commits by Linus Example"), "{held}");
    assert_eq!(stage.repository.read_on(HEAD, "extra.txt"), "by hand\n");
}

#[test]
fn a_quarantined_state_is_not_proposed_any_longer() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.run("promote production").success();
    stage.run("quarantine staging --everywhere --reason broken").success();
    let run = stage.run("promote production");
    assert!(run.code(Code::Held).contains("quarantined"), "{run}");
    assert!(stage.forge.open_numbers().is_empty() && !stage.forge.has_branch(HEAD));
    assert!(stage.forge.proposal(1).comments.iter().any(|comment| comment.body.contains("broken")));
}

#[test]
fn it_merges_by_itself_when_gates_and_forge_allow() {
    let stage = stage(|| {
        git("production").propose_with(proposal().auto_merge()).gate(statuses(["ci/build"])).gate(reviews(1))
    });
    stage.forge.with(|state| state.rules = Rules { checks: vec!["ci/lint".to_owned()], ..Rules::default() });
    let image = stage.stage("1.1.0");
    stage.run("promote production").success();
    assert!(stage.forge.proposal(1).auto_merge.is_none(), "its gates are not open");
    stage.forge.pass_check(1, "ci/build");
    stage.forge.approve_by("grace", 1);
    stage.run("promote production").success();
    assert!(stage.forge.proposal(1).auto_merge.is_some() && stage.forge.proposal(1).is_open());
    stage.forge.pass_check(1, "ci/lint");
    assert_eq!(stage.production(), manifest(&image, 3));
}

#[test]
#[should_panic(expected = "#1 is merged already, by glu")]
fn what_the_forge_has_merged_by_itself_nobody_merges_again() {
    let stage = stage(|| git("production").propose_with(proposal().auto_merge()));
    stage.stage("1.1.0");
    stage.run("promote production").success();
    stage.forge.merge("grace", 1, Way::Commit);
}

#[test]
fn gates_open_before_anything_is_proposed() {
    let stage = stage(|| git("production").propose().gate(soak(hours(3))));
    stage.stage("1.1.0");
    stage.run("promote production").code(Code::Held);
    assert!(stage.forge.open_numbers().is_empty() && !stage.forge.has_branch(HEAD));
    stage.world.wait(Duration::from_secs(3600));
    stage.run("promote production").success();
    assert_eq!(stage.forge.open_numbers(), [1]);
}

#[test]
fn a_phase_that_pushes_asks_of_the_commit_upstream() {
    let stage = stage(|| git("production").gate(statuses(["e2e"])));
    let image = stage.stage("1.1.0");
    let commit = stage.repository.log()[0].id.clone();
    assert!(stage.run("promote production").code(Code::Held).contains("`e2e` has not reported"));
    stage.forge.check_commit(&commit, "e2e", StatusState::Failed);
    assert!(stage.run("promote production").code(Code::Held).contains("`e2e` failed"));
    stage.forge.check_commit(&commit, "e2e", StatusState::Passed);
    stage.run("promote production").success();
    assert_eq!(stage.production(), manifest(&image, 3));
}

#[test]
fn what_runs_asks_of_its_own_commit() {
    let shop = crate::shop::Shop::with(|| {
        Pipeline::from(oci("app"))
            .then(git("staging").verify(statuses(["e2e"])))
            .then(git("production"))
            .named("shop")
    });
    let forge = shop.world.host("environments", &shop.repository);
    shop.stage("1.1.0");
    let commit = shop.repository.log()[0].id.clone();
    let held = shop.world.run("promote production");
    assert!(held.code(Code::Held).contains("`e2e` has not reported"), "{held}");
    forge.check_commit(&commit, "e2e", StatusState::Failed);
    shop.world.run("promote production").code(Code::Held);
    forge.check_commit(&commit, "e2e", StatusState::Passed);
    shop.world.run("promote production").success();
}

#[test]
fn what_glu_says_itself_is_no_check_of_a_proposal() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.run("promote production").success();
    stage.forge.fail_check(1, "glu/shop/production");
    let plan = stage.run("plan production");
    assert!(plan.success().contains("#1") && !plan.out.contains("glu/shop/production failed"), "{plan}");
    stage.forge.fail_check(1, "ci/build");
    assert!(stage.run("plan production").success().contains("ci/build failed"));
}

#[test]
fn what_runs_asks_who_approved_of_the_merged_proposal() {
    let stage = Stage::new(&in_memory, || git("production").propose().verify(reviews(1)));
    for (version, number, approved, way) in
        [("1.1.0", 1, true, Way::Squash), ("1.2.0", 2, false, Way::Commit), ("1.3.0", 3, true, Way::Commit)]
    {
        stage.stage(version);
        stage.run("promote production").success();
        if approved {
            stage.forge.approve_by("grace", number);
        }
        stage.forge.merge("linus", number, way);
        let told = stage.run("explain production");
        let said = if approved { "is approved by grace" } else { "0 of 1 approval of " };
        assert!(told.success().contains(said), "{version}: {told}");
    }
}

#[test]
fn waiting_follows_to_the_merge() {
    let stage = plainly();
    stage.stage("1.1.0");
    stage.forge.later(Duration::from_secs(60), |forge| forge.begin_check(1, "ci/build"));
    stage.forge.later(Duration::from_secs(90), |forge| forge.pass_check(1, "ci/build"));
    stage.forge.later(Duration::from_secs(120), |forge| drop(forge.merge("grace", 1, Way::Squash)));
    shown!(stage.world.run("promote production --wait --timeout 10m"), @"
    shop/production  merged: a09fe52d4805, #1 https://forge.example/acme/environments/proposals/1
    --- stderr
    shop/production  waiting: proposal #1 https://forge.example/acme/environments/proposals/1
    shop/production  waiting: proposal #1 https://forge.example/acme/environments/proposals/1, ci/build pending
    shop/production  waiting: proposal #1 https://forge.example/acme/environments/proposals/1, checks pass
    shop/production  waiting: proposal #1 https://forge.example/acme/environments/proposals/1 is merged by grace, and its branch is looked at again
    --- exit 0
    ");
}

#[test]
fn waiting_fails_when_it_fails_and_holds_when_the_time_is_over() {
    for (what, code) in [("closed", Code::Failed), ("check", Code::Failed), ("nothing", Code::Held)] {
        let stage = plainly();
        stage.stage("1.1.0");
        stage.run("promote production").success();
        stage.forge.later(Duration::from_secs(60), move |forge| match what {
            "closed" => forge.close_by("grace", 1),
            "check" => forge.fail_check(1, "ci/build"),
            _ => {}
        });
        let run = stage.world.run("promote production --wait --timeout 5m");
        run.code(code);
        let said = match what {
            "closed" => "was closed by grace",
            "check" => "ci/build failed",
            _ => "the time is over",
        };
        assert!(run.out.contains(said), "{what}: {run}");
    }
}

#[test]
fn the_forge_is_told_of_what_was_promoted() {
    let stage = stage(|| git("production").tell_forge());
    stage.stage("1.1.0");
    stage.run("promote production").success();
    let commit = stage.repository.log()[0].id.clone();
    stage.forge.with(|state| {
        let said = &state.statuses[&commit][0].status;
        assert_eq!((said.name.as_str(), said.state), ("glu/shop/production", StatusState::Passed));
        let (_, deployment) = &state.deployments[0];
        assert_eq!(
            (deployment.environment.as_str(), deployment.commit.as_str()),
            ("shop/production", &*commit)
        );
    });
    // Nobody's promotion fails for that.
    stage.forge.forbid(Action::Status);
    let image = stage.stage("1.2.0");
    let run = stage.run("promote production");
    run.success();
    assert!(run.err.contains("warning: the forge was not told of everything: "), "{run}");
    assert_eq!(stage.production(), manifest(&image, 3));
}

#[test]
fn what_was_merged_is_told_when_it_is_cleaned_up() {
    let stage = stage(|| git("production").propose().tell_forge());
    stage.stage("1.1.0");
    stage.run("promote production").success();
    assert!(stage.forge.with(|state| state.deployments.is_empty()), "it is not there yet");
    let commit = stage.forge.merge("grace", 1, Way::Squash);
    stage.run("promote production").success();
    assert_eq!(stage.forge.with(|state| state.deployments[0].1.commit.clone()), commit);
}

#[test]
fn a_rollback_is_proposed_too() {
    let stage = plainly();
    let before = stage.production();
    stage.stage("1.1.0");
    stage.run("promote production").success();
    stage.forge.merge("grace", 1, Way::Squash);
    stage.run("promote production").success();
    let now = stage.production();
    stage.run("rollback production").success();
    assert_eq!((stage.production(), stage.proposed()), (now, before.clone()));
    stage.forge.merge("grace", 2, Way::Squash);
    assert_eq!(stage.production(), before);
    assert!(matches!(stage.forge.proposal(2).outcome, Outcome::Merged { .. }));
}

#[test]
fn a_saved_plan_makes_exactly_its_proposal() {
    let stage = plainly();
    let image = stage.stage("1.1.0");
    stage.run("plan production --out plan.json").success();
    stage.run("promote --plan plan.json").success();
    assert_eq!(stage.proposed(), manifest(&image, 3));
    stage.stage("1.2.0");
    stage.run("plan production --out plan.json").success();
    stage.stage("1.3.0");
    stage.run("promote --plan plan.json").code(Code::Moved);
    assert_eq!(stage.proposed(), manifest(&image, 3));
}

#[test]
fn a_saved_plan_refuses_another_proposal() {
    type Meanwhile = fn(&Stage);
    let cases: [(Meanwhile, &str); 4] = [
        (|stage| stage.forge.close_by("grace", 1), "it was to update a proposal, and would open one now"),
        (
            |stage| drop(stage.forge.push_by_hand("linus", 1, "extra.txt", "by hand\n")),
            "commits by Linus Example",
        ),
        (
            |stage| drop(stage.run("promote production").success().to_owned()),
            "it is proposed, and waits to be merged",
        ),
        (
            |stage| {
                stage.forge.close_by("grace", 1);
                stage.forge.delete_branch(HEAD);
                stage.run("promote production --force --reason again").success();
                stage.forge.push_by_hand("linus", 2, "extra.txt", "by hand\n");
            },
            "commits by Linus Example",
        ),
    ];
    for (meanwhile, said) in cases {
        let stage = plainly();
        stage.stage("1.1.0");
        stage.run("promote production").success();
        stage.stage("1.2.0");
        stage.run("plan production --out plan.json").success();
        let text = std::fs::read_to_string(stage.world.path().join("plan.json")).unwrap();
        let saved: serde_json::Value = serde_json::from_str(&text).unwrap();
        let proposal = &saved["moves"][0]["proposal"];
        assert_eq!((&proposal["step"], &proposal["number"]), (&"update".into(), &1.into()), "{text}");
        assert_eq!(proposal["tip"], stage.forge.tip_of(HEAD), "{text}");
        meanwhile(&stage);
        let before = stage.forge.has_branch(HEAD).then(|| stage.forge.tip_of(HEAD));
        let run = stage.run("promote --plan plan.json");
        assert!(run.code(Code::Moved).contains(said) || run.err.contains(said), "{said}: {run}");
        assert_eq!(stage.forge.has_branch(HEAD).then(|| stage.forge.tip_of(HEAD)), before, "{said}");
    }
}

#[test]
fn a_run_by_itself_keeps_proposals() {
    let stage = stage(|| git("production").propose().automatic());
    stage.stage("1.1.0");
    stage.run("run --once").success();
    assert_eq!(stage.forge.open_numbers(), [1]);
    let image = stage.stage("1.2.0");
    stage.run("run --once").success();
    assert_eq!((stage.forge.open_numbers(), stage.proposed()), (vec![1], manifest(&image, 3)));
    stage.forge.merge("grace", 1, Way::Commit);
    stage.run("run --once").success();
    assert!(!stage.forge.has_branch(HEAD));
}

#[test]
fn without_a_forge_it_is_said_what_is_missing() {
    let shop = crate::shop::Shop::with(|| {
        Pipeline::from(oci("app")).then(git("staging")).then(git("production").propose()).named("shop")
    });
    shop.stage("1.1.0");
    shown!(shop.world.run("promote production"), @"
    shop/production  failed: git source `environments` ([world]/environments.git): its repository is on no forge, so nothing can be proposed there; set `sources.git.environments.remote.url` to a repository on a forge, or take `.propose()` away
    --- exit 1
    ");
    shown!(shop.world.run("status"), @"
    shop
      PHASE       STATE         SINCE        BY                        STANDING
      app         a09fe52d4805
      staging     a09fe52d4805  1 hour ago   Ada Example               up to date
      production  40f372c1942a  3 hours ago  Ada Example, outside glu  1 behind staging; proposals are not known: git source `environments` ([world]/environments.git): its repository is on no forge, so nothing can be proposed there; set `sources.git.environments.remote.url` to a repository on a forge, or take `.propose()` away
    --- exit 0
    ");
}
