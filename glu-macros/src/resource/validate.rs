//! What no field can know alone: that one is the digest, that one is the label, and that no two share a place.

use super::declaration::Declaration;
use super::model::{Place, Resource};
use crate::mistakes::Mistakes;

/// Checks the fields against each other.
pub(super) fn check(resource: &Resource, declaration: &Declaration, mistakes: &mut Mistakes) {
    one_digest(resource, declaration, mistakes);
    one_label(declaration, mistakes);
    no_shared_place(resource, mistakes);
}

fn one_digest(resource: &Resource, declaration: &Declaration, mistakes: &mut Mistakes) {
    let whole = declaration.whole && declaration.fields.iter().all(|field| field.place.whole);
    if whole && !resource.fields.iter().any(|field| field.digest) {
        mistakes.at(
            &resource.ident,
            "no field identifies the state; mark one or more with `#[resource(digest, ...)]`",
        );
    }
}

fn one_label(declaration: &Declaration, mistakes: &mut Mistakes) {
    let mut labels =
        declaration.fields.iter().filter_map(|field| field.label.as_ref().map(|meta| (&field.ident, meta)));
    if let Some((first, _)) = labels.next() {
        for (_, meta) in labels {
            mistakes.at(
                meta,
                format_args!("a state has one label, and it is `{first}` already; remove one of the two"),
            );
        }
    }
}

fn no_shared_place(resource: &Resource, mistakes: &mut Mistakes) {
    let mut seen: Vec<(String, &Place)> = Vec::new();
    for field in &resource.fields {
        for place in &field.places {
            let first =
                seen.iter().find(|(_, other)| other.template == place.template && other.path == place.path);
            if let Some((owner, first)) = first {
                mistakes.at(
                    &place.at,
                    format_args!(
                        "this place in `{}` is bound already, to field `{owner}`; bind each place once",
                        place.template
                    ),
                );
                mistakes.at(&first.at, "it is bound here first");
            } else {
                seen.push((field.ident.to_string(), place));
            }
        }
    }
}
