use std::collections::BTreeSet;
use std::sync::Arc;

use super::start::Published;
use super::*;
use crate::author::{Draft, FromImage, Pipeline as Author, git, oci};
use crate::binding::{self, Offer};
use crate::gate::rule::{approval, soak, window};
use crate::gate::{Asked, Check, Gate, check, hours, minutes};
use crate::image::{Image, ImageRef};
use crate::ledger::{FreezeScope, Sample};
use crate::model::{Fields, Resource, ResourceError, Scope};
use crate::observe::{Branch, BranchId, Observation, Seen, Snapshot};
use crate::source::git::CommitId;
use crate::tree::{Edit, Tree};

/// An image and its version, in one file for each phase.
struct App {
    image: ImageRef,
    version: String,
}

impl Resource for App {
    fn fields(&self) -> Fields {
        Fields::new().with("image", &self.image).with("version", &self.version)
    }

    fn from_fields(fields: &Fields) -> Result<Self, ResourceError> {
        Ok(Self { image: fields.parse("image")?, version: fields.parse("version")? })
    }

    fn digest(&self) -> StateDigest {
        crate::model::Value::digest(&self.image)
    }

    fn label(&self) -> String {
        self.version.clone()
    }

    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError> {
        let bytes =
            tree.file(&scope.phase)?.ok_or_else(|| ResourceError::NoFile { file: scope.phase.clone() })?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (image, version) = text.split_once(' ').unwrap();
        Ok(Self { image: image.parse().unwrap(), version: version.to_owned() })
    }

    fn write(&self, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError> {
        edit.write(&scope.phase, format!("{} {}", self.image, self.version).into_bytes());
        Ok(())
    }
}

impl FromImage for App {
    fn from_image(image: &Image) -> Result<Self, ResourceError> {
        Ok(Self {
            image: binding::offered(image, "image", Offer::Reference)?,
            version: binding::offered(
                image,
                "version",
                Offer::Annotation("org.opencontainers.image.version"),
            )?,
        })
    }
}

/// A check that must not be run.
struct Smoke;

impl Check for Smoke {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        String::new()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        panic!("a simulation runs no check")
    }
}

fn smoke() -> Gate {
    check(Smoke).named("smoke")
}

fn system(pipeline: Author<App>) -> System {
    System::new([Draft::from(pipeline.named("shop"))]).unwrap()
}

/// Thursday, the first of January 2026, at noon.
fn noon() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn at(offset: Duration) -> Timestamp {
    noon().checked_add(SignedDuration::try_from(offset).unwrap()).unwrap()
}

fn id(phase: &str) -> PhaseId {
    PhaseId::new("shop", phase)
}

/// Every phase in version 1.0.0 for a day, whatever its source.
fn start(system: &System) -> Start {
    let image = format!("registry.example/app@sha256:{} 1.0.0", "1".repeat(64));
    let pipeline = system.pipeline("shop").unwrap();
    let files: BTreeMap<String, Vec<u8>> =
        pipeline.phases.iter().map(|phase| (phase.name.clone(), image.clone().into_bytes())).collect();
    let tree: Arc<dyn Tree> = Arc::new(files);
    let branch = BranchId { source: "environments".into(), branch: "main".into() };
    let (mut phases, mut images, mut facts) =
        (BTreeMap::new(), BTreeMap::new(), crate::facts::Facts::default());
    for phase in &pipeline.phases {
        let (files, state) = pipeline.codec.read(&*tree, &pipeline.scope(phase));
        let seen = if phase.source.accepts() {
            let authors = vec!["glu <glu@example.com>".to_owned()];
            facts.arrivals.insert(
                pipeline.id(phase),
                crate::facts::Arrived { at: at(Duration::ZERO), authors, landing: None },
            );
            Seen::Files { branch: branch.clone(), files }
        } else {
            let published = Published { name: "registry.example/app".into(), tag: Some("latest".into()) };
            images.insert(pipeline.id(phase), published);
            Seen::Image("registry.example/app".into())
        };
        let state = state.map_err(Problem::resource);
        phases.insert(pipeline.id(phase), Observation { state, seen, since: None });
    }
    let tip = CommitId::parse(&"1".repeat(40)).unwrap();
    Start {
        snapshot: Snapshot { at: noon(), branches: BTreeMap::from([(branch, Branch { tip, tree })]), phases },
        facts,
        histories: BTreeMap::new(),
        authors: BTreeMap::from([(
            "environments".into(),
            crate::settings::Author { name: "glu".into(), email: "glu@example.com".into() },
        )]),
        images,
        notes: Vec::new(),
    }
}

