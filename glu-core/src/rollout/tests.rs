//! What a rollout writes at each step, and which rollouts make no sense. How one goes on is tested on whole repositories, by command lines.

use proptest::prelude::*;

use super::mistakes::refusals;
use super::number::{says, written};
use super::*;
use crate::author::{GitPhase, IntoPhase, git};
use crate::gate::{Check, minutes};
use crate::model::{Fields, Phase, Resource, ResourceError, Scope, StateDigest};
use crate::tree::{Edit, Tree};

struct Nothing;

impl Resource for Nothing {
    fn fields(&self) -> Fields {
        Fields::new()
    }

    fn from_fields(_: &Fields) -> Result<Self, ResourceError> {
        Ok(Self)
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new("nothing")
    }

    fn read(_: &dyn Tree, _: &Scope) -> Result<Self, ResourceError> {
        Ok(Self)
    }

    fn write(&self, _: &mut Edit<'_>, _: &Scope) -> Result<(), ResourceError> {
        Ok(())
    }
}

fn phase(of: GitPhase) -> Phase {
    IntoPhase::<Nothing>::into_phase(of)
}

/// What is said against a rollout of the phase `production`, without the places.
fn against(rollout: Rollout) -> Vec<String> {
    let phase = phase(git("production").rollout(rollout));
    let refusals = refusals(std::iter::once(&phase), |_| true);
    let prefix = "the rollout of phase `production`: ";
    refusals.into_iter().map(|refusal| refusal.message.strip_prefix(prefix).unwrap().to_owned()).collect()
}

fn weights(rollout: Rollout) -> Rollout {
    rollout.weights("route.yaml", "stable", "canary")
}

/// The numbers at a step, as written.
fn at(rollout: &Rollout, step: u32) -> Vec<String> {
    rollout.numbers.iter().map(|number| written(number.at_step(rollout, step))).collect()
}

#[test]
fn a_rollout_is_not_proposed() {
    let rollout = || canary("canary").step(percent(10));
    let of = |phase: Phase| refusals(std::iter::once(&phase), |_| true);
    assert!(of(phase(git("production").rollout(rollout()))).is_empty());
    let [refusal] = &of(phase(git("production").rollout(rollout()).propose()))[..] else {
        panic!("one is refused")
    };
    assert!(refusal.message.contains("take `.propose()` or `.rollout(...)` away"), "{}", refusal.message);
}

#[test]
fn numbers_go_with_the_share() {
    let three = |rollout: Rollout| rollout.step(percent(10)).step(percent(34)).step(percent(100));
    let rollout = three(weights(canary("c")));
    assert_eq!(at(&rollout, 1), ["90", "10"]);
    assert_eq!(at(&rollout, 3), ["0", "100"]);
    let replicas = three(canary("c").replicas("d.yaml", "replicas", 5));
    assert_eq!([1, 2, 3].map(|step| at(&replicas, step)), [["4", "1"], ["3", "2"], ["0", "5"]]);
    let fraction = three(canary("c").number(number("f.toml", "x").from_to(0.0, 0.5)));
    assert_eq!([1, 2, 3].map(|step| at(&fraction, step)), [["0.05"], ["0.17"], ["0.5"]]);
    let down = three(canary("c").number(number("f.toml", "x").from_to(8, 2)));
    assert_eq!([1, 2, 3].map(|step| at(&down, step)), [["7"], ["5"], ["2"]]);
    let values = three(canary("c").number(number("f.toml", "x").values([3, 7, 9])));
    assert_eq!([1, 2, 3].map(|step| at(&values, step)), [["3"], ["7"], ["9"]]);
}

