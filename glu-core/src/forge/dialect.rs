//! What every forge that is asked over HTTP can do, as its own folder says it: a trait for each concept, which is a file there. They tell what went
//! wrong ([`ForgeProblem`]); who it was is said here, once for all of them.

use super::{Deployment, Forge, ForgeCommit, ForgeError, ForgeProblem, Proposal, Review, Status, Wording};

/// How one kind of forge is spoken with. Its operations mean what those of [`Forge`] do.
pub(super) trait Dialect:
    Proposals + Merging + Comments + Statuses + Reviews + Deployments + Commits + Send + Sync
{
    /// What kind of forge it is, in one word.
    fn kind(&self) -> &'static str;

    /// What it is called in messages.
    fn description(&self) -> &str;

    /// How long a proposal's body may be, in characters.
    fn body_limit(&self) -> usize;

    /// How long a comment may be, in characters.
    fn comment_limit(&self) -> usize {
        self.body_limit()
    }
}

/// Proposals: found, opened, brought up to date, closed.
pub(super) trait Proposals {
    fn look(&self) -> Result<(), ForgeProblem> {
        self.find("glu/doctor", "glu/doctor").map(drop)
    }

    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem>;

    /// Those of several pairs of branches, of which there are two at least.
    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem>;

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem>;

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem>;

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem>;
}

/// Merging as soon as the forge's own rules allow.
pub(super) trait Merging {
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeProblem>;
}

/// Comments that are replaced instead of repeated.
pub(super) trait Comments {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeProblem>;

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeProblem> {
        let _ = (number, marker);
        Ok(true)
    }
}

/// What is said of a commit.
pub(super) trait Statuses {
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem>;

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeProblem>;
}

/// What people say of a proposal.
pub(super) trait Reviews {
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem>;
}

/// What is deployed where.
pub(super) trait Deployments {
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeProblem>;
}

/// Commits that the forge makes itself, which most do not.
pub(super) trait Commits {
    fn makes_commits(&self) -> bool {
        false
    }

    fn commit(&self, commit: &ForgeCommit) -> Result<String, ForgeProblem> {
        Err(commit.unsupported())
    }
}

