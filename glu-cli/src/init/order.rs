//! Which directory names are environments, and in which order a change goes through them.

/// Names by the rank they share, earliest first.
const RANKS: [&[&str]; 5] = [
    &["dev", "develop", "development", "local", "sandbox", "preview", "review"],
    &["test", "testing", "qa", "ci", "int", "integration"],
    &["stage", "staging", "stg", "uat", "acceptance", "preprod", "preproduction"],
    &["canary"],
    &["prod", "production", "prd", "live"],
];

/// Directories whose children are environments, whatever they are called.
const PARENTS: [&str; 6] = ["env", "envs", "environment", "environments", "overlays", "stages"];

/// When a change reaches the environment called `name`; `None` for a name that says nothing.
pub(super) fn rank(name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase().replace("pre-prod", "preprod").replace("pre_prod", "preprod");
    // `prod-eu-canary` is a canary before it is production: the earliest rank of its words.
    let ranks =
        name.split(['-', '_', '.']).filter_map(|word| RANKS.iter().position(|names| names.contains(&word)));
    ranks.min()
}

/// Whether the children of a directory with this name are environments.
pub(super) fn holds_environments(parent: &str) -> bool {
    PARENTS.contains(&parent.to_ascii_lowercase().as_str())
}

/// Brings environments into the order in which a change goes through them. Names that say nothing come where staging does.
pub(super) fn sort(phases: &mut [String]) {
    phases.sort_by(|left, right| {
        let key = |name: &str| rank(name).unwrap_or(2);
        key(left).cmp(&key(right)).then_with(|| left.cmp(right))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_goes_from_development_to_production() {
        let mut phases: Vec<String> =
            ["production", "prod-canary", "qa", "staging", "dev", "pre-prod", "prod-eu"]
                .map(str::to_owned)
                .to_vec();
        sort(&mut phases);
        assert_eq!(phases, ["dev", "qa", "pre-prod", "staging", "prod-canary", "prod-eu", "production"]);
    }

    #[test]
    fn names_are_matched_by_word() {
        assert_eq!(rank("devices"), None);
        assert_eq!(rank("base"), None);
        assert_eq!(rank("eu-Production"), Some(4));
    }
}
