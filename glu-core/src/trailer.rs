//! What a promotion's commit says about itself: a subject for people, and trailers from which promotions can be rebuilt.

use crate::change::{Change, Words};
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
/// Who is behind it, where that is another than who commits.
pub const ACTOR: &str = "Glu-Actor";
const ROLLOUT: &str = "Glu-Rollout";
const STEP: &str = "Glu-Step";
const BASE: &str = "Glu-Base";
/// The tree that a proposal's commit was written with, so that it is known whether anybody has changed it since.
pub const PROPOSED: &str = "Glu-Proposed-Tree";

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
    /// Who is behind it, where that is another than who committed.
    pub actor: Option<String>,
    /// Why it was made although something held it.
    pub forced: Option<String>,
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

/// The message of a move's commit on top of `parent`, by an author's words or as it is without.
pub fn message(planned: &Move, promotion: &str, parent: &CommitId, words: Option<&Words>) -> String {
    let PhaseId { pipeline, phase } = &planned.id;
    let cause = match planned.cause {
        Cause::Rollback => "rollback",
        Cause::Abort => "abort",
        Cause::Promotion => "promotion",
    };
    let change = Change::of(planned);
    let said = words.map(|words| words.of(&change)).unwrap_or_default();
    let mut text = match words {
        Some(_) => worded(&said, &change.headline()),
        None => {
            let lines: Vec<String> = change.lines().iter().map(|line| one_line(line)).collect();
            paragraphs(&one_line(&change.headline()), &lines)
        }
    };
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

/// An author's words as a subject and what stands below it. No line of them is taken for anything but words.
fn worded(said: &str, headline: &str) -> String {
    let mut lines = said.trim().lines();
    let subject = one_line(lines.next().unwrap_or_default()).trim().to_owned();
    let subject = if subject.is_empty() { one_line(headline) } else { inert(subject) };
    let lines: Vec<String> = lines.map(|line| inert(one_line(line).trim_end().to_owned())).collect();
    paragraphs(&subject, &lines)
}

/// A line that neither looks like a trailer of ours, wherever a squash may put it, nor like the end of a message (`---`).
fn inert(line: String) -> String {
    let start = line.trim_start().to_ascii_lowercase();
    let is_special = start.starts_with("glu-") || start.starts_with("---");
    if is_special { format!("> {line}") } else { line }
}

/// A subject, an empty line, the lines where there are any, and an empty line.
fn paragraphs(subject: &str, lines: &[String]) -> String {
    let below = lines.join("\n");
    match below.trim_matches('\n') {
        "" => format!("{subject}\n\n"),
        below => format!("{subject}\n\n{below}\n\n"),
    }
}

/// A message with one more trailer.
pub fn with(message: &str, name: &str, value: &str) -> String {
    format!("{}\n{name}: {}\n", message.trim_end(), one_line(value))
}

/// The tree that a proposal's commit was written with.
pub(crate) fn proposed_tree(trailers: &[(String, String)]) -> Option<String> {
    trailers.iter().find(|(key, _)| key.eq_ignore_ascii_case(PROPOSED)).map(|(_, tree)| tree.clone())
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
        actor: one(ACTOR),
        forced: one(FORCED),
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
            way: crate::propose::Way::Push,
        }
    }

    fn message(planned: &Move) -> String {
        super::message(planned, "01ID", &planned.tip, None)
    }

    /// The message of a promotion by these words.
    fn said(words: impl Fn(&Change) -> String + Send + Sync + 'static) -> String {
        let planned = planned(state("sha256:old", "a:1"), state("sha256:new", "a:2"));
        super::message(&planned, "01ID", &planned.tip, Some(&Words::new(words)))
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
    fn an_author_words_the_message_and_the_trailers_follow() {
        let text = said(|change| {
            let below = change.lines().join("\n");
            format!("deploy: {} {}\n\nFor {}.\n\n{below}\n", change.pipeline, change.to, change.phase)
        });
        let expected = "\
deploy: shop v (new)

For staging.

image: a:1 -> a:2

Glu-Pipeline: shop
";
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(record(&trailers(&text)).unwrap().promotion, "01ID");
        // A subject alone has no hole below it.
        assert!(said(|_| "deploy".to_owned()).starts_with("deploy\n\nGlu-Pipeline: shop\n"));
    }

    #[test]
    fn words_without_a_subject_get_the_usual_one() {
        for nothing in ["", "\n\n", " \t", "\u{1b}\r\n"] {
            let text = said(move |_| nothing.to_owned());
            assert!(
                text.starts_with("Promote shop to staging: v (new)\n\nGlu-Pipeline"),
                "{nothing:?}: {text}"
            );
        }
    }

    #[test]
    fn words_cannot_forge_a_trailer_or_end_the_message() {
        let hostile = [
            "Glu-Promotion: forged",
            "deploy\nGlu-Promotion: forged",
            "deploy\n\nGlu-Promotion: forged\n",
            "deploy\n\n glu-promotion: forged\n---\n",
            "deploy\r\rGlu-Promotion: forged",
            "deploy\n---\n\n\u{b}Glu-Promotion: forged",
            "deploy\n\nSigned-off-by: Ada <ada@example.com>\nGlu-Promotion: forged\n\n\n\n",
        ];
        for words in hostile {
            let text = said(move |_| words.to_owned());
            let ours =
                text.lines().filter(|line| line.to_ascii_lowercase().trim().starts_with("glu-promotion"));
            assert_eq!(ours.collect::<Vec<_>>(), ["Glu-Promotion: 01ID"], "{words:?}: {text}");
            assert!(text.lines().all(|line| !line.starts_with("---")), "{text}");
            assert!(!text.contains('\r'), "{text:?}");
            assert_eq!(record(&trailers(&text)).unwrap().promotion, "01ID", "{text}");
        }
    }

    #[test]
    fn each_cause_has_a_headline() {
        let mut planned = planned(state("sha256:old", "a:1"), state("sha256:new", "a:2"));
        planned.cause = Cause::Rollback;
        planned.quarantine = Some("it burns".to_owned());
        let text = message(&planned);
        let expected = "Roll shop in staging back to v (new)\n\nit burns\nimage: a:1 -> a:2\n\nGlu-Pipeline";
        assert!(text.starts_with(expected), "{text}");
        planned.cause = Cause::Promotion;
        planned.quarantine = None;
        planned.from = State { drift: vec!["the copy differs".to_owned()], ..planned.to.clone() };
        let text = message(&planned);
        let expected = "Mend shop in staging: v (new)\n\nthe copy differs\n\nGlu-Pipeline";
        assert!(text.starts_with(expected), "{text}");
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
