//! The arguments of an attribute: `flag`, `name = value`, `name(...)`, and what stands in them.

use glu_path::nearest::nearest;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token};

use crate::mistakes::Mistakes;

/// The arguments that an attribute takes.
pub(crate) struct Known {
    /// Where they stand, for messages: `a field`.
    pub(crate) on: &'static str,
    /// Their names.
    pub(crate) names: &'static [&'static str],
    /// Those of them that may be given more than once.
    pub(crate) repeatable: &'static [&'static str],
    /// Names that are arguments elsewhere, with what to do about it.
    pub(crate) elsewhere: &'static [(&'static str, &'static str)],
}

/// One known argument, under its name.
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) meta: Meta,
}

/// The arguments of one attribute, each known and given once.
pub(crate) struct Checked {
    pub(crate) arguments: Vec<Argument>,
    /// Whether all were known. Otherwise one that seems to be missing may be there, misspelt.
    pub(crate) whole: bool,
}

/// Reads the arguments between an attribute's parentheses. `None` if they cannot be told apart.
pub(crate) fn split(tokens: TokenStream, mistakes: &mut Mistakes) -> Option<Vec<Meta>> {
    match Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens) {
        Ok(metas) => Some(metas.into_iter().collect()),
        Err(error) => {
            mistakes.push(error);
            None
        }
    }
}

/// The arguments of all attributes called `name`. `None` if those of one cannot be told apart.
pub(crate) fn of_attributes(
    attributes: &[Attribute],
    name: &str,
    mistakes: &mut Mistakes,
) -> Option<Vec<Meta>> {
    let mut all = Some(Vec::new());
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        let metas = match &attribute.meta {
            Meta::List(list) => split(list.tokens.clone(), mistakes),
            other => {
                mistakes.at(other, format_args!("write the arguments in parentheses: `#[{name}(...)]`"));
                None
            }
        };
        all = all.zip(metas).map(|(mut all, metas)| {
            all.extend(metas);
            all
        });
    }
    all
}

impl Known {
    /// Sorts out the arguments that are unknown or given twice.
    pub(crate) fn check(&self, metas: Vec<Meta>, mistakes: &mut Mistakes) -> Checked {
        let mut arguments: Vec<Argument> = Vec::new();
        let mut whole = true;
        for meta in metas {
            let name = name_of(meta.path());
            if !self.names.contains(&name.as_str()) {
                mistakes.at(meta.path(), self.unknown(&name));
                whole = false;
            } else if !self.repeatable.contains(&name.as_str()) && arguments.iter().any(|a| a.name == name) {
                mistakes.at(meta.path(), format_args!("`{name}` is given twice; remove one of them"));
            } else {
                arguments.push(Argument { name, meta });
            }
        }
        Checked { arguments, whole }
    }

    fn unknown(&self, name: &str) -> String {
        let hint = match self.elsewhere.iter().find(|(known, _)| *known == name) {
            Some((_, hint)) => (*hint).to_owned(),
            None => did_you_mean(name, self.names),
        };
        format!("unknown argument `{name}` on {}; {hint}", self.on)
    }
}

/// `did you mean ...?`, or everything there is.
pub(crate) fn did_you_mean(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", listed(known)),
    }
}

/// ``` `a`, `b` and `c` ```
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The string in `name = "..."`.
pub(crate) fn string(meta: &Meta, example: &str, mistakes: &mut Mistakes) -> Option<LitStr> {
    let value = value(meta, example, mistakes)?;
    let string = as_string(value);
    if string.is_none() {
        mistakes
            .at(value, format_args!("`{}` takes a string literal; write `{example}`", name_of(meta.path())));
    }
    string
}

/// The expression in `name = ...`.
pub(crate) fn value<'a>(meta: &'a Meta, example: &str, mistakes: &mut Mistakes) -> Option<&'a Expr> {
    match meta {
        Meta::NameValue(pair) => Some(&pair.value),
        other => {
            mistakes.at(other, format_args!("`{}` takes a value; write `{example}`", name_of(other.path())));
            None
        }
    }
}

/// What stands in the parentheses of `name(...)`.
pub(crate) fn list(meta: &Meta, example: &str, mistakes: &mut Mistakes) -> Option<TokenStream> {
    match meta {
        Meta::List(list) => Some(list.tokens.clone()),
        other => {
            mistakes.at(other, format_args!("`{}` takes a list; write `{example}`", name_of(other.path())));
            None
        }
    }
}

/// Checks that an argument stands alone.
pub(crate) fn flag(meta: &Meta, mistakes: &mut Mistakes) -> bool {
    let alone = matches!(meta, Meta::Path(_));
    if !alone {
        let name = name_of(meta.path());
        mistakes.at(meta, format_args!("`{name}` takes no value; write `{name}` alone"));
    }
    alone
}

/// The path in `crate = ::path`.
pub(crate) fn krate(meta: &Meta, mistakes: &mut Mistakes) -> Option<Path> {
    let value = value(meta, "crate = ::path", mistakes)?;
    match ungrouped(value) {
        Expr::Path(expression) if expression.qself.is_none() => Some(expression.path.clone()),
        _ => {
            mistakes.at(value, "`crate` takes a path; write `crate = ::path`, without quotes");
            None
        }
    }
}

/// An expression that is one word.
pub(crate) fn as_word(expression: &Expr) -> Option<&Ident> {
    match ungrouped(expression) {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

/// An expression that is a string literal.
pub(crate) fn as_string(expression: &Expr) -> Option<LitStr> {
    match ungrouped(expression) {
        Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => Some(string.clone()),
        _ => None,
    }
}

/// An argument's name as written.
pub(crate) fn name_of(path: &Path) -> String {
    match path.get_ident() {
        Some(ident) => ident.unraw().to_string(),
        None => path.to_token_stream().to_string().replace(' ', ""),
    }
}

/// The expression that a `macro_rules` fragment wraps in invisible delimiters.
pub(crate) fn ungrouped(mut expression: &Expr) -> &Expr {
    while let Expr::Group(group) = expression {
        expression = &group.expr;
    }
    expression
}