#[test]
fn a_number_is_what_it_says_however_it_is_written() {
    assert!(says("10", "10") && says("10.0", "10") && says("1e1", "10"));
    assert!(!says("11", "10") && !says("", "0") && !says("ten", "10") && !says("NaN", "0"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    assert_eq!(against(weights(canary("c")).step(percent(10).hold(minutes(1)))), [""; 0]);
    assert_eq!(against(in_place().flag("f.yaml", "x").step(percent(10))), [""; 0]);
    let said = |rollout: Rollout| against(rollout).join("; ");
    let cases = [
        (weights(canary("c")), "it has no steps"),
        (weights(canary("c")).step(percent(0)), "a step to 0 % is none"),
        (weights(canary("c")).step(percent(101)), "101 % is more than there is"),
        (weights(canary("c")).step(percent(20)).step(percent(20)), "20 % comes after 20 %"),
        (weights(canary("production")).step(percent(20)), "`production` is a phase of the pipeline"),
        (weights(canary("a b")).step(percent(20)), "the candidate's place `a b` "),
        (
            canary("c").replicas("d.yaml", "x", 2).step(percent(10)).step(percent(20)),
            "from 10 % to 20 % nothing changes",
        ),
        (canary("c").step(percent(10)).step(percent(20)), "from 10 % to 20 % nothing changes"),
        (in_place().step(percent(10)), "it needs a number"),
        (weights(in_place()).step(percent(10)), "`.weights(...)` divides between"),
        (in_place().flag("f.yaml", "x").step(percent(100)), "100 % is the end"),
        (
            in_place().number(number("f.yaml", "x").values([5, 5])).step(percent(10)),
            "to the end nothing changes",
        ),
        (
            in_place().number(number("f.yaml", "x").values([5])).step(percent(10)),
            "it has 1 values, and needs 2",
        ),
        (
            canary("c").number(number("f.yaml", "x").values([5, 6])).step(percent(10)),
            "it has 2 values, and needs 1",
        ),
        (canary("c").flag("f.yaml", "x[").step(percent(10)), "path `x[`"),
        (canary("c").flag("../f.yaml", "x").step(percent(10)), "file `../f.yaml`"),
        (weights(canary("c")).step(percent(10)).gate(Mistaken), "its deadline"),
    ];
    for (rollout, expected) in cases {
        let said = said(rollout.clone());
        assert!(said.contains(expected), "{expected}: {said}: {rollout:?}");
    }
}

/// A gate with a policy that makes no sense.
struct Mistaken;

impl From<Mistaken> for crate::gate::Gate {
    #[track_caller]
    fn from(_: Mistaken) -> Self {
        crate::gate::check(Silent).deadline(minutes(1)).samples(5)
    }
}

struct Silent;

impl Check for Silent {
    fn kind(&self) -> &'static str {
        "silent"
    }

    fn specification(&self) -> String {
        String::new()
    }

    fn sample(&self, _: &crate::gate::Asked<'_>) -> crate::ledger::Sample {
        crate::ledger::Sample::pass("")
    }
}

#[test]
fn a_rollback_by_itself_needs_something_that_can_fail() {
    let phase = phase(git("production").rollback_on_failure());
    let refusals = refusals(std::iter::once(&phase), |_| true);
    assert!(refusals[0].message.contains("nothing is verified"), "{refusals:?}");
    assert!(refusals[0].at.file().ends_with("rollout/tests.rs"));
}

proptest! {
    #[test]
    fn shares_and_replicas_go_up_together_and_make_the_whole(total in 1..200_u32, shares in proptest::collection::btree_set(1..=100_u32, 1..6)) {
        let rollout = shares.iter().fold(canary("c").replicas("d.yaml", "x", total), |rollout, share| rollout.step(percent(*share)));
        let mut before = 0;
        for (step, share) in (1..).zip(&shares) {
            let numbers: Vec<u32> = at(&rollout, step).iter().map(|number| number.parse().unwrap()).collect();
            prop_assert_eq!(numbers[0] + numbers[1], total);
            prop_assert!(numbers[1] >= before.max(1));
            // Rounded up, and by less than one.
            prop_assert!(numbers[1] * 100 >= total * share && numbers[1] * 100 < total * share + 100);
            before = numbers[1];
        }
    }
}
