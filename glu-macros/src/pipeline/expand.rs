//! The code: one registration, submitted to what the command line collects.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, ItemFn, LitStr, ReturnType};

use super::declaration::{self, Attributes};

/// The registration of a sound function.
pub(super) fn registration(attributes: &Attributes, function: &ItemFn) -> TokenStream {
    let Attributes { krate, name, labels, annotations } = attributes;
    let glu = quote!(#krate::__private);
    let ident = &function.sig.ident;
    let function_name = ident.unraw().to_string();
    let name = match name {
        Some(name) => quote!(#glu::Option::Some(#name)),
        None => quote!(#glu::Option::None),
    };
    let description = declaration::description(&function.attrs);
    let labels = pairs(labels);
    let annotations = pairs(annotations);

    // A whole call at the function's name, and nothing of it elsewhere: that makes it the place of the declaration.
    let declared = quote_spanned!(ident.span()=> Location::caller());
    // Not to be confused with a function of the same name.
    let discovery = Ident::new("discovery", Span::mixed_site());
    let argument = function.sig.inputs.first().map(|parameter| {
        let place = match parameter {
            FnArg::Typed(typed) => typed.ty.span(),
            FnArg::Receiver(receiver) => receiver.span(),
        };
        at(&discovery, place)
    });
    let parameter = if argument.is_some() { quote!(#discovery) } else { quote!(_) };
    // What is wrong with the return type is said at the return type.
    let output = match &function.sig.output {
        ReturnType::Type(_, output) => output.span(),
        ReturnType::Default => ident.span(),
    };
    let called = at(ident, output);
    let into_pipelines = quote_spanned!(output=> IntoPipelines::into_pipelines(#called(#argument)));

    quote! {
        const _: () = {
            use #glu::{IntoPipelines, Location};

            #glu::inventory::submit! {
                #glu::Registration {
                    function: #function_name,
                    name: #name,
                    description: #description,
                    labels: #labels,
                    annotations: #annotations,
                    declared: #declared,
                    pipelines: |#parameter| #into_pipelines,
                }
            }
        };
    }
}

/// The same name, resolved as before but shown elsewhere in errors.
fn at(ident: &Ident, place: Span) -> Ident {
    let mut moved = ident.clone();
    moved.set_span(ident.span().located_at(place));
    moved
}

fn pairs(pairs: &[(String, LitStr)]) -> TokenStream {
    let pairs = pairs.iter().map(|(name, value)| quote!((#name, #value)));
    quote!(&[#(#pairs),*])
}
