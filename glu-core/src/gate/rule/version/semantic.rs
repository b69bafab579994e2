//! Semantic versions (semver.org 2.0.0), by hand: their comparison is less than the crate that every program would have to build.

use std::cmp::Ordering;
use std::fmt;

/// A semantic version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semantic {
    /// What changes when it breaks something.
    pub major: u64,
    /// What changes when it adds something.
    pub minor: u64,
    /// What changes when it mends something.
    pub patch: u64,
    /// The identifiers of a version before a release, such as `rc` and `1`.
    pub before_release: Vec<String>,
    /// What does not count, after a `+`.
    build: String,
}

impl Semantic {
    /// A release.
    pub(super) fn release(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, before_release: Vec::new(), build: String::new() }
    }

    /// Reads a version, with all three numbers; a `v` before it is allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = match text.split_once('+') {
            Some((text, build)) if build.split('.').all(is_identifier) => (text, build),
            Some(_) => return None,
            None => (text, ""),
        };
        let (numbers, before_release) = match text.split_once('-') {
            Some((numbers, identifiers)) => (numbers, identifiers.split('.').map(str::to_owned).collect()),
            None => (text, Vec::new()),
        };
        let valid = |identifier: &String| {
            is_identifier(identifier)
                && (!is_number(identifier) || number(identifier).is_some() || !identifier.starts_with('0'))
        };
        let numbers: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>()?;
        let [major, minor, patch] = numbers[..] else { return None };
        before_release.iter().all(valid).then(|| Self {
            major,
            minor,
            patch,
            before_release,
            build: build.to_owned(),
        })
    }

    /// The version that a text is, or the tag of the image reference that it is.
    pub fn find(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::parse(text).or_else(|| {
            let name = text.split_once('@').map_or(text, |(name, _)| name);
            Self::parse(name.rsplit_once(':')?.1)
        })
    }

    /// What versions are ordered by: the numbers, then what comes before a release, then releases. The build does not count.
    pub fn precedence(&self) -> impl Ord {
        (self.major, self.minor, self.patch, Stage(&self.before_release))
    }
}

impl fmt::Display for Semantic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.before_release.is_empty() {
            write!(formatter, "-{}", self.before_release.join("."))?;
        }
        if !self.build.is_empty() {
            write!(formatter, "+{}", self.build)?;
        }
        Ok(())
    }
}

/// How near to the release (section 11 of the specification).
#[derive(PartialEq, Eq)]
struct Stage<'a>(&'a [String]);

impl Ord for Stage<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0.is_empty(), other.0.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let compared =
            self.0.iter().zip(other.0).map(|(left, right)| match (is_number(left), is_number(right)) {
                // Numbers of any size: the longer one is greater, for they do not begin with zeros.
                (true, true) => (left.len(), left).cmp(&(right.len(), right)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => left.cmp(right),
            });
        let first_difference = compared.into_iter().find(|ordering| ordering.is_ne());
        first_difference.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl PartialOrd for Stage<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A number without needless zeros.
pub(super) fn number(text: &str) -> Option<u64> {
    (is_number(text) && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
