//! Lists that come in pages. All of a list or an error: half of one would be taken for the whole.

use std::ops::ControlFlow;

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::Uri;

use super::super::ForgeProblem;
use super::{Answer, Client, Method, Request};
use crate::http::{join, percent_encode};

/// More pages than these are no list that anybody can want.
const PAGES: usize = 200;

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    items: Option<&'static str>,
    next: Next,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Link,
    Header { header: &'static str, parameter: &'static str },
    Address { field: &'static str },
    Field { field: &'static str, parameter: &'static str },
    Number { parameter: &'static str, total: Option<&'static str> },
    Offset { parameter: &'static str, length: usize },
}

impl Paging {
    /// The `Link` header's `rel="next"`: GitHub, Gitea, Forgejo, GitLab.
    pub const LINK: Self = Self { items: None, next: Next::Link };

    /// A header has the parameter's next value: GitLab's `x-next-page`, Azure's `x-ms-continuationtoken`.
    pub const fn header(header: &'static str, parameter: &'static str) -> Self {
        Self { items: None, next: Next::Header { header, parameter } }
    }

    /// A field of the body has the next page's address: Bitbucket Cloud's `next`.
    pub const fn address(field: &'static str) -> Self {
        Self { items: None, next: Next::Address { field } }
    }

    /// A field of the body has the parameter's next value: Bitbucket Data Center's `nextPageStart`.
    pub const fn field(field: &'static str, parameter: &'static str) -> Self {
        Self { items: None, next: Next::Field { field, parameter } }
    }

    /// Pages have numbers, and a header counts all items; where some lists have a `Link` header instead, that is as good. An empty list may be
    /// null: Gitea, Forgejo.
    pub const fn total(header: &'static str, parameter: &'static str) -> Self {
        Self { items: None, next: Next::Number { parameter, total: Some(header) } }
    }

    /// Pages have numbers, and nothing tells how many there are: they end with an empty one, which may be null.
    pub const fn until_empty(parameter: &'static str) -> Self {
        Self { items: None, next: Next::Number { parameter, total: None } }
    }

    /// A parameter says how many items were seen, and a page that is shorter than was asked for is the last: Azure DevOps' `$skip`.
    pub const fn offset(parameter: &'static str, length: usize) -> Self {
        Self { items: None, next: Next::Offset { parameter, length } }
    }

    /// The list is in this field of the body; otherwise the body is the list.
    #[must_use]
    pub const fn items(mut self, field: &'static str) -> Self {
        self.items = Some(field);
        self
    }
}

impl Client {
    /// Reads a whole list.
    ///
    /// # Errors
    /// When one of its pages cannot be read.
    pub fn pages<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        paging: Paging,
    ) -> Result<Vec<T>, ForgeProblem> {
        let mut all = Vec::new();
        self.each(doing, path, paging, |item| {
            all.push(item);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// Reads a list until somebody has seen enough.
    ///
    /// # Errors
    /// When one of the pages up to there cannot be read.
    pub fn each<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        paging: Paging,
        mut see: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), ForgeProblem> {
        let strange = |reason: &str| ForgeProblem::Unavailable {
            doing: doing.to_owned(),
            reason: format!("the answer is not what is documented: {reason}"),
        };
        let mut target = self.resolve(&Request::new(Method::Get, doing, path))?.to_string();
        let mut seen = 0;
        for _ in 0..PAGES {
            let answer = self.ask(&Request::new(Method::Get, doing, &target))?;
            let mut body: Value = answer.read(doing)?;
            let list = match paging.items {
                Some(field) => body.get_mut(field).map(Value::take),
                None => Some(body.take()),
            };
            let items = match list {
                Some(Value::Array(items)) => items,
                Some(Value::Null) if matches!(paging.next, Next::Number { .. }) => Vec::new(),
                _ => return Err(strange("there is no list")),
            };
            seen += items.len();
            let next = match paging.next {
                Next::Number { .. } if items.is_empty() => None,
                _ => self.next(&answer, &body, &target, paging, (items.len(), seen)),
            };
            for item in items {
                let item = serde_json::from_value(item).map_err(|error| strange(&error.to_string()))?;
                if see(item).is_break() {
                    return Ok(());
                }
            }
            match next {
                None => return Ok(()),
                Some(next) if next == target => return Err(strange("a page leads to itself")),
                Some(next) => target = next,
            }
        }
        Err(strange(&format!("there are more than {PAGES} pages")))
    }

    /// The next page's address, by how many items were on this one and on all so far; at our own origin: behind a proxy a server often does not
    /// know its name.
    fn next(
        &self,
        answer: &Answer,
        body: &Value,
        target: &str,
        paging: Paging,
        (found, seen): (usize, usize),
    ) -> Option<String> {
        let uri: Uri = target.parse().ok()?;
        let link = match paging.next {
            Next::Link => next_link(answer.header("link")?)?.to_owned(),
            Next::Number { parameter, total } => match answer.header("link") {
                Some(links) => next_link(links)?.to_owned(),
                None => {
                    let total = total.and_then(|header| answer.header(header)?.trim().parse::<usize>().ok());
                    let is_all = total.is_some_and(|total| seen >= total);
                    let next = parameter_of(target, parameter).unwrap_or(1) + 1;
                    return (!is_all).then(|| with_parameter(target, parameter, &next.to_string()));
                }
            },
            Next::Address { field } => body.get(field)?.as_str()?.to_owned(),
            Next::Header { header, parameter } => {
                let value = answer.header(header)?.trim();
                return (!value.is_empty()).then(|| with_parameter(target, parameter, value));
            }
            Next::Field { field, parameter } => {
                let value = match body.get(field)? {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                return Some(with_parameter(target, parameter, &value));
            }
            Next::Offset { parameter, length } => {
                let next = found + parameter_of(target, parameter).unwrap_or(0);
                return (found >= length).then(|| with_parameter(target, parameter, &next.to_string()));
            }
        };
        let next = join(&uri, &link)?;
        let path = next.path_and_query()?;
        Some(format!("{}://{}{path}", self.api.scheme_str()?, self.api.authority()?))
    }
}

/// The address of `rel="next"` (RFC 8288).
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (address, after) = after.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let is_next = |parameter: &str| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && value.split_ascii_whitespace().any(|rel| rel == "next")
        };
        if after[..end].split(';').any(is_next) {
            return Some(address);
        }
        rest = &after[end..];
    }
    None
}

