//! Phases as a user writes them: `git("staging")`, `oci("app")`, `own("feed", ...)`.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::announce::Environment;
use crate::change::{Change, Words};
use crate::gate::Gate;
use crate::image::Image;
use crate::model::{
    Declared, Intake, Join, ObserveState, Phase, ReadImage, Resource, ResourceError, Source, State,
    Timetable, Trigger,
};
use crate::propose::{Template, proposal};
use crate::rollout::Rollout;

/// A phase whose state is in files on a branch of a git repository.
#[track_caller]
pub fn git(name: impl Into<String>) -> GitPhase {
    GitPhase {
        base: Base::new(name.into(), Location::caller()),
        source: None,
        branch: None,
        join: Join::All,
        gates: Vec::new(),
        trigger: None,
        intake: Intake::Supersede,
        rollout: None,
        retreats: None,
        proposing: None,
        message: None,
        tells_forge: None,
    }
}

/// A phase that is an image in a registry or a layout: the configured source of the same name.
#[track_caller]
pub fn oci(name: impl Into<String>) -> OciPhase {
    let name = name.into();
    OciPhase { source: name.clone(), base: Base::new(name, Location::caller()), tag: None }
}

/// A phase whose state comes from a place of one's own.
#[track_caller]
pub fn own(name: impl Into<String>, source: impl ObserveState + 'static) -> OwnPhase {
    OwnPhase { base: Base::new(name.into(), Location::caller()), source: Arc::new(source) }
}

/// A resource that can be made from what a registry says of an image.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from an image",
    label = "this pipeline begins at a registry",
    note = "give every field of `{Self}` a `from = ...`: reference, digest, tag, repository or annotation(\"...\")"
)]
pub trait FromImage: Resource {
    /// The resource that this image is.
    ///
    /// # Errors
    /// When the image lacks what the resource needs, such as an annotation.
    fn from_image(image: &Image) -> Result<Self, ResourceError>;
}

/// Anything that can stand as a phase in a pipeline of `R`.
pub trait IntoPhase<R> {
    /// The phase.
    fn into_phase(self) -> Phase;
}

/// What all phases have.
#[derive(Clone)]
struct Base {
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    verification: Vec<Gate>,
    declared: Declared,
}

impl Base {
    fn new(name: String, declared: Declared) -> Self {
        Self {
            name,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            verification: Vec::new(),
            declared,
        }
    }

    fn phase(self, source: Source) -> Phase {
        let Self { name, labels, annotations, verification, declared } = self;
        Phase {
            name,
            labels,
            annotations,
            source,
            join: Join::All,
            gates: Vec::new(),
            verification,
            trigger: None,
            intake: Intake::Supersede,
            rollout: None,
            retreats: None,
            proposing: None,
            message: None,
            tells_forge: None,
            declared,
        }
    }
}

macro_rules! metadata {
    ($phase:ty) => {
        impl $phase {
            /// Adds a label, for selecting and for file names (`{labels.NAME}`).
            pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.base.labels.insert(name.into(), value.into());
                self
            }

            /// Adds an annotation: free text for people and other tools.
            pub fn annotation(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.base.annotations.insert(name.into(), value.into());
                self
            }

            /// Asks of the state that the phase is in: it moves on only when this gate is open.
            #[track_caller]
            pub fn verify(mut self, gate: impl Into<Gate>) -> Self {
                self.base.verification.push(gate.into());
                self
            }
        }
    };
}

metadata!(GitPhase);
metadata!(OciPhase);
metadata!(OwnPhase);

/// A phase in files; made by [`git`].
#[derive(Clone)]
#[must_use]
pub struct GitPhase {
    base: Base,
    source: Option<String>,
    branch: Option<String>,
    join: Join,
    gates: Vec<Gate>,
    trigger: Option<Trigger>,
    intake: Intake,
    rollout: Option<Rollout>,
    retreats: Option<Declared>,
    proposing: Option<Template>,
    message: Option<Words>,
    tells_forge: Option<Environment>,
}

impl GitPhase {
    /// Names the configured git source, where there are several.
    pub fn source(mut self, name: impl Into<String>) -> Self {
        self.source = Some(name.into());
        self
    }

    /// Names the branch; without, it is the source's default branch.
    pub fn branch(mut self, name: impl Into<String>) -> Self {
        self.branch = Some(name.into());
        self
    }

    /// Asks before a state moves in: it does only when this gate is open. Several gates must all be open.
    #[track_caller]
    pub fn gate(mut self, gate: impl Into<Gate>) -> Self {
        self.gates.push(gate.into());
        self
    }

    /// Lets states move in by themselves, whenever `glu run` finds one that may.
    pub fn automatic(mut self) -> Self {
        self.trigger = Some(Trigger::Change);
        self
    }

    /// Lets states move in by themselves when the phase has been in its state for this long, by git, whoever brought it there: so at
    /// most once in this time, whether `glu run` goes on or is started anew.
    pub fn every(mut self, time: Duration) -> Self {
        self.trigger = Some(Trigger::Every(time));
        self
    }

