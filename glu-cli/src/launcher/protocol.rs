//! What launcher and program agree on, so that they may differ in age.
//!
//! The launcher sets [`VARIABLE`] to its [`VERSION`] and passes its own arguments on. Asked for [`HANDSHAKE`], a program prints one line, a
//! [`Handshake`] as JSON, and exits with 0. The launcher asks once after each build, not on each start.

use serde::{Deserialize, Serialize};

/// The version of the protocol. A change that an older other side could not cope with raises it.
pub const VERSION: u32 = 1;

/// The environment variable that tells a program which protocol its launcher speaks.
pub const VARIABLE: &str = "GLU_LAUNCHER_PROTOCOL";

/// The hidden verb that asks a program for its [`Handshake`].
pub const HANDSHAKE: &str = "__handshake";

/// A program's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// The protocol it speaks.
    pub protocol: u32,
    /// The version of glu it was built with.
    pub version: String,
}

impl Handshake {
    /// The answer of a program built with this library.
    #[must_use]
    pub fn current() -> Self {
        Self { protocol: VERSION, version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// The answer as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({ "protocol": self.protocol, "version": self.version }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_back_and_may_have_more_to_say() {
        let answer = Handshake::current();
        assert_eq!(serde_json::from_str::<Handshake>(&answer.to_json()).unwrap(), answer);
        let newer = r#"{"protocol":1,"version":"9.0.0","features":["serve"]}"#;
        assert_eq!(serde_json::from_str::<Handshake>(newer).unwrap().protocol, 1);
    }
}
