//! Gates that ask a Kubernetes API.

mod access;
mod deployment;
mod real;
mod resources;
