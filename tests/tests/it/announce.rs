//! What a forge is told of the states of phases: by a status of the commit, and by a deployment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use glu::core::author::GitPhase;
use glu::core::forge::{DeploymentState, StatusState};
use glu::core::gate::{Asked, Check, Verdict};
use glu::core::ledger::Sample;
use glu::prelude::*;
use glu::testing::forge::{Action, Way};
use glu::testing::{Hosted, Run};
use glu_tests::forges::{DIALECTS, Dialect, MEMORY, Spoken};

use crate::shop::{App, Shop};

/// A shop on a forge, with 1.1.0 in staging.
struct Site {
    shop: Shop,
    forge: Arc<Hosted>,
    _spoken: Spoken,
}

impl Site {
    fn new(production: impl Fn(GitPhase) -> GitPhase + 'static) -> Self {
        Self::on(&MEMORY, production)
    }

    fn on(dialect: &Dialect, production: impl Fn(GitPhase) -> GitPhase + 'static) -> Self {
        let shop = Shop::with(move || {
            Pipeline::<App>::from(oci("app"))
                .then(git("staging"))
                .then(production(git("production")))
                .named("shop")
        });
        let forge = Hosted::new(dialect.repository, &shop.repository);
        let spoken = dialect.over(forge.clone());
        shop.world.forge("environments", spoken.forge.clone());
        let canary = shop.repository.read("env/production/app.yaml");
        shop.repository.commit(
            "Add a canary",
            [
                ("env/production-canary/app.yaml", canary.as_str()),
                ("env/production/split.yaml", "canary: 0\n"),
            ],
        );
        shop.stage("1.1.0");
        Self { shop, forge, _spoken: spoken }
    }

    fn run(&self, command: &str) -> Run {
        self.shop.world.wait(Duration::from_secs(600));
        self.shop.world.run(command)
    }

    /// Everything that was said of production, in order: of which commit, and what. Statuses and deployments say the same.
    fn said(&self) -> Vec<(String, DeploymentState, String)> {
        self.forge.with(|state| {
            let statuses = state.statuses.values().flatten();
            let statuses = statuses.filter(|said| said.status.name == "glu/shop/production");
            assert_eq!(statuses.count(), state.deployments.len());
            let each = state.deployments.iter().map(|(_, deployment)| {
                (deployment.commit.clone(), deployment.state, deployment.description.clone())
            });
            each.collect()
        })
    }

    /// What was said of a commit, in order, by statuses and by deployments to `production`.
    fn said_of(&self, commit: &str) -> (Vec<StatusState>, Vec<DeploymentState>) {
        self.forge.with(|state| {
            let statuses = state.statuses.get(commit).into_iter().flatten();
            let statuses = statuses.filter(|said| said.status.name == "glu/shop/production");
            let deployments = state.deployments.iter().filter(|(_, deployment)| {
                let is_production = deployment.environment == "production";
                is_production
                    && deployment.environment_url.as_deref() == Some(SHOP)
                    && deployment.commit == commit
            });
            (
                statuses.map(|said| said.status.state).collect(),
                deployments.map(|(_, deployment)| deployment.state).collect(),
            )
        })
    }

    fn newest(&self) -> String {
        self.shop.repository.log()[0].id.clone()
    }
}

/// Where people find the shop.
const SHOP: &str = "https://shop.example.com";

/// A check whose answer the test decides.
#[derive(Clone, Default)]
struct Smoke(Arc<AtomicBool>);

impl Check for Smoke {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        match self.0.load(Ordering::SeqCst) {
            false => Sample::new(Verdict::Pass, "all is well"),
            true => Sample::new(Verdict::Fail, "it smokes"),
        }
    }
}

#[test]
fn a_merge_is_told_once_by_whoever_sees_it_first() {
    let site = Site::new(|phase| phase.propose().tell_forge());
    // The forge leaves no branch that would have to be cleaned up.
    site.forge.with(|state| state.rules.deletes_branch = true);
    site.run("promote production").success();
    assert!(site.said().is_empty() && site.forge.with(|state| state.deployments.is_empty()));
    for (way, version) in [(Way::Squash, "1.2.0"), (Way::Commit, "1.3.0")] {
        let number = site.forge.open_numbers()[0];
        let commit = site.forge.merge("grace", number, way);
        let before = site.said().len();
        for _ in 0..3 {
            site.run("run --once").success();
        }
        let said = site.said();
        assert_eq!(said.len(), before + 1, "{way:?}: {said:?}");
        assert_eq!((&said[before].0, said[before].1), (&commit, DeploymentState::Succeeded));
        site.forge.with(|state| {
            assert_eq!(state.deployments.len(), before + 1);
            let (_, deployment) = &state.deployments[before];
            assert_eq!((&deployment.commit, deployment.state), (&commit, DeploymentState::Succeeded));
            let url = format!("https://forge.example/acme/environments/proposals/{number}");
            assert_eq!(deployment.url.as_deref(), Some(url.as_str()));
        });
        site.shop.stage(version);
        site.run("promote production").success();
    }
}

