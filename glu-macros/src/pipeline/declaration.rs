//! What was written in the attribute and above the function.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitStr, Meta, Path, Token};

use crate::arguments::{self, Known};
use crate::checked;
use crate::mistakes::Mistakes;

const ON_PIPELINE: Known = Known {
    on: "a pipeline",
    names: &["name", "labels", "annotations", "crate"],
    repeatable: &[],
    elsewhere: &[("description", "the function's doc comment describes the pipeline")],
};

const NAME: &str = r#"name = "checkout""#;

/// The attribute's arguments.
pub(super) struct Attributes {
    pub(super) krate: Path,
    pub(super) name: Option<LitStr>,
    pub(super) labels: Vec<(String, LitStr)>,
    pub(super) annotations: Vec<(String, LitStr)>,
}

/// Takes the attribute's arguments apart.
pub(super) fn attributes(tokens: TokenStream, mistakes: &mut Mistakes) -> Attributes {
    let mut attributes = Attributes {
        krate: syn::parse_quote!(::glu),
        name: None,
        labels: Vec::new(),
        annotations: Vec::new(),
    };
    let metas = arguments::split(tokens, mistakes).unwrap_or_default();
    for argument in ON_PIPELINE.check(metas, mistakes).arguments {
        let meta = argument.meta;
        match argument.name.as_str() {
            "name" => {
                attributes.name = arguments::string(&meta, NAME, mistakes);
                if let Some(name) = &attributes.name {
                    checked::name(name, mistakes);
                }
            }
            "labels" => attributes.labels = pairs(&meta, "label", mistakes),
            "annotations" => attributes.annotations = pairs(&meta, "annotation", mistakes),
            _ => {
                if let Some(krate) = arguments::krate(&meta, mistakes) {
                    attributes.krate = krate;
                }
            }
        }
    }
    attributes
}

/// A doc comment as text: lines of a paragraph joined, paragraphs kept apart.
pub(super) fn description(attributes: &[Attribute]) -> String {
    let written: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => arguments::as_string(&pair.value).map(|text| text.value()),
            _ => None,
        })
        .collect();
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in written.iter().flat_map(|text| text.split('\n')).map(str::trim) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() => paragraph.push(line),
            _ => paragraphs.push(Vec::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.iter().map(|lines| lines.join(" ")).collect::<Vec<_>>().join("\n\n")
}

/// `name = "value"` with a word or a string for a name.
struct Pair {
    name: Name,
    value: Expr,
}

enum Name {
    Word(Ident),
    Quoted(LitStr),
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const QUOTE: &str =
            r#"write `team = "platform"`, and quote a name of other characters: `"app/part-of" = "shop"`"#;
        let name = if input.peek(LitStr) {
            Name::Quoted(input.parse()?)
        } else if input.peek(Ident::peek_any) {
            Name::Word(input.call(Ident::parse_any)?)
        } else {
            return Err(input.error(format_args!("expected a name; {QUOTE}")));
        };
        if !input.peek(Token![=]) {
            return Err(input.error(format_args!("expected `=`; {QUOTE}")));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}

/// The pairs in `labels(...)` or `annotations(...)`.
fn pairs(meta: &Meta, what: &str, mistakes: &mut Mistakes) -> Vec<(String, LitStr)> {
    let example = format!("{what}s(team = \"platform\")");
    let Some(tokens) = arguments::list(meta, &example, mistakes) else { return Vec::new() };
    let pairs = match Punctuated::<Pair, Token![,]>::parse_terminated.parse2(tokens) {
        Ok(pairs) => pairs,
        Err(error) => {
            mistakes.push(error);
            return Vec::new();
        }
    };
    let mut known: Vec<(String, LitStr)> = Vec::new();
    for Pair { name, value } in pairs {
        let (text, place): (String, &dyn quote::ToTokens) = match &name {
            Name::Word(word) => (word.unraw().to_string(), word),
            Name::Quoted(literal) => (literal.value(), literal),
        };
        if text.is_empty() {
            mistakes.at(place, format_args!("the {what}'s name is empty; write one"));
        } else if known.iter().any(|(other, _)| *other == text) {
            mistakes.at(place, format_args!("the {what} `{text}` is given twice; remove one of them"));
        }
        match arguments::as_string(&value) {
            Some(value) => known.push((text, value)),
            None => mistakes.at(
                &value,
                format_args!(
                    "the value of a {what} is a string literal; add others in the function, with `.{what}(...)`"
                ),
            ),
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doc_comment_is_joined_by_paragraph() {
        let function: syn::ItemFn = syn::parse_quote! {
            ///   Ships the shop
            /// to its customers.
            ///
            ///
            /// By night.
            #[must_use]
            fn shop() {}
        };
        assert_eq!(description(&function.attrs), "Ships the shop to its customers.\n\nBy night.");
        assert_eq!(description(&[]), "");
    }
}
