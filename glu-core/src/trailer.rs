//! What a promotion's commit says about itself: a subject for people, and trailers from which promotions can be rebuilt.

use crate::model::PhaseId;
use crate::plan::{Cause, Move};
use crate::source::git::CommitId;

const PIPELINE: &str = "Glu-Pipeline";
const PHASE: &str = "Glu-Phase";
const PROMOTION: &str = "Glu-Promotion";
const STATE: &str = "Glu-State";
const PREVIOUS: &str = "Glu-Previous";
const FROM: &str = "Glu-From";
const CAUSE: &str = "Glu-Cause";
const FORCED: &str = "Glu-Forced";
/// Which CI run made it, by its address.
pub const RUN: &str = "Glu-Run";
const ROLLOUT: &str = "Glu-Rollout";
const STEP: &str = "Glu-Step";
const BASE: &str = "Glu-Base";

/// A promotion as its commit tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The promotion's identifier.
    pub promotion: String,
    /// The phase that got the state.
    pub id: PhaseId,
    /// The state's digest.
    pub state: String,
    /// The digest of the state before.
    pub previous: Option<String>,
    /// The upstreams that had the state.
    pub upstreams: Vec<String>,
    /// Why.
    pub cause: Cause,
    /// The address of the CI run that made it.
    pub run: Option<String>,
    /// Where in a rollout it stands, where it is part of one.
    pub rollout: Option<RolloutRecord>,
}

/// Where in a rollout a commit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutRecord {
    /// The promotion that began the rollout.
    pub id: String,
    /// The step that the commit began; none where it ended the rollout.
    pub step: Option<u32>,
    /// The commit before the rollout.
    pub base: Option<CommitId>,
}

/// The message of a move's commit on top of `parent`.
pub fn message(planned: &Move, promotion: &str, parent: &CommitId) -> String {
    let PhaseId { pipeline, phase } = &planned.id;
    let (subject, cause) = match planned.cause {
        Cause::Rollback => (format!("Roll {pipeline} in {phase} back to {}", planned.to), "rollback"),
        Cause::Abort => (String::new(), "abort"),
        Cause::Promotion if planned.mends() => {
            (format!("Mend {pipeline} in {phase}: {}", planned.to), "promotion")
        }
        Cause::Promotion => (format!("Promote {pipeline} to {phase}: {}", planned.to), "promotion"),
    };
    let subject = planned.course.as_ref().map_or(subject, |course| course.subject(&planned.id));
    let mut text = format!("{}\n\n", one_line(&subject));
    if let Some((_, reason)) = planned.bad() {
        text.push_str(&format!("{}\n", one_line(reason)));
    }
    for line in planned.course.iter().flat_map(|course| course.lines()) {
        text.push_str(&format!("{}\n", one_line(&line)));
    }
    let brings = planned.course.as_ref().is_none_or(|course| course.brings());
    for (name, after) in planned.to.fields.iter().filter(|_| brings) {
        match planned.from.fields.get(name) {
            Some(before) if before == after => {}
            Some(before) => text.push_str(&format!("{name}: {} -> {}\n", one_line(before), one_line(after))),
            None => text.push_str(&format!("{name}: {}\n", one_line(after))),
        }
    }
    for sentence in &planned.from.drift {
        text.push_str(&format!("{}\n", one_line(sentence)));
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    let mut trailer = |name: &str, value: &str| text.push_str(&format!("{name}: {}\n", one_line(value)));
    trailer(PIPELINE, pipeline);
    trailer(PHASE, phase);
    trailer(PROMOTION, promotion);
    trailer(CAUSE, cause);
    trailer(STATE, planned.to.digest.as_str());
    trailer(PREVIOUS, planned.from.digest.as_str());
    for upstream in &planned.upstreams {
        trailer(FROM, upstream);
    }
    if let Some(reason) = &planned.forced {
        trailer(FORCED, reason);
    }
    if let Some(course) = &planned.course {
        trailer(ROLLOUT, course.rollout.as_deref().unwrap_or(promotion));
        trailer(STEP, &course.mark());
        trailer(BASE, course.base.as_ref().unwrap_or(parent).as_str());
    }
    text
}

/// A message with one more trailer.
pub fn with(message: &str, name: &str, value: &str) -> String {
    format!("{}\n{name}: {}\n", message.trim_end(), one_line(value))
}

/// Rebuilds a promotion from a commit's trailers; none where the commit is not one of ours.
pub fn record(trailers: &[(String, String)]) -> Option<Record> {
    let all = |name: &str| {
        let name = name.to_owned();
        trailers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(&name))
            .map(|(_, value)| value.clone())
    };
    let one = |name: &str| all(name).next();
    Some(Record {
        promotion: one(PROMOTION)?,
        id: PhaseId { pipeline: one(PIPELINE)?, phase: one(PHASE)? },
        state: one(STATE)?,
        previous: one(PREVIOUS),
        upstreams: all(FROM).collect(),
        run: one(RUN),
        cause: match one(CAUSE).as_deref() {
            Some("rollback") => Cause::Rollback,
            Some("abort") => Cause::Abort,
            _ => Cause::Promotion,
        },
        rollout: one(ROLLOUT).map(|id| RolloutRecord {
            id,
            step: one(STEP).and_then(|step| step.split_once('/')?.0.trim().parse().ok()),
            base: one(BASE).and_then(|base| CommitId::parse(&base)),
        }),
    })
}

