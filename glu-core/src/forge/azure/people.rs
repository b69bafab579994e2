//! Who is meant by a name. Azure DevOps knows people and teams by identifiers only.

use super::super::ForgeProblem;
use super::super::client::Paging;
use super::AzureDevOps;
use super::scope::Scope;
use super::wire::{Identity, Person, Team};
use crate::http::{form, percent_encode};

impl AzureDevOps {
    /// The identifiers of logins and `team/NAME`s, in their order.
    pub(super) fn identities_of(&self, names: &[String]) -> Result<Vec<String>, ForgeProblem> {
        names.iter().map(|name| self.identity_of(name)).collect()
    }

    fn identity_of(&self, name: &str) -> Result<String, ForgeProblem> {
        let team = name.strip_prefix("team/");
        if is_identifier(team.unwrap_or(name)) {
            return Ok(team.unwrap_or(name).to_owned());
        }
        match team {
            Some(team) => self.team(team),
            None => self.person(name),
        }
    }

    fn team(&self, name: &str) -> Result<String, ForgeProblem> {
        let doing = "looking for a team";
        let project = percent_encode(&self.address.project);
        let path = format!("/_apis/projects/{project}/teams/{}?{}", percent_encode(name), super::VERSION);
        match self.client.get::<Team>(doing, &path) {
            Ok(team) => Ok(team.id),
            Err(ForgeProblem::NotFound { .. }) => Err(ForgeProblem::Invalid {
                doing: doing.to_owned(),
                reason: format!("the project has no team `{name}`"),
            }),
            Err(problem) => Err(Scope::Team.wanted(problem)),
        }
    }

    fn person(&self, name: &str) -> Result<String, ForgeProblem> {
        let doing = "looking for a reviewer";
        let query = form(&[("searchFilter", "General"), ("filterValue", name), ("queryMembership", "None")]);
        let path = format!("/_apis/identities?{}&{query}", super::VERSION);
        let paging = Paging::header("x-ms-continuationtoken", "continuationToken").items("value");
        let found: Vec<Option<Person>> =
            self.identities.pages(doing, &path, paging).map_err(|problem| Scope::Identity.wanted(problem))?;
        // The search is generous, and whoever is asked for a review by mistake may approve.
        let mut found: Vec<Person> =
            found.into_iter().flatten().filter(|person| person.is_called(name)).collect();
        found.sort_by(|one, other| one.id.cmp(&other.id));
        found.dedup_by(|one, other| one.id == other.id);
        let invalid = |reason: String| ForgeProblem::Invalid { doing: doing.to_owned(), reason };
        match found.as_slice() {
            [person] => Ok(person.id.clone()),
            [] => Err(invalid(format!("there is no user `{name}`"))),
            several => {
                let count = several.len();
                Err(invalid(format!("{count} users are called `{name}`; name one by an address")))
            }
        }
    }
}

impl Person {
    fn is_called(&self, name: &str) -> bool {
        let property = |name: &str| self.properties.get(name)?.get("$value")?.as_str();
        let shown = [Some(self.provider_display_name.as_str()), self.custom_display_name.as_deref()];
        let known = ["Account", "Mail"].map(property);
        let domain = property("Domain").zip(property("Account"));
        let is_it = |known: &str| same(known, name) || same(alias(known), name);
        !self.is_container
            && self.is_active != Some(false)
            && (shown.into_iter().flatten().any(|known| same(known, name))
                || known.into_iter().flatten().any(is_it)
                || domain.is_some_and(|(domain, account)| same(&format!("{domain}\\{account}"), name)))
    }
}

/// Whether a reviewer is the one that a name means.
pub(super) fn is(reviewer: &Identity, name: &str) -> bool {
    if let Some(team) = name.strip_prefix("team/") {
        return reviewer.is_container && (same(reviewer.team(), team) || same(&reviewer.id, team));
    }
    let login = reviewer.unique_name.as_deref().unwrap_or_default();
    !reviewer.is_container
        && [login, alias(login), &reviewer.display_name, &reviewer.id].iter().any(|known| same(known, name))
}

/// What stands before the host in an address, or behind the domain in an account.
fn alias(login: &str) -> &str {
    let login = login.rsplit('\\').next().unwrap_or_default();
    login.split('@').next().unwrap_or_default()
}

fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}

/// Whether it is one of Azure DevOps' own identifiers.
fn is_identifier(name: &str) -> bool {
    let lengths: Vec<usize> = name.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && name.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}
