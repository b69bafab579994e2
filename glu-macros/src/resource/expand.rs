//! The code: places as constants, and calls that forward to the core.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Path};

use super::model::{Field, Offer, Part, Place, Resource};

/// The implementations for a sound resource.
pub(super) fn resource(resource: &Resource) -> TokenStream {
    let Resource { krate, ident, fields } = resource;
    let glu = quote!(#krate::__private);
    let bindings: Vec<Binding<'_>> =
        fields.iter().enumerate().map(|(index, field)| Binding::new(index, field)).collect();

    let places = bindings.iter().map(|binding| binding.constant(&glu));
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = bindings.iter().map(|binding| &binding.name).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let constants: Vec<_> = bindings.iter().map(|binding| &binding.places).collect();

    let digests = bindings.iter().filter(|binding| binding.field.digest).map(|binding| {
        let Binding { field: Field { ident, ty, .. }, name, .. } = binding;
        quote!((#name, <#ty as #glu::Field>::digest(&self.#ident)))
    });
    let label = resource.labelled().map(|Field { ident, ty, .. }| {
        quote! {
            fn label(&self) -> #glu::String {
                <#ty as #glu::Field>::label(&self.#ident)
            }
        }
    });
    let from_image = from_image(resource, &bindings, &glu);

    quote! {
        #[allow(clippy::all, clippy::pedantic, deprecated)]
        const _: () = {
            #(#places)*

            #[automatically_derived]
            impl #glu::Resource for #ident {
                fn fields(&self) -> #glu::Fields {
                    let fields = #glu::Fields::new();
                    #(let fields = <#types as #glu::Field>::add(&self.#idents, fields, #names);)*
                    fields
                }

                fn from_fields(fields: &#glu::Fields) -> #glu::Result<Self, #glu::ResourceError> {
                    #glu::Result::Ok(Self { #(#idents: <#types as #glu::Field>::parse(fields, #names)?,)* })
                }

                fn digest(&self) -> #glu::StateDigest {
                    #glu::StateDigest::of_parts(&[#(#digests),*])
                }

                #label

                fn read(tree: &dyn #glu::Tree, scope: &#glu::Scope) -> #glu::Result<Self, #glu::ResourceError> {
                    #glu::Result::Ok(Self {
                        #(#idents: <#types as #glu::Field>::read(tree, scope, #names, #constants)?,)*
                    })
                }

                fn write(
                    &self,
                    edit: &mut #glu::Edit<'_>,
                    scope: &#glu::Scope,
                ) -> #glu::Result<(), #glu::ResourceError> {
                    #(<#types as #glu::Field>::write(&self.#idents, edit, scope, #names, #constants)?;)*
                    #glu::Result::Ok(())
                }

                fn drift(
                    &self,
                    tree: &dyn #glu::Tree,
                    scope: &#glu::Scope,
                ) -> #glu::Result<#glu::Vec<#glu::String>, #glu::ResourceError> {
                    let mut sentences = #glu::Vec::new();
                    #(sentences.append(
                        &mut <#types as #glu::Field>::drift(&self.#idents, tree, scope, #names, #constants)?,
                    );)*
                    #glu::Result::Ok(sentences)
                }
            }

            #from_image
        };
    }
}

/// Implementations that only keep the compiler from asking for them, next to errors.
pub(super) fn stub(input: &DeriveInput, krate: &Path) -> TokenStream {
    let glu = quote!(#krate::__private);
    let ident = &input.ident;
    let (generics, arguments, clause) = input.generics.split_for_impl();
    // Whatever the parameters are, the type is assumed to be what the trait asks for.
    let mut clause = clause.cloned().unwrap_or_else(|| syn::parse_quote!(where));
    clause.predicates.push(syn::parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync + 'static));
    quote! {
        const _: () = {
            impl #generics #glu::Resource for #ident #arguments #clause {
                fn fields(&self) -> #glu::Fields {
                    ::core::unimplemented!()
                }

                fn from_fields(_: &#glu::Fields) -> #glu::Result<Self, #glu::ResourceError> {
                    ::core::unimplemented!()
                }

                fn digest(&self) -> #glu::StateDigest {
                    ::core::unimplemented!()
                }

                fn read(_: &dyn #glu::Tree, _: &#glu::Scope) -> #glu::Result<Self, #glu::ResourceError> {
                    ::core::unimplemented!()
                }

                fn write(&self, _: &mut #glu::Edit<'_>, _: &#glu::Scope) -> #glu::Result<(), #glu::ResourceError> {
                    ::core::unimplemented!()
                }
            }

            impl #generics #glu::FromImage for #ident #arguments #clause {
                fn from_image(_: &#glu::Image) -> #glu::Result<Self, #glu::ResourceError> {
                    ::core::unimplemented!()
                }
            }
        };
    }
}

/// A field with the names that the code calls it by.
struct Binding<'a> {
    field: &'a Field,
    name: String,
    places: syn::Ident,
}

impl<'a> Binding<'a> {
    fn new(index: usize, field: &'a Field) -> Self {
        Self { field, name: field.ident.unraw().to_string(), places: format_ident!("__PLACES_{index}") }
    }

    fn constant(&self, glu: &TokenStream) -> TokenStream {
        let Self { field, places: constant, .. } = self;
        let places = field.places.iter().map(|Place { file, at, part, .. }| {
            let part = match part {
                Part::Whole => quote!(Whole),
                Part::Digest => quote!(Digest),
                Part::Tag => quote!(Tag),
                Part::Repository => quote!(Repository),
            };
            quote!(#glu::Place { file: #file, at: #at, part: #glu::Part::#part })
        });
        quote!(const #constant: &[#glu::Place] = &[#(#places),*];)
    }
}

/// The implementation of `FromImage`, where every field knows what it takes from an image.
fn from_image(resource: &Resource, bindings: &[Binding<'_>], glu: &TokenStream) -> Option<TokenStream> {
    let fields = bindings
        .iter()
        .map(|Binding { field, name, .. }| {
            let Field { ident, ty, from, .. } = field;
            let offer = match from.as_ref()? {
                Offer::Reference => quote!(Reference),
                Offer::Tagged => quote!(Tagged),
                Offer::Digest => quote!(Digest),
                Offer::Tag => quote!(Tag),
                Offer::Repository => quote!(Repository),
                Offer::Annotation(annotation) => quote!(Annotation(#annotation)),
            };
            Some(quote!(#ident: <#ty as #glu::Field>::offered(image, #name, #glu::Offer::#offer)?))
        })
        .collect::<Option<Vec<_>>>()?;
    let ident = &resource.ident;
    Some(quote! {
        #[automatically_derived]
        impl #glu::FromImage for #ident {
            fn from_image(image: &#glu::Image) -> #glu::Result<Self, #glu::ResourceError> {
                #glu::Result::Ok(Self { #(#fields),* })
            }
        }
    })
}
