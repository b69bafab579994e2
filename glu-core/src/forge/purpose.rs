//! What a forge is wanted for, so that whoever has none there is told what to take away.

/// What a forge is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A phase proposes its states.
    Propose,
    /// The forge makes the commits.
    Commit,
    /// It is told of states.
    Tell,
    /// A gate asks what it says of a commit.
    Ask,
    /// Git signs in as a GitHub App.
    SignIn,
}

impl Purpose {
    /// What cannot be where there is no forge.
    pub(super) fn missed(self) -> &'static str {
        match self {
            Self::Propose => "nothing can be proposed there",
            Self::Commit => "no forge can make the commits",
            Self::Tell => "no forge can be told of its states",
            Self::Ask => "no forge can say anything of its commits",
            Self::SignIn => "no GitHub App can sign in there",
        }
    }

    /// How to do without a forge.
    pub(super) fn instead(self) -> &'static str {
        match self {
            Self::Propose => "take `.propose()` away",
            Self::Commit => "take `commit.through_forge` away",
            Self::Tell => "take `.tell_forge()` away",
            Self::Ask => "take the gate away",
            Self::SignIn => "give it another credential",
        }
    }
}