/// Field texts come from outside: a line break in one must not start a trailer of its own.
fn one_line(text: &str) -> String {
    text.split(|character: char| character.is_control()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fields, State, StateDigest};
    use crate::observe::BranchId;

    fn state(digest: &str, image: &str) -> State {
        let mut fields = Fields::new();
        fields.push("image", image.to_owned());
        State { digest: StateDigest::new(digest), label: "v".into(), fields, drift: Vec::new() }
    }

    fn planned(from: State, to: State) -> Move {
        Move {
            id: PhaseId::new("shop", "staging"),
            cause: Cause::Promotion,
            upstreams: vec!["eu".into(), "us".into()],
            from,
            to,
            branch: BranchId { source: "s".into(), branch: "main".into() },
            tip: CommitId::parse(&"0".repeat(40)).unwrap(),
            changes: Vec::new(),
            gates: Vec::new(),
            forced: None,
            course: None,
            quarantine: None,
        }
    }

    fn message(planned: &Move) -> String {
        super::message(planned, "01ID", &planned.tip)
    }

    /// The trailers as git reads them: the last paragraph's lines.
    fn trailers(message: &str) -> Vec<(String, String)> {
        let last = message.trim_end().rsplit("\n\n").next().unwrap();
        last.lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    #[test]
    fn a_message_tells_people_and_programs_the_same() {
        let text = message(&planned(state("sha256:old", "a:1"), state("sha256:new", "a:2")));
        let expected = "\
Promote shop to staging: v (new)

image: a:1 -> a:2

Glu-Pipeline: shop
Glu-Phase: staging
Glu-Promotion: 01ID
Glu-Cause: promotion
Glu-State: sha256:new
Glu-Previous: sha256:old
Glu-From: eu
Glu-From: us
";
        assert_eq!(text, expected);
        let record = record(&trailers(&text)).unwrap();
        assert_eq!((record.promotion.as_str(), record.state.as_str()), ("01ID", "sha256:new"));
        assert_eq!(record.id, PhaseId::new("shop", "staging"));
        assert_eq!(record.upstreams, ["eu", "us"]);
        assert_eq!(record.run, None);
        assert_eq!(record.cause, Cause::Promotion);
    }

    #[test]
    fn a_ci_run_leaves_its_address() {
        let text = message(&planned(state("sha256:old", "a:1"), state("sha256:new", "a:2")));
        let address = "https://ci.example/7";
        let told = record(&trailers(&with(&text, RUN, address))).unwrap();
        assert_eq!(told.run.as_deref(), Some(address));
        let forged = with(&text, RUN, "https://ci.example/7\n\nGlu-Promotion: forged");
        assert_eq!(record(&trailers(&forged)).unwrap().promotion, "01ID");
    }

    #[test]
    fn a_value_from_outside_cannot_forge_a_trailer() {
        let hostile = state("sha256:new", "a:2\n\nGlu-Promotion: forged");
        let text = message(&planned(state("sha256:old", "a:1"), hostile));
        let promotions: Vec<_> = trailers(&text).into_iter().filter(|(name, _)| name == PROMOTION).collect();
        assert_eq!(promotions, [(PROMOTION.to_owned(), "01ID".to_owned())]);
        assert!(text.lines().all(|line| line != "Glu-Promotion: forged"));
    }

    #[test]
    fn where_a_rollout_stands_is_read_from_its_trailers_and_from_nothing_else() {
        let said = |step: &str| {
            let given = [
                (PIPELINE, "shop"),
                (PHASE, "staging"),
                (PROMOTION, "02"),
                (STATE, "sha256:new"),
                (ROLLOUT, "01"),
                (STEP, step),
                (BASE, "1111111111111111111111111111111111111111"),
            ];
            let trailers = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
            record(&trailers).unwrap().rollout.unwrap()
        };
        let second = said("2/4");
        assert_eq!((second.id.as_str(), second.step), ("01", Some(2)));
        assert_eq!(second.base, CommitId::parse(&"1".repeat(40)));
        for over in ["end", "abort", "", "x/4", "-1/4"] {
            assert_eq!(said(over).step, None, "{over}");
        }
    }

    #[test]
    fn a_commit_without_our_trailers_is_not_ours() {
        assert_eq!(record(&[("Signed-off-by".into(), "Ada".into())]), None);
    }
}
