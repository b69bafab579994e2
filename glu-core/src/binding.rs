//! A field bound to places in files: what `#[derive(Resource)]` expands to calls of.

use crate::document::{self, Edited, Format};
use crate::image::Image;
use crate::model::{ResourceError, Scope, Value};
use crate::path::{Path, Template};
use crate::tree::{Edit, Tree};

/// A place in a file: a file name with placeholders, and a path expression, both checked at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file name's template.
    pub file: &'static str,
    /// The path expression.
    pub at: &'static str,
    /// Which part of the value stands there.
    pub part: Part,
}

/// A part of a value that can stand in a place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// An image reference's digest.
    Digest,
    /// An image reference's tag.
    Tag,
    /// An image reference's registry and repository.
    Repository,
}

/// What a source offers of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// `repository@digest`
    Reference,
    /// `repository:tag@digest`
    Tagged,
    /// The digest.
    Digest,
    /// The tag it was found by.
    Tag,
    /// Registry and repository.
    Repository,
    /// An annotation's value.
    Annotation(&'static str),
}

/// Reads a field from the first of its places.
///
/// # Errors
/// When the file or the place is missing, or what stands there is not a `V`.
pub fn read<V: Value>(
    tree: &dyn Tree,
    scope: &Scope,
    field: &str,
    places: &[Place],
) -> Result<V, ResourceError> {
    let place = places.first().expect("the macro binds every field to a place");
    let located = Located::new(place, scope)?;
    let text = located.read(tree)?;
    V::from_text(&text).map_err(|reason| located.field(field, &reason))
}

/// Says which of a field's other places disagree with its value.
///
/// # Errors
/// When a file or a place is missing.
pub fn drift<V: Value>(
    tree: &dyn Tree,
    scope: &Scope,
    field: &str,
    value: &V,
    places: &[Place],
) -> Result<Vec<String>, ResourceError> {
    let mut sentences = Vec::new();
    for place in places.iter().skip(1) {
        let located = Located::new(place, scope)?;
        let found = located.read(tree)?;
        let wanted = part(field, value, place.part)?;
        if found != wanted {
            sentences.push(format!("`{}` in {} is `{found}`, not `{wanted}`", located.path, located.file));
        }
    }
    Ok(sentences)
}

/// Writes a field to all of its places.
///
/// # Errors
/// When a file or a place is missing, or cannot be edited without touching other bytes.
pub fn write<V: Value>(
    edit: &mut Edit<'_>,
    scope: &Scope,
    field: &str,
    value: &V,
    places: &[Place],
) -> Result<(), ResourceError> {
    for place in places {
        let wanted = part(field, value, place.part)?;
        Located::new(place, scope)?.set(edit, &wanted)?;
    }
    Ok(())
}

/// Takes a field's value from an image.
///
/// # Errors
/// When the image does not have it, or it is not a `V`.
pub fn offered<V: Value>(image: &Image, field: &str, offer: Offer) -> Result<V, ResourceError> {
    let text = match offer {
        Offer::Reference => image.reference().to_string(),
        Offer::Tagged => image.tagged().to_string(),
        Offer::Digest => image.digest.to_string(),
        Offer::Repository => image.name.clone(),
        Offer::Tag => image.tag.clone().ok_or_else(|| {
            ResourceError::field(field, format!("wants a tag, but {} was found by digest", image.reference()))
        })?,
        Offer::Annotation(name) => image.annotation(name).map(str::to_owned).ok_or_else(|| {
            ResourceError::field(
                field,
                format!("wants the annotation `{name}`, which {} does not have", image.reference()),
            )
        })?,
    };
    V::from_text(&text).map_err(|reason| {
        ResourceError::field(field, format!("cannot be read from {}: {reason}", image.reference()))
    })
}

fn part<V: Value>(field: &str, value: &V, part: Part) -> Result<String, ResourceError> {
    value.part(part).ok_or_else(|| {
        ResourceError::field(field, format!("has no {part:?} to write: `{}`", value.to_text()).to_lowercase())
    })
}

/// A place with its placeholders filled.
pub(crate) struct Located {
    pub(crate) file: String,
    pub(crate) path: Path,
    format: Format,
}

impl Located {
    fn new(place: &Place, scope: &Scope) -> Result<Self, ResourceError> {
        Self::at(place.file, place.at, scope)
    }

    /// The place that a file's template and a path expression name.
    pub(crate) fn at(file: &str, at: &str, scope: &Scope) -> Result<Self, ResourceError> {
        let values = |name: &str| scope.get(name);
        let file = Template::parse(file)
            .map_err(|error| ResourceError::Other(error.to_string()))?
            .expand(&values)?;
        let path =
            Path::parse(at).map_err(|error| ResourceError::Other(error.to_string()))?.expand(&values)?;
        let format = Format::of(&file).ok_or_else(|| {
            ResourceError::Other(format!(
                "{file}: cannot tell the format; the name must end in .yaml, .yml, .json or .toml"
            ))
        })?;
        Ok(Self { file, path, format })
    }

    /// The text that stands there.
    pub(crate) fn read(&self, tree: &dyn Tree) -> Result<String, ResourceError> {
        self.get(tree.file(&self.file)?)
    }

    /// Writes a text there, and no byte elsewhere.
    pub(crate) fn set(&self, edit: &mut Edit<'_>, wanted: &str) -> Result<(), ResourceError> {
        let bytes = self.require(edit.file(&self.file)?)?;
        let edited = document::set(self.format, &bytes, &self.path, wanted);
        if let Edited::Changed(bytes) = edited.map_err(|error| self.document(error))? {
            edit.write(&self.file, bytes);
        }
        Ok(())
    }

    /// What the document there says it is.
    pub(crate) fn object_kind(&self, tree: &dyn Tree) -> Result<Option<(String, String)>, ResourceError> {
        let bytes = self.require(tree.file(&self.file)?)?;
        document::object_kind(self.format, &bytes, &self.path).map_err(|error| self.document(error))
    }

    fn require(&self, bytes: Option<Vec<u8>>) -> Result<Vec<u8>, ResourceError> {
        bytes.ok_or_else(|| ResourceError::NoFile { file: self.file.clone() })
    }

    fn get(&self, bytes: Option<Vec<u8>>) -> Result<String, ResourceError> {
        let bytes = self.require(bytes)?;
        Ok(document::get(self.format, &bytes, &self.path).map_err(|error| self.document(error))?.text)
    }

    fn document(&self, error: document::DocumentError) -> ResourceError {
        ResourceError::Document { file: self.file.clone(), error: Box::new(error) }
    }

    fn field(&self, field: &str, reason: &str) -> ResourceError {
        ResourceError::field(field, format!("cannot be read from `{}` in {}: {reason}", self.path, self.file))
    }
}
