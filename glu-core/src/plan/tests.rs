use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::author::{Draft, Pipeline as Author, git};
use crate::model::{Fields, Join, Resource, ResourceError, Scope, StateDigest};
use crate::observe::{Branch, BranchId, Observation, Seen};
use crate::source::git::CommitId;
use crate::tree::{Edit, Tree};

/// A resource of one's own: a file for each phase, whose text is the state.
pub(crate) struct Text(String);

impl Resource for Text {
    fn fields(&self) -> Fields {
        Fields::new().with("text", &self.0)
    }

    fn from_fields(fields: &Fields) -> Result<Self, ResourceError> {
        fields.parse("text").map(Self)
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new(self.0.clone())
    }

    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError> {
        let bytes =
            tree.file(&scope.phase)?.ok_or_else(|| ResourceError::NoFile { file: scope.phase.clone() })?;
        Ok(Self(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn write(&self, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError> {
        if self.0 == "unwritable" {
            edit.write(&scope.phase, b"something else".to_vec());
        } else {
            edit.write(&scope.phase, self.0.clone().into_bytes());
        }
        Ok(())
    }
}

pub(crate) fn system(pipeline: Author<Text>) -> System {
    System::new([Draft::from(pipeline.named("p"))]).unwrap()
}

/// A snapshot in which each phase's file holds a text; a phase without one has no file.
fn snapshot(system: &System, states: &[(&str, &str)]) -> Snapshot {
    let files: BTreeMap<String, Vec<u8>> =
        states.iter().map(|(phase, text)| ((*phase).to_owned(), text.as_bytes().to_vec())).collect();
    let tree: Arc<dyn Tree> = Arc::new(files);
    let id = BranchId { source: "s".into(), branch: "main".into() };
    let tip = CommitId::parse(&"1".repeat(40)).unwrap();
    let pipeline = system.pipeline("p").unwrap();
    let phases = pipeline
        .phases
        .iter()
        .map(|phase| {
            let (files, state) = pipeline.codec.read(&*tree, &pipeline.scope(phase));
            let seen = Seen::Files { branch: id.clone(), files };
            (pipeline.id(phase), Observation { state: state.map_err(Problem::resource), seen, since: None })
        })
        .collect();
    Snapshot { at: Timestamp::UNIX_EPOCH, branches: BTreeMap::from([(id, Branch { tip, tree })]), phases }
}

/// What becomes of each phase, in a word.
fn standings(system: &System, snapshot: &Snapshot) -> Vec<(String, String)> {
    let plan = plan(system, snapshot, &Facts::default(), &Selection::all(system));
    plan.entries
        .iter()
        .map(|entry| {
            let said = match &entry.standing {
                Standing::Origin(_) => "origin".to_owned(),
                Standing::Current(_) => "current".to_owned(),
                Standing::Moves(planned) => {
                    format!("-> {} from {}", planned.to.digest, planned.upstreams.join("+"))
                }
                Standing::Proposed { planned, .. } => format!("proposed {}", planned.to.digest),
                Standing::Held { holds, .. } => match &holds[0] {
                    Hold::Join { .. } => "held by join".to_owned(),
                    Hold::Upstream { phase, .. } => format!("held by {phase}"),
                    other => format!("held: {other:?}"),
                },
                Standing::Broken(_) => "broken".to_owned(),
            };
            (entry.id.phase.clone(), said)
        })
        .collect()
}

fn diamond(join: Join) -> System {
    system(Author::from(git("a")).then_each([git("b"), git("c"), git("d")]).then(git("e").join(join)))
}

fn of_e(join: Join, states: &[(&str, &str)]) -> String {
    let system = diamond(join);
    standings(&system, &snapshot(&system, states)).pop().unwrap().1
}

#[test]
fn a_state_moves_along_an_edge_and_no_further() {
    let system = system(Author::from(git("a")).then(git("b")).then(git("c")));
    let standings = standings(&system, &snapshot(&system, &[("a", "2"), ("b", "1"), ("c", "1")]));
    let expected = [("a", "origin"), ("b", "-> 2 from a"), ("c", "current")];
    assert_eq!(standings, expected.map(|(phase, said)| (phase.to_owned(), said.to_owned())));
}

#[test]
fn all_upstreams_must_hold_the_same_state() {
    assert_eq!(
        of_e(Join::All, &[("a", "2"), ("b", "2"), ("c", "2"), ("d", "2"), ("e", "1")]),
        "-> 2 from b+c+d"
    );
    assert_eq!(
        of_e(Join::All, &[("a", "2"), ("b", "2"), ("c", "2"), ("d", "1"), ("e", "1")]),
        "held by join"
    );
}

#[test]
fn at_least_two_of_three_are_enough_where_the_phase_says_so() {
    let join = Join::AtLeast(2);
    assert_eq!(of_e(join, &[("a", "3"), ("b", "3"), ("c", "2"), ("d", "2"), ("e", "1")]), "-> 2 from c+d");
    assert_eq!(of_e(join, &[("a", "3"), ("b", "3"), ("c", "2"), ("d", "1"), ("e", "1")]), "held by join");
}

#[test]
fn an_upstream_that_is_not_known_holds_only_who_needs_it() {
    let states = [("a", "2"), ("b", "2"), ("c", "2"), ("e", "1")];
    assert_eq!(of_e(Join::All, &states), "held by d");
    assert_eq!(of_e(Join::AtLeast(2), &states), "-> 2 from b+c");
}

#[test]
fn of_several_states_the_one_that_came_last_wins_whatever_the_order() {
    let system = diamond(Join::Any);
    let mut snapshot = snapshot(&system, &[("a", "9"), ("b", "1"), ("c", "2"), ("d", "3"), ("e", "1")]);
    // Nothing is known of times: the first declared upstream's state, which the phase has.
    assert_eq!(standings(&system, &snapshot).pop().unwrap().1, "current");
    for (phase, since) in [("b", 10), ("c", 30), ("d", 20)] {
        let observation = snapshot.phases.get_mut(&PhaseId::new("p", phase)).unwrap();
        observation.since = Some(Timestamp::from_second(since).unwrap());
    }
    assert_eq!(standings(&system, &snapshot).pop().unwrap().1, "-> 2 from c");
}

#[test]
fn a_phase_without_a_file_is_broken_and_its_neighbours_are_not() {
    let system = system(Author::from(git("a")).then_each([git("b"), git("c")]));
    let said: BTreeSet<(String, String)> =
        standings(&system, &snapshot(&system, &[("a", "2"), ("c", "1")])).into_iter().collect();
    assert!(said.contains(&("b".to_owned(), "broken".to_owned())));
    assert!(said.contains(&("c".to_owned(), "-> 2 from a".to_owned())));
}

#[test]
fn what_does_not_read_back_as_it_was_written_is_refused() {
    let system = system(Author::from(git("a")).then(git("b")));
    let plan = plan(
        &system,
        &snapshot(&system, &[("a", "unwritable"), ("b", "1")]),
        &Facts::default(),
        &Selection::all(&system),
    );
    let Standing::Broken(problem) = &plan.entries[1].standing else { panic!("{:?}", plan.entries[1]) };
    assert!(problem.to_string().contains("`write` and `read` do not agree"), "{problem}");
}

#[test]
fn a_plan_of_the_same_snapshot_is_the_same_plan() {
    let system = diamond(Join::All);
    let snapshot = snapshot(&system, &[("a", "2"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1")]);
    let again = || format!("{:?}", plan(&system, &snapshot, &Facts::default(), &Selection::all(&system)));
    assert_eq!(again(), again());
    assert_eq!(plan(&system, &snapshot, &Facts::default(), &Selection::all(&system)).moves().count(), 3);
}