/// An address whose query has this parameter, and has it once.
fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let others = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let pair = format!("{name}={}", percent_encode(value));
    let query: Vec<&str> = others.chain([pair.as_str()]).collect();
    format!("{place}?{}", query.join("&"))
}

fn parameter_of(address: &str, name: &str) -> Option<usize> {
    let (_, query) = address.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_among_others() {
        let github = r#"<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?a=1,2&page=3>; rel="next", <https://api.github.com/x?page=9>; rel="last""#;
        assert_eq!(next_link(github), Some("https://api.github.com/x?a=1,2&page=3"));
        assert_eq!(next_link(r#"<a>; rel="last""#), None);
        assert_eq!(next_link(r#"<a>; title="x"; rel="prefetch next""#), Some("a"));
        assert_eq!(next_link("<a>; rel=next"), Some("a"));
        assert_eq!(next_link("<a"), None);
    }

    #[test]
    fn a_parameter_is_there_once() {
        assert_eq!(with_parameter("https://a.io/x", "page", "2"), "https://a.io/x?page=2");
        assert_eq!(with_parameter("https://a.io/x?page=2&n=1", "page", "3"), "https://a.io/x?n=1&page=3");
        assert_eq!(
            with_parameter("https://a.io/x?n=1", "token", "a b&c"),
            "https://a.io/x?n=1&token=a%20b%26c"
        );
        assert_eq!(parameter_of("https://a.io/x?n=1&$skip=20", "$skip"), Some(20));
        assert_eq!(parameter_of("https://a.io/x?skipped=20", "skip"), None);
    }
}
