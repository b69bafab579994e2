//! What a server wants to see before it answers: the `WWW-Authenticate` header (RFC 9110, section 11).

use std::collections::BTreeMap;

/// One way to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    /// In lower case: `bearer`, `basic`.
    pub(super) scheme: String,
    /// By name, in lower case.
    pub(super) parameters: BTreeMap<String, String>,
}

/// Reads all the challenges of one header. What cannot be understood ends it.
pub(super) fn parse(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut scanner = Scanner { rest: header };
    loop {
        scanner.skip(|letter| letter.is_ascii_whitespace() || letter == ',');
        let Some(word) = scanner.token() else { return challenges };
        scanner.skip(|letter| letter.is_ascii_whitespace());
        let Some(value) = scanner.rest.strip_prefix('=') else {
            challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: BTreeMap::new() });
            continue;
        };
        scanner.rest = value;
        scanner.skip(|letter| letter.is_ascii_whitespace());
        let (Some(value), Some(challenge)) = (scanner.value(), challenges.last_mut()) else {
            return challenges;
        };
        // Of two parameters with one name the first counts.
        challenge.parameters.entry(word.to_ascii_lowercase()).or_insert(value);
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(unwanted);
    }

    fn token(&mut self) -> Option<&'a str> {
        let is_token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(letter);
        let end = self.rest.find(|letter| !is_token(letter)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!token.is_empty()).then_some(token)
    }

    /// A quoted string, or everything up to a comma or a blank: servers send addresses without quotes.
    fn value(&mut self) -> Option<String> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', ' ', '\t']).unwrap_or(self.rest.len());
            let (value, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(value.to_owned());
        };
        let mut value = String::new();
        let mut letters = quoted.char_indices();
        while let Some((position, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.rest = &quoted[position + 1..];
                    return Some(value);
                }
                '\\' => value.push(letters.next()?.1),
                _ => value.push(letter),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(header: &str) -> String {
        let challenge = |challenge: Challenge| {
            let parameters: Vec<String> =
                challenge.parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}[{}]", challenge.scheme, parameters.join("|"))
        };
        parse(header).into_iter().map(challenge).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn reads_what_registries_send() {
        assert_eq!(
            show(
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull,push""#
            ),
            "bearer[realm=https://auth.docker.io/token|scope=repository:library/alpine:pull,push|service=registry.docker.io]"
        );
        assert_eq!(show(r#"Basic realm="Registry Realm""#), "basic[realm=Registry Realm]");
        assert_eq!(
            show("BEARER Realm = https://a.io/t , SERVICE=x"),
            "bearer[realm=https://a.io/t|service=x]"
        );
    }

    #[test]
    fn reads_several_challenges_in_one_header() {
        assert_eq!(
            show(r#"Negotiate, Basic realm="a, \"b\"", charset=UTF-8, Bearer realm="c""#),
            r#"negotiate[] basic[charset=UTF-8|realm=a, "b"] bearer[realm=c]"#
        );
    }

    #[test]
    fn nonsense_ends_it() {
        assert_eq!(show(""), "");
        assert_eq!(show(r#"realm="x""#), "");
        assert_eq!(show(r#"Bearer realm="never closed"#), "bearer[]");
        assert_eq!(show("Bearer realm=\"a\", (((, service=b"), "bearer[realm=a]");
        assert_eq!(show("Bearer realm=\"ü\\"), "bearer[]");
    }
}
