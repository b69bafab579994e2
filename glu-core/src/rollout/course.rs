//! What a move does to a rollout: every place it touches, with what has to stand there before and what stands there after.

use super::number::says;
use crate::binding::Located;
use crate::model::{Codec, PhaseId, ResourceError, Scope, State};
use crate::plan::{Move, edit};
use crate::source::git::CommitId;
use crate::tree::{Edit, FileChange, Layered, Tree};

/// What a move does to a rollout. It can be made on any tree in which the places still say what it was planned from.
#[derive(Debug, Clone)]
pub struct Course {
    /// What it does, in a word.
    pub turn: Turn,
    /// The promotion that began the rollout; none where this move begins one.
    pub rollout: Option<String>,
    /// The state that is rolled out.
    pub candidate: State,
    /// The step that it leads to; none where it ends the rollout.
    pub step: Option<u32>,
    /// How many steps there are.
    pub of: u32,
    /// The candidate's share after it, in percent.
    pub share: u32,
    /// The commit before the rollout; none where it is the one that this move's commit stands on.
    pub base: Option<CommitId>,
    /// The states of the phase and of the candidate's place.
    pub states: Vec<StateChange>,
    /// The numbers.
    pub numbers: Vec<NumberChange>,
    /// What goes on where nobody wants the rollout under way to begin again with another state.
    pub otherwise: Option<Box<Move>>,
    /// Files that go back to the very bytes of before, where they are as the rollout left them: the file, those bytes, and the ones before.
    pub(crate) exact: Vec<(String, Vec<u8>, Vec<u8>)>,
}

/// What a move does to a rollout, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It begins.
    Begin,
    /// It begins again, with a newer state.
    Restart,
    /// It goes on to another step.
    Advance,
    /// Its step is written again, after somebody changed the files.
    Again,
    /// It ends: the phase gets the state.
    End,
    /// It is given up: everything is as it was before.
    Abort,
    /// It is given up because the upstreams have gone back to the state before.
    Withdraw,
}

/// A state at a place; the same before and after where it only has to stay.
#[derive(Debug, Clone)]
pub struct StateChange {
    /// For whom it is read and written.
    pub scope: Scope,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
}

/// A number at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberChange {
    /// The file name's template.
    pub file: String,
    /// The path expression.
    pub at: String,
    /// For whom they are expanded.
    pub scope: Scope,
    /// The number before, as written.
    pub from: String,
    /// The number after.
    pub to: String,
}

/// How a tree stands to a course.
pub(crate) enum Found {
    /// It can be made.
    Before,
    /// It has been made already.
    After,
    /// Something else stands in one of its places.
    Other(String),
}

impl Course {
    /// Whether a state comes to a place by it.
    pub fn brings(&self) -> bool {
        matches!(self.turn, Turn::Begin | Turn::Restart | Turn::End)
    }

    /// Whether a rollout goes on by it that was begun before: nobody has to ask for that again.
    pub fn goes_on(&self) -> bool {
        !matches!(self.turn, Turn::Begin | Turn::Restart)
    }

    /// The step, for a trailer.
    pub(crate) fn mark(&self) -> String {
        match self.step {
            Some(step) => format!("{step}/{}", self.of),
            None if self.turn == Turn::End => "end".to_owned(),
            None => "abort".to_owned(),
        }
    }

    /// The step in words, such as `step 2 of 4, 50 %`.
    pub fn place(&self) -> String {
        match (self.step, self.turn) {
            (Some(step), _) => format!("step {step} of {}, {} %", self.of, self.share),
            (None, Turn::End) => "the end of the rollout".to_owned(),
            (None, _) => "as before the rollout".to_owned(),
        }
    }

