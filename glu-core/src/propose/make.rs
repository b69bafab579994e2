//! Making a proposal what a plan says: its branch first, pushed with a lease, then the proposal itself. Whatever is there already is kept, so
//! that a run that was killed is completed by the next one, and two runs at the same time make one proposal.

use std::sync::Arc;
use std::time::Duration;

use super::look::{Asked, fetched, listed};
use super::{Content, Judged, Mark, Offered, Proposed, Step, Template, body, clean, judge};
use crate::access::Access;
use crate::change::Change;
use crate::commit::Committer;
use crate::forge::{Forge, ForgeError, ForgeProblem, Proposal, Wording};
use crate::model::{Phase, Pipeline, System};
use crate::observe::Problem;
use crate::plan::{Hold, Move, edit};
use crate::promote::{Failure, Promotion, Races};
use crate::source::git::{CommitId, Push, Rejection, Repository};
use crate::trailer;
use crate::tree::Layered;

/// How often a lost race is run again.
const ATTEMPTS: u32 = 16;

/// How often a conflict on the forge is taken for a lost race.
const CONFLICTS: u32 = 4;

/// Makes one move by a proposal.
pub(crate) fn make(
    system: &System,
    access: &Access,
    planned: &Move,
    races: Races,
) -> Result<Promotion, Failure> {
    with(system, access, planned, races, |run| {
        for attempt in 1..=ATTEMPTS {
            if let Some(promotion) = run.attempt(attempt)? {
                access.forget();
                return Ok(promotion);
            }
            access.back_off(Duration::from_millis(u64::from(attempt) * 100));
        }
        Err(Failure::Moved(format!(
            "the proposal of {} kept changing: {ATTEMPTS} attempts lost the race",
            planned.id
        )))
    })
}

/// Looks whether a move can be made exactly as it was planned, and makes nothing.
pub(crate) fn rehearse(system: &System, access: &Access, planned: &Move) -> Result<(), Failure> {
    with(system, access, planned, Races::Refuse, |run| {
        let _lock = access.step("waiting for the repository", || run.repository.lock())?;
        run.look(1).map(drop)
    })
}

fn with<T>(
    system: &System,
    access: &Access,
    planned: &Move,
    races: Races,
    work: impl FnOnce(&Run<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let gone = || Failure::Moved(format!("there is no phase {} that proposes any more", planned.id));
    let (pipeline, phase) = system.phase(&planned.id).ok_or_else(gone)?;
    let template = phase.proposing.as_ref().ok_or_else(gone)?;
    let source = &planned.branch.source;
    let forge = access.forge_of(source)?;
    let repository = access.repository(source)?;
    work(&Run { access, forge, repository: &repository, pipeline, phase, template, planned, races })
}

struct Run<'a> {
    access: &'a Access,
    forge: Arc<dyn Forge>,
    repository: &'a Repository,
    pipeline: &'a Pipeline,
    phase: &'a Phase,
    template: &'a Template,
    planned: &'a Move,
    races: Races,
}

/// A branch as it is to be proposed.
struct Ready {
    judged: Judged,
    proposed: Proposed,
    planned: Move,
    commit: CommitId,
    promotion: String,
}

