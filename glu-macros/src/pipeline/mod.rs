//! `#[pipeline]`: what was written, what is wrong with it, and the code that registers it.

mod declaration;
mod expand;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;

use crate::mistakes::Mistakes;

/// The item as it was, followed by its registration or by what is wrong.
pub(crate) fn pipeline(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let attributes = declaration::attributes(arguments, &mut mistakes);
    let function = validate::function(item, &mut mistakes);
    match (function, mistakes.report()) {
        (Some(function), None) => {
            let registration = expand::registration(&attributes, &function);
            quote!(#item #registration)
        }
        (_, errors) => quote!(#errors #item),
    }
}
