//! Forges: what hosts git repositories, shows proposals to people and asks for their reviews.
//!
//! A forge speaks of proposals, whatever it calls them: pull requests, merge requests. It knows no phases, plans or gates; those are told what it
//! says. Each forge is one implementation of [`Forge`]; those that are asked over HTTP get theirs from their dialect.

#[cfg(feature = "registry")]
pub mod azure;
#[cfg(feature = "registry")]
pub mod bitbucket;
#[cfg(feature = "registry")]
pub mod client;
mod commit;
#[cfg(feature = "registry")]
mod dialect;
mod elsewhere;
mod error;
#[cfg(feature = "registry")]
mod fit;
#[cfg(feature = "registry")]
pub mod gitea;
#[cfg(feature = "registry")]
pub mod github;
#[cfg(feature = "registry")]
pub mod gitlab;
mod open;
mod proposal;
mod purpose;

pub use commit::ForgeCommit;
pub use error::{ForgeError, ForgeProblem};
#[cfg(feature = "registry")]
pub use open::tokens;
pub use open::{Kind, Place, TOKENS, open};
pub use proposal::{
    Deployment, DeploymentState, Fate, Proposal, Review, ReviewVerdict, Status, StatusState, Wording,
};
pub use purpose::Purpose;

/// One repository on a forge.
pub trait Forge: Send + Sync {
    /// What kind of forge it is, in one word: `github`, `gitlab`.
    fn kind(&self) -> &'static str;

    /// What it is called in messages: the forge and the repository.
    fn describe(&self) -> String;

    /// Asks whether it is there, knows us and shows us the repository: one cheap question that changes nothing. Whether we may write is not known
    /// before somebody does.
    ///
    /// # Errors
    /// When it does not answer, or not to us.
    fn look(&self) -> Result<(), ForgeError> {
        self.find("glu/doctor", "glu/doctor").map(drop)
    }

    /// The proposal from a branch into another that is open, else the one that was opened last; none where there never was one.
    ///
    /// # Errors
    /// When the forge cannot tell.
    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeError>;

    /// The same for several pairs of branches, head and base, in their order. Forges that can list all open ones in one go do that.
    ///
    /// # Errors
    /// When the forge cannot tell.
    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeError> {
        branches.iter().map(|(head, base)| self.find(head, base)).collect()
    }

    /// Opens a proposal from a branch into another.
    ///
    /// # Errors
    /// When the forge refuses. What it does not have (a milestone, a draft) is left out; what it does not know (a reviewer) is refused. That one is
    /// open already is a [`ForgeProblem::Conflict`], whatever the forge calls it: two runs at the same time go by that.
    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeError>;

    /// Makes a proposal look like this. What people added besides (labels, reviewers) stays.
    ///
    /// # Errors
    /// When the forge refuses.
    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeError>;

    /// Closes a proposal without merging it, and says why in a comment.
    ///
    /// # Errors
    /// When the forge refuses.
    fn close(&self, number: u64, why: &str) -> Result<(), ForgeError>;

    /// Asks the forge to merge a proposal as soon as its own rules allow; at once, if they do already.
    ///
    /// # Errors
    /// When the forge refuses, or has no such thing ([`ForgeProblem::Unsupported`]).
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeError>;

    /// Writes a comment on a proposal, or replaces the one that has the same marker: an invisible line that is unlike any other text.
    /// Gives its address.
    ///
    /// # Errors
    /// When the forge refuses.
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeError>;

    /// Whether a proposal has a comment with this marker. A forge that cannot tell says yes.
    ///
    /// # Errors
    /// When the forge cannot be asked.
    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeError> {
        let _ = (number, marker);
        Ok(true)
    }

    /// How long a proposal's body may be, in characters.
    fn body_limit(&self) -> usize;

    /// How long a comment may be, in characters: as long as a proposal's body on most forges.
    fn comment_limit(&self) -> usize {
        self.body_limit()
    }

    /// What checks say of a commit: statuses and check runs, each by its name, the newest of each.
    ///
    /// # Errors
    /// When the forge cannot tell.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeError>;

    /// What people say of a proposal: the last decisive word of each.
    ///
    /// # Errors
    /// When the forge cannot tell.
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeError>;

    /// Says something of a commit under a name.
    ///
    /// # Errors
    /// When the forge refuses.
    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeError>;

    /// Notes that a commit is deployed to an environment.
    ///
    /// # Errors
    /// When the forge refuses, or has no such thing ([`ForgeProblem::Unsupported`]).
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeError>;

    /// Whether it can make commits itself, by [`Forge::commit`].
    fn makes_commits(&self) -> bool {
        false
    }

    /// Commits to a branch through the forge itself, which then vouches for the commit, and gives its identifier.
    ///
    /// # Errors
    /// When the forge refuses, the branch has moved ([`ForgeProblem::Conflict`]), or it has no such thing ([`ForgeProblem::Unsupported`]).
    fn commit(&self, commit: &ForgeCommit) -> Result<String, ForgeError> {
        Err(ForgeError { forge: self.describe(), problem: commit.unsupported() })
    }
}
