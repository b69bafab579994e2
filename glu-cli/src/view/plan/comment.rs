//! A plan as a comment on a pull request: Markdown made of other people's text, none of which gets out of its place, within what a forge takes.
//!
//! Text from outside stands in code spans and fences alone. No forge looks into those for mentions, references, tags or commands.

use super::{EntryView, MoveView, PlanView, StandingView};
use crate::ci::without_controls;
use crate::view::ProposalView;
use crate::view::fenced;

/// A longer sentence is cut: it is for people.
const LONGEST: usize = 2000;
/// What a note about what was left out takes at most, the run's address aside.
const NOTE: usize = 200;

/// What a comment is like besides the plan.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    /// Whose plan it is.
    pub(crate) program: &'a str,
    /// Whether the forge folds what stands in `<details>`.
    pub(crate) folds: bool,
    /// The address of the run that has all of it.
    pub(crate) run: Option<&'a str>,
    /// How many characters there may be.
    pub(crate) limit: usize,
}

/// What there is to say of a phase, and the patch of its move.
struct Section {
    text: String,
    patch: String,
}

/// How much of a section there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    WithoutPatch,
    Nothing,
}

impl PlanView {
    /// Whether it says anything but that all is as it should be.
    pub(crate) fn is_news(&self) -> bool {
        self.phases.iter().any(EntryView::is_news)
    }

    /// The plan as a comment.
    pub(crate) fn comment(&self, page: &Page<'_>) -> String {
        let head = format!("### `glu plan` of {}\n\n**{}**\n", span(page.program), self.summary());
        let end = page.run.map_or_else(String::new, |run| format!("\nAs of [this run]({}).\n", link(run)));
        let sections: Vec<Section> = self
            .phases
            .iter()
            .filter(|entry| entry.is_news())
            .map(|entry| Section { text: entry.sentences(), patch: entry.patch(page.folds) })
            .collect();
        let room = page.limit.saturating_sub(length(&head) + length(&end));
        let extents = extents(&sections, room);
        let mut text = head;
        for (section, extent) in sections.iter().zip(&extents) {
            if *extent != Extent::Nothing {
                text.push_str(&section.text);
            }
            if *extent == Extent::Whole {
                text.push_str(&section.patch);
            }
        }
        text.push_str(&left_out(&extents, page.run));
        text.push_str(&end);
        text
    }
}

/// How much of each section fits: the patches of the last ones go first, then the last ones themselves.
fn extents(sections: &[Section], room: usize) -> Vec<Extent> {
    let mut extents = vec![Extent::Whole; sections.len()];
    let lengths: Vec<(usize, usize)> =
        sections.iter().map(|section| (length(&section.text), length(&section.patch))).collect();
    let mut taken: usize = lengths.iter().map(|(text, patch)| text + patch).sum();
    if taken <= room {
        return extents;
    }
    let room = room.saturating_sub(NOTE);
    for (extent, (_, patch)) in extents.iter_mut().zip(&lengths).rev() {
        if taken > room && *patch > 0 {
            *extent = Extent::WithoutPatch;
            taken -= patch;
        }
    }
    for (extent, (text, patch)) in extents.iter_mut().zip(&lengths).rev() {
        if taken > room {
            taken -= if *extent == Extent::Whole { text + patch } else { *text };
            *extent = Extent::Nothing;
        }
    }
    extents
}