impl Run<'_> {
    /// One try; none where somebody else was faster and it is to be looked at again.
    fn attempt(&self, attempt: u32) -> Result<Option<Promotion>, Failure> {
        let made = |promotion, commit: &CommitId, proposal| Promotion {
            promotion,
            cause: self.planned.cause,
            state: self.planned.to.clone(),
            branch: self.planned.branch.clone(),
            commit: commit.clone(),
            attempts: attempt,
            course: None,
            proposal,
        };
        let ready = match self.branch(attempt)? {
            Branch::Ready(ready) => *ready,
            Branch::There(commit) => return Ok(Some(made(None, &commit, None))),
            Branch::Lost => return Ok(None),
        };
        let what = format!("proposing {} on {}", self.planned.id, self.forge.describe());
        match self.access.step(&what, || self.offer(&ready)) {
            Ok(offered) => Ok(Some(made(Some(ready.promotion), &ready.commit, Some(Box::new(offered))))),
            // Another run has opened it, or it was decided while we looked.
            Err(ForgeError { problem: ForgeProblem::Conflict { .. }, .. }) if attempt < CONFLICTS => Ok(None),
            Err(error) => Err(Problem::from(error).into()),
        }
    }

    /// Brings the branch to where it has to be.
    fn branch(&self, attempt: u32) -> Result<Branch, Failure> {
        let _lock = self.access.step("waiting for the repository", || self.repository.lock())?;
        match self.look(attempt)? {
            Looked::Ready(seen) => self.write(*seen),
            Looked::There(commit) => Ok(Branch::There(commit)),
            Looked::Lost => Ok(Branch::Lost),
        }
    }

    /// Looks at what there is now, and judges it. The caller holds the repository's lock.
    fn look(&self, attempt: u32) -> Result<Looked, Failure> {
        let base = &self.planned.branch;
        let head = super::head_branch(&self.planned.id);
        let asked = |tip| Asked { pipeline: self.pipeline, phase: self.phase, base: base.clone(), tip, head };
        let tips = self.access.refetch(&base.source, &[&base.branch])?;
        let Some(tip) = tips.get(&base.branch).cloned().flatten() else {
            return Err(Failure::Moved(format!("`{base}` is gone")));
        };
        let asked = [asked(tip.clone())];
        let proposals = listed(&*self.forge, &asked).map_err(Problem::from)?;
        let Some(proposed) = fetched(self.access, self.repository, &asked, proposals)?.pop() else {
            return Ok(Looked::Lost);
        };
        let scope = self.pipeline.scope(self.phase);
        let tree = Layered::new(self.repository.tree(&tip)?);
        let files = |error| {
            let commit = tip.short().to_owned();
            Problem::Files { error: Box::new(error), branch: base.clone(), commit }
        };
        let now = self.pipeline.codec.read(&tree, &scope).1.map_err(files)?;
        let Move { id, from, to, .. } = self.planned;
        if now.same(to) && now.drift.is_empty() {
            return Ok(Looked::There(tip));
        }
        if !now.same(from) {
            return Err(Failure::Moved(format!(
                "{id} was in {from} when it was planned and is in {now} now"
            )));
        }
        let changes = edit(&*self.pipeline.codec, &scope, &tree, to).map_err(files)?;
        if self.races == Races::Refuse && changes != self.planned.changes {
            return Err(Failure::Moved(format!("the patch of {id} is not the one that was planned")));
        }
        let planned = Move { changes, tip: tip.clone(), ..self.planned.clone() };
        let judged = judge(&proposed, &planned, self.template)
            .map_err(|hold| Failure::Moved(format!("{id}: {}", since(&hold))))?;
        // Later attempts see what the first has changed.
        let is_as_planned = self.planned.offer().is_some_and(|offer| {
            let number = |proposed: &Proposed| proposed.proposal.as_ref().map(|proposal| proposal.number);
            offer.step == judged.step
                && offer.proposed.tip == proposed.tip
                && number(&offer.proposed) == number(&proposed)
        });
        if self.races == Races::Refuse && attempt == 1 && !is_as_planned {
            return Err(Failure::Moved(format!("the proposal of {id} is not as it was planned")));
        }
        Ok(Looked::Ready(Box::new(Seen { judged, proposed, planned, tip })))
    }

    /// Writes what there is to write of the branch. The caller holds the repository's lock.
    fn write(&self, seen: Seen) -> Result<Branch, Failure> {
        let Seen { judged, proposed, planned, tip } = seen;
        let base = &self.planned.branch;
        if let (false, Content::Ours { promotion, .. }, Some(commit)) =
            (judged.push, &proposed.content, &proposed.tip)
        {
            let (promotion, commit) = (promotion.clone(), commit.clone());
            return Ok(Branch::Ready(Box::new(Ready { judged, proposed, planned, commit, promotion })));
        }
        if judged.step == Step::Replace
            && let Some(old) = proposed.open()
        {
            let why = format!("A newer state is to be proposed: {}.", planned.to);
            clean::close(&*self.forge, old, proposed.mark.as_ref(), &why).map_err(Problem::from)?;
        }
        let promotion = self.access.identifier();
        let committer = Committer::new(self.access, &base.source, self.repository)?;
        let written = self.repository.expected_tree(&tip, &planned.changes)?;
        let proposed_tree = (trailer::PROPOSED, written.as_str());
        let words = self.phase.message.as_ref();
        let commit =
            committer.commit(&planned, words, &promotion, &tip, &planned.changes, &[proposed_tree])?;
        let what = format!("pushing to {}", self.repository.describe());
        let expected = proposed.tip.as_ref();
        let pushed =
            match self.access.step(&what, || self.repository.overwrite(&proposed.head, expected, &commit)) {
                // The remote may have taken the push before the connection broke.
                Err(error) => match self.repository.fetch_along(&[], &[&proposed.head]) {
                    Ok(tips) if tips.values().flatten().any(|tip| *tip == commit) => Push::Done,
                    _ => return Err(error.into()),
                },
                Ok(pushed) => pushed,
            };
        if let Push::Rejected(rejections) = pushed {
            let branch = crate::observe::BranchId { source: base.source.clone(), branch: proposed.head };
            return match Rejection::refusal(rejections) {
                Some(reason) => Err(Failure::Refused { branch, reason }),
                None => Ok(Branch::Lost),
            };
        }
        Ok(Branch::Ready(Box::new(Ready { judged, proposed, planned, commit, promotion })))
    }

    /// Brings the proposal to where it has to be.
    fn offer(&self, ready: &Ready) -> Result<Offered, ForgeError> {
        let change = Change::of(&ready.planned);
        let step = ready.judged.step;
        let open = ready.proposed.open().filter(|_| step != Step::Replace);
        let mut warnings = Vec::new();
        let proposal = match (step, open) {
            (Step::Wait | Step::Merge, Some(open)) => open.clone(),
            (_, Some(open)) => {
                let is_theirs = ready
                    .proposed
                    .mark
                    .as_ref()
                    .is_some_and(|mark| mark.title != body::title_digest(&open.title));
                let wording = wording(&*self.forge, self.template, &change, Some(open), is_theirs, None);
                self.forge.update(open.number, &wording)?
            }
            (_, None) => {
                let replaced = ready.proposed.open();
                let wording = wording(&*self.forge, self.template, &change, None, false, replaced);
                let base = &self.planned.branch.branch;
                let opened = self.forge.open(&ready.proposed.head, base, &wording)?;
                if let Some(old) = replaced {
                    let text = format!("Replaced by {}.", opened.url);
                    if let Err(error) = self.forge.comment(old.number, "<!-- glu:replaced -->", &text) {
                        warnings.push(format!("{} does not tell what replaced it: {error}", old.url));
                    }
                }
                opened
            }
        };
        // Forges take a moment to see what was pushed.
        let mut proposal = Proposal { commit: ready.commit.to_string(), ..proposal };
        let gates_open = ready.planned.gates.iter().all(|report| report.verdict.opens());
        if self.template.auto_merge && gates_open && !proposal.draft && !proposal.merges_by_itself {
            match self.forge.merge_when_ready(proposal.number) {
                Ok(()) => proposal.merges_by_itself = true,
                Err(error) => warnings.push(format!("{} does not merge by itself: {error}", proposal.url)),
            }
        }
        Ok(Offered { step, proposal, warnings })
    }
}