impl<D: Dialect> Forge for D {
    fn kind(&self) -> &'static str {
        Dialect::kind(self)
    }

    fn describe(&self) -> String {
        self.description().to_owned()
    }

    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeError> {
        named(self, Proposals::find(self, head, base))
    }

    fn look(&self) -> Result<(), ForgeError> {
        named(self, Proposals::look(self))
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeError> {
        let found = match branches {
            [] => Ok(Vec::new()),
            // What lists all open ones is for several.
            [(head, base)] => Proposals::find(self, head, base).map(|found| vec![found]),
            several => Proposals::find_all(self, several),
        };
        named(self, found)
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeError> {
        named(self, Proposals::open(self, head, base, wording))
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeError> {
        named(self, Proposals::update(self, number, wording))
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeError> {
        named(self, Proposals::close(self, number, why))
    }

    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeError> {
        named(self, Merging::merge_when_ready(self, number))
    }

    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeError> {
        named(self, Comments::comment(self, number, marker, body))
    }

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeError> {
        named(self, Comments::has_comment(self, number, marker))
    }

    fn body_limit(&self) -> usize {
        Dialect::body_limit(self)
    }

    fn comment_limit(&self) -> usize {
        Dialect::comment_limit(self)
    }

    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeError> {
        named(self, Statuses::statuses(self, commit))
    }

    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeError> {
        named(self, Reviews::reviews(self, number))
    }

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeError> {
        named(self, Statuses::set_status(self, commit, status))
    }

    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeError> {
        named(self, Deployments::deploy(self, deployment))
    }

    fn makes_commits(&self) -> bool {
        Commits::makes_commits(self)
    }

    fn commit(&self, commit: &ForgeCommit) -> Result<String, ForgeError> {
        named(self, Commits::commit(self, commit))
    }
}

/// Adds who it was.
fn named<T>(dialect: &impl Dialect, done: Result<T, ForgeProblem>) -> Result<T, ForgeError> {
    done.map_err(|problem| ForgeError { forge: dialect.description().to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentState, StatusState};
    use super::*;

    /// Has nothing, and says of each thing what it is.
    struct Bare;

    fn lacks<T>(what: &str) -> Result<T, ForgeProblem> {
        Err(ForgeProblem::Unsupported(what.to_owned()))
    }

    impl Dialect for Bare {
        fn kind(&self) -> &'static str {
            "bare"
        }

        fn description(&self) -> &str {
            "the bare forge"
        }

        fn body_limit(&self) -> usize {
            7
        }
    }

    impl Proposals for Bare {
        fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
            lacks(&format!("{head} into {base}"))
        }

        fn find_all(&self, _: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
            lacks("listing")
        }

        fn open(&self, _: &str, _: &str, _: &Wording) -> Result<Proposal, ForgeProblem> {
            lacks("opening")
        }

        fn update(&self, _: u64, _: &Wording) -> Result<Proposal, ForgeProblem> {
            lacks("updating")
        }

        fn close(&self, _: u64, _: &str) -> Result<(), ForgeProblem> {
            lacks("closing")
        }
    }

    impl Merging for Bare {
        fn merge_when_ready(&self, _: u64) -> Result<(), ForgeProblem> {
            lacks("merging")
        }
    }

    impl Comments for Bare {
        fn comment(&self, _: u64, _: &str, _: &str) -> Result<String, ForgeProblem> {
            lacks("commenting")
        }
    }

    impl Statuses for Bare {
        fn statuses(&self, _: &str) -> Result<Vec<Status>, ForgeProblem> {
            lacks("reading statuses")
        }

        fn set_status(&self, _: &str, _: &Status) -> Result<(), ForgeProblem> {
            lacks("setting a status")
        }
    }

    impl Reviews for Bare {
        fn reviews(&self, _: u64) -> Result<Vec<Review>, ForgeProblem> {
            lacks("reading reviews")
        }
    }

    impl Deployments for Bare {
        fn deploy(&self, _: &Deployment) -> Result<(), ForgeProblem> {
            lacks("deploying")
        }
    }

    impl Commits for Bare {}

    #[test]
    fn every_problem_says_whose_it_is() {
        let forge: &dyn Forge = &Bare;
        let state = StatusState::Passed;
        let status = Status { name: "glu".to_owned(), state, description: String::new(), url: None };
        let deployment = Deployment {
            environment: "production".to_owned(),
            commit: "c0ffee".to_owned(),
            branch: "main".to_owned(),
            state: DeploymentState::Failed,
            description: String::new(),
            url: None,
            environment_url: None,
        };
        let [branch, parent, message] = ["main", "c0ffee", "Move it"].map(str::to_owned);
        let commit = ForgeCommit { branch, parent, message, files: Vec::new() };
        let wording = Wording::default();
        let problems = [
            (forge.find("change", "main").unwrap_err(), "change into main"),
            (forge.find_all(&[("change", "main")]).unwrap_err(), "change into main"),
            (forge.find_all(&[("one", "main"), ("two", "main")]).unwrap_err(), "listing"),
            (forge.open("change", "main", &wording).unwrap_err(), "opening"),
            (forge.update(1, &wording).unwrap_err(), "updating"),
            (forge.close(1, "").unwrap_err(), "closing"),
            (forge.merge_when_ready(1).unwrap_err(), "merging"),
            (forge.comment(1, "", "").unwrap_err(), "commenting"),
            (forge.statuses("c0ffee").unwrap_err(), "reading statuses"),
            (forge.set_status("c0ffee", &status).unwrap_err(), "setting a status"),
            (forge.reviews(1).unwrap_err(), "reading reviews"),
            (forge.deploy(&deployment).unwrap_err(), "deploying"),
            (forge.commit(&commit).unwrap_err(), "committing to `main` through its API"),
        ];
        for (error, what) in problems {
            assert_eq!(
                error.to_string(),
                format!("the bare forge: {what} is something this forge does not have")
            );
        }
    }

    #[test]
    fn what_a_dialect_leaves_out_is_as_for_any_forge() {
        let forge: &dyn Forge = &Bare;
        assert_eq!((forge.kind(), forge.describe().as_str()), ("bare", "the bare forge"));
        assert_eq!((forge.body_limit(), forge.comment_limit()), (7, 7));
        assert!(forge.has_comment(1, "").unwrap());
        assert!(!forge.makes_commits());
        assert_eq!(forge.find_all(&[]), Ok(Vec::new()));
    }
}
