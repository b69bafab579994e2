//! The macros of glu, reached through the crate `glu`: [`#[pipeline]`](macro@pipeline) and
//! [`#[derive(Resource)]`](derive@Resource).
//!
//! They read, check and forward; whatever happens at run time is in the core. Every mistake in one use is reported at once,
//! each at its own place.

mod arguments;
mod checked;
mod mistakes;
mod pipeline;
mod resource;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Resource` for a struct whose fields are bound to places in files.
///
/// ```ignore
/// /// What moves through the pipeline.
/// #[derive(Resource)]
/// #[resource(file = "env/{phase}/deployment.yaml")]
/// struct App {
///     /// The image, pinned by digest, and its digest once more for the process itself.
///     #[resource(digest, at = "spec.template.spec.containers[name=app].image",
///                also(at = "spec.template.spec.containers[name=app].env[name=IMAGE_DIGEST].value", part = digest))]
///     image: ImageRef,
///     /// The version that the image was built as.
///     #[resource(label, from = annotation("org.opencontainers.image.version"),
///                at = "metadata.labels.version")]
///     version: String,
/// }
/// ```
///
/// # On the struct
///
/// - `file = "..."`: the file of every field that names none. Relative to the repository's root; `{phase}`, `{pipeline}` and
///   `{labels.NAME}` are filled in.
/// - `crate = ::path`: where the crate `glu` is, if not at `::glu`.
///
/// # On a field
///
/// A field's type implements `Value`: numbers, `bool`, `String`, `ImageRef`, `Digest`, or one of your own.
///
/// - `at = "..."`: the place in the file, as a path expression. Required.
/// - `file = "..."`: the file.
/// - `digest`: the field is part of what identifies a state. At least one field is; of several, the order counts.
/// - `label`: people call the state by this field. Without, by the first field of the digest.
/// - `also(at = "...", file = "...", part = digest)`: one more place that is written with the field, and that drifts if it
///   disagrees. `part` is what stands there of an image reference: `digest`, `tag` or `repository`; without, all of it. May be
///   repeated.
/// - `from = ...`: what the field takes from an image, for pipelines that begin at a registry.
///
///   | `from =` | for example |
///   |---|---|
///   | `reference` | `registry.example.com/app@sha256:...`, the default for an `ImageRef` |
///   | `tagged` | `registry.example.com/app:1.4@sha256:...` |
///   | `digest` | `sha256:...`, the default for a `Digest` |
///   | `tag` | `1.4` |
///   | `repository` | `registry.example.com/app` |
///   | `annotation("...")` | that annotation's value |
///
///   If every field has one, the struct implements `FromImage` as well.
#[proc_macro_derive(Resource, attributes(resource))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    resource::derive(&input).into()
}

/// Registers a function that declares a pipeline, or several.
///
/// ```ignore
/// /// Ships the shop from the registry to its customers.
/// #[pipeline(labels(team = "platform", "app.kubernetes.io/part-of" = "shop"))]
/// fn checkout() -> Pipeline<App> {
///     Pipeline::from(oci("app")).then(git("staging")).then(git("production"))
/// }
/// ```
///
/// The function returns a `Pipeline<R>`, a `Vec` of them, or either in a `Result`, whose error is shown with the function's
/// name and place. It takes nothing, or a `&Discovery` with which it can look at what is in a repository:
///
/// ```ignore
/// #[pipeline]
/// fn services(discovery: &Discovery) -> anyhow::Result<Vec<Pipeline<App>>> {
///     // ...
/// }
/// ```
///
/// The doc comment becomes the pipeline's description.
///
/// # Arguments
///
/// - `name = "..."`: the pipeline's name; without, the function's, with `-` for `_`. A function that returns several names each with
///   `.named(...)`.
/// - `labels(team = "platform", ...)`: labels; a name that is not a word is quoted. What the function sets itself wins.
/// - `annotations(...)`: annotations, likewise.
/// - `crate = ::path`: where the crate `glu` is, if not at `::glu`.
///
/// # Pipelines in a library
///
/// A dependency of which a program uses nothing is not linked, and its pipelines are not there. Name it in `main.rs`:
///
/// ```ignore
/// use my_pipelines as _;
/// ```
#[proc_macro_attribute]
pub fn pipeline(arguments: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::pipeline(arguments.into(), &item.into()).into()
}
