//! What a promotion's commit says about itself: a subject for people, and trailers from which promotions can be rebuilt.

use crate::model::PhaseId;
use crate::plan::{Cause, Move};

const PIPELINE: &str = "Glu-Pipeline";
const PHASE: &str = "Glu-Phase";
const PROMOTION: &str = "Glu-Promotion";
const STATE: &str = "Glu-State";
const PREVIOUS: &str = "Glu-Previous";
const FROM: &str = "Glu-From";
const CAUSE: &str = "Glu-Cause";
const FORCED: &str = "Glu-Forced";

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
}

/// The message of a move's commit.
pub fn message(planned: &Move, promotion: &str) -> String {
    let PhaseId { pipeline, phase } = &planned.id;
    let (subject, cause) = match planned.cause {
        Cause::Rollback => (format!("Roll {pipeline} in {phase} back to {}", planned.to), "rollback"),
        Cause::Promotion if planned.mends() => {
            (format!("Mend {pipeline} in {phase}: {}", planned.to), "promotion")
        }
        Cause::Promotion => (format!("Promote {pipeline} to {phase}: {}", planned.to), "promotion"),
    };
    let mut text = format!("{subject}\n\n");
    for (name, after) in planned.to.fields.iter() {
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
    text
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
        cause: if one(CAUSE).as_deref() == Some("rollback") { Cause::Rollback } else { Cause::Promotion },
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
    use crate::source::git::CommitId;

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
        }
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
        let text = message(&planned(state("sha256:old", "a:1"), state("sha256:new", "a:2")), "01ID");
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
        assert_eq!(record.cause, Cause::Promotion);
    }

    #[test]
    fn a_value_from_outside_cannot_forge_a_trailer() {
        let hostile = state("sha256:new", "a:2\n\nGlu-Promotion: forged");
        let text = message(&planned(state("sha256:old", "a:1"), hostile), "01ID");
        let promotions: Vec<_> = trailers(&text).into_iter().filter(|(name, _)| name == PROMOTION).collect();
        assert_eq!(promotions, [(PROMOTION.to_owned(), "01ID".to_owned())]);
        assert!(text.lines().all(|line| line != "Glu-Promotion: forged"));
    }

    #[test]
    fn a_commit_without_our_trailers_is_not_ours() {
        assert_eq!(record(&[("Signed-off-by".into(), "Ada".into())]), None);
    }
}
