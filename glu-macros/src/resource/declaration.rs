//! What was written: the attributes, taken apart one by one.

use glu_path::{Path, Template};
use quote::ToTokens as _;
use syn::{Data, DeriveInput, Expr, Fields, Ident, LitStr, Meta, Type};

use super::model::{Offer, Part};
use crate::arguments::{self, Known};
use crate::checked;
use crate::mistakes::Mistakes;

const ON_STRUCT: Known = Known {
    on: "a resource",
    names: &["file", "crate"],
    repeatable: &[],
    elsewhere: &[
        ("at", "it belongs on a field"),
        ("digest", "it belongs on a field"),
        ("label", "it belongs on a field"),
        ("from", "it belongs on a field"),
        ("also", "it belongs on a field"),
    ],
};

const ON_FIELD: Known = Known {
    on: "a field",
    names: &["digest", "label", "file", "at", "from", "also"],
    repeatable: &["also"],
    elsewhere: &[
        ("crate", "it belongs on the struct"),
        ("part", "it belongs in `also(...)`, since a field is read from a place that holds all of it"),
    ],
};

const IN_ALSO: Known = Known {
    on: "`also`",
    names: &["at", "file", "part"],
    repeatable: &[],
    elsewhere: &[
        ("digest", "write `part = digest` for a place that holds only the digest"),
        ("from", "it belongs on the field"),
        ("label", "it belongs on the field"),
    ],
};

const FILE: &str = r#"file = "env/{phase}/deployment.yaml""#;
const AT: &str = r#"at = "spec.replicas""#;
const ALSO: &str = r#"also(at = "spec.replicas")"#;
const FROM: &str = "from = reference";
const PART: &str = "part = digest";

/// A struct and its attributes.
pub(super) struct Declaration {
    pub(super) ident: Ident,
    pub(super) krate: Option<syn::Path>,
    pub(super) file: Given<Template>,
    pub(super) fields: Vec<FieldDeclaration>,
    /// Whether its arguments and fields could all be read: only then can one be missing.
    pub(super) whole: bool,
}

/// A field and its attributes.
pub(super) struct FieldDeclaration {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// The argument, where it is given.
    pub(super) digest: Option<Meta>,
    /// The argument, where it is given.
    pub(super) label: Option<Meta>,
    pub(super) from: Option<Offer>,
    pub(super) place: PlaceDeclaration,
    pub(super) also: Vec<(Meta, PlaceDeclaration)>,
}

/// A place as far as it was given.
#[derive(Default)]
pub(super) struct PlaceDeclaration {
    pub(super) file: Given<Template>,
    pub(super) at: Given<Path>,
    pub(super) part: Option<Part>,
    /// Whether its arguments could all be read: only then can one be missing.
    pub(super) whole: bool,
}

/// A string argument: absent, wrong (which was reported), or good.
#[derive(Default)]
pub(super) enum Given<T> {
    #[default]
    Absent,
    Wrong,
    Good(LitStr, T),
}

/// Takes a struct apart.
pub(super) fn read(input: &DeriveInput, mistakes: &mut Mistakes) -> Declaration {
    let mut declaration = Declaration {
        ident: input.ident.clone(),
        krate: None,
        file: Given::Absent,
        fields: Vec::new(),
        whole: true,
    };
    match arguments::of_attributes(&input.attrs, "resource", mistakes) {
        Some(metas) => {
            let checked = ON_STRUCT.check(metas, mistakes);
            declaration.whole = checked.whole;
            for argument in checked.arguments {
                match argument.name.as_str() {
                    "file" => declaration.file = file(&argument.meta, mistakes),
                    _ => declaration.krate = arguments::krate(&argument.meta, mistakes),
                }
            }
        }
        None => declaration.whole = false,
    }
    if !input.generics.params.is_empty() {
        mistakes.at(
            &input.generics,
            "a resource has no generics: states are stored and read again as one concrete type; remove them",
        );
    } else if let Some(clause) = &input.generics.where_clause {
        mistakes.at(clause, "a resource has no generics, and so no `where` clause; remove it");
    }
    match fields(input, mistakes) {
        Some(fields) => declaration.fields = fields,
        None => declaration.whole = false,
    }
    declaration
}