    /// Lets states move in by themselves at the times of a cron expression, such as `0 9 * * 1-5`, on the clocks of a zone, such as
    /// `Europe/Berlin`: a state moves when such a time has come since it came to the upstreams and the phase into the state it is in. What
    /// a gate holds at that time moves as soon as it is free.
    #[track_caller]
    pub fn cron(mut self, expression: &str, time_zone: &str) -> Self {
        self.trigger = Some(Trigger::Cron(Timetable::new(expression, time_zone, Location::caller())));
        self
    }

    /// Takes the upstream's states one after another, in the order in which they came to it, each through the gates. Without, the newest
    /// supersedes those before it.
    ///
    /// A soak counts from when a state came to the upstream, though newer ones have come since. Passed over are states that are
    /// quarantined, and those that left the upstream without having passed its verification; any other that a gate keeps out keeps the
    /// line waiting. The place in the line is after the last of the upstream's states that the phase has had: what it was changed to by
    /// hand does not count, what it was rolled back to does. A phase that has had none of them begins with the newest.
    pub fn queue(mut self) -> Self {
        self.intake = Intake::Queue;
        self
    }

    /// Brings states in by steps, each of which is held, watched, and taken back where it fails. Once begun, `glu run` goes on with it, and
    /// gives a failing one up, whether or not the phase moves by itself.
    pub fn rollout(mut self, rollout: Rollout) -> Self {
        self.rollout = Some(rollout);
        self
    }

    /// Goes back to the state before when what the phase runs fails its [verification](Self::verify) for good; the failed state is
    /// quarantined. `glu run` does so whether or not the phase moves by itself.
    #[track_caller]
    pub fn rollback_on_failure(mut self) -> Self {
        self.retreats = Some(Location::caller());
        self
    }

    /// Proposes states to the branch instead of pushing them: one pull request, which is kept up to date until somebody merges it.
    pub fn propose(self) -> Self {
        self.propose_with(proposal())
    }

    /// Proposes states, and says how the proposals are to look.
    pub fn propose_with(mut self, template: Template) -> Self {
        self.proposing = Some(template);
        self
    }

    /// Words the messages of its commits: the first line is the subject, the rest what stands below. glu's trailers follow in any case;
    /// where the subject is empty, it is glu's own.
    pub fn message(mut self, words: impl Fn(&Change) -> String + Send + Sync + 'static) -> Self {
        self.message = Some(Words::new(words));
        self
    }

    /// Tells the forge of the phase's states, how rollouts get on, and what its verification says: by a status `glu/PIPELINE/PHASE` of the
    /// commit, and by a deployment to the environment `PIPELINE/PHASE` where the forge has them.
    pub fn tell_forge(mut self) -> Self {
        self.tells_forge.get_or_insert_default();
        self
    }

    /// Tells the forge, which knows the environment by this name.
    pub fn tell_forge_as(mut self, environment: impl Into<String>) -> Self {
        self.tells_forge.get_or_insert_default().name = Some(environment.into());
        self
    }

    /// Tells the forge, and where people find what runs in the environment.
    pub fn environment_url(mut self, url: impl Into<String>) -> Self {
        self.tells_forge.get_or_insert_default().url = Some(url.into());
        self
    }

    /// Says how many of several upstreams must hold the same state; without, all of them.
    pub fn join(mut self, join: Join) -> Self {
        self.join = join;
        self
    }
}

impl<R: Resource> IntoPhase<R> for GitPhase {
    fn into_phase(self) -> Phase {
        let Self {
            base,
            source,
            branch,
            join,
            gates,
            trigger,
            intake,
            rollout,
            retreats,
            proposing,
            message,
            tells_forge,
        } = self;
        Phase {
            join,
            gates,
            trigger,
            intake,
            rollout,
            retreats,
            proposing,
            message,
            tells_forge,
            ..base.phase(Source::Git { source, branch })
        }
    }
}

/// An image; made by [`oci`].
#[derive(Clone)]
#[must_use]
pub struct OciPhase {
    base: Base,
    source: String,
    tag: Option<String>,
}

impl OciPhase {
    /// Names the configured OCI source, where it is not called as the phase.
    pub fn source(mut self, name: impl Into<String>) -> Self {
        self.source = name.into();
        self
    }

    /// Follows another tag than the configured one.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }
}

impl<R: FromImage> IntoPhase<R> for OciPhase {
    fn into_phase(self) -> Phase {
        let Self { base, source, tag } = self;
        base.phase(Source::Oci { source, tag, read: Arc::new(Hook::<R>(PhantomData)) })
    }
}

/// The typed hook with the type erased.
struct Hook<R>(PhantomData<fn() -> R>);

impl<R: FromImage> ReadImage for Hook<R> {
    fn read(&self, image: &Image) -> Result<State, ResourceError> {
        R::from_image(image).map(|resource| resource.state())
    }
}

/// A place of one's own; made by [`own`].
#[derive(Clone)]
#[must_use]
pub struct OwnPhase {
    base: Base,
    source: Arc<dyn ObserveState>,
}

impl<R: Resource> IntoPhase<R> for OwnPhase {
    fn into_phase(self) -> Phase {
        self.base.phase(Source::Own(self.source))
    }
}
