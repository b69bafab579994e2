//! What is simulated is what really happens, minute by minute, in any system.

use std::time::Duration;

use glu::core::gate::{Asked, Check};
use glu::core::ledger::Sample;
use glu::prelude::*;
use glu::testing::{Images, Remote, World};
use proptest::prelude::*;

/// What the proof is about: a version in files, by graph.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct Versioned {
    #[resource(digest, at = "image")]
    image: ImageRef,
    #[resource(label, at = "version", from = annotation("org.opencontainers.image.version"))]
    version: String,
}

/// A check that answers by a script.
#[derive(Debug, Clone)]
struct Scripted(Vec<(i64, i64)>);

impl Check for Scripted {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        "scripted".to_owned()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let minute = (asked.now.as_second() - BEGINNING) / 60;
        match self.0.iter().any(|(from, until)| (*from..*until).contains(&minute)) {
            true => Sample::fail("as the scenario says"),
            false => Sample::pass("assumed"),
        }
    }
}

/// The world's first of January at noon.
const BEGINNING: i64 = 1_767_268_800;

/// How many milliseconds after the minute the look is.
const LOOK: u64 = 20;

/// How many minutes are lived through.
const MINUTES: i64 = 40;

#[derive(Debug, Clone)]
enum Guard {
    None,
    Soak(u64),
    Window(u8),
    Approval,
    Check { samples: u32, tolerate: u32, every: u64, after: u64 },
}

#[derive(Debug, Clone)]
struct Node {
    guard: Guard,
    verified: Option<u32>,
    every: Option<u64>,
    cron: bool,
    queue: bool,
    feeders: Vec<bool>,
    any: bool,
}

#[derive(Debug, Clone)]
enum Event {
    Publish,
    Freeze(i64),
    Pin(usize, i64),
    Approve(usize),
    Rollback(usize),
    Promote(usize),
}

fn guard() -> impl Strategy<Value = Guard> {
    prop_oneof![
        Just(Guard::None),
        (1..9u64).prop_map(Guard::Soak),
        (0..30u8).prop_map(Guard::Window),
        Just(Guard::Approval),
        (1..4u32, 0..4u32, 1..5u64, 0..4u64).prop_map(|(samples, tolerate, every, after)| Guard::Check {
            samples,
            tolerate,
            every,
            after
        }),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    (
        guard(),
        proptest::option::weighted(0.3, 1..3u32),
        proptest::option::weighted(0.4, 2..12u64),
        (any::<bool>(), any::<bool>()),
        proptest::collection::vec(any::<bool>(), 3),
        any::<bool>(),
    )
        .prop_map(|(guard, verified, every, (cron, queue), feeders, any)| Node {
            guard,
            verified,
            every,
            cron,
            queue,
            feeders,
            any,
        })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Publish),
        1 => (1..15i64).prop_map(Event::Freeze),
        1 => (0..3usize, 1..15i64).prop_map(|(phase, length)| Event::Pin(phase, length)),
        2 => (0..3usize).prop_map(Event::Approve),
        1 => (0..3usize).prop_map(Event::Rollback),
        1 => (0..3usize).prop_map(Event::Promote),
    ]
}

