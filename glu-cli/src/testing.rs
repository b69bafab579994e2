//! The kit for testing pipelines with `cargo test`: a world of one's own, with git remotes, an image layout and a clock, in which the
//! program's verbs run as they do on the command line.
//!
//! ```standalone_crate
//! # // The pipelines of a program are in its `main.rs`; here they stand beside the test.
//! # use glu::prelude::*;
//! # #[derive(Resource)]
//! # #[resource(file = "env/{phase}/app.yaml")]
//! # struct App {
//! #     #[resource(digest, at = "image")]
//! #     image: ImageRef,
//! # }
//! # #[pipeline]
//! # fn shop() -> Pipeline<App> {
//! #     Pipeline::from(oci("app")).then(git("staging"))
//! # }
//! use glu::testing::World;
//!
//! let world = World::new();
//! let images = world.layout("app");
//! let old = images.publish("latest", "1.0.0");
//! let repository = world.remote("environments");
//! repository.commit("start", [("env/staging/app.yaml", format!("image: {old}\n").as_str())]);
//!
//! let new = images.publish("latest", "1.1.0");
//! world.run("promote staging").success();
//! assert_eq!(repository.read("env/staging/app.yaml"), format!("image: {new}\n"));
//! ```

mod simulation;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use glu_core::author::{Draft, IntoPipelines, PipelineError};
use glu_core::clock::{Clock as _, FakeClock, SeededRandom};
use glu_core::forge::Forge;
use glu_core::image::ImageRef;
use glu_core::model::Declared;
use glu_core::source::oci::layout::{ImageContent, publish};
pub use glu_core::testing::forge::{self, Hosted};
pub use glu_core::testing::{Commit, Directory, Remote};
use jiff::Timestamp;
pub use simulation::{Answer, Simulated, Simulation, error, fail, inconclusive, pass};

use crate::discovery::Discovery;
use crate::exit::Code;
use crate::registration::{self, CollectError};
use crate::session::{Declare, Surroundings};
use crate::shell::Shell;

/// Who does what is done in a world, unless `GLU_ACTOR` says otherwise.
const ACTOR: &str = "Ada Example <ada.example@example.com>";

/// A directory with a `glu.toml`, and all that it names. Every run in it goes by its clock, which stands still unless it is moved, and
/// makes the same identifiers in the same order. Nothing of the user's own configuration of glu reaches it.
pub struct World {
    directory: Directory,
    clock: Arc<FakeClock>,
    random: Arc<SeededRandom>,
    sources: RefCell<Vec<String>>,
    env: RefCell<BTreeMap<String, String>>,
    given: RefCell<Vec<Given>>,
    forges: RefCell<Vec<(String, Arc<dyn Forge>)>>,
}

/// A pipeline function that a test gave.
#[derive(Clone)]
struct Given {
    declared: Declared,
    call: Rc<Function>,
}

type Function = dyn Fn(&Discovery) -> Result<Vec<Draft>, PipelineError>;

impl World {
    /// An empty world on the first of January 2026, at noon UTC.
    ///
    /// # Panics
    /// When there is no place for it on disk.
    #[expect(clippy::new_without_default, reason = "a default should not touch the disk")]
    pub fn new() -> Self {
        Self::seeded(1)
    }

    /// An empty world whose chance is another one, for several worlds that share a remote: each makes identifiers of its own.
    ///
    /// # Panics
    /// When there is no place for it on disk.
    pub fn seeded(seed: u64) -> Self {
        let noon = Timestamp::from_second(1_767_268_800).expect("a time in range");
        let world = Self {
            directory: Directory::new(),
            clock: Arc::new(FakeClock::at(noon)),
            random: Arc::new(SeededRandom::new(seed)),
            sources: RefCell::default(),
            env: RefCell::new([("GLU_ACTOR".to_owned(), ACTOR.to_owned())].into()),
            given: RefCell::default(),
            forges: RefCell::default(),
        };
        world.write();
        world
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A new bare repository, configured as the git source of this name.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn remote(&self, name: &str) -> Remote {
        let place = format!("{name}.git");
        let remote = Remote::create(&self.path().join(&place), self.clock.clone());
        self.configure(&format!("[sources.git.\"{name}\"]\nremote.url = \"{place}\""));
        remote
    }

    /// A forge in memory that hosts a git source, on which phases can propose.
    pub fn host(&self, source: &str, remote: &Remote) -> Arc<Hosted> {
        let hosted = Hosted::new(&format!("acme/{source}"), remote);
        self.forge(source, hosted.clone());
        hosted
    }

    /// Takes this as the forge of a git source.
    pub fn forge(&self, source: &str, forge: Arc<dyn Forge>) {
        self.forges.borrow_mut().push((source.to_owned(), forge));
    }

    /// A new image layout, configured as the OCI source of this name; its images are called `registry.example/NAME`.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn layout(&self, name: &str) -> Images {
        let place = format!("{name}.oci");
        let image = format!("registry.example/{name}");
        self.configure(&format!("[sources.oci.\"{name}\"]\nreference = \"oci:{place}\"\nname = \"{image}\""));
        Images { directory: self.path().join(place), name: image }
    }

