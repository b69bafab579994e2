//! What moves through a pipeline: a type that can be read from and written to a tree of files.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use super::{Fields, State, StateDigest};
use crate::document::DocumentError;
use crate::path::{ExpandError, MissingValue};
use crate::tree::{Edit, Tree, TreeError};

/// What moves through a pipeline. `#[derive(Resource)]` writes this for a struct whose fields are bound to places in files;
/// write it by hand where that is not enough.
pub trait Resource: Sized + Send + Sync + 'static {
    /// The fields, as text.
    fn fields(&self) -> Fields;

    /// Builds the resource from what [`fields`](Self::fields) gave.
    ///
    /// # Errors
    /// When a field is absent or malformed.
    fn from_fields(fields: &Fields) -> Result<Self, ResourceError>;

    /// What identifies the state: equal digests mean the same state.
    fn digest(&self) -> StateDigest;

    /// What a person calls the state; by default its short digest.
    fn label(&self) -> String {
        self.digest().short().to_owned()
    }

    /// Reads the state that the files say the phase is in.
    ///
    /// # Errors
    /// When a file or a place in it is missing or malformed.
    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError>;

    /// Writes this state into the phase's files.
    ///
    /// # Errors
    /// When a file cannot be edited without touching more than the values.
    fn write(&self, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError>;

    /// Places in the files that ought to agree with this state and do not, one sentence each.
    ///
    /// # Errors
    /// When a file or a place in it is missing or malformed.
    fn drift(&self, tree: &dyn Tree, scope: &Scope) -> Result<Vec<String>, ResourceError> {
        let _ = (tree, scope);
        Ok(Vec::new())
    }

    /// The resource as plain data, without a look at any file.
    fn state(&self) -> State {
        State { digest: self.digest(), label: self.label(), fields: self.fields(), drift: Vec::new() }
    }
}

/// For whom a resource is read or written: fills the placeholders in file names and path expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The pipeline's name, `{pipeline}`.
    pub pipeline: String,
    /// The phase's name, `{phase}`.
    pub phase: String,
    /// The phase's labels, and the pipeline's where the phase has none of that name: `{labels.NAME}`.
    pub labels: BTreeMap<String, String>,
}

impl Scope {
    /// A placeholder's value.
    pub fn get(&self, placeholder: &str) -> Option<String> {
        match placeholder {
            "pipeline" => Some(self.pipeline.clone()),
            "phase" => Some(self.phase.clone()),
            other => self.labels.get(other.strip_prefix("labels.")?).cloned(),
        }
    }
}

/// Why a resource could not be read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResourceError {
    /// A file that must exist does not.
    #[error("{file}: no such file")]
    NoFile {
        /// The file.
        file: String,
    },
    /// A place in a file.
    #[error("{file}: {error}")]
    Document {
        /// The file.
        file: String,
        /// What is wrong with the place; names the path expression.
        error: Box<DocumentError>,
    },
    /// A field's value.
    #[error("field `{field}` {reason}")]
    Field {
        /// The field.
        field: String,
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// A placeholder without a value.
    #[error(transparent)]
    Placeholder(#[from] MissingValue),
    /// A file name that cannot be made, or that would leave the repository.
    #[error(transparent)]
    FileName(#[from] ExpandError),
    /// The tree itself.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Anything else a resource of one's own has to say.
    #[error("{0}")]
    Other(String),
}

impl ResourceError {
    /// An error about a field.
    pub fn field(name: &str, reason: impl Into<String>) -> Self {
        Self::Field { field: name.to_owned(), reason: reason.into() }
    }
}

/// A resource type with the type erased: how the core reads and writes states it knows only as data.
pub trait Codec: Send + Sync {
    /// The resource type's name, for messages and fingerprints.
    fn name(&self) -> &'static str;

    /// Reads a state. The files looked at are reported even when reading fails.
    ///
    /// # Errors
    /// As [`Resource::read`].
    fn read(&self, tree: &dyn Tree, scope: &Scope) -> (BTreeSet<String>, Result<State, ResourceError>);

    /// Writes a state.
    ///
    /// # Errors
    /// As [`Resource::from_fields`] and [`Resource::write`].
    fn write(&self, state: &State, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError>;

    /// The state that has these fields.
    ///
    /// # Errors
    /// As [`Resource::from_fields`].
    fn state(&self, fields: &Fields) -> Result<State, ResourceError>;
}

/// The codec of a resource type.
pub struct Typed<R>(PhantomData<fn() -> R>);

impl<R> Typed<R> {
    /// The codec.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Default for Typed<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Resource> Codec for Typed<R> {
    fn name(&self) -> &'static str {
        std::any::type_name::<R>()
    }

    fn read(&self, tree: &dyn Tree, scope: &Scope) -> (BTreeSet<String>, Result<State, ResourceError>) {
        let recording = Recording { tree, files: Mutex::default() };
        let state = R::read(&recording, scope).and_then(|resource| {
            let drift = resource.drift(&recording, scope)?;
            Ok(State { drift, ..resource.state() })
        });
        (recording.into_names(), state)
    }

    fn write(&self, state: &State, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError> {
        R::from_fields(&state.fields)?.write(edit, scope)
    }

    fn state(&self, fields: &Fields) -> Result<State, ResourceError> {
        R::from_fields(fields).map(|resource| resource.state())
    }
}

/// A tree that remembers which files were asked for, absent ones included: their appearance is history too. Several fields often
/// stand in one file, which is then read once.
struct Recording<'a> {
    tree: &'a dyn Tree,
    files: Mutex<BTreeMap<String, FileRead>>,
}

type FileRead = Result<Option<Vec<u8>>, TreeError>;

impl Recording<'_> {
    fn into_names(self) -> BTreeSet<String> {
        self.files.into_inner().unwrap_or_else(PoisonError::into_inner).into_keys().collect()
    }
}

impl Tree for Recording<'_> {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match files.get(path) {
            Some(content) => content.clone(),
            None => files.entry(path.to_owned()).or_insert(self.tree.file(path)).clone(),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<String>, TreeError> {
        self.tree.list(path)
    }
}