/// How a proposal is to look: the part of its text that is ours anew, and what people wrote as it is.
pub(super) fn wording(
    forge: &dyn Forge,
    template: &Template,
    change: &Change,
    open: Option<&Proposal>,
    title_is_theirs: bool,
    replaced: Option<&Proposal>,
) -> Wording {
    let ours = body::title(template, change);
    let mark = Mark {
        state: change.to.digest.clone(),
        title: body::title_digest(&ours),
        gates: body::gates_digest(&change.gates),
        closed: false,
    };
    let mut words = body::words(template, change);
    if let Some(old) = replaced {
        words.push_str(&format!("\n\nReplaces {}.", old.url));
    }
    let title = match open {
        Some(open) if title_is_theirs => open.title.clone(),
        _ => ours,
    };
    let old = open.map_or("", |open| open.body.as_str());
    Wording {
        title,
        body: body::renewed(old, &body::block(&mark, &words), forge.body_limit()),
        labels: template.labels.clone(),
        reviewers: template.reviewers.clone(),
        assignees: template.assignees.clone(),
        milestone: template.milestone.clone(),
        // Once it is open, people say when it is ready.
        draft: open.map_or(template.draft, |open| open.draft),
    }
}

/// What there is, judged.
struct Seen {
    judged: Judged,
    proposed: Proposed,
    planned: Move,
    tip: CommitId,
}

/// What was seen.
enum Looked {
    /// It can be made.
    Ready(Box<Seen>),
    /// The base branch has the state already.
    There(CommitId),
    /// Somebody was faster.
    Lost,
}

/// What became of the branch.
enum Branch {
    /// It is there.
    Ready(Box<Ready>),
    /// The base branch has the state already.
    There(CommitId),
    /// Somebody else was faster.
    Lost,
}

/// What somebody has done since it was planned.
fn since(hold: &Hold) -> String {
    match hold {
        Hold::ClosedByHand { proposal } => format!("{} was closed by hand meanwhile", proposal.url),
        Hold::EditedByHand { author, head, .. } => format!("{author} has pushed to `{head}` meanwhile"),
        _ => "something holds it now".to_owned(),
    }
}
