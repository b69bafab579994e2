//! Where states are observed and promotions are written: git repositories, OCI registries and image layouts.

pub mod git;
pub mod oci;