fn published(after: Duration, label: &str) -> Happening {
    let what = Happens::Published { origin: id("app"), label: label.into(), fields: BTreeMap::new() };
    Happening { at: at(after), what }
}

fn scenario(length: Duration, happenings: Vec<Happening>, told: Vec<Answer>) -> Scenario {
    Scenario {
        until: at(length),
        interval: minutes(1),
        happenings,
        answers: Answers::default().telling(told),
    }
}

fn run(system: &System, scenario: &Scenario) -> Timeline {
    simulate(system, &Selection::all(system), start(system), scenario).unwrap()
}

/// Minutes from the beginning, and what came then.
fn arrivals(timeline: &Timeline, phase: &str) -> Vec<(i64, String)> {
    let minutes = |at: Timestamp| at.duration_since(noon()).as_secs() / 60;
    timeline.arrivals(&id(phase)).map(|(at, state)| (minutes(at), timeline.shown(state))).collect()
}

fn came<const N: usize>(expected: [(i64, &str); N]) -> Vec<(i64, String)> {
    expected.into_iter().map(|(at, state)| (at, state.to_owned())).collect()
}

fn answer(sample: Sample, from: Duration, until: Duration) -> Answer {
    Answer { gate: "smoke".into(), phase: None, from: Some(at(from)), until: Some(at(until)), sample }
}

#[test]
fn a_state_goes_through_phase_by_phase_a_look_each_and_soaks() {
    let system = system(
        Author::from(oci("app"))
            .then(git("staging").automatic())
            .then(git("production").automatic().gate(soak(hours(2)))),
    );
    let timeline = run(&system, &scenario(hours(10), vec![published(hours(1), "1.1.0")], Vec::new()));
    assert_eq!(arrivals(&timeline, "staging"), came([(60, "1.1.0")]));
    assert_eq!(arrivals(&timeline, "production"), came([(180, "1.1.0")]));
    let leads = timeline.leads(&system);
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0].arrived, Some(at(hours(3))));
}

#[test]
fn windows_freezes_and_pins_are_judged_for_real() {
    let pipeline = Author::from(oci("app"))
        .then(git("staging").automatic())
        .then(git("production").automatic().gate(window("Mon-Fri 09:00-16:00", "UTC")));
    let system = system(pipeline);
    // Thursday at 17:00 the window is closed; Friday at 09:00 it opens, but the line is stopped until ten.
    let freeze = Happens::Told {
        actor: "Grace".into(),
        what: What::Frozen {
            scope: FreezeScope::Everything,
            reason: "incident".into(),
            until: Some(at(hours(22))),
        },
    };
    let happenings = vec![published(hours(5), "1.1.0"), Happening { at: at(hours(6)), what: freeze }];
    let timeline = run(&system, &scenario(hours(48), happenings, Vec::new()));
    assert_eq!(arrivals(&timeline, "staging"), came([(300, "1.1.0")]));
    assert_eq!(arrivals(&timeline, "production"), came([(22 * 60, "1.1.0")]));
    let held: Vec<Timestamp> = timeline
        .changes
        .iter()
        .filter(|change| matches!(&change.what, Occurred::Held { id, .. } if id.phase == "production"))
        .map(|change| change.at)
        .collect();
    // The window at 17:01, the freeze besides at 18:00. At 09:00 only the freeze is left, which is no news.
    assert_eq!(held, [at(minutes(301)), at(hours(6))]);
}

