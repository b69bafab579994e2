//! Ranges of versions, as in Cargo: `^1.2`, `~1.2.3`, `1.*`, `>=1.2, <3`; a bare version means the same as with `^`.

use super::Semantic;
use super::semantic::number;

/// A range of versions.
///
/// Versions before a release are only in it where it names one of the same three numbers: `>=1.2.0-rc.1` has `1.2.0-rc.2`, and `>=1.1`
/// has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range(Vec<Bounds>);

/// Why a range cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no range of versions such as `^1.2` or `>=1.2, <3`")]
pub struct RangeError {
    /// What it says.
    pub text: String,
}

/// One comparison: at least the first, less than the second.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bounds {
    least: Option<Semantic>,
    below: Option<Semantic>,
    /// The version before a release that it names.
    named: Option<Semantic>,
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let bounds = text.split(',').map(|part| Bounds::parse(part.trim())).collect::<Option<Vec<_>>>();
        bounds.map(Self).ok_or_else(|| RangeError { text: text.to_owned() })
    }

    /// Whether a version is in it.
    pub fn contains(&self, version: &Semantic) -> bool {
        let between = self.0.iter().all(|bounds| bounds.contain(version));
        let same = |named: &Semantic| {
            (named.major, named.minor, named.patch) == (version.major, version.minor, version.patch)
        };
        let admitted = version.before_release.is_empty()
            || self.0.iter().any(|bounds| bounds.named.as_ref().is_some_and(same));
        between && admitted
    }
}

impl Bounds {
    fn contain(&self, version: &Semantic) -> bool {
        self.least.as_ref().is_none_or(|least| version.precedence() >= least.precedence())
            && self.below.as_ref().is_none_or(|below| version.precedence() < below.precedence())
    }

    fn parse(text: &str) -> Option<Self> {
        let operators = [">=", "<=", ">", "<", "=", "~", "^"];
        let operator = operators.into_iter().find(|operator| text.starts_with(operator));
        let rest = text[operator.map_or(0, str::len)..].trim_start();
        let partial = Partial::parse(rest)?;
        // `1.*` is what begins so; other comparisons with `*` say nothing.
        let operator = match (operator, partial.wildcard) {
            (None, true) => "=",
            (Some("="), true) if partial.major.is_some() => "=",
            (Some(_), true) => return None,
            (operator, false) => operator.unwrap_or("^"),
        };
        let (first, next) = (partial.first(), partial.next());
        let (least, below) = match operator {
            ">=" => (Some(first), None),
            "<" => (None, Some(first)),
            ">" => (Some(next), None),
            "<=" => (None, Some(next)),
            "=" if partial.major.is_none() => (None, None),
            "=" => (Some(first), Some(next)),
            "~" => (Some(first), Some(partial.up_to_patch().next())),
            _ => (Some(first), Some(partial.compatible())),
        };
        let named = partial.before_release();
        Some(Self { least, below, named })
    }
}

/// A version of which the end may be missing.
#[derive(Debug, Clone)]
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    whole: Option<Semantic>,
    wildcard: bool,
}

impl Partial {
    fn parse(text: &str) -> Option<Self> {
        if let Some(whole) = Semantic::parse(text).filter(|_| !text.starts_with('v')) {
            let (major, minor, patch) = (Some(whole.major), Some(whole.minor), Some(whole.patch));
            return Some(Self { major, minor, patch, whole: Some(whole), wildcard: false });
        }
        let mut numbers = [None; 3];
        let mut wildcard = false;
        let parts: Vec<&str> = text.split('.').collect();
        for (index, part) in parts.iter().enumerate() {
            let place = numbers.get_mut(index)?;
            if *part == "*" {
                wildcard = true;
            } else if wildcard {
                return None;
            } else {
                *place = Some(number(part)?);
            }
        }
        let [major, minor, patch] = numbers;
        Some(Self { major, minor, patch, whole: None, wildcard })
    }

    fn before_release(&self) -> Option<Semantic> {
        self.whole.clone().filter(|whole| !whole.before_release.is_empty())
    }

    /// The first version that begins so.
    fn first(&self) -> Semantic {
        self.whole.clone().unwrap_or_else(|| {
            Semantic::release(self.major.unwrap_or(0), self.minor.unwrap_or(0), self.patch.unwrap_or(0))
        })
    }

    /// The first version after all that begin so.
    fn next(&self) -> Semantic {
        if let Some(mut before) = self.before_release() {
            // Nothing lies between a version and itself with one more identifier, the smallest.
            before.before_release.push("0".to_owned());
            return before;
        }
        lowest(match (self.major, self.minor, self.patch) {
            (Some(major), Some(minor), Some(patch)) => (major, minor, patch.saturating_add(1)),
            (Some(major), Some(minor), None) => (major, minor.saturating_add(1), 0),
            (major, ..) => (major.unwrap_or(0).saturating_add(1), 0, 0),
        })
    }