#[test]
fn what_somebody_changed_by_hand_is_no_promotion() {
    let site = Site::new(GitPhase::tell_forge);
    site.run("run --once").success();
    assert!(site.said().is_empty(), "{:?}", site.said());
}

#[test]
fn the_run_is_linked_to_and_the_environment_named() {
    let site = Site::new(|phase| phase.tell_forge_as("live").environment_url("https://shop.example.com"));
    site.shop.world.env("GLU_RUN_URL", "https://ci.example.com/runs/7");
    site.run("promote production").success();
    site.forge.with(|state| {
        let (_, deployment) = &state.deployments[0];
        assert_eq!(deployment.environment, "live");
        assert_eq!(deployment.environment_url.as_deref(), Some("https://shop.example.com"));
        assert_eq!(deployment.url.as_deref(), Some("https://ci.example.com/runs/7"));
        let (_, said) = state.statuses.iter().next().unwrap();
        assert_eq!(said[0].status.url.as_deref(), Some("https://ci.example.com/runs/7"));
    });
}

#[test]
fn a_rollout_is_told_step_by_step() {
    let steps = || {
        canary("production-canary")
            .flag("env/{phase}/split.yaml", "canary")
            .step(percent(10).hold(minutes(5)))
            .step(percent(50).hold(minutes(5)))
    };
    let site = Site::new(move |phase| phase.automatic().rollout(steps()).tell_forge());
    site.run("promote production").success();
    let first = site.newest();
    let one = (first.clone(), DeploymentState::Running);
    let said = site.said();
    assert_eq!((said[0].0.clone(), said[0].1), one);
    assert!(said[0].2.ends_with("step 1 of 2, 10 %"), "{said:?}");

    site.run("run --once").success();
    let second = site.newest();
    let said = site.said();
    let states: Vec<_> = said.iter().map(|(commit, state, _)| (commit.as_str(), *state)).collect();
    use DeploymentState::{Failed, Running, Succeeded};
    assert_eq!(states, [(&*first, Running), (&*first, Succeeded), (&*second, Running)]);
    assert!(said[1].2.contains("step 2 of 2, 50 %"), "{said:?}");

    site.run("run --once").success();
    let end = site.newest();
    let states: Vec<_> = site.said().into_iter().map(|(commit, state, _)| (commit, state)).skip(3).collect();
    assert_eq!(states, [(second, Succeeded), (end, Succeeded)]);
    site.run("run --once").success();
    assert_eq!(site.said().len(), 5);

    site.shop.stage("1.2.0");
    site.run("promote production").success();
    let begun = site.newest();
    site.run("abort production --reason mistake").success();
    let aborted = site.newest();
    let said = site.said();
    let states: Vec<_> = said.iter().map(|(commit, state, _)| (commit.as_str(), *state)).skip(5).collect();
    assert_eq!(states, [(&*begun, Running), (&*begun, Failed), (&*aborted, Succeeded)]);
    assert!(said[7].2.starts_with("gave the rollout up: back in "), "{said:?}");
}

#[test]
fn a_step_asks_of_its_own_commit() {
    let steps = || {
        canary("production-canary")
            .flag("env/{phase}/split.yaml", "canary")
            .gate(statuses(["e2e"]))
            .step(percent(10))
            .step(percent(50))
    };
    let site = Site::new(move |phase| phase.automatic().rollout(steps()));
    site.run("promote production").success();
    let first = site.newest();
    assert!(site.run("explain production").success().contains("`e2e` has not reported"));
    site.run("run --once").success();
    assert_eq!(site.newest(), first);
    site.forge.check_commit(&first, "e2e", StatusState::Passed);
    site.run("run --once").success();
    let second = site.newest();
    assert_ne!(second, first);
    // What was said of the first step is not said of the second.
    site.run("run --once").success();
    assert_eq!(site.newest(), second);
    site.forge.check_commit(&second, "e2e", StatusState::Failed);
    site.run("run --once").success();
    assert!(site.shop.repository.log()[0].message.contains("Abort"), "{:?}", site.shop.repository.log()[0]);
}

