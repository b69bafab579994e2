//! Addresses of remotes, and what in them nobody may read.

use crate::credential::{Credential, Secret};
use crate::percent;

/// Where a remote is, with any password split off, so that the rest can be shown and passed as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteUrl {
    /// What git is given: no password, and no user over http when there was a password.
    pub(super) address: String,
    pub(super) transport: Transport,
    /// Whether the address names the user to sign in as.
    pub(super) has_user: bool,
    /// The user and password that stood in the URL.
    pub(super) credential: Option<Credential>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Http,
    Ssh,
    /// A path on this machine, or a transport that needs no credential of ours.
    Other,
}

impl RemoteUrl {
    /// Reads a URL, an scp-like `user@host:path`, or a path, which is made absolute.
    pub(super) fn parse(text: &str) -> Self {
        let Some((scheme, rest)) = text.split_once("://") else { return Self::without_scheme(text) };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let transport = match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Transport::Http,
            "ssh" | "git+ssh" | "ssh+git" => Transport::Ssh,
            _ => Transport::Other,
        };
        let Some((userinfo, host)) = authority.rsplit_once('@') else {
            return Self { address: text.to_owned(), transport, has_user: false, credential: None };
        };
        let (user, password) = match userinfo.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            // A name alone is no secret to git, but forges take a token in its place.
            None => (userinfo, looks_like_token(userinfo).then_some("")),
        };
        match password {
            Some(password) if transport == Transport::Http => Self {
                address: format!("{scheme}://{host}{path}"),
                transport,
                has_user: false,
                credential: Some(basic(user, password)),
            },
            _ => Self {
                address: format!("{scheme}://{user}@{host}{path}"),
                transport,
                has_user: true,
                credential: None,
            },
        }
    }

    fn without_scheme(text: &str) -> Self {
        // As git does: a colon before the first slash makes it scp-like.
        let scp = text.find(':').is_some_and(|colon| !text[..colon].contains('/'));
        if scp && !std::path::Path::new(text).exists() {
            let has_user = text.split(':').next().is_some_and(|host| host.contains('@'));
            return Self { address: text.to_owned(), transport: Transport::Ssh, has_user, credential: None };
        }
        let address = match std::path::absolute(text) {
            Ok(path) => path.to_string_lossy().into_owned(),
            Err(_) => text.to_owned(),
        };
        Self { address, transport: Transport::Other, has_user: false, credential: None }
    }

    /// The address for messages: without any user.
    pub(super) fn shown(&self) -> String {
        match self.transport {
            Transport::Http | Transport::Other => without_userinfo(&self.address),
            Transport::Ssh => self.address.clone(),
        }
    }
}

/// Replaces what stands between `://` and `@` in every URL of a text.
pub(super) fn redact(text: &str) -> String {
    rewrite_userinfo(text, |scheme, userinfo| {
        // ssh has no passwords in URLs, and `git@` helps the reader.
        if scheme.ends_with("ssh") && !userinfo.contains(':') {
            format!("{userinfo}@")
        } else {
            "***@".to_owned()
        }
    })
}

fn without_userinfo(text: &str) -> String {
    rewrite_userinfo(text, |_, _| String::new())
}

fn rewrite_userinfo(text: &str, replacement: impl Fn(&str, &str) -> String) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        rewritten.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"')
            .unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(at) => {
                rewritten.push_str(&replacement(&before[..start], &after[..at]));
                &after[at + 1..]
            }
            None => after,
        };
    }
    rewritten.push_str(rest);
    rewritten
}

fn basic(user: &str, password: &str) -> Credential {
    Credential::Basic { username: percent::decode(user), password: Secret::new(percent::decode(password)) }
}

/// Long runs of letters and digits are not what people call themselves.
fn looks_like_token(user: &str) -> bool {
    user.len() >= 20 && !user.contains(['@', '%'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> (String, Transport, bool) {
        let url = RemoteUrl::parse(text);
        (url.address, url.transport, url.has_user)
    }

    #[test]
    fn a_password_leaves_the_address() {
        let url = RemoteUrl::parse("https://jane:s%40cret@example.com:8443/app.git");
        assert_eq!(url.address, "https://example.com:8443/app.git");
        assert_eq!(url.credential, Some(basic("jane", "s@cret")));
    }

    #[test]
    fn a_token_alone_leaves_the_address_and_a_user_alone_stays() {
        let url = RemoteUrl::parse("https://ghp_0123456789abcdef0123@github.com/a/b");
        assert_eq!(url.address, "https://github.com/a/b");
        assert!(url.credential.is_some());
        assert_eq!(
            address("https://jane@example.com/a"),
            ("https://jane@example.com/a".into(), Transport::Http, true)
        );
        assert_eq!(RemoteUrl::parse("https://jane@example.com/a").shown(), "https://example.com/a");
    }

    #[test]
    fn ssh_is_told_from_paths() {
        assert_eq!(address("git@host:a/b.git"), ("git@host:a/b.git".into(), Transport::Ssh, true));
        assert_eq!(address("host:a"), ("host:a".into(), Transport::Ssh, false));
        assert_eq!(address("ssh://git:pw@host/a"), ("ssh://git@host/a".into(), Transport::Ssh, true));
        assert_eq!(address("/srv/a:b"), ("/srv/a:b".into(), Transport::Other, false));
        assert_eq!(address("file:///srv/a"), ("file:///srv/a".into(), Transport::Other, false));
    }

    #[test]
    fn relative_paths_do_not_depend_on_where_git_runs() {
        assert!(std::path::Path::new(&address("../remote.git").0).is_absolute());
    }

    #[test]
    fn texts_lose_every_userinfo() {
        let text = "fatal: unable to access 'https://oauth2:glpat-x@host/a/': no; https://t0k@host ssh://git@host/x a@b";
        let expected =
            "fatal: unable to access 'https://***@host/a/': no; https://***@host ssh://git@host/x a@b";
        assert_eq!(redact(text), expected);
        assert_eq!(redact("https://a:p@ss@host/"), "https://***@host/");
    }
}