    /// Without its patch number.
    fn up_to_patch(&self) -> Self {
        Self { patch: None, whole: None, ..self.clone() }
    }

    /// The first version that is not compatible: after the first number that is not zero.
    fn compatible(&self) -> Semantic {
        lowest(match (self.major, self.minor, self.patch) {
            (Some(0), Some(0), Some(patch)) => (0, 0, patch.saturating_add(1)),
            (Some(0), Some(minor), _) => (0, minor.saturating_add(1), 0),
            (major, ..) => (major.unwrap_or(0).saturating_add(1), 0, 0),
        })
    }
}

/// The least of all versions with these numbers, before any release of them.
fn lowest((major, minor, patch): (u64, u64, u64)) -> Semantic {
    let mut version = Semantic::release(major, minor, patch);
    version.before_release.push("0".to_owned());
    version
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_as_in_cargo() {
        let within = |range: &str, version: &str| {
            Range::parse(range).unwrap().contains(&Semantic::parse(version).unwrap())
        };
        assert!(within("1.2", "1.9.0") && !within("1.2", "2.0.0") && !within("1.2", "1.1.9"));
        assert!(within("~1.2.3", "1.2.9") && !within("~1.2.3", "1.3.0"));
        assert!(within(">=1.2, <3", "2.9.9") && !within(">=1.2, <3", "3.0.0"));
        assert!(within("0.2.3", "0.2.9") && !within("0.2.3", "0.3.0"));
        assert!(within("*", "7.0.0") && !within("*", "7.0.0-rc.1"));
        assert!(within(">=1.2.0-rc.1", "1.2.0-rc.2") && !within(">=1.1", "1.2.0-rc.2"));
        for wrong in ["", "1.2.3.4", "x", ">=", "1.*.2", "^1.*", "01", "1,", ">>1", "1.2 - 3"] {
            assert!(Range::parse(wrong).is_err(), "{wrong}");
        }
    }

    fn version() -> impl Strategy<Value = String> {
        let stage = prop_oneof![
            4 => Just(String::new()),
            1 => Just("-0".to_owned()),
            1 => Just("-rc".to_owned()),
            1 => Just("-rc.1".to_owned()),
            1 => Just("-rc.10".to_owned()),
            1 => Just("-rc.b".to_owned()),
        ];
        (0_u8..4, 0_u8..4, 0_u8..4, stage)
            .prop_map(|(major, minor, patch, stage)| format!("{major}.{minor}.{patch}{stage}"))
    }

    fn comparison() -> impl Strategy<Value = String> {
        let operator = prop::sample::select(vec!["", "=", ">", ">=", "<", "<=", "~", "^"]);
        let partial = prop_oneof![
            version(),
            (0_u8..4, 0_u8..4).prop_map(|(major, minor)| format!("{major}.{minor}")),
            (0_u8..4).prop_map(|major| major.to_string()),
        ];
        prop_oneof![
            9 => (operator, partial).prop_map(|(operator, partial)| format!("{operator}{partial}")),
            1 => Just("*".to_owned()),
            1 => (0_u8..4, 0_u8..4).prop_map(|(major, minor)| format!("{major}.{minor}.*")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        #[test]
        fn the_crate_that_cargo_uses_agrees(
            ranges in proptest::collection::vec(comparison(), 1..3), left in version(), right in version(),
        ) {
            // A version before a release that one comparison admits is refused by another with fewer than three numbers there, though it
            // lies between them; here it is admitted.
            let partial = ranges.iter().any(|range| range.contains('*') || range.split('-').next().is_none_or(|numbers| numbers.matches('.').count() < 2));
            if ranges.len() > 1 && partial && left.contains('-') {
                return Ok(());
            }
            // It refuses `*` beside anything else.
            let range = ranges.join(", ");
            let Ok(referee) = semver::VersionReq::parse(&range) else { return Ok(()) };
            let theirs = semver::Version::parse(&left).unwrap();
            let ours = Semantic::parse(&left).unwrap();
            prop_assert_eq!(Range::parse(&range).unwrap().contains(&ours), referee.matches(&theirs), "{} in {}", left, range);
            let other = Semantic::parse(&right).unwrap();
            let order = theirs.cmp_precedence(&semver::Version::parse(&right).unwrap());
            prop_assert_eq!(ours.precedence().cmp(&other.precedence()), order);
        }

        #[test]
        fn what_the_crate_reads_is_read_and_nothing_else(text in "[v0-9a-z.+-]{0,3}[0-9.]{0,6}[0-9a-z.+-]{0,5}") {
            // It does not read a `v`.
            let text = text.trim_start_matches('v');
            prop_assert_eq!(Semantic::parse(text).map(|version| version.to_string()),
                semver::Version::parse(text).ok().map(|version| version.to_string()));
        }
    }
}
