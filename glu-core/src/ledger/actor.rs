//! Who acts: whoever it is claimed to be, or whom git knows.
//!
//! A name is a claim, as an author's is in git: what may be believed is decided by who may write to the ledger.

use crate::access::Access;
use crate::settings::Author;

/// Nobody said.
pub(crate) const UNKNOWN: &str = "unknown";

/// Who acts: the claimed actor, such as a CI's `github:octocat`; else the fallback as `Name <address>`.
pub fn actor(claimed: Option<&str>, fallback: Option<&Author>) -> String {
    let claimed = claimed.map(one_line).filter(|name| !name.is_empty());
    claimed.or_else(|| fallback.map(named)).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Who acts, with git's own identity as the fallback. Whom the configuration names as the author of commits comes last: that file
/// is shared by all who could act.
pub fn actor_here(claimed: Option<&str>, access: &Access) -> String {
    if claimed.is_some() {
        return actor(claimed, None);
    }
    let settings = access.settings();
    let home = settings.ledger_ref().map(|(source, _)| source).or_else(|| settings.default_git());
    let person = home
        .and_then(|source| access.repository(source).ok()?.signature(None, access.now()).ok())
        .map(|signature| Author { name: signature.name, email: signature.email });
    actor(None, person.as_ref().or(settings.author.as_ref()))
}

fn named(author: &Author) -> String {
    one_line(&author.to_string())
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Author {
        Author { name: "Ada Example".to_owned(), email: "ada@example.com".to_owned() }
    }

    #[test]
    fn a_claim_comes_before_git() {
        assert_eq!(actor(Some("github:octocat"), Some(&ada())), "github:octocat");
        assert_eq!(actor(None, Some(&ada())), "Ada Example <ada@example.com>");
        assert_eq!(actor(Some(" a\nb "), None), "a b");
        assert_eq!(actor(Some(" "), None), "unknown");
        assert_eq!(actor(None, None), "unknown");
    }
}
