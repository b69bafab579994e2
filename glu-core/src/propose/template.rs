//! What an author says of a phase's proposals.

use std::fmt;

use crate::change::{Change, Words};

/// How proposals are to look; without any word, as glu sees fit.
pub fn proposal() -> Template {
    Template::default()
}

/// How a phase's proposals are to look; made by [`proposal`].
#[derive(Clone, Default)]
#[must_use]
pub struct Template {
    pub(crate) labels: Vec<String>,
    pub(crate) reviewers: Vec<String>,
    pub(crate) assignees: Vec<String>,
    pub(crate) milestone: Option<String>,
    pub(crate) draft: bool,
    pub(crate) auto_merge: bool,
    pub(crate) replace: bool,
    pub(crate) title: Option<Words>,
    pub(crate) body: Option<Words>,
}

impl Template {
    /// Puts labels on them.
    pub fn labels<N: Into<String>>(mut self, labels: impl IntoIterator<Item = N>) -> Self {
        self.labels.extend(labels.into_iter().map(Into::into));
        self
    }

    /// Asks these people for a review: logins, with or without an `@`, and `team/NAME` for teams.
    pub fn reviewers<N: Into<String>>(mut self, reviewers: impl IntoIterator<Item = N>) -> Self {
        self.reviewers.extend(reviewers.into_iter().map(login));
        self
    }

    /// Gives them to these people, by login, with or without an `@`.
    pub fn assignees<N: Into<String>>(mut self, assignees: impl IntoIterator<Item = N>) -> Self {
        self.assignees.extend(assignees.into_iter().map(login));
        self
    }

    /// Puts them into a milestone, by its title.
    pub fn milestone(mut self, title: impl Into<String>) -> Self {
        self.milestone = Some(title.into());
        self
    }

    /// Opens them as drafts.
    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// Lets the forge merge them as soon as its own rules allow and all gates are open.
    pub fn auto_merge(mut self) -> Self {
        self.auto_merge = true;
        self
    }

    /// Opens a new proposal for a newer state and closes the old one with a link, instead of updating it in place.
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// Words the title.
    pub fn title(mut self, words: impl Fn(&Change) -> String + Send + Sync + 'static) -> Self {
        self.title = Some(Words::new(words));
        self
    }

    /// Words the text; [`Change::summary`] is what stands there without.
    pub fn body(mut self, words: impl Fn(&Change) -> String + Send + Sync + 'static) -> Self {
        self.body = Some(Words::new(words));
        self
    }
}

/// A login without the `@` that people write before it.
fn login(name: impl Into<String>) -> String {
    let name: String = name.into();
    let name = name.trim();
    name.strip_prefix('@').unwrap_or(name).to_owned()
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Template")
            .field("labels", &self.labels)
            .field("reviewers", &self.reviewers)
            .field("draft", &self.draft)
            .field("auto_merge", &self.auto_merge)
            .field("replace", &self.replace)
            .finish_non_exhaustive()
    }
}