#[test]
fn a_failed_verification_is_told_once_and_so_is_the_way_back() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    let site = Site::new(move |phase| {
        phase.verify(check(given.clone()).named("smoke")).rollback_on_failure().tell_forge()
    });
    use DeploymentState::{Failed, Running, Succeeded};
    site.run("promote production").success();
    let first = site.newest();
    site.run("run --once").success();
    site.run("run --once").success();
    let states = |site: &Site| -> Vec<(String, DeploymentState)> {
        site.said().into_iter().map(|(commit, state, _)| (commit, state)).collect()
    };
    let mut expected = vec![(first.clone(), Running), (first, Succeeded)];
    assert_eq!(states(&site), expected);

    site.shop.stage("1.2.0");
    smoke.0.store(true, Ordering::SeqCst);
    site.run("promote production").success();
    let bad = site.newest();
    site.run("run --once").success();
    let back = site.newest();
    assert_ne!(bad, back);
    smoke.0.store(false, Ordering::SeqCst);
    site.run("run --once").success();
    site.run("run --once").success();
    expected.extend([(bad.clone(), Running), (bad, Failed), (back.clone(), Running), (back, Succeeded)]);
    assert_eq!(states(&site), expected);
    let said = site.said();
    assert!(said[3].2.contains("`smoke` says fail: it smokes"), "{said:?}");
    assert!(said[4].2.starts_with("rolled back to "), "{said:?}");
    let last = site.forge.with(|state| state.deployments.last().cloned()).unwrap().1;
    assert_eq!((last.commit, last.state), (site.newest(), DeploymentState::Succeeded));
}

/// What becomes of a state is said on every forge, by its statuses and, where it has them, its deployments; and found there again.
#[test]
fn every_forge_is_told() {
    use DeploymentState::{Failed, Running, Succeeded};
    for dialect in DIALECTS {
        let name = dialect.name;
        let tells = |phase: GitPhase| phase.tell_forge_as("production").environment_url(SHOP);
        let of = |deployments: &[DeploymentState]| {
            let state = |deployment: &DeploymentState| match deployment {
                Running => StatusState::Pending,
                Succeeded => StatusState::Passed,
                Failed => StatusState::Failed,
            };
            let has_none = ["Gitea", "Forgejo", "Azure DevOps", "Bitbucket"].contains(&name);
            let kept = if has_none { Vec::new() } else { deployments.to_vec() };
            (deployments.iter().map(state).collect::<Vec<_>>(), kept)
        };
        let run = |site: &Site, command: &str| {
            let run = site.run(command);
            run.success();
            assert!(!run.err.contains("was not told"), "{name}: {run}");
            site.newest()
        };

        let smoke = Smoke::default();
        let given = smoke.clone();
        let site = Site::on(dialect, move |phase| tells(phase.verify(check(given.clone()).named("smoke"))));
        let good = run(&site, "promote production");
        assert_eq!(site.said_of(&good), of(&[Running]), "{name}");
        run(&site, "run --once");
        run(&site, "run --once");
        assert_eq!(site.said_of(&good), of(&[Running, Succeeded]), "{name}");
        site.shop.stage("1.2.0");
        smoke.0.store(true, Ordering::SeqCst);
        let bad = run(&site, "promote production");
        run(&site, "run --once");
        run(&site, "run --once");
        assert_eq!(site.said_of(&bad), of(&[Running, Failed]), "{name}");
        assert_eq!(site.said_of(&good), of(&[Running, Succeeded]), "{name}");

        let steps = || {
            canary("production-canary")
                .flag("env/{phase}/split.yaml", "canary")
                .step(percent(10).hold(minutes(5)))
                .step(percent(50).hold(hours(5)))
        };
        let site = Site::on(dialect, move |phase| tells(phase.automatic().rollout(steps())));
        let first = run(&site, "promote production");
        assert_eq!(site.said_of(&first), of(&[Running]), "{name}");
        let second = run(&site, "run --once");
        run(&site, "run --once");
        assert_eq!(site.said_of(&first), of(&[Running, Succeeded]), "{name}");
        assert_eq!(site.said_of(&second), of(&[Running]), "{name}");
    }
}

#[test]
fn a_missing_right_is_one_warning() {
    let shop = Shop::with(|| {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").tell_forge())
            .then(git("production").tell_forge())
            .named("shop")
    });
    let forge = shop.world.host("environments", &shop.repository);
    shop.stage("1.1.0");
    forge.forbid(Action::Deploy);
    shop.pass_hours(1);
    shop.images.publish("latest", "1.2.0");
    let run = shop.world.run("promote --all");
    run.success();
    let warnings: Vec<&str> = run.err.lines().filter(|line| line.contains("was not told")).collect();
    assert_eq!(warnings.len(), 1, "{run}");
    assert!(warnings[0].contains("noting a deployment"), "{run}");
    let told = forge.with(|state| state.statuses.values().flatten().count());
    assert_eq!(told, 3, "statuses are told all the same");
}
