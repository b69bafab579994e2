//! The dialects of both Bitbuckets over the forge in memory, after Atlassian's own descriptions of their APIs. They are strict: a path, a method, a
//! parameter or a field that is not described there is refused, and the server says so when it goes.

mod cloud;
mod data_center;
mod strict;

pub use cloud::{API_TOKEN, BitbucketCloudServer, TOKEN};
pub use data_center::{BitbucketDataCenterServer, HTTP_ACCESS_TOKEN};

#[cfg(test)]
mod tests;
