//! What a walk through a branch tells, against reading every phase at every commit.

use std::sync::Arc;

use crate::access::Access;
use crate::author::{Pipeline, git};
use crate::clock::{Random as _, SeededRandom, SystemClock};
use crate::history::{Depth, histories};
use crate::model::{Fields, PhaseId, Resource, ResourceError, Scope, Selection, StateDigest, System};
use crate::observe::observe;
use crate::settings::{GitSettings, Remote as RemoteSettings, Settings};
use crate::source::git::CommitId;
use crate::testing::{Directory, Remote};
use crate::tree::{Edit, Tree};

/// Two files, of which the second may be missing; one that says `!` cannot be read.
struct App(String);

fn file(scope: &Scope, name: &str) -> String {
    format!("{}/{}/{name}", scope.pipeline, scope.phase)
}

impl Resource for App {
    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("app", self.0.clone());
        fields
    }

    fn from_fields(fields: &Fields) -> Result<Self, ResourceError> {
        fields.parse("app").map(Self)
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new(self.0.clone())
    }

    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError> {
        let one = tree.file(&file(scope, "one"))?;
        let one = one.ok_or_else(|| ResourceError::NoFile { file: file(scope, "one") })?;
        let two = tree.file(&file(scope, "two"))?.unwrap_or_else(|| b"-".to_vec());
        let text = String::from_utf8_lossy(&[one, vec![b'+'], two].concat()).into_owned();
        if text.contains('!') {
            Err(ResourceError::Other("cannot be read".to_owned()))
        } else {
            Ok(Self(text))
        }
    }

    fn write(&self, _: &mut Edit<'_>, _: &Scope) -> Result<(), ResourceError> {
        Ok(())
    }
}

const PIPELINES: u64 = 6;
const PHASES: [&str; 2] = ["staging", "production"];

struct World {
    directory: Directory,
    remote: Remote,
    system: System,
    random: SeededRandom,
}

impl World {
    fn new(seed: u64) -> Self {
        let directory = Directory::new();
        let remote = Remote::create(&directory.path().join("remote.git"), Arc::new(SystemClock));
        let pipeline = |number| {
            Pipeline::<App>::from(git(PHASES[0])).then(git(PHASES[1])).named(format!("p{number}")).into()
        };
        let system = System::new((0..PIPELINES).map(pipeline)).unwrap();
        let world = Self { directory, remote, system, random: SeededRandom::new(seed) };
        let places = (0..PIPELINES).flat_map(|number| PHASES.map(|phase| format!("p{number}/{phase}/one")));
        let places: Vec<String> = places.collect();
        world.remote.commit("start", places.iter().map(|place| (place.as_str(), "0")));
        world
    }

    fn chance(&self, of: u64) -> u64 {
        self.random.next() % of
    }

    /// Commits of one to three files each.
    fn commit(&self, commits: u64) {
        for _ in 0..commits {
            let files: Vec<(String, String)> = (0..=self.chance(3))
                .map(|_| {
                    let phase = PHASES[self.chance(2) as usize];
                    let name = ["one", "two", "three"][self.chance(3) as usize];
                    let text = ["0", "1", "2", "!"][self.chance(4) as usize];
                    (format!("p{}/{phase}/{name}", self.chance(PIPELINES)), text.to_owned())
                })
                .collect();
            self.remote.commit("change", files.iter().map(|(file, text)| (file.as_str(), text.as_str())));
        }
    }

    fn access(&self) -> Access {
        let remote = RemoteSettings {
            name: "origin".to_owned(),
            url: Some(self.remote.path().display().to_string()),
            credential: None,
            ca_cert_path: None,
            insecure_skip_tls: false,
        };
        let settings = GitSettings { remote: Some(remote), ..GitSettings::default() };
        Access::new(Settings {
            git: [("apps".to_owned(), settings)].into(),
            cache: self.directory.path().join("cache"),
            ..Settings::default()
        })
    }

    /// The states and the commits that brought them, newest first, from a look at every commit.
    fn expected(&self, access: &Access, id: &PhaseId) -> Vec<(Option<String>, String)> {
        let repository = access.repository("apps").unwrap();
        let (pipeline, phase) = self.system.phase(id).unwrap();
        let mut arrivals: Vec<(Option<String>, String)> = Vec::new();
        for commit in self.remote.log() {
            let tree = repository.tree(&CommitId::parse(&commit.id).unwrap()).unwrap();
            let state = pipeline.codec.read(&*tree, &pipeline.scope(phase)).1.ok();
            let state = state.map(|state| state.digest.as_str().to_owned());
            match arrivals.last_mut() {
                Some((last, at)) if *last == state => *at = commit.id,
                _ => arrivals.push((state, commit.id)),
            }
        }
        arrivals
    }

    #[track_caller]
    fn check(&self, selection: &Selection) {
        let access = self.access();
        let snapshot = observe(&self.system, &access, |_| true);
        let told = histories(&self.system, &access, &snapshot, selection, Depth::States(usize::MAX)).unwrap();
        for id in selection.iter() {
            let told: Vec<(Option<String>, String)> = told
                .of(id)
                .iter()
                .map(|arrival| {
                    let state = arrival.state.as_ref().map(|state| state.digest.as_str().to_owned());
                    (state, arrival.commit.as_str().to_owned())
                })
                .collect();
            assert_eq!(told, self.expected(&access, id), "{id}");
        }
    }
}

#[test]
fn every_state_of_many_phases_is_found_again() {
    for seed in 1..4 {
        let world = World::new(seed);
        world.commit(90);
        let all = Selection::all(&world.system);
        world.check(&all);
        // What was learnt is kept, and what comes after it is learnt as well.
        world.check(&all);
        world.commit(20);
        world.check(&all);
    }
}

#[test]
fn every_state_of_few_phases_is_found_again() {
    let world = World::new(7);
    world.commit(90);
    world.check(&Selection::parse(&world.system, &["p2".to_owned()]).unwrap());
}
