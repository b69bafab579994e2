//! What a remote has just said it has. Who asks for the default branch hears where it is too, and where nothing has moved since the
//! last fetch there is nothing to fetch: one connection instead of two.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::id::CommitId;
use super::repository::{Repository, Upstream, full_name};

/// Asked for with the default branch: what is brought along with branches lies below it.
pub(super) const ALONG: &str = "refs/glu/";

/// How long an answer counts as just given.
const FRESH: Duration = Duration::from_secs(2);

/// An answer. It serves one fetch.
#[derive(Debug)]
pub(super) struct Advertised {
    at: Instant,
    refs: BTreeMap<String, CommitId>,
}

impl Advertised {
    /// Reads what `git ls-remote --symref` lists; HEAD is the branch it names.
    pub(super) fn read(listed: &str, default_branch: &str) -> Self {
        let named = listed.lines().filter_map(|line| {
            let (id, name) = line.split_once('\t')?;
            let name = if name == "HEAD" { full_name(default_branch) } else { name.to_owned() };
            Some((name, CommitId::parse(id)?))
        });
        Self { at: Instant::now(), refs: named.collect() }
    }
}

impl Repository {
    /// Where the branches and what comes along are, if the remote has just said so and all of it is here already.
    pub(super) fn unmoved(
        &self,
        upstream: &Upstream,
        branches: &[&str],
        along: &[&str],
    ) -> Option<BTreeMap<String, Option<CommitId>>> {
        let advertised = self.advertised.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        if advertised.at.elapsed() > FRESH {
            return None;
        }
        let mut tips = BTreeMap::new();
        for branch in branches {
            let there = advertised.refs.get(&full_name(branch))?;
            let here = self.store.tip(&upstream.tracking_name(&full_name(branch))).ok()??;
            if here != *there || !self.contains(there).ok()? {
                return None;
            }
            tips.insert((*branch).to_owned(), Some(here));
        }
        for name in along {
            let there = advertised.refs.get(*name).filter(|_| name.starts_with(ALONG));
            let here = self.store.tip(&upstream.along_name(name)).ok()?;
            if !name.starts_with(ALONG) || here.as_ref() != there {
                return None;
            }
            tips.insert((*name).to_owned(), here);
        }
        Some(tips)
    }
}