/// What is said of what is not there.
fn left_out(extents: &[Extent], run: Option<&str>) -> String {
    let count = |wanted: Extent| extents.iter().filter(|extent| **extent == wanted).count();
    let phases = |count: usize| format!("{count} phase{}", if count == 1 { "" } else { "s" });
    let missing: Vec<String> = [
        (count(Extent::WithoutPatch), "the patches of "),
        (count(Extent::Nothing), "all there is to say of "),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{what}{}", phases(count)))
    .collect();
    if missing.is_empty() {
        return String::new();
    }
    let whole = if run.is_some() { "the log of the run has it" } else { "`glu plan` shows it" };
    format!("\n**Left out, since a comment holds no more: {}; {whole}.**\n", missing.join(", and "))
}

impl EntryView {
    fn is_news(&self) -> bool {
        let is_quiet = matches!(self.standing, StandingView::Origin { .. } | StandingView::Current { .. });
        !is_quiet || self.cleanup.is_some() || !self.waiting().is_empty()
    }

    /// A heading and a list.
    fn sentences(&self) -> String {
        let name = span(&format!("{}/{}", self.pipeline, self.phase));
        let mut points = Vec::new();
        let head = match &self.standing {
            StandingView::Origin { state } | StandingView::Current { state } => {
                format!("{name}: {}", span(state.shown()))
            }
            StandingView::Held { state, reason, to, .. } => {
                points.push(span(reason));
                match to {
                    Some(to) => format!("{name}: {} → {}, held", span(state.shown()), span(to.shown())),
                    None => format!("{name}: held at {}", span(state.shown())),
                }
            }
            StandingView::Broken { problem } => {
                points.push(span(problem));
                format!("{name}: broken")
            }
            StandingView::Proposed { state, to, proposal, .. } => {
                points.extend(proposal.as_ref().map(|proposal| span(&ProposalView::sentence(proposal))));
                format!("{name}: {} → {}, proposed", span(state.shown()), span(to.shown()))
            }
            StandingView::Moves(planned) => {
                points.extend(planned.points());
                format!("{name}: {} → {}", span(planned.from.shown()), span(planned.to.shown()))
            }
        };
        points.extend(self.waiting().iter().map(|sentence| span(sentence)));
        points.extend(self.cleanup.as_deref().map(span));
        let points: String = points.iter().map(|point| format!("- {point}\n")).collect();
        format!("\n#### {head}\n\n{points}")
    }

    fn patch(&self, folds: bool) -> String {
        let StandingView::Moves(planned) = &self.standing else { return String::new() };
        if planned.patch.is_empty() {
            return String::new();
        }
        let patch = fenced("diff", &without_controls(&planned.patch));
        let files = planned.files.len();
        let title = format!("Patch of {files} file{}", if files == 1 { "" } else { "s" });
        match folds {
            // What follows a blank line is Markdown again.
            true => format!("\n<details><summary>{title}</summary>\n\n{patch}\n</details>\n"),
            false => format!("\n{title}:\n\n{patch}"),
        }
    }
}

impl MoveView {
    fn points(&self) -> Vec<String> {
        let course = self.course.iter().map(|course| span(&course.said));
        let cause = (self.cause != "promotion").then(|| span(self.cause));
        let reason = self.quarantine.as_deref().map(|reason| format!("because {}", span(reason)));
        let way = span(&self.way);
        let fields = self.fields().into_iter().map(|field| span(&field));
        course.chain(cause).chain(reason).chain([way]).chain(fields).collect()
    }
}

/// Text from outside as code on one line. Its fence is longer than any in it.
fn span(text: &str) -> String {
    let words: Vec<&str> = text.split(char::is_control).filter(|piece| !piece.is_empty()).collect();
    let line = words.join(" ");
    let line = match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    };
    if line.trim().is_empty() {
        return "(nothing)".to_owned();
    }
    let longest = line.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A blank on each side belongs to the fence.
    let pad = if line.starts_with(['`', ' ']) || line.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// An address that cannot end the link that it is in.
fn link(address: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-._~:/?#@!$&+,;=%".contains(character);
    address
        .chars()
        .map(|character| {
            let mut buffer = [0; 4];
            match plain(character) {
                true => character.to_string(),
                false => {
                    character.encode_utf8(&mut buffer).bytes().map(|byte| format!("%{byte:02X}")).collect()
                }
            }
        })
        .collect()
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_holds_whatever_it_is_given() {
        for (text, expected) in [
            ("plain", "`plain`"),
            ("@team `x`", "`` @team `x` ``"),
            ("``", "``` `` ```"),
            ("a\n/merge\r\n# b", "`a /merge # b`"),
            ("</details><img src=x>", "`</details><img src=x>`"),
            (" a ", "`  a  `"),
            ("\n", "(nothing)"),
        ] {
            assert_eq!(span(text), expected);
        }
        assert_eq!(span(&"x".repeat(5000)).len(), LONGEST + 5);
    }

    #[test]
    fn a_link_ends_where_we_say() {
        assert_eq!(link("https://ci.example/a(b)?c=d#e"), "https://ci.example/a%28b%29?c=d#e");
        assert_eq!(link("https://ci.example/<b>](x)"), "https://ci.example/%3Cb%3E%5D%28x%29");
    }

    fn sections(count: usize) -> Vec<Section> {
        (0..count).map(|_| Section { text: "t".repeat(10), patch: "p".repeat(1000) }).collect()
    }

    #[test]
    fn patches_go_before_sections_and_the_last_go_first() {
        use Extent::{Nothing, Whole, WithoutPatch};
        assert_eq!(extents(&sections(3), 3030), [Whole, Whole, Whole]);
        assert_eq!(extents(&sections(3), 3029), [Whole, Whole, WithoutPatch]);
        assert_eq!(extents(&sections(3), 2030), [Whole, WithoutPatch, WithoutPatch]);
        assert_eq!(extents(&sections(3), 29 + NOTE), [WithoutPatch, WithoutPatch, Nothing]);
        assert_eq!(extents(&sections(3), 0), [Nothing, Nothing, Nothing]);
        let said = left_out(&[Whole, WithoutPatch, Nothing, Nothing], None);
        assert!(
            said.contains("the patches of 1 phase, and all there is to say of 2 phases; `glu plan`"),
            "{said}"
        );
        assert!(said.len() <= NOTE && left_out(&[Whole], None).is_empty());
    }
}
