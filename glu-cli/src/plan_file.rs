//! Saved plans: what a plan names, by digest, so that `glu promote --plan` does exactly that or nothing. No secret stands in it, and no path
//! of the machine that made it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use glu_core::model::{PhaseId, StateDigest};
use glu_core::observe::Snapshot;
use glu_core::patch::unified;
use glu_core::plan::{Plan, Standing};
use glu_core::propose::{Offer, Proposed};
use serde::{Deserialize, Serialize};

use crate::exit::{Code, Failure};
use crate::view::proposal::step_word;
use crate::view::{held, stamp};

/// The version of the file; another first number is refused.
const FORMAT_VERSION: &str = "1.1";

/// A plan file is data from outside: larger than this is none of ours.
const LIMIT: u64 = 64 << 20;

/// A saved plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFile {
    format_version: String,
    created: String,
    /// The shape of the pipelines that it was made by.
    pipelines: String,
    /// The commit of every branch that was looked at, as `source:branch`.
    tips: BTreeMap<String, String>,
    /// The state of every phase that was looked at, by digest.
    states: BTreeMap<String, String>,
    moves: Vec<SavedMove>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedMove {
    pipeline: String,
    phase: String,
    from: String,
    to: String,
    branch: String,
    files: Vec<SavedFile>,
    patch: String,
    /// What is done with which proposal, where it is not pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposal: Option<SavedProposal>,
}

/// A proposal as it was planned: whatever happens to it since makes another of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedProposal {
    /// What is done, in a word.
    step: String,
    /// The branch it comes from.
    head: String,
    /// Where that branch was; none where there was none.
    tip: Option<String>,
    /// The number of the one that was open, else of the last one.
    number: Option<u64>,
}

impl SavedProposal {
    fn of(offer: &Offer) -> Self {
        let Proposed { head, tip, proposal, .. } = &offer.proposed;
        Self {
            step: step_word(offer.step).to_owned(),
            head: head.clone(),
            tip: tip.as_ref().map(ToString::to_string),
            number: proposal.as_ref().map(|proposal| proposal.number),
        }
    }

    /// What is another now, in words.
    fn changed(then: Option<&Self>, now: Option<&Self>) -> String {
        let number = |saved: &Self| match saved.number {
            Some(number) => format!("#{number}"),
            None => "none".to_owned(),
        };
        match (then, now) {
            (Some(then), Some(now)) if then.number != now.number => {
                format!("its proposal was {} and is {}", number(then), number(now))
            }
            (Some(then), Some(now)) if then.tip != now.tip => {
                format!("the branch `{}` of its proposal has changed", now.head)
            }
            (Some(then), Some(now)) => {
                format!("it was to {} a proposal, and would {} one now", then.step, now.step)
            }
            (None, Some(_)) => "it would be proposed now, not pushed".to_owned(),
            (_, None) => "it would be pushed now, not proposed".to_owned(),
        }
    }
}

/// A file's content before and after, by digest; none where there is no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedFile {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

impl PlanFile {
    /// What there is to save of a plan.
    pub fn new(plan: &Plan, snapshot: &Snapshot) -> Self {
        let digest =
            |content: &Option<Vec<u8>>| content.as_ref().map(|bytes| StateDigest::of(bytes).to_string());
        let moves = plan
            .moves()
            .map(|planned| SavedMove {
                pipeline: planned.id.pipeline.clone(),
                phase: planned.id.phase.clone(),
                from: planned.from.digest.to_string(),
                to: planned.to.digest.to_string(),
                branch: planned.branch.to_string(),
                files: planned
                    .changes
                    .iter()
                    .map(|change| SavedFile {
                        path: change.path.clone(),
                        before: digest(&change.before),
                        after: digest(&change.after),
                    })
                    .collect(),
                patch: planned.changes.iter().map(unified).collect(),
                proposal: planned.offer().map(SavedProposal::of),
            })
            .collect();
        let mut tips = BTreeMap::new();
        let mut states = BTreeMap::new();
        // Only what the moves depend on is held against the plan later.
        for planned in plan.moves() {
            tips.insert(planned.branch.to_string(), planned.tip.to_string());
            states.insert(planned.id.to_string(), planned.from.digest.to_string());
            for upstream in &planned.upstreams {
                let id = PhaseId::new(&planned.id.pipeline, upstream);
                if let Some(Ok(state)) = snapshot.phases.get(&id).map(|observation| &observation.state) {
                    states.insert(id.to_string(), state.digest.to_string());
                }
            }
        }
        Self {
            format_version: FORMAT_VERSION.to_owned(),
            created: stamp(plan.at),
            pipelines: plan.fingerprint.clone(),
            tips,
            states,
            moves,
        }
    }

