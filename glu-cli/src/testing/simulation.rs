//! Simulations in tests: months of history in a moment, in memory.

use std::fmt;
use std::time::Duration;

use glu_core::model::{PhaseId, Selection, System};
use glu_core::plan::Standing;
use jiff::SignedDuration;

use super::World;
use crate::cli::{Global, Output};
use crate::scenario::Simulated as Played;
use crate::scenario::moment::Moment;
use crate::scenario::script::{Approve, Expect, Hold, Promote, Publish, Rollback, Says, Script, Word};
use crate::session::Session;
use crate::shell::Color;
use crate::view::{SimulationView, View as _};

/// A time to come in a world, which is left as it is: made by [`World::simulate`].
///
/// Rules (soaks, windows, approvals, versions, freezes) are judged as they are; checks are not run, and pass unless they are told otherwise.
///
/// ```
/// # use glu::prelude::*;
/// # #[derive(Resource)]
/// # #[resource(file = "env/{phase}/app.yaml")]
/// # struct App {
/// #     #[resource(digest, at = "image")]
/// #     image: ImageRef,
/// # }
/// use glu::testing::{World, fail};
///
/// let world = World::new();
/// let image = format!("image: {}\n", world.layout("app").publish("latest", "1.0.0"));
/// world.remote("environments").commit("start", [("env/staging/app.yaml", &*image), ("env/production/app.yaml", &*image)]);
/// world.pipelines(|_| {
///     Pipeline::<App>::from(oci("app"))
///         .then(git("staging").automatic())
///         .then(git("production").automatic().gate(soak(days(1))).gate(check(http("http://localhost/")).tolerate(9000)))
///         .named("shop")
/// });
/// let simulation =
///     world.simulate().publish(days(2), "app", "1.4.0").answer("http", fail().between(days(0), days(4))).run(days(30));
/// assert_eq!(simulation.arrivals("staging"), [(days(2), "1.4.0")]);
/// assert_eq!(simulation.arrivals("production"), [(days(4), "1.4.0")]);
/// ```
#[must_use]
pub struct Simulation<'a> {
    world: &'a World,
    script: Script,
}

impl World {
    /// A time to come, from now on, with nothing in it yet.
    pub fn simulate(&self) -> Simulation<'_> {
        Simulation { world: self, script: Script::default() }
    }
}

/// What a check answers.
#[derive(Debug, Clone)]
#[must_use]
pub struct Answer {
    says: Word,
    phase: Option<String>,
    reason: Option<String>,
    from: Option<Duration>,
    until: Option<Duration>,
}

/// A check that passes.
pub fn pass() -> Answer {
    Answer::new(Word::Pass)
}

/// A check that fails.
pub fn fail() -> Answer {
    Answer::new(Word::Fail)
}

/// A check that says neither yes nor no.
pub fn inconclusive() -> Answer {
    Answer::new(Word::Inconclusive)
}

/// A check that cannot look.
pub fn error() -> Answer {
    Answer::new(Word::Error)
}

impl Answer {
    fn new(says: Word) -> Self {
        Self { says, phase: None, reason: None, from: None, until: None }
    }

    /// Only from one time to another, both since the beginning; without, always.
    pub fn between(self, from: Duration, until: Duration) -> Self {
        Self { from: Some(from), until: Some(until), ..self }
    }

    /// Only from a time on.
    pub fn from(self, from: Duration) -> Self {
        Self { from: Some(from), ..self }
    }

    /// Only in a phase.
    pub fn in_phase(self, phase: &str) -> Self {
        Self { phase: Some(phase.to_owned()), ..self }
    }

    /// With a reason.
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }
}

