//! Names of objects in a repository.

use std::fmt;

use super::error::GitProblem;

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident, $kind:literal) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads 40 hexadecimal digits, or nothing.
            pub fn parse(text: &str) -> Option<Self> {
                let valid = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                valid.then(|| Self(text.to_ascii_lowercase()))
            }

            /// The 40 hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The first ten digits: enough for people.
            pub fn short(&self) -> &str {
                &self.0[..10]
            }

            #[allow(dead_code, reason = "not every kind of object is looked up")]
            pub(super) fn oid(&self) -> Result<git2::Oid, GitProblem> {
                Ok(git2::Oid::from_str(&self.0)?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<git2::Oid> for $name {
            fn from(oid: git2::Oid) -> Self {
                Self(oid.to_string())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).ok_or_else(|| format!(concat!("`{}` is no ", $kind, " identifier"), text))
            }
        }
    };
}

identifier!(
    /// A commit.
    CommitId,
    "commit"
);
identifier!(
    /// A tree: all files of a commit. Two commits with the same one hold the same files.
    TreeId,
    "tree"
);
identifier!(
    /// A file's content.
    BlobId,
    "blob"
);