    /// Writes it whole, or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, file: &Path) -> Result<(), Failure> {
        let fail = |error: std::io::Error| Failure::new(Code::Failed, format!("{}: {error}", file.display()));
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::new(Code::Failed, error))?;
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = file.with_file_name(name);
        let write = || {
            let mut handle = fs::File::create(&new)?;
            handle.write_all(text.as_bytes())?;
            handle.write_all(b"\n")?;
            handle.sync_all()?;
            fs::rename(&new, file)
        };
        write().map_err(|error| {
            let _ = fs::remove_file(&new);
            fail(error)
        })
    }

    /// Reads one.
    ///
    /// # Errors
    /// When there is none, or it is not one that this version understands.
    pub fn load(file: &Path) -> Result<Self, Failure> {
        let fail = |reason: String| Failure::new(Code::Usage, format!("{}: {reason}", file.display()));
        let size = fs::metadata(file).map_err(|error| fail(error.to_string()))?.len();
        if size > LIMIT {
            return Err(fail(format!("{size} bytes are too many for a plan")));
        }
        let text = fs::read(file).map_err(|error| fail(error.to_string()))?;
        let version: Version =
            serde_json::from_slice(&text).map_err(|error| fail(format!("not a saved plan: {error}")))?;
        let major = |version: &str| version.split('.').next().map(str::to_owned);
        if major(&version.format_version) != major(FORMAT_VERSION) {
            return Err(fail(format!("format {} is not {FORMAT_VERSION}", version.format_version))
                .hint("make the plan again with this version of glu"));
        }
        serde_json::from_slice(&text).map_err(|error| fail(format!("not a saved plan: {error}")))
    }

    /// The phases that it moves.
    pub fn phases(&self) -> Vec<PhaseId> {
        self.moves.iter().map(|saved| PhaseId::new(&saved.pipeline, &saved.phase)).collect()
    }

    /// Holds it against the same plan made now.
    ///
    /// # Errors
    /// Names everything that has moved since.
    pub fn check(&self, plan: &Plan, snapshot: &Snapshot) -> Result<(), Failure> {
        let mut moved = Vec::new();
        if self.pipelines != plan.fingerprint {
            moved.push("the pipelines themselves have changed".to_owned());
        }
        let tips: BTreeMap<String, &str> =
            snapshot.branches.iter().map(|(id, branch)| (id.to_string(), branch.tip.as_str())).collect();
        changed(&self.tips, &tips, "branch", &mut moved);
        let states: BTreeMap<String, &str> = snapshot
            .phases
            .iter()
            .filter_map(|(id, observation)| {
                Some((id.to_string(), observation.state.as_ref().ok()?.digest.as_str()))
            })
            .collect();
        changed(&self.states, &states, "the state of", &mut moved);
        let now = Self::new(plan, snapshot);
        for saved in &self.moves {
            let name = format!("{}/{}", saved.pipeline, saved.phase);
            match now
                .moves
                .iter()
                .find(|planned| planned.pipeline == saved.pipeline && planned.phase == saved.phase)
            {
                None => moved.push(format!("{name} would not move now{}", why(plan, &name))),
                Some(planned) if planned.to != saved.to => {
                    moved.push(format!("{name} would move to {} now, not to {}", planned.to, saved.to));
                }
                Some(planned) if planned.files != saved.files => {
                    moved.push(format!("the patch of {name} would be another now"));
                }
                Some(planned) if planned.proposal != saved.proposal => {
                    let changed = SavedProposal::changed(saved.proposal.as_ref(), planned.proposal.as_ref());
                    moved.push(format!("{name}: {changed}"));
                }
                Some(_) => {}
            }
        }
        if moved.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Code::Moved,
            format!("the plan of {} is stale:\n  {}", self.created, moved.join("\n  ")),
        )
        .hint("nothing was written; `glu plan --out FILE` makes it again"))
    }
}

/// Why a phase does not move.
fn why(plan: &Plan, name: &str) -> String {
    let entry = plan.entries.iter().find(|entry| entry.id.to_string() == name);
    match entry.map(|entry| &entry.standing) {
        Some(Standing::Held { holds, .. }) => format!(": {}", held(holds)),
        Some(Standing::Proposed { .. }) => ": it is proposed, and waits to be merged".to_owned(),
        Some(Standing::Broken(problem)) => format!(": {problem}"),
        _ => String::new(),
    }
}

fn changed(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, &str>,
    what: &str,
    moved: &mut Vec<String>,
) {
    for (name, then) in before {
        match now.get(name) {
            Some(current) if current == then => {}
            Some(current) => moved.push(format!("{what} {name} was {then} and is {current}")),
            None => moved.push(format!("{what} {name} was {then} and is not known now")),
        }
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: String,
}