impl Simulation<'_> {
    /// Lets an invented state appear at an origin.
    pub fn publish(self, after: Duration, origin: &str, state: &str) -> Self {
        self.publish_with(after, origin, state, [])
    }

    /// Lets an invented state appear that has these fields, or an image with these annotations.
    pub fn publish_with<'a>(
        mut self,
        after: Duration,
        origin: &str,
        state: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (phase, state) = (origin.to_owned(), state.to_owned());
        self.script.publish.push(Publish { at: moment(after), phase, state, fields });
        self
    }

    /// Says what a check answers; of several answers that hold at a time, the last one said. `*` at the end of the name stands for the rest of it.
    pub fn answer(mut self, gate: &str, answer: Answer) -> Self {
        self.script.answer.push(Says {
            gate: gate.to_owned(),
            phase: answer.phase,
            says: answer.says,
            reason: answer.reason,
            from: answer.from.map(moment),
            until: answer.until.map(moment),
        });
        self
    }

    /// Lets somebody approve the state that a phase would get then.
    pub fn approve(mut self, after: Duration, phase: &str, by: &str) -> Self {
        let at = moment(after);
        self.script.approve.push(Approve { at, phase: phase.to_owned(), state: None, by: by.to_owned() });
        self
    }

    /// Stops the line for a while, everywhere.
    pub fn freeze(mut self, after: Duration, length: Duration) -> Self {
        self.script.freeze.push(Hold {
            at: moment(after),
            phase: None,
            length: Some(signed(length)),
            until: None,
            reason: "the test".to_owned(),
            by: "somebody".to_owned(),
        });
        self
    }

    /// Lets somebody promote to a phase by hand.
    pub fn promote(mut self, after: Duration, phase: &str) -> Self {
        self.script.promote.push(Promote { at: moment(after), phase: phase.to_owned(), force: None });
        self
    }

    /// Lets somebody roll a phase back to the state before, which pins it there.
    pub fn rollback(mut self, after: Duration, phase: &str) -> Self {
        let by = "somebody".to_owned();
        self.script.rollback.push(Rollback { at: moment(after), phase: phase.to_owned(), to: None, by });
        self
    }

    /// Expects a state in a phase by a time; [`run`](Self::run) panics if it does not come.
    pub fn expect(mut self, phase: &str, state: &str, by: Duration) -> Self {
        let by = Some(moment(by));
        self.script.expect.push(Expect { phase: phase.to_owned(), state: state.to_owned(), by });
        self
    }

    /// Takes everything from a scenario as in a file for `glu simulate --scenario`, before what else is said.
    ///
    /// # Panics
    /// When it is not as it must be.
    #[track_caller]
    pub fn scenario(mut self, toml: &str) -> Self {
        self.script = Script::parse(toml).unwrap_or_else(|reason| panic!("{reason}"));
        self
    }

    /// Says how far looks are apart; without, a minute.
    pub fn every(mut self, interval: Duration) -> Self {
        self.script.every = Some(signed(interval));
        self
    }

    /// Lets it all happen.
    ///
    /// # Panics
    /// When the world cannot be read, something is named that is not there, or an expectation is missed.
    #[track_caller]
    pub fn run(mut self, length: Duration) -> Simulated {
        self.script.length = Some(signed(length));
        let global = Global {
            directory: None,
            output: Output::Text,
            color: Color::Never,
            program: None,
            summary: None,
            output_env: None,
        };
        let (surroundings, shell, _, err) = self.world.surroundings();
        let mut session = match Session::open(&global, &surroundings, shell) {
            Ok(session) => session,
            Err(refused) => panic!("{}", refused.1.message),
        };
        let selection = Selection::all(&session.system);
        let played = self.script.play(&mut session, &selection);
        let played = played.unwrap_or_else(|failure| panic!("{}\n{}", failure.message, err.text()));
        let missed: Vec<String> = played.missed.iter().map(ToString::to_string).collect();
        assert!(missed.is_empty(), "{}", missed.join("\n"));
        Simulated { played, system: session.system }
    }
}

/// What came of a simulation. Shown, it is what `glu simulate` writes.
pub struct Simulated {
    played: Played,
    system: System,
}

impl Simulated {
    /// The states that came into a phase: how long after the beginning, and what each is called.
    ///
    /// # Panics
    /// When the name means no phase, or several.
    #[track_caller]
    pub fn arrivals(&self, phase: &str) -> Vec<(Duration, &str)> {
        let timeline = &self.played.timeline;
        let id = self.the_phase(phase);
        let arrivals = timeline.arrivals(&id);
        arrivals
            .map(|(at, state)| {
                let after = Duration::try_from(at.duration_since(timeline.began)).unwrap_or(Duration::ZERO);
                (after, timeline.label(state))
            })
            .collect()
    }

    /// What a phase is in at the end.
    ///
    /// # Panics
    /// When the name means no phase, or several, or its state is not known.
    #[track_caller]
    pub fn state(&self, phase: &str) -> &str {
        let id = self.the_phase(phase);
        let timeline = &self.played.timeline;
        let entry = timeline.last.iter().flat_map(|plan| &plan.entries).find(|entry| entry.id == id);
        match entry.map(|entry| &entry.standing) {
            Some(Standing::Origin(state) | Standing::Current(state) | Standing::Held { state, .. }) => {
                timeline.label(state)
            }
            Some(Standing::Moves(planned) | Standing::Proposed { planned, .. }) => {
                timeline.label(&planned.from)
            }
            Some(Standing::Broken(problem)) => panic!("the state of {id} is not known: {problem}"),
            None => panic!("{id} was not simulated"),
        }
    }

    /// Everything that changed.
    pub fn timeline(&self) -> &glu_core::simulate::Timeline {
        &self.played.timeline
    }

    #[track_caller]
    fn the_phase(&self, name: &str) -> PhaseId {
        let named = Selection::parse(&self.system, &[name.to_owned()]);
        let named = named.unwrap_or_else(|error| panic!("{error}"));
        let mut phases = named.iter();
        match (phases.next(), phases.next()) {
            (Some(only), None) => only.clone(),
            _ => panic!("`{name}` means several phases"),
        }
    }
}

impl fmt::Display for Simulated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = SimulationView::new(&self.system, &self.played);
        let text = view.render(Output::Text, false).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

fn moment(after: Duration) -> Moment {
    Moment::After(signed(after))
}

fn signed(length: Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}