    /// Adds to the configuration.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&self, toml: &str) {
        self.sources.borrow_mut().push(toml.to_owned());
        self.write();
    }

    /// Runs with the pipelines of this function instead of those registered in the program; called again, with both. They have to be
    /// named, as no attribute names them.
    ///
    /// ```
    /// # use glu::prelude::*;
    /// # #[derive(Resource)]
    /// # #[resource(file = "env/{phase}/app.yaml")]
    /// # struct App {
    /// #     #[resource(digest, at = "image")]
    /// #     image: ImageRef,
    /// # }
    /// # let world = glu::testing::World::new();
    /// # world.layout("app");
    /// # world.remote("environments");
    /// world.pipelines(|_| Pipeline::<App>::from(oci("app")).then(git("staging")).named("shop"));
    /// assert!(world.run("list").success().starts_with("shop\n"));
    /// ```
    #[track_caller]
    pub fn pipelines<P: IntoPipelines>(&self, function: impl Fn(&Discovery) -> P + 'static) {
        let call = Rc::new(move |discovery: &Discovery| function(discovery).into_pipelines());
        self.given.borrow_mut().push(Given { declared: Location::caller(), call });
    }

    /// Sets an environment variable for the runs to come.
    pub fn env(&self, name: &str, value: &str) {
        self.env.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Lets time pass.
    pub fn wait(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// What time it is in it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs a command line, such as `promote staging`, over the pipelines of the program, or those that were [given](Self::pipelines).
    pub fn run(&self, command: &str) -> Run {
        let mut arguments: Vec<OsString> = vec!["glu".into()];
        arguments.extend(command.split_whitespace().map(Into::into));
        let (surroundings, shell, out, err) = self.surroundings();
        let code = crate::run(arguments, surroundings, shell);
        // No two runs are at the same time: what the later one writes down has to sort later.
        self.clock.advance(Duration::from_millis(1));
        let place = self.path().display().to_string();
        Run { command: command.to_owned(), code, out: out.text(), err: err.text(), place }
    }

    /// What surrounds a run, and what it writes.
    fn surroundings(&self) -> (Surroundings, Shell, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        let env = self.env.borrow().clone();
        let shell = Shell::captured(Box::new(out.clone()), Box::new(err.clone()), &env);
        let surroundings = Surroundings {
            env,
            directory: self.path().to_owned(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            pipelines: self.declare(),
            forges: self.forges.borrow().clone(),
        };
        (surroundings, shell, out, err)
    }

    fn declare(&self) -> Rc<Declare> {
        let given = self.given.borrow().clone();
        if given.is_empty() {
            return Rc::new(registration::collect);
        }
        Rc::new(move |discovery| {
            let mut drafts = Vec::new();
            for Given { declared, call } in &given {
                let failed = |error| registration::Failure { function: "pipelines", declared, error };
                drafts.extend(call(discovery).map_err(|error| CollectError::Failed(vec![failed(error)]))?);
            }
            Ok(drafts)
        })
    }

    fn write(&self) {
        let head = "cache = \"cache\"\n\n[commit]\nname = \"glu\"\nemail = \"glu@example.com\"\n";
        let text = format!("{head}\n{}\n", self.sources.borrow().join("\n\n"));
        self.directory.write("glu.toml", text);
    }
}

/// An image layout to publish to.
pub struct Images {
    directory: PathBuf,
    name: String,
}

impl Images {
    /// Publishes an image that differs from those of other versions, and gives the reference that pins it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn publish(&self, tag: &str, version: &str) -> ImageRef {
        self.publish_with(tag, version, [])
    }

    /// Publishes an image with annotations besides `org.opencontainers.image.version`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn publish_with<'a>(
        &self,
        tag: &str,
        version: &'a str,
        annotations: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> ImageRef {
        let annotations = [("org.opencontainers.image.version", version)]
            .into_iter()
            .chain(annotations)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let content = ImageContent { annotations, ..ImageContent::default() };
        let digest = publish(&self.directory, tag, &content).expect("an image can be published to a layout");
        ImageRef { repository: self.name.clone(), tag: None, digest: Some(digest) }
    }
}

/// How a run ended, and what it wrote. Shown, it is the whole of it for a snapshot, with `[world]` for the world's path.
#[derive(Debug)]
#[must_use]
pub struct Run {
    command: String,
    /// The exit code.
    pub code: Code,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    place: String,
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| text.replace(&self.place, "[world]");
        formatter.write_str(&shown(&self.out))?;
        if !self.err.is_empty() {
            write!(formatter, "--- stderr\n{}", shown(&self.err))?;
        }
        writeln!(formatter, "--- exit {}", self.code as u8)
    }
}

impl Run {
    /// Expects exit code 0, and gives standard output.
    ///
    /// # Panics
    /// With all that was written, when it was another.
    #[track_caller]
    pub fn success(&self) -> &str {
        self.code(Code::Done)
    }

    /// Expects an exit code, and gives standard output.
    ///
    /// # Panics
    /// With all that was written, when it was another.
    #[track_caller]
    pub fn code(&self, expected: Code) -> &str {
        assert!(
            self.code == expected,
            "`glu {}` ended with {:?}, not {expected:?}\n{}{}",
            self.command,
            self.code,
            self.out,
            self.err
        );
        &self.out
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| {
            panic!("`glu {}` wrote no JSON: {error}\n{}{}", self.command, self.out, self.err)
        })
    }
}

/// A stream that is kept.
#[derive(Debug, Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