fn pipeline(nodes: &[Node], failing: &[(i64, i64)]) -> Pipeline<Versioned> {
    let mut pipeline = Pipeline::from(oci("app"));
    for (index, node) in nodes.iter().enumerate() {
        let mut upstreams: Vec<String> = (0..index)
            .filter(|&earlier| node.feeders[earlier])
            .map(|earlier| format!("p{earlier}"))
            .collect();
        if upstreams.is_empty() {
            upstreams.push(if index == 0 { "app".to_owned() } else { "p0".to_owned() });
        }
        let mut phase = git(format!("p{index}")).join(if node.any { Join::Any } else { Join::All });
        if node.queue && index > 0 && upstreams.len() == 1 {
            phase = phase.queue();
        }
        phase = match node.every {
            Some(every) if node.cron => phase.cron(&format!("*/{every} * * * *"), "UTC"),
            Some(every) => phase.every(minutes(every)),
            None => phase.automatic(),
        };
        let smoke = || check(Scripted(failing.to_vec())).named("smoke");
        phase = match node.guard {
            Guard::None => phase,
            Guard::Soak(length) => phase.gate(soak(minutes(length))),
            Guard::Window(minute) => {
                phase.gate(window(&format!("12:{minute:02}-12:{:02}", minute + 5), "UTC"))
            }
            Guard::Approval => phase.gate(approval(1)),
            Guard::Check { samples, tolerate, every, after } => phase.gate(
                smoke().samples(samples).tolerate(tolerate).every(minutes(every)).after(minutes(after)),
            ),
        };
        if let Some(samples) = node.verified {
            phase = phase.verify(smoke().samples(samples).tolerate(1));
        }
        pipeline = pipeline.after(upstreams).then(phase);
    }
    pipeline.named("shop")
}

struct Lived {
    world: World,
    images: Images,
    repository: Remote,
}

fn lived(nodes: &[Node], failing: &[(i64, i64)]) -> Lived {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    let text = format!("image: {}\nversion: v0\n", images.publish("latest", "v0"));
    let files: Vec<String> = (0..nodes.len()).map(|index| format!("env/p{index}/app.yaml")).collect();
    repository.commit("Set up", files.iter().map(|file| (file.as_str(), text.as_str())));
    let (nodes, failing) = (nodes.to_vec(), failing.to_vec());
    world.pipelines(move |_| pipeline(&nodes, &failing));
    Lived { world, images, repository }
}

/// What came when, as it happened.
fn live(nodes: &[Node], failing: &[(i64, i64)], events: &[(i64, Event)]) -> Vec<(String, i64, String)> {
    let Lived { world, images, repository } = lived(nodes, failing);
    let version = |index: usize| {
        let text = repository.read(&format!("env/p{index}/app.yaml"));
        text.lines().last().unwrap().trim_start_matches("version: ").to_owned()
    };
    let mut states: Vec<String> = (0..nodes.len()).map(&version).collect();
    let mut came = Vec::new();
    let mut published = 0;
    for minute in 0..MINUTES {
        // Each run takes a millisecond of the world's time; the look is always at the same one of its minute, behind the hands.
        let mut runs = 0;
        let mut look = |states: &mut Vec<String>| {
            for (index, state) in states.iter_mut().enumerate() {
                let now = version(index);
                if now != *state {
                    came.push((format!("p{index}"), minute, now.clone()));
                    *state = now;
                }
            }
        };
        for (_, event) in events.iter().filter(|(at, _)| *at == minute) {
            let phase = |index: usize| format!("shop/p{}", index.min(nodes.len() - 1));
            let until = |length: i64| {
                jiff::Timestamp::from_second(BEGINNING + (minute + length) * 60).unwrap().to_string()
            };
            let command = match event {
                Event::Publish => {
                    published += 1;
                    images.publish("latest", &format!("v{published}"));
                    continue;
                }
                Event::Freeze(length) => {
                    format!("freeze --everything --reason test --until {}", until(*length))
                }
                Event::Pin(index, length) => {
                    format!("pin {} --reason test --until {}", phase(*index), until(*length))
                }
                Event::Approve(index) => format!("approve {}", phase(*index)),
                Event::Rollback(index) => format!("rollback {}", phase(*index)),
                Event::Promote(index) => format!("promote {}", phase(*index)),
            };
            // Who approves is behind none of the moves, which nobody's hand makes in the simulation either.
            let hand = if matches!(event, Event::Approve(_)) { "Grace <grace@example.com>" } else { "glu" };
            world.env("GLU_ACTOR", hand);
            let _ = world.run(&command);
            runs += 1;
            look(&mut states);
        }
        world.env("GLU_ACTOR", "glu");
        world.wait(Duration::from_millis(LOOK - runs));
        world.run("run --once").success();
        look(&mut states);
        // Minutes are longer by a moment: so what a look of one minute begins to count is over at the hands of the minute when it ought to be,
        // though those come before that minute's look.
        world.wait(Duration::from_millis(60_000 - LOOK - 1 + 50));
    }
    came
}

