//! `#[derive(Resource)]`: what was written, what it means, what is wrong with it, and the code for it.

mod declaration;
mod expand;
mod model;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::mistakes::Mistakes;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let declaration = declaration::read(input, &mut mistakes);
    let resource = model::resolve(&declaration, &mut mistakes);
    validate::check(&resource, &declaration, &mut mistakes);
    match mistakes.report() {
        None => expand::resource(&resource),
        Some(errors) => {
            let stub = expand::stub(input, &resource.krate);
            quote!(#errors #stub)
        }
    }
}
