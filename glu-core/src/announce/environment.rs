//! What an author says of the environment that a phase is to a forge.

/// The environment that a phase's commits are deployed to, as its forge knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name; `PIPELINE/PHASE` where there is none.
    pub name: Option<String>,
    /// Where people find what runs in it.
    pub url: Option<String>,
}

impl Environment {
    /// What makes no sense in it, one sentence each.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
            mistakes.push("the forge is told of an environment without a name".to_owned());
        }
        if let Some(url) = &self.url
            && !["https://", "http://"]
                .iter()
                .any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
        {
            mistakes
                .push(format!("its environment's address `{url}` begins with neither https:// nor http://"));
        }
        mistakes
    }
}