/// What comes when, as it is simulated.
fn simulated(nodes: &[Node], failing: &[(i64, i64)], events: &[(i64, Event)]) -> Vec<(String, i64, String)> {
    use std::fmt::Write as _;
    let Lived { world, .. } = lived(nodes, failing);
    let mut scenario = String::new();
    let mut published = 0;
    for (minute, event) in events {
        let phase =
            |index: usize| format!("at = \"{minute}m\"\nphase = \"shop/p{}\"", index.min(nodes.len() - 1));
        let by = "by = \"Grace <grace@example.com>\"";
        let _ = match event {
            Event::Publish => {
                published += 1;
                writeln!(
                    scenario,
                    "[[publish]]\nat = \"{minute}m\"\nphase = \"app\"\nstate = \"v{published}\""
                )
            }
            Event::Freeze(length) => {
                writeln!(scenario, "[[freeze]]\nat = \"{minute}m\"\nfor = \"{length}m\"\n{by}")
            }
            Event::Pin(index, length) => {
                writeln!(scenario, "[[pin]]\n{}\nfor = \"{length}m\"\n{by}", phase(*index))
            }
            Event::Approve(index) => writeln!(scenario, "[[approve]]\n{}\n{by}", phase(*index)),
            Event::Rollback(index) => writeln!(scenario, "[[rollback]]\n{}\n{by}", phase(*index)),
            Event::Promote(index) => writeln!(scenario, "[[promote]]\n{}", phase(*index)),
        };
    }
    for (from, until) in failing {
        let _ = writeln!(
            scenario,
            "[[answer]]\ngate = \"smoke\"\nsays = \"fail\"\nfrom = \"{from}m\"\nuntil = \"{until}m\""
        );
    }
    let simulation = world.simulate().scenario(&scenario).run(minutes(MINUTES.unsigned_abs() - 1));
    let mut came = Vec::new();
    for index in 0..nodes.len() {
        let phase = format!("p{index}");
        for (after, version) in simulation.arrivals(&format!("shop/{phase}")) {
            came.push((phase.clone(), i64::try_from(after.as_secs() / 60).unwrap(), version.to_owned()));
        }
    }
    came
}

/// Of several events of a minute, one of each kind: the file groups them by kind, and so does this.
fn ordered(mut events: Vec<(i64, Event)>) -> Vec<(i64, Event)> {
    let kind = |event: &Event| match event {
        Event::Publish => 0,
        Event::Freeze(_) => 1,
        Event::Pin(..) => 2,
        Event::Approve(_) => 3,
        Event::Promote(_) => 4,
        Event::Rollback(_) => 5,
    };
    events.sort_by_key(|(minute, event)| (*minute, kind(event)));
    events.dedup_by_key(|(minute, event)| (*minute, kind(event)));
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_simulated_is_what_really_happens(
        nodes in proptest::collection::vec(node(), 1..4),
        failing in proptest::collection::vec((0..MINUTES, 1..8i64), 0..3),
        events in proptest::collection::vec((0..MINUTES, event()), 1..10),
    ) {
        let failing: Vec<(i64, i64)> = failing.into_iter().map(|(from, length)| (from, from + length)).collect();
        let events = ordered(events);
        let mut really = live(&nodes, &failing, &events);
        really.sort();
        let mut simulated = simulated(&nodes, &failing, &events);
        simulated.sort();
        prop_assert_eq!(simulated, really);
    }
}
