//! Where a value stands: paths into documents, and templates for the files that hold them; and what a name may be.
//!
//! Paths and templates may carry placeholders (`{phase}`, `{pipeline}`, `{labels.NAME}`), which are expanded after parsing, so that a
//! value can never turn into syntax. The crate depends on nothing: macros check with it what the core later follows.

pub mod name;
pub mod nearest;
mod parse;
mod path;
pub mod template;
mod text;

pub use path::{Condition, Path, PathError, Step};
pub use template::{ExpandError, Template, TemplateError};
pub use text::{MissingValue, Part, Placeholder, Text};