/// The named fields of a struct; `None` where there are none or something else is no struct with named fields.
fn fields(input: &DeriveInput, mistakes: &mut Mistakes) -> Option<Vec<FieldDeclaration>> {
    const WRITE: &str = "write a struct with named fields, or implement `Resource` by hand";
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) if named.named.is_empty() => {
                mistakes.at(named, "a resource without fields has no state; add a field");
                None
            }
            Fields::Named(named) => {
                Some(named.named.iter().filter_map(|field| self::field(field, mistakes)).collect())
            }
            Fields::Unnamed(unnamed) => {
                mistakes.at(unnamed, format_args!("a resource's fields have names; {WRITE}"));
                None
            }
            Fields::Unit => {
                mistakes.at(&input.ident, format_args!("a resource without fields has no state; {WRITE}"));
                None
            }
        },
        Data::Enum(data) => {
            mistakes.at(data.enum_token, format_args!("`Resource` cannot be derived for an enum; {WRITE}"));
            None
        }
        Data::Union(data) => {
            mistakes.at(data.union_token, format_args!("`Resource` cannot be derived for a union; {WRITE}"));
            None
        }
    }
}

fn field(field: &syn::Field, mistakes: &mut Mistakes) -> Option<FieldDeclaration> {
    let mut declaration = FieldDeclaration {
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
        digest: None,
        label: None,
        from: None,
        place: PlaceDeclaration { whole: true, ..PlaceDeclaration::default() },
        also: Vec::new(),
    };
    let Some(metas) = arguments::of_attributes(&field.attrs, "resource", mistakes) else {
        declaration.place.whole = false;
        return Some(declaration);
    };
    let checked = ON_FIELD.check(metas, mistakes);
    declaration.place.whole = checked.whole;
    for argument in checked.arguments {
        let meta = argument.meta;
        match argument.name.as_str() {
            "digest" => {
                arguments::flag(&meta, mistakes);
                declaration.digest = Some(meta);
            }
            "label" => {
                arguments::flag(&meta, mistakes);
                declaration.label = Some(meta);
            }
            "file" => declaration.place.file = file(&meta, mistakes),
            "at" => declaration.place.at = at(&meta, mistakes),
            "from" => {
                declaration.from =
                    arguments::value(&meta, FROM, mistakes).and_then(|value| offer(value, mistakes));
            }
            _ => {
                let place = also(&meta, mistakes);
                declaration.also.push((meta, place));
            }
        }
    }
    Some(declaration)
}

fn also(meta: &Meta, mistakes: &mut Mistakes) -> PlaceDeclaration {
    let mut place = PlaceDeclaration::default();
    let metas = arguments::list(meta, ALSO, mistakes).and_then(|tokens| arguments::split(tokens, mistakes));
    let Some(metas) = metas else { return place };
    let checked = IN_ALSO.check(metas, mistakes);
    place.whole = checked.whole;
    for argument in checked.arguments {
        match argument.name.as_str() {
            "file" => place.file = file(&argument.meta, mistakes),
            "at" => place.at = at(&argument.meta, mistakes),
            _ => {
                place.part =
                    arguments::value(&argument.meta, PART, mistakes).and_then(|value| part(value, mistakes));
            }
        }
    }
    place
}

fn file(meta: &Meta, mistakes: &mut Mistakes) -> Given<Template> {
    given(arguments::string(meta, FILE, mistakes), checked::template, mistakes)
}

fn at(meta: &Meta, mistakes: &mut Mistakes) -> Given<Path> {
    given(arguments::string(meta, AT, mistakes), checked::path, mistakes)
}