    /// The first line of the commit.
    pub(crate) fn subject(&self, PhaseId { pipeline, phase }: &PhaseId) -> String {
        let (candidate, place) = (&self.candidate, self.place());
        match self.turn {
            Turn::Begin | Turn::Restart => format!("Roll {pipeline} out in {phase}: {candidate}, {place}"),
            Turn::Advance => format!("Roll {pipeline} further out in {phase}: {candidate}, {place}"),
            Turn::Again => format!("Write the rollout of {pipeline} in {phase} again: {candidate}, {place}"),
            Turn::End => format!("Promote {pipeline} to {phase}: {candidate}, rolled out"),
            Turn::Abort => format!("Abort the rollout of {pipeline} in {phase}: {candidate}"),
            Turn::Withdraw => format!("Withdraw the rollout of {pipeline} in {phase}: {candidate}"),
        }
    }

    /// The numbers that change, as `file: path: before -> after`.
    pub fn lines(&self) -> Vec<String> {
        self.numbers
            .iter()
            .filter(|number| number.from != number.to)
            .map(|number| match number.located() {
                Ok(located) => {
                    format!("{}: {}: {} -> {}", located.file, located.path, number.from, number.to)
                }
                Err(_) => format!("{}: {} -> {}", number.at, number.from, number.to),
            })
            .collect()
    }

    /// How a tree stands to it.
    ///
    /// # Errors
    /// When one of its places cannot be read.
    pub(crate) fn found(&self, codec: &dyn Codec, tree: &Layered) -> Result<Found, ResourceError> {
        let mut after = true;
        let mut other = None;
        for StateChange { scope, from, to } in &self.states {
            let now = codec.read(tree, scope).1?;
            after &= now.same(to);
            if !now.same(from) {
                other.get_or_insert(format!(
                    "{} was in {from} when it was planned and is in {now} now",
                    scope.phase
                ));
            }
        }
        for number in &self.numbers {
            let located = number.located()?;
            let now = located.read(tree)?;
            after &= says(&now, &number.to);
            if !says(&now, &number.from) {
                other.get_or_insert(format!(
                    "`{}` in {} was {} when it was planned and is {now} now",
                    located.path, located.file, number.from
                ));
            }
        }
        Ok(match other {
            _ if after => Found::After,
            None => Found::Before,
            Some(sentence) => Found::Other(sentence),
        })
    }

    /// What changes in a tree. What was written is read back, and refused where it reads as something else.
    ///
    /// # Errors
    /// When a place cannot be edited without touching other bytes.
    pub(crate) fn changes(
        &self,
        codec: &dyn Codec,
        tree: &Layered,
    ) -> Result<Vec<FileChange>, ResourceError> {
        let mut after = tree.clone();
        let mut touched = Vec::new();
        let mut apply = |after: &mut Layered, changes: Vec<FileChange>| {
            after.apply(&changes);
            touched.extend(changes.into_iter().map(|change| change.path));
        };
        for StateChange { scope, from, to } in &self.states {
            if !from.same(to) {
                let changes = edit(codec, scope, &after, to)?;
                apply(&mut after, changes);
            }
        }
        for number in &self.numbers {
            let changes = {
                let mut edit = Edit::new(&after);
                number.located()?.set(&mut edit, &number.to)?;
                edit.changes()?
            };
            apply(&mut after, changes);
        }
        for (file, seen, before) in &self.exact {
            if tree.file(file)?.as_ref() == Some(seen) {
                let change = FileChange { path: file.clone(), before: None, after: Some(before.clone()) };
                apply(&mut after, vec![change]);
            }
        }
        if !matches!(self.found(codec, &after)?, Found::After) {
            return Err(ResourceError::Other("the places do not read as they were written".to_owned()));
        }
        touched.sort();
        touched.dedup();
        let mut changes = Vec::new();
        for path in touched {
            let (before, after) = (tree.file(&path)?, after.file(&path)?);
            if before != after {
                changes.push(FileChange { path, before, after });
            }
        }
        Ok(changes)
    }
}

impl StateChange {
    pub(super) fn new(scope: &Scope, from: &State, to: &State) -> Self {
        let plain = |state: &State| State { drift: Vec::new(), ..state.clone() };
        Self { scope: scope.clone(), from: plain(from), to: plain(to) }
    }
}

impl NumberChange {
    fn located(&self) -> Result<Located, ResourceError> {
        Located::at(&self.file, &self.at, &self.scope)
    }
}
