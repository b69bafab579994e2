//! The text of the program, its manifest and its configuration.

use super::manifest::Part;
use super::names;
use super::scan::Layout;

/// How long a chain of several calls may be before rustfmt breaks it.
const CHAIN_WIDTH: usize = 60;
/// How long a line may be.
const LINE_WIDTH: usize = 100;
/// How long an attribute's arguments may be.
const ATTRIBUTE_WIDTH: usize = 70;

/// What is written about a layout.
pub(super) struct Program<'a> {
    layout: &'a Layout,
    /// The name of what moves.
    name: String,
}

impl<'a> Program<'a> {
    pub(super) fn new(layout: &'a Layout) -> Self {
        let repository = layout.source().map(|(repository, _)| repository);
        let name = repository.and_then(|repository| repository.rsplit('/').next()).unwrap_or("app");
        Self { layout, name: name.replace('.', "-") }
    }

    /// `src/main.rs`.
    pub(super) fn main(&self) -> String {
        let (structure, function) = (names::structure(&self.name), names::function(&self.name));
        let Layout { file, place, .. } = self.layout;
        let (file, at) = (format!("file = \"{file}\""), format!("at = \"{}\"", place.at));
        let (comment, from, field) = match place.part {
            Part::Reference => ("The image, pinned by digest.", None, "image: ImageRef"),
            Part::Digest => ("The image's digest.", Some("from = digest"), "digest: Digest"),
            Part::Tag => ("The image's tag.", Some("from = tag"), "tag: String"),
        };
        let arguments: Vec<&str> = ["digest"].into_iter().chain(from).chain([at.as_str()]).collect();
        format!(
            "use glu::prelude::*;

/// What moves through the pipeline.
#[derive(Resource)]
{of_structure}
struct {structure} {{
    /// {comment}
    {of_field}
    {field},
}}

/// {summary}
#[pipeline]
fn {function}() -> Pipeline<{structure}> {{
    {chain}
}}

fn main() -> std::process::ExitCode {{
    glu::main()
}}
",
            of_structure = attribute("", &[&file]),
            of_field = attribute("    ", &arguments),
            summary = self.summary(),
            chain = self.chain(),
        )
    }

    /// `glu.toml`.
    pub(super) fn configuration(&self, package: &str) -> String {
        let mut text = format!(
            "# Where the pipelines program is; `glu` builds it when it is stale.
[program]
package = \"{package}\"

# Where the environments are: in the repository that holds this file; at its remote `origin`, once it has one.
[sources.git.default]
"
        );
        if let Some((repository, tag)) = self.layout.source() {
            text.push_str(&format!(
                "\n# Where the image is published, with the tag that new versions get.\n[sources.oci.{}]\nreference = \"{repository}:{tag}\"\n",
                self.name
            ));
        }
        text
    }

    fn chain(&self) -> String {
        let git = |phase: &String| format!("git(\"{phase}\")");
        let mut phases = self.layout.phases.iter().map(git);
        let first = match self.layout.source() {
            Some(_) => format!("oci(\"{}\")", self.name),
            None => phases.next().unwrap_or_default(),
        };
        let calls: Vec<String> = phases.map(|phase| format!(".then({phase})")).collect();
        let chain = format!("Pipeline::from({first}){}", calls.concat());
        if chain.len() <= CHAIN_WIDTH || (calls.len() == 1 && chain.len() + "    ".len() <= LINE_WIDTH) {
            return chain;
        }
        format!("Pipeline::from({first})\n        {}", calls.join("\n        "))
    }

    fn summary(&self) -> String {
        let (first, rest) = match (self.layout.source(), self.layout.phases.split_first()) {
            (None, Some((first, rest))) => (first.as_str(), rest),
            _ => ("its registry", self.layout.phases.as_slice()),
        };
        let (last, between) =
            rest.split_last().map_or(("", [].as_slice()), |(last, between)| (last.as_str(), between));
        let through = match between.split_last() {
            None => String::new(),
            Some((one, [])) => format!(" through {one}"),
            Some((last, others)) => format!(" through {} and {last}", others.join(", ")),
        };
        format!("Ships {} from {first}{through} to {last}.", self.name)
    }
}

/// An attribute as rustfmt would have it.
fn attribute(indent: &str, arguments: &[&str]) -> String {
    let line = arguments.join(", ");
    // A single argument has the whole line.
    let whole = arguments.len() == 1 && indent.len() + line.len() + "#[resource()]".len() <= LINE_WIDTH;
    if whole || line.len() <= ATTRIBUTE_WIDTH {
        return format!("#[resource({line})]");
    }
    let inner = format!(",\n{indent}    ");
    format!("#[resource(\n{indent}    {}\n{indent})]", arguments.join(&inner))
}

/// The program's `Cargo.toml`.
pub(super) fn cargo_toml(name: &str, dependency: &str, standalone: bool) -> String {
    let mut text = format!(
        "[package]
name = \"{name}\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[dependencies]
glu-cli = {dependency}
"
    );
    if standalone {
        text.push_str(
            "
# A workspace of its own, so that no workspace further up claims it.
[workspace]

[profile.dev]
# Full debug information would cost a third of a cold build.
debug = \"line-tables-only\"
",
        );
    }
    text
}
