//! `glu graph`

use clap::ValueEnum;

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::graph::{GraphView, dot, mermaid, svg};

/// Arguments of `glu graph`.
#[derive(Debug, clap::Args)]
pub struct GraphArgs {
    #[command(flatten)]
    targets: Targets,
    /// Draw as text, or write Mermaid, Graphviz DOT or SVG
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    format: GraphFormat,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum GraphFormat {
    #[default]
    Text,
    Mermaid,
    Dot,
    Svg,
}

pub(crate) fn graph(args: &GraphArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let view = GraphView::new(&session.system, &selection);
    match args.format {
        GraphFormat::Text => session.show(&view)?,
        GraphFormat::Mermaid => session.shell.data(&mermaid(&view))?,
        GraphFormat::Dot => session.shell.data(&dot(&view))?,
        GraphFormat::Svg => session.shell.data(&svg(&view))?,
    }
    Ok(Code::Done)
}
