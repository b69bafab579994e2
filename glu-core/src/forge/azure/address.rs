//! Where a repository and its API are, by the address of a remote: the cloud's under both of its names, over HTTPS and ssh, and one's own servers.

use crate::percent;

/// A repository and the addresses around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The organisation's or the collection's address, below which its API is.
    pub collection: String,
    /// Where the same has its people.
    pub identities: String,
    /// The project.
    pub project: String,
    /// The repository.
    pub repository: String,
}

impl Address {
    /// The one of a remote's host and path; none where these name no repository. `url` is the collection's address where it is not to be guessed.
    pub fn of(scheme: &str, host: &str, path: &str, url: Option<&str>) -> Option<Self> {
        let pieces: Vec<String> =
            path.split('/').filter(|piece| !piece.is_empty()).map(percent::decode).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let known = url.map(|url| url.trim_end_matches('/').to_owned());
        let lower = host.to_ascii_lowercase();
        let organisation = lower.strip_suffix(".visualstudio.com").filter(|name| !name.contains('.'));
        let (collection, project, repository) = match (pieces.as_slice(), organisation) {
            (["v3", organisation, project, repository], _) if is_ssh(&lower) => {
                (cloud(organisation), *project, *repository)
            }
            (pieces, organisation) => {
                let at = pieces.iter().position(|piece| *piece == "_git")?;
                let rest: Vec<&&str> = pieces[at + 1..]
                    .iter()
                    .filter(|piece| !matches!(**piece, "_full" | "_optimized"))
                    .collect();
                let [repository] = rest.as_slice() else { return None };
                let (above, project) =
                    owner(&pieces[..at], repository, &lower, organisation, known.as_deref());
                let collection = match (organisation, above.as_slice()) {
                    (Some(organisation), _) => cloud(organisation),
                    (None, [organisation]) if lower == "dev.azure.com" => cloud(organisation),
                    (None, []) if known.is_none() => return None,
                    (None, above) => {
                        let above: Vec<String> =
                            above.iter().map(|piece| crate::http::percent_encode(piece)).collect();
                        format!("{scheme}://{host}/{}", above.join("/"))
                    }
                };
                (collection, project, **repository)
            }
        };
        let collection = known.unwrap_or(collection);
        let (project, repository) = (project.to_owned(), repository.to_owned());
        Some(Self { identities: identities(&collection), collection, project, repository })
    }
}

/// What stands above the project, and the project. One that has the repository's name may be left out.
fn owner<'a>(
    before: &[&'a str],
    repository: &'a str,
    host: &str,
    organisation: Option<&str>,
    known: Option<&str>,
) -> (Vec<&'a str>, &'a str) {
    let Some((last, above)) = before.split_last() else { return (Vec::new(), repository) };
    let is_collection = match (organisation, known) {
        _ if last.eq_ignore_ascii_case("DefaultCollection") => true,
        (Some(_), _) => false,
        (None, Some(known)) => known.rsplit('/').next().is_some_and(|name| percent::decode(name) == **last),
        (None, None) => host == "dev.azure.com" && above.is_empty(),
    };
    if is_collection { (before.to_vec(), repository) } else { (above.to_vec(), last) }
}

fn is_ssh(host: &str) -> bool {
    matches!(host, "ssh.dev.azure.com" | "vs-ssh.visualstudio.com")
        || host.ends_with(".vs-ssh.visualstudio.com")
}

fn cloud(organisation: &str) -> String {
    format!("https://dev.azure.com/{}", crate::http::percent_encode(organisation))
}

/// The cloud keeps people at a host of their own, servers where everything is.
fn identities(collection: &str) -> String {
    match collection.strip_prefix("https://dev.azure.com/") {
        Some(organisation) => format!("https://vssps.dev.azure.com/{organisation}"),
        None => collection.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_repository_is_understood() {
        let cloud = "https://dev.azure.com/acme shop env https://vssps.dev.azure.com/acme";
        for (host, path, url, expected) in [
            ("dev.azure.com", "acme/shop/_git/env", None, cloud),
            ("ssh.dev.azure.com", "v3/acme/shop/env", None, cloud),
            ("vs-ssh.visualstudio.com", "v3/acme/shop/env", None, cloud),
            ("acme.visualstudio.com", "shop/_git/env", None, cloud),
            ("acme.visualstudio.com", "DefaultCollection/shop/_git/_optimized/env", None, cloud),
            (
                "acme.visualstudio.com",
                "_git/env",
                None,
                "https://dev.azure.com/acme env env https://vssps.dev.azure.com/acme",
            ),
            (
                "dev.azure.com",
                "acme/_git/env",
                None,
                "https://dev.azure.com/acme env env https://vssps.dev.azure.com/acme",
            ),
            (
                "dev.azure.com",
                "acme/My%20Shop/_git/the%20env",
                None,
                "https://dev.azure.com/acme My Shop the env https://vssps.dev.azure.com/acme",
            ),
            (
                "tfs.example:8443",
                "tfs/Main/shop/_git/env",
                None,
                "https://tfs.example:8443/tfs/Main shop env https://tfs.example:8443/tfs/Main",
            ),
            (
                "tfs.example",
                "tfs/DefaultCollection/_git/env",
                None,
                "https://tfs.example/tfs/DefaultCollection env env https://tfs.example/tfs/DefaultCollection",
            ),
            (
                "git.example",
                "Main/shop/_git/env",
                Some("https://tfs.example/tfs/Main/"),
                "https://tfs.example/tfs/Main shop env https://tfs.example/tfs/Main",
            ),
            (
                "git.example",
                "Main/_git/env",
                Some("https://tfs.example/tfs/Main"),
                "https://tfs.example/tfs/Main env env https://tfs.example/tfs/Main",
            ),
        ] {
            let found = Address::of("https", host, path, url).map(|found| {
                format!("{} {} {} {}", found.collection, found.project, found.repository, found.identities)
            });
            assert_eq!(found.as_deref(), Some(expected), "{host} {path}");
        }
    }

    #[test]
    fn other_paths_name_none() {
        for (host, path) in [
            ("dev.azure.com", "acme/shop/env"),
            ("dev.azure.com", "acme/shop/_git"),
            ("dev.azure.com", "acme/shop/_git/env/more"),
            ("ssh.dev.azure.com", "v3/acme/shop"),
            ("tfs.example", "shop/_git/env"),
            ("tfs.example", "_git/env"),
        ] {
            assert_eq!(Address::of("https", host, path, None), None, "{host} {path}");
        }
    }
}