fn given<T>(
    literal: Option<LitStr>,
    check: fn(&LitStr, &mut Mistakes) -> Option<T>,
    mistakes: &mut Mistakes,
) -> Given<T> {
    let Some(literal) = literal else { return Given::Wrong };
    match check(&literal, mistakes) {
        Some(value) => Given::Good(literal, value),
        None => Given::Wrong,
    }
}

const OFFERS: &[(&str, Offer)] = &[
    ("reference", Offer::Reference),
    ("tagged", Offer::Tagged),
    ("digest", Offer::Digest),
    ("tag", Offer::Tag),
    ("repository", Offer::Repository),
];

/// What follows `from =`.
fn offer(value: &Expr, mistakes: &mut Mistakes) -> Option<Offer> {
    const ANNOTATION: &str = r#"write `annotation("org.opencontainers.image.version")`"#;
    if let Expr::Call(call) = arguments::ungrouped(value)
        && let Some(name) = arguments::as_word(&call.func)
    {
        if name != "annotation" {
            let message = match OFFERS.iter().any(|(known, _)| name == known) {
                true => format!("`{name}` takes nothing in parentheses; write `from = {name}`"),
                false => unknown_offer(&name.to_string()),
            };
            mistakes.at(value, message);
            return None;
        }
        return match (call.args.len(), call.args.first().and_then(arguments::as_string)) {
            (1, Some(annotation)) if annotation.value().is_empty() => {
                mistakes.at(annotation, format_args!("the annotation's name is empty; {ANNOTATION}"));
                None
            }
            (1, Some(annotation)) => Some(Offer::Annotation(annotation)),
            (0, _) => {
                mistakes.at(value, format_args!("`annotation` takes a name; {ANNOTATION}"));
                None
            }
            _ => {
                mistakes.at(&call.args, format_args!("`annotation` takes one string literal; {ANNOTATION}"));
                None
            }
        };
    }
    if let Some(name) = arguments::as_word(value) {
        if let Some((_, offer)) = OFFERS.iter().find(|(known, _)| name == known) {
            return Some(offer.clone());
        }
        let message = match name == "annotation" {
            true => format!("`annotation` takes a name; {ANNOTATION}"),
            false => unknown_offer(&name.to_string()),
        };
        mistakes.at(name, message);
        return None;
    }
    let message = match arguments::as_string(value) {
        Some(text) if OFFERS.iter().all(|(name, _)| *name != text.value()) => {
            let text = text.token();
            format!("`from` takes a word, not a string; write `from = annotation({text})` for an annotation")
        }
        _ => word_expected("from", value, OFFERS.iter().map(|(name, _)| *name)),
    };
    mistakes.at(value, message);
    None
}

fn unknown_offer(name: &str) -> String {
    let known: Vec<&str> = OFFERS.iter().map(|(name, _)| *name).chain(["annotation"]).collect();
    format!("an image offers no `{name}`; {}", arguments::did_you_mean(name, &known))
}

const PARTS: &[(&str, Part)] =
    &[("digest", Part::Digest), ("tag", Part::Tag), ("repository", Part::Repository)];

/// What follows `part =`.
fn part(value: &Expr, mistakes: &mut Mistakes) -> Option<Part> {
    let known: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    let Some(name) = arguments::as_word(value) else {
        mistakes.at(value, word_expected("part", value, known.iter().copied()));
        return None;
    };
    if let Some((_, part)) = PARTS.iter().find(|(known, _)| name == known) {
        return Some(*part);
    }
    mistakes.at(
        name,
        format_args!("a value has no part `{name}`; {}", arguments::did_you_mean(&name.to_string(), &known)),
    );
    None
}

/// The message for something else than a word: a word in quotes only has to lose them.
fn word_expected<'a>(
    argument: &str,
    value: &Expr,
    mut known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let quoted = arguments::as_string(value).map(|string| string.value());
    let example = match known.clone().find(|name| quoted.as_deref() == Some(name)) {
        Some(name) => name,
        None => known.next().unwrap_or_default(),
    };
    let found = value.to_token_stream();
    format!("`{argument}` takes a word, not `{found}`; write `{argument} = {example}`, without quotes")
}
