//! The kit with which glu tests itself: directories that clean up after themselves, git remotes to work against, and a forge on top of one. With it come the
//! clocks of [`clock`](crate::clock) and the image layouts of [`source::oci::layout`](crate::source::oci::layout).
//!
//! It panics where a test could not go on.

mod directory;
pub mod forge;
mod remote;

pub use directory::Directory;
pub use remote::{Commit, Remote};
