//! Repositories on forges that are no source: the one that holds the pipelines, for one.

use std::sync::Arc;

#[cfg(feature = "registry")]
use super::client::Limits;
use super::open::{parts, usual_token};
use super::{ForgeError, ForgeProblem, Kind, Place};
use crate::clock::Clock;
use crate::settings::Settings;

impl Place {
    /// The place of a repository by its address, for people or for git, signed in to with a token from the usual variables. What is not known of
    /// it (its kind, where its API is) is taken from a source on the same host.
    ///
    /// # Errors
    /// When the address does not tell what it is and nobody said so, or there is no token.
    pub fn elsewhere(
        address: &str,
        kind: Option<Kind>,
        url: Option<String>,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ForgeError> {
        let failed = |forge: &str, problem| ForgeError { forge: forge.to_owned(), problem };
        let Some((scheme, host, path)) = parts(address) else {
            let reason = "the repository has no remote on a forge".to_owned();
            return Err(failed("the pipelines", ForgeProblem::Unknown(reason)));
        };
        let remotes = settings.git.iter().filter_map(|(name, git)| Some((name, git.remote.as_ref()?)));
        let neighbour = remotes
            .filter(|(_, remote)| {
                remote.url.as_deref().and_then(parts).is_some_and(|(_, near, _)| near == host)
            })
            .max_by_key(|(name, _)| settings.forges.get(*name).is_some_and(|forge| forge.kind.is_some()));
        let known = neighbour.and_then(|(name, _)| settings.forges.get(name));
        let told = kind.or_else(|| Kind::of_host(&host)).or_else(|| Kind::of_path(&path));
        let kind = told.or_else(|| known?.kind);
        let Some(kind) = kind else {
            let reason = format!(
                "what kind of forge {host} is cannot be told from its name; say it with `proposals.type` of a git source that is there"
            );
            return Err(failed(&format!("{host}/{path}"), ForgeProblem::Unknown(reason)));
        };
        let Some((variable, credential)) = usual_token(kind, settings) else {
            let problem = ForgeProblem::NoCredential(kind.wanted_variables());
            return Err(failed(&format!("{} at {host}/{path}", kind.name()), problem));
        };
        let remote = neighbour.map(|(_, remote)| remote);
        Ok(Self {
            kind,
            host,
            scheme,
            path,
            url: url.or_else(|| known?.url.clone()),
            credential,
            variable: Some(variable),
            credential_place: variable.to_owned(),
            ca_cert_path: remote.and_then(|remote| remote.ca_cert_path.clone()),
            insecure_skip_tls: remote.is_some_and(|remote| remote.insecure_skip_tls),
            clock,
            #[cfg(feature = "registry")]
            limits: Limits::default(),
        })
    }

    /// Whether two addresses are of one repository.
    pub fn is_same(one: &str, other: &str) -> bool {
        let place =
            |address| parts(address).map(|(_, host, path)| (host.to_lowercase(), path.to_lowercase()));
        place(one).is_some_and(|one| place(other) == Some(one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::credential::{Credential, Secret};
    use crate::settings::{ForgeSettings, GitSettings, Remote};

    fn elsewhere(settings: &Settings, address: &str, kind: Option<Kind>) -> Result<Place, String> {
        let found = Place::elsewhere(address, kind, None, settings, Arc::new(SystemClock));
        found.map_err(|error| error.to_string())
    }

    #[test]
    fn a_repository_that_is_no_source_is_known_by_its_host_and_by_its_neighbours() {
        let tokens = [("GITEA_TOKEN", "a"), ("GITHUB_TOKEN", "b")];
        let tokens = tokens.map(|(name, text)| (name.to_owned(), Secret::new(text))).into();
        let mut settings = Settings { tokens, ..Settings::default() };
        let found = elsewhere(&settings, "git@github.com:acme/delivery.git", None).unwrap();
        assert_eq!((found.path.as_str(), found.variable), ("acme/delivery", Some("GITHUB_TOKEN")));
        assert_eq!(found.credential, Credential::AccessToken(Secret::new("b")));
        assert!(
            elsewhere(&settings, "https://git.example/acme/delivery", None)
                .is_err_and(|error| { error.contains("`proposals.type`") })
        );
        let found = elsewhere(&settings, "https://git.example/acme/delivery", Some(Kind::Gitea)).unwrap();
        assert_eq!(found.kind, Kind::Gitea);
        let remote = Remote {
            name: "origin".to_owned(),
            url: Some("https://git.example/acme/environments.git".to_owned()),
            credential: Some(Credential::AccessToken(Secret::new("of another repository"))),
            ca_cert_path: Some("ca.pem".into()),
            insecure_skip_tls: false,
        };
        settings.git.insert("env".to_owned(), GitSettings { remote: Some(remote), ..GitSettings::default() });
        let forge = ForgeSettings { kind: Some(Kind::Forgejo), ..ForgeSettings::default() };
        settings.forges.insert("env".to_owned(), forge);
        let found = elsewhere(&settings, "https://git.example/acme/delivery", None).unwrap();
        assert_eq!(
            (found.kind, found.credential),
            (Kind::Forgejo, Credential::AccessToken(Secret::new("a")))
        );
        assert_eq!(found.ca_cert_path, Some("ca.pem".into()));
        let error = elsewhere(&settings, "https://gitlab.com/acme/delivery", None).err().unwrap();
        assert!(error.ends_with("set GITLAB_TOKEN"), "{error}");
    }

    #[test]
    fn one_repository_has_many_addresses() {
        assert!(Place::is_same("git@github.com:Acme/env.git", "https://github.com/acme/env"));
        assert!(!Place::is_same("https://github.com/acme/env", "https://github.com/acme/envs"));
        assert!(!Place::is_same("/srv/env.git", "/srv/env.git"));
    }
}
