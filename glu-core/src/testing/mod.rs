//! The kit with which glu tests itself: directories that clean up after themselves, and git remotes to work against. With it come the
//! clocks of [`clock`](crate::clock) and the image layouts of [`source::oci::layout`](crate::source::oci::layout).
//!
//! It panics where a test could not go on.

mod directory;
mod remote;

pub use directory::Directory;
pub use remote::{Commit, Remote};
