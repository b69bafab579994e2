//! What the attribute stands on: a plain function that takes nothing or `&Discovery` and returns pipelines.

use proc_macro2::TokenStream;
use syn::{FnArg, Item, ItemFn, ReturnType, Safety, Signature, Type};

use crate::mistakes::Mistakes;

/// The function, where it is one; what it may not be is reported.
pub(super) fn function(item: &TokenStream, mistakes: &mut Mistakes) -> Option<ItemFn> {
    match syn::parse2(item.clone()) {
        Ok(Item::Fn(function)) => {
            signature(&function.sig, mistakes);
            Some(function)
        }
        Ok(other) => {
            mistakes.at(
                keyword(&other).unwrap_or_else(|| item.clone()),
                "`#[pipeline]` stands on a function that returns a `Pipeline<R>`; write `fn checkout() -> Pipeline<App>`",
            );
            None
        }
        Err(error) => {
            mistakes.push(error);
            None
        }
    }
}

fn signature(signature: &Signature, mistakes: &mut Mistakes) {
    if let Some(token) = &signature.constness {
        mistakes.at(token, "a pipeline function is called at start; remove the `const`");
    }
    if let Some(token) = &signature.asyncness {
        mistakes.at(token, "a pipeline function only describes and waits for nothing; remove the `async`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        mistakes.at(token, "a pipeline function is called by safe code; remove the `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        mistakes.at(abi, "a pipeline function is called from Rust; remove the `extern`");
    }
    if !signature.generics.params.is_empty() {
        mistakes.at(
            &signature.generics,
            "a pipeline function has no generics, since nobody names types when it is called; remove them",
        );
    }
    if let Some(clause) = &signature.generics.where_clause {
        mistakes.at(clause, "a pipeline function has no `where` clause; remove it");
    }
    parameters(signature, mistakes);
    if matches!(signature.output, ReturnType::Default) {
        mistakes.at(
            &signature.ident,
            "a pipeline function returns what it declares; write `-> Pipeline<R>`, `-> Vec<Pipeline<R>>`, or one of \
             them in a `Result`",
        );
    }
}

fn parameters(signature: &Signature, mistakes: &mut Mistakes) {
    for (index, parameter) in signature.inputs.iter().enumerate() {
        match parameter {
            FnArg::Receiver(receiver) => {
                mistakes.at(
                    receiver,
                    "a pipeline function belongs to no value; move it out of the `impl` and remove the `self`",
                );
            }
            FnArg::Typed(_) if index > 0 => {
                mistakes.at(
                    parameter,
                    "a pipeline function takes nothing or one `&Discovery`; remove this parameter",
                );
            }
            FnArg::Typed(typed) => match &*typed.ty {
                Type::Reference(reference) if reference.mutability.is_none() => {}
                other => {
                    mistakes.at(
                        other,
                        "a pipeline function takes nothing or one `&Discovery`; write `&Discovery` here or remove \
                         the parameter",
                    );
                }
            },
        }
    }
    if let Some(variadic) = &signature.variadic {
        mistakes.at(variadic, "a pipeline function takes nothing or one `&Discovery`; remove the `...`");
    }
}

/// The word that tells what kind of item it is.
fn keyword(item: &Item) -> Option<TokenStream> {
    let word: &dyn quote::ToTokens = match item {
        Item::Const(item) => &item.const_token,
        Item::Enum(item) => &item.enum_token,
        Item::Impl(item) => &item.impl_token,
        Item::Mod(item) => &item.mod_token,
        Item::Static(item) => &item.static_token,
        Item::Struct(item) => &item.struct_token,
        Item::Trait(item) => &item.trait_token,
        Item::Type(item) => &item.type_token,
        Item::Union(item) => &item.union_token,
        Item::Use(item) => &item.use_token,
        _ => return None,
    };
    Some(word.to_token_stream())
}