#[test]
fn checks_are_not_run_but_answer_as_told_else_pass_which_is_said() {
    let pipeline = Author::from(oci("app"))
        .then(git("staging").automatic())
        .then(git("production").automatic().gate(smoke().tolerate(100)));
    let system = system(pipeline);
    let happenings = || vec![published(hours(1), "1.1.0"), published(hours(9), "1.2.0")];
    let told = vec![answer(Sample::fail("it smokes"), Duration::ZERO, hours(2))];
    let timeline = run(&system, &scenario(hours(12), happenings(), told));
    assert_eq!(arrivals(&timeline, "production"), came([(120, "1.1.0"), (541, "1.2.0")]));
    let asked = &timeline.asked[&(id("production"), "smoke".to_owned())];
    assert_eq!(asked, &BTreeMap::from([(Given::Told, 59), (Given::Assumed, 2)]));
}

#[test]
fn hands_approve_promote_and_roll_back() {
    let pipeline =
        Author::from(oci("app")).then(git("staging")).then(git("production").automatic().gate(approval(1)));
    let system = system(pipeline);
    let hand = |after: Duration, what: Happens| Happening { at: at(after), what };
    let happenings = vec![
        published(hours(1), "1.1.0"),
        hand(hours(2), Happens::Approved { phase: id("production"), state: None, actor: "Grace".into() }),
        hand(hours(3), Happens::Promoted { phase: id("staging"), forced: None }),
        hand(hours(4), Happens::Approved { phase: id("production"), state: None, actor: "Grace".into() }),
        hand(
            hours(5),
            Happens::RolledBack { phase: id("staging"), to: Some("1.0.0".into()), actor: "Grace".into() },
        ),
    ];
    let mut start = start(&system);
    start.histories.insert(id("staging"), vec![arrival(&start.snapshot, "staging")]);
    let timeline =
        simulate(&system, &Selection::all(&system), start, &scenario(hours(6), happenings, Vec::new()))
            .unwrap();
    // At two o'clock there was nothing to approve yet.
    let refused = timeline.changes.iter().filter(|change| matches!(change.what, Occurred::Refused { .. }));
    assert_eq!(refused.map(|change| change.at).collect::<Vec<_>>(), [at(hours(2))]);
    let initial = format!("1.0.0 ({})", "1".repeat(12));
    assert_eq!(arrivals(&timeline, "staging"), came([(180, "1.1.0"), (300, &initial)]));
    assert_eq!(arrivals(&timeline, "production"), came([(240, "1.1.0")]));
    let plan = timeline.last.as_ref().unwrap();
    let staging = plan.entries.iter().find(|entry| entry.id == id("staging")).unwrap();
    assert!(
        matches!(&staging.standing, Standing::Held { holds, .. } if matches!(holds[..], [Hold::Pinned(_)])),
        "{staging:?}"
    );
}

fn arrival(snapshot: &Snapshot, phase: &str) -> crate::history::Arrival {
    crate::history::Arrival {
        state: snapshot.phases[&id(phase)].state.as_ref().ok().cloned(),
        commit: CommitId::parse(&"1".repeat(40)).unwrap(),
        author: "Ada".into(),
        email: "ada@example.com".into(),
        merged_by: None,
        at: noon(),
        subject: String::new(),
        promotion: None,
    }
}

#[test]
fn time_that_is_jumped_over_makes_no_difference() {
    // A freeze that begins and ends between two looks is never seen; one that is looked at holds.
    let pipeline = Author::from(oci("app")).then(git("staging").every(hours(6)));
    let system = system(pipeline);
    let happenings = vec![published(minutes(1), "1.1.0"), published(hours(7), "1.2.0")];
    let timeline = run(&system, &scenario(hours(24), happenings, Vec::new()));
    // At noon staging came into 1.0.0; from then on, six hours each.
    assert_eq!(arrivals(&timeline, "staging"), came([(360, "1.1.0"), (720, "1.2.0")]));
}

