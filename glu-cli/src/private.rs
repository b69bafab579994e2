//! Everything that the code written by the macros names. No part of the interface: it may change with any release.

pub use glu_core::author::{FromImage, IntoPipelines};
pub use glu_core::binding::{Offer, Part, Place};
pub use glu_core::image::Image;
pub use glu_core::model::{Fields, Resource, ResourceError, Scope, StateDigest};
pub use glu_core::tree::{Edit, Tree};
pub use inventory;
pub use std::option::Option;
pub use std::panic::Location;
pub use std::result::Result;
pub use std::string::String;
pub use std::vec::Vec;

use glu_core::binding;
use glu_core::model::Value;

pub use crate::registration::Registration;

/// Every call for a field, as one trait that all values have: a type that is no [`Value`] is then one error, not one for
/// each call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a resource's field",
    label = "not a `Value`",
    note = "write `String`, a number, `bool`, `ImageRef` or `Digest`, or implement `Value` for a type of your own"
)]
pub trait Field: Sized {
    /// See [`Fields::with`].
    fn add(&self, fields: Fields, name: &str) -> Fields;
    /// See [`Fields::parse`].
    fn parse(fields: &Fields, name: &str) -> Result<Self, ResourceError>;
    /// See [`Value::digest`].
    fn digest(&self) -> StateDigest;
    /// See [`Value::label`].
    fn label(&self) -> String;
    /// See [`binding::read`].
    fn read(tree: &dyn Tree, scope: &Scope, name: &str, places: &[Place]) -> Result<Self, ResourceError>;
    /// See [`binding::write`].
    fn write(
        &self,
        edit: &mut Edit<'_>,
        scope: &Scope,
        name: &str,
        places: &[Place],
    ) -> Result<(), ResourceError>;
    /// See [`binding::drift`].
    fn drift(
        &self,
        tree: &dyn Tree,
        scope: &Scope,
        name: &str,
        places: &[Place],
    ) -> Result<Vec<String>, ResourceError>;
    /// See [`binding::offered`].
    fn offered(image: &Image, name: &str, offer: Offer) -> Result<Self, ResourceError>;
}

#[diagnostic::do_not_recommend]
impl<V: Value> Field for V {
    fn add(&self, fields: Fields, name: &str) -> Fields {
        fields.with(name, self)
    }

    fn parse(fields: &Fields, name: &str) -> Result<Self, ResourceError> {
        fields.parse(name)
    }

    fn digest(&self) -> StateDigest {
        Value::digest(self)
    }

    fn label(&self) -> String {
        Value::label(self)
    }

    fn read(tree: &dyn Tree, scope: &Scope, name: &str, places: &[Place]) -> Result<Self, ResourceError> {
        binding::read(tree, scope, name, places)
    }

    fn write(
        &self,
        edit: &mut Edit<'_>,
        scope: &Scope,
        name: &str,
        places: &[Place],
    ) -> Result<(), ResourceError> {
        binding::write(edit, scope, name, self, places)
    }

    fn drift(
        &self,
        tree: &dyn Tree,
        scope: &Scope,
        name: &str,
        places: &[Place],
    ) -> Result<Vec<String>, ResourceError> {
        binding::drift(tree, scope, name, self, places)
    }

    fn offered(image: &Image, name: &str, offer: Offer) -> Result<Self, ResourceError> {
        binding::offered(image, name, offer)
    }
}
