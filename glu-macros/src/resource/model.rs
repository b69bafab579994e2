//! What is meant: every default filled in.

use glu_path::{Path, Template};
use syn::{Ident, LitStr, Type};

use super::declaration::{Declaration, FieldDeclaration, Given, PlaceDeclaration};
use crate::mistakes::Mistakes;

/// A resource and its fields.
pub(super) struct Resource {
    pub(super) krate: syn::Path,
    pub(super) ident: Ident,
    pub(super) fields: Vec<Field>,
}

/// A field and the places it is bound to.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) digest: bool,
    pub(super) label: bool,
    pub(super) from: Option<Offer>,
    pub(super) places: Vec<Place>,
}

/// A file, a path in it, and what stands there.
pub(super) struct Place {
    pub(super) file: LitStr,
    pub(super) template: Template,
    pub(super) at: LitStr,
    pub(super) path: Path,
    pub(super) part: Part,
}

/// A part of a value.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Whole,
    Digest,
    Tag,
    Repository,
}

/// What a field takes from an image.
#[derive(Clone)]
pub(super) enum Offer {
    Reference,
    Tagged,
    Digest,
    Tag,
    Repository,
    Annotation(LitStr),
}

impl Resource {
    /// The field that people call the state by: the one marked, else the first of the digest.
    pub(super) fn labelled(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.label).or_else(|| self.fields.iter().find(|field| field.digest))
    }
}

/// Fills in the defaults; places of which something is missing are reported and left out.
pub(super) fn resolve(declaration: &Declaration, mistakes: &mut Mistakes) -> Resource {
    Resource {
        krate: declaration.krate.clone().unwrap_or_else(|| syn::parse_quote!(::glu)),
        ident: declaration.ident.clone(),
        fields: declaration.fields.iter().map(|field| self::field(field, declaration, mistakes)).collect(),
    }
}

fn field(field: &FieldDeclaration, declaration: &Declaration, mistakes: &mut Mistakes) -> Field {
    let name = &field.ident;
    let file = match &field.place.file {
        Given::Absent => &declaration.file,
        given => given,
    };
    // Whether a file that seems to be missing is: no argument was unknown where it could have been given.
    let whole = declaration.whole && field.place.whole;
    let mut places = Vec::new();
    match &field.place.at {
        Given::Absent if !field.place.whole => {}
        Given::Absent => mistakes.at(
            name,
            format_args!(
                "field `{name}` is bound to no place; write `#[resource(at = \"spec.replicas\")]` on it"
            ),
        ),
        Given::Wrong => {}
        Given::Good(at, path) => {
            places.extend(place(file, at, path, Part::Whole, whole, mistakes));
        }
    }
    for (meta, also) in &field.also {
        let PlaceDeclaration { file: own_file, at, part, .. } = also;
        let file = match own_file {
            Given::Absent => file,
            given => given,
        };
        match at {
            Given::Absent if !also.whole => {}
            Given::Absent => {
                mistakes.at(meta, "`also` names no place; write `also(at = \"spec.replicas\")`");
            }
            Given::Wrong => {}
            Given::Good(at, path) => {
                places.extend(place(
                    file,
                    at,
                    path,
                    part.unwrap_or(Part::Whole),
                    whole && also.whole,
                    mistakes,
                ));
            }
        }
    }
    Field {
        ident: field.ident.clone(),
        ty: field.ty.clone(),
        digest: field.digest.is_some(),
        label: field.label.is_some(),
        from: field.from.clone().or_else(|| default_offer(&field.ty)),
        places,
    }
}

fn place(
    file: &Given<Template>,
    at: &LitStr,
    path: &Path,
    part: Part,
    whole: bool,
    mistakes: &mut Mistakes,
) -> Option<Place> {
    match file {
        Given::Good(file, template) => Some(Place {
            file: file.clone(),
            template: template.clone(),
            at: at.clone(),
            path: path.clone(),
            part,
        }),
        Given::Absent if whole => {
            mistakes.at(
                at,
                "this place is in no file; add `file = \"...\"` here, or on the struct for all fields",
            );
            None
        }
        Given::Absent | Given::Wrong => None,
    }
}

/// What a field takes from an image without being told: its type says it, or nothing does.
fn default_offer(ty: &Type) -> Option<Offer> {
    let Type::Path(path) = ty else { return None };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "ImageRef" => Some(Offer::Reference),
        "Digest" => Some(Offer::Digest),
        _ => None,
    }
}
