//! Any graph of git phases in any states: no plan moves what the join does not allow, promoting comes to an end, and then nothing moves.

use std::collections::BTreeMap;

use glu::prelude::*;
use glu::testing::World;
use proptest::prelude::*;

/// A version in a file; a phase feeds only later ones, so that there is no circle.
#[derive(Resource)]
#[resource(file = "{phase}.yaml")]
struct Note {
    #[resource(digest, label, at = "version")]
    version: String,
}

/// One phase: its state, its join, and for each earlier phase whether that feeds it.
#[derive(Debug, Clone)]
struct Node {
    state: u8,
    join: u8,
    feeders: Vec<bool>,
}

impl Node {
    fn upstreams(&self, index: usize) -> Vec<usize> {
        (0..index).filter(|&earlier| self.feeders[earlier]).collect()
    }

    fn join(&self, upstreams: usize) -> Join {
        match self.join {
            0 => Join::All,
            1 => Join::Any,
            count => Join::AtLeast(usize::from(count).min(upstreams).max(1)),
        }
    }
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (0..3u8, 0..4u8, proptest::collection::vec(any::<bool>(), 6))
        .prop_map(|(state, join, feeders)| Node { state, join, feeders });
    proptest::collection::vec(node, 2..6)
}

fn pipeline(nodes: &[Node]) -> Pipeline<Note> {
    let mut pipeline = Pipeline::from(git("p0"));
    for (index, node) in nodes.iter().enumerate().skip(1) {
        let upstreams = node.upstreams(index);
        // A phase that nobody feeds must feed somebody, so it is fed by the first.
        let upstreams = if upstreams.is_empty() { vec![0] } else { upstreams };
        let join = node.join(upstreams.len());
        pipeline = pipeline
            .after(upstreams.iter().map(|upstream| format!("p{upstream}")))
            .then(git(format!("p{index}")).join(join));
    }
    pipeline.named("any")
}

/// How many upstreams must agree, by the definition in the documentation.
fn needed(node: &Node, upstreams: usize) -> usize {
    match node.join(upstreams) {
        Join::All => upstreams,
        Join::Any => 1,
        Join::AtLeast(count) => count,
    }
}

fn states(world: &World) -> BTreeMap<String, String> {
    let json = world.run("status -o json").json();
    let phases = json["pipelines"][0]["phases"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    phases.iter().map(|phase| (text(&phase["name"]), text(&phase["state"]["digest"]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promoting_obeys_the_joins_and_comes_to_an_end(nodes in nodes()) {
        let world = World::new();
        let repository = world.remote("environments");
        let files: Vec<(String, String)> = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (format!("p{index}.yaml"), format!("version: v{}\n", node.state)))
            .collect();
        repository.commit("Set up", files.iter().map(|(file, text)| (file.as_str(), text.as_str())));
        let declared = nodes.clone();
        world.pipelines(move |_| pipeline(&declared));
        // A state passes each phase at most once on its way, so as many rounds as phases are enough, and one that finds nothing.
        let mut settled = false;
        for _ in 0..=nodes.len() {
            world.wait(std::time::Duration::from_secs(60));
            let states = states(&world);
            let plan = world.run("plan -o json").json();
            let phases = plan["phases"].as_array().unwrap();
            let moves: Vec<&serde_json::Value> =
                phases.iter().filter(|phase| phase["standing"] == "moves").collect();
            for planned in &moves {
                let name = planned["phase"].as_str().unwrap();
                let index: usize = name[1..].parse().unwrap();
                let mut upstreams = nodes[index].upstreams(index);
                if upstreams.is_empty() {
                    upstreams.push(0);
                }
                let holders = upstreams
                    .iter()
                    .filter(|upstream| states[&format!("p{upstream}")] == planned["to"]["digest"])
                    .count();
                prop_assert!(holders >= needed(&nodes[index], upstreams.len()), "{name}: {plan}");
                prop_assert_ne!(&states[name], planned["to"]["digest"].as_str().unwrap());
            }
            let commits = repository.log().len();
            let run = world.run("promote --all");
            prop_assert!(matches!(run.code as u8, 0 | 3), "{}", run);
            prop_assert_eq!(repository.log().len(), commits + moves.len());
            settled = moves.is_empty();
            if settled {
                break;
            }
        }
        prop_assert!(settled, "it did not come to an end");
        // A second run finds everything as it should be.
        let commits = repository.log().len();
        let _ = world.run("promote --all");
        prop_assert_eq!(repository.log().len(), commits);
    }
}