#[test]
fn looks_stand_on_a_grid() {
    let grid = |after: i64, next: i64| {
        let second = |second: i64| Timestamp::from_second(second).unwrap();
        on_the_grid(second(after), second(next), SignedDuration::from_secs(60)).as_second()
    };
    assert_eq!(grid(0, 1), 60);
    assert_eq!(grid(60, 120), 120);
    assert_eq!(grid(60, 121), 180);
    // What is past already is not looked at twice at one time.
    assert_eq!(grid(60, 0), 120);
}

#[test]
fn the_same_scenario_makes_the_same_timeline() {
    let pipeline = || {
        Author::from(oci("app"))
            .then(git("staging").automatic().verify(smoke().samples(3)))
            .then_each([git("eu").automatic().gate(soak(hours(1))), git("us").automatic()])
            .then(git("world").automatic().join(crate::model::Join::Any))
    };
    let once = || {
        let system = system(pipeline());
        let happenings = (1..40).map(|hour| published(hours(hour), &format!("1.{hour}.0"))).collect();
        let told = vec![answer(Sample::fail("it smokes"), hours(3), hours(5))];
        format!("{:?}", run(&system, &scenario(hours(48), happenings, told)).changes)
    };
    assert_eq!(once(), once());
}

#[test]
fn an_origin_says_what_it_lacks() {
    let pipeline = Author::from(oci("app")).then(git("staging").automatic());
    let system = system(pipeline);
    let invented = |origin: &str, fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let what = Happens::Published { origin: id(origin), label: "2.0".into(), fields };
        let happenings = vec![Happening { at: at(hours(1)), what }];
        simulate(
            &system,
            &Selection::all(&system),
            start(&system),
            &scenario(hours(2), happenings, Vec::new()),
        )
        .map(|timeline| arrivals(&timeline, "staging"))
        .map_err(|error| error.to_string())
    };
    assert_eq!(invented("app", &[]), Ok(came([(60, "2.0")])));
    assert!(invented("staging", &[]).unwrap_err().contains("is fed by others"));
    let unknown = invented("app", &[("chart", "3")]).unwrap_err();
    assert!(unknown.contains("`chart`") && unknown.contains("`image`, `version`"), "{unknown}");
}

#[test]
fn an_invented_digest_depends_on_everything_that_was_told() {
    let pipeline = Author::from(oci("app")).then(git("staging"));
    let system = system(pipeline);
    let world = World::new(&system, start(&system));
    let invent = |label: &str, version: Option<&str>| {
        let fields = version.map(|version| ("version".to_owned(), version.to_owned()));
        world.invent(&id("app"), label, &fields.into_iter().collect()).unwrap()
    };
    let states = [invent("1", None), invent("2", None), invent("2", Some("3"))];
    let digests: BTreeSet<&StateDigest> = states.iter().map(|state| &state.digest).collect();
    assert_eq!(digests.len(), 3);
    assert_eq!(states[0], invent("1", None));
    let labels: Vec<&str> = states.iter().map(|state| state.label.as_str()).collect();
    assert_eq!(labels, ["1", "2", "3"]);
}

#[test]
fn expectations_are_held_against_arrivals() {
    let pipeline = Author::from(oci("app")).then(git("staging").automatic());
    let system = system(pipeline);
    let timeline = run(&system, &scenario(hours(5), vec![published(hours(2), "1.1.0")], Vec::new()));
    let expect = |state: &str, by: Option<Duration>| Expectation {
        phase: id("staging"),
        state: state.into(),
        by: by.map(at),
    };
    let expected = [
        expect("1.0.0", None),
        expect("1.1.0", None),
        expect("1.1.0", Some(hours(2))),
        expect("1.1.0", Some(hours(1))),
        expect("1.2.0", None),
    ];
    let missed: Vec<String> = timeline.missed(&expected).iter().map(ToString::to_string).collect();
    assert_eq!(
        missed,
        [
            "shop/staging was to get 1.1.0 by 2026-01-01T13:00:00Z, and got it at 2026-01-01T14:00:00Z",
            "shop/staging was to get 1.2.0, and did not get it",
        ]
    );
}
