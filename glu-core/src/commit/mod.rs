//! How moves become commits: whoever writes them, with what they carry besides, signed where that is asked for.

mod forge;

use crate::access::Access;
use crate::change::Words;
use crate::ledger::actor::{UNKNOWN, actor_here};
use crate::plan::Move;
use crate::promote::Failure;
use crate::settings::Author;
use crate::source::git::{CommitId, Repository, Signature};
use crate::trailer;
use crate::tree::FileChange;
use forge::ForgeWriter;

/// Writes the commits of moves to one repository.
pub(crate) struct Committer<'a> {
    access: &'a Access,
    repository: &'a Repository,
    writer: Writer<'a>,
    /// Who signs off, where somebody does.
    signs_off: Option<String>,
    /// Who is behind it, where that is another than who commits.
    actor: Option<String>,
}

/// Who makes commits.
enum Writer<'a> {
    /// glu, here.
    Here { signature: Signature, signs: bool },
    /// The forge.
    Forge(ForgeWriter<'a>),
}

impl<'a> Committer<'a> {
    /// Finds out who writes to a git source, and whether commits are signed.
    pub(crate) fn new(
        access: &'a Access,
        source: &'a str,
        repository: &'a Repository,
    ) -> Result<Self, Failure> {
        let settings = access.settings();
        let signature = || repository.signature(settings.author.as_ref(), access.now());
        let (writer, committer) = if settings.commit.through_forge {
            (Writer::Forge(ForgeWriter::new(access, source, repository)?), None)
        } else {
            let signature = signature()?;
            let committer = named(&signature);
            let signs = repository.signs(settings.commit.sign)?;
            (Writer::Here { signature, signs }, Some(committer))
        };
        let signs_off = match (settings.commit.sign_off, &committer) {
            (false, _) => None,
            (true, Some(committer)) => Some(committer.clone()),
            (true, None) => Some(named(&signature()?)),
        };
        let actor = behind(access, committer.as_deref());
        Ok(Self { access, repository, writer, signs_off, actor })
    }

    /// One for commits that are pushed nowhere: they are made here, whoever makes the real ones. There is none where there would be none of those.
    pub(crate) fn for_rehearsal(
        access: &'a Access,
        source: &'a str,
        repository: &'a Repository,
    ) -> Result<Self, Failure> {
        let real = Self::new(access, source, repository)?;
        let signature =
            Signature { name: "glu".to_owned(), email: "glu@localhost".to_owned(), time: access.now() };
        Ok(Self { writer: Writer::Here { signature, signs: false }, ..real })
    }

    /// The commit of a move on top of another. It says of itself what `more` says, each a name and a value.
    pub(crate) fn commit(
        &self,
        planned: &Move,
        words: Option<&Words>,
        promotion: &str,
        parent: &CommitId,
        changes: &[FileChange],
        more: &[(&str, &str)],
    ) -> Result<CommitId, Failure> {
        let message = trailer::message(planned, promotion, parent, words);
        let message =
            more.iter().fold(message, |message, (name, value)| trailer::with(&message, name, value));
        let message = self.attributed(message);
        match &self.writer {
            Writer::Forge(writer) => writer.write(promotion, parent, changes, message),
            Writer::Here { signature, signs } => {
                let commit = self.repository.commit(parent, changes, &message, signature, signature)?;
                Ok(if *signs { self.repository.sign(&commit)? } else { commit })
            }
        }
    }

    /// A message with those who take part.
    fn attributed(&self, mut message: String) -> String {
        let mut add = |name: &str, value: &str| message = trailer::with(&message, name, value);
        if let Some(address) = self.access.run_address() {
            add(trailer::RUN, address);
        }
        if let Some(actor) = &self.actor {
            add(trailer::ACTOR, actor);
        }
        for person in &self.access.settings().commit.co_authors {
            add("Co-authored-by", &person.to_string());
        }
        if let Some(person) = &self.signs_off {
            add("Signed-off-by", person);
        }
        message
    }
}

fn named(signature: &Signature) -> String {
    Author { name: signature.name.clone(), email: signature.email.clone() }.to_string()
}

/// Who is behind a commit, where that is another than who makes it: the configuration's author and a forge's App act for many.
fn behind(access: &Access, committer: Option<&str>) -> Option<String> {
    let author = access.settings().author.as_ref().map(ToString::to_string);
    if access.claimed_actor().is_none() && author.is_none() && committer.is_some() {
        return None;
    }
    let actor = actor_here(access.claimed_actor(), access);
    let is_said = actor == UNKNOWN || committer == Some(actor.as_str()) || author.as_ref() == Some(&actor);
    (!is_said).then_some(actor)
}
