//! The operations, what each takes, and what it does.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::server::Request;
use super::super::super::{Action, BOT, HostedProposal, Outcome, Refused, Wanted};
use super::super::strict::Rule;
use super::query::Query;
use super::{Dialect, Said, lock, shape};
use crate::forge::{Status, StatusState};

/// What is asked.
pub(super) enum Operation {
    Pulls,
    Open,
    Pull(String),
    Edit(String),
    Decline(String),
    Comments(String),
    Say(String),
    SayAnew(String, String),
    Commit(String),
    Statuses(String),
    SetStatus(String),
    Members,
    Member(String),
}

/// The operation of a path below the address of the server, and what it takes.
pub(super) fn find(method: &str, segments: &[&str]) -> Option<(Operation, Rule)> {
    let text = |segment: &str| segment.to_owned();
    let (operation, scope, parameters, fields): (_, _, &'static [&'static str], &'static [&'static str]) =
        match (method, segments) {
            ("GET", ["2.0", "workspaces", _, "members"]) => {
                (Operation::Members, "account", &["q", "fields", "pagelen", "page"], &[])
            }
            ("GET", ["2.0", "workspaces", _, "members", member]) => {
                (Operation::Member(text(member)), "account", &[], &[])
            }
            (_, ["2.0", "repositories", _, _, rest @ ..]) => match (method, rest) {
                ("GET", ["pullrequests"]) => {
                    (Operation::Pulls, "pullrequest", &["state", "q", "sort", "pagelen", "page"], &[])
                }
                ("POST", ["pullrequests"]) => (
                    Operation::Open,
                    "pullrequest:write",
                    &[],
                    &[
                        "title",
                        "description",
                        "source.branch.name",
                        "destination.branch.name",
                        "reviewers[].uuid",
                        "close_source_branch",
                        "draft",
                    ],
                ),
                ("GET", ["pullrequests", pull]) => (Operation::Pull(text(pull)), "pullrequest", &[], &[]),
                ("PUT", ["pullrequests", pull]) => (
                    Operation::Edit(text(pull)),
                    "pullrequest:write",
                    &[],
                    &[
                        "title",
                        "description",
                        "destination.branch.name",
                        "reviewers[].uuid",
                        "close_source_branch",
                        "draft",
                    ],
                ),
                ("POST", ["pullrequests", pull, "decline"]) => {
                    (Operation::Decline(text(pull)), "pullrequest:write", &[], &[])
                }
                ("GET", ["pullrequests", pull, "comments"]) => {
                    (Operation::Comments(text(pull)), "pullrequest", &["q", "sort", "pagelen", "page"], &[])
                }
                ("POST", ["pullrequests", pull, "comments"]) => {
                    (Operation::Say(text(pull)), "pullrequest", &[], &["content.raw", "parent.id"])
                }
                ("PUT", ["pullrequests", pull, "comments", comment]) => {
                    (Operation::SayAnew(text(pull), text(comment)), "pullrequest", &[], &["content.raw"])
                }
                ("GET", ["commit", commit]) => (Operation::Commit(text(commit)), "repository", &[], &[]),
                ("GET", ["commit", commit, "statuses"]) => (
                    Operation::Statuses(text(commit)),
                    "repository",
                    &["q", "refname", "sort", "pagelen", "page"],
                    &[],
                ),
                ("POST", ["commit", commit, "statuses", "build"]) => (
                    Operation::SetStatus(text(commit)),
                    "repository:write",
                    &[],
                    &["key", "name", "state", "description", "url", "refname"],
                ),
                _ => return None,
            },
            _ => return None,
        };
    Some((operation, Rule { scope, parameters, fields }))
}

impl Dialect {
    pub(super) fn perform(&self, operation: Operation, request: &Request) -> Result<Said, Refused> {
        let body = request.json();
        let segments = request.segments();
        let (workspace, name) = self.hosted.name().split_once('/').unwrap_or_default();
        let is_ours = segments[2] == workspace && (segments[1] == "workspaces" || segments[3] == name);
        if !is_ours {
            return Err(Refused::NotFound);
        }
        match operation {
            Operation::Pulls => self.pulls(request),
            Operation::Open => self.open(&body),
            Operation::Pull(pull) => Ok(Said::Json(200, self.whole(&self.proposal(&pull)?))),
            Operation::Edit(pull) => self.edit(&pull, &body),
            Operation::Decline(pull) => {
                let proposal = self.proposal(&pull)?;
                if !proposal.is_open() {
                    return Err(Refused::Invalid("This pull request is already closed.".to_owned()));
                }
                self.hosted.close_proposal(proposal.number)?;
                Ok(Said::Json(200, self.whole(&self.proposal(&pull)?)))
            }
            Operation::Comments(pull) => {
                let proposal = self.proposal(&pull)?;
                let comments = proposal.comments.iter();
                Ok(Said::List(
                    comments.map(|comment| shape::comment(&self.hosted, proposal.number, comment)).collect(),
                ))
            }
            Operation::Say(pull) => {
                let number = number(&pull)?;
                let comment = self.hosted.say(number, &content(&body)?)?;
                self.comment(201, number, comment)
            }
            Operation::SayAnew(pull, comment) => {
                let (number, comment) = (number(&pull)?, self::number(&comment)?);
                self.hosted.say_anew(number, comment, &content(&body)?)?;
                self.comment(200, number, comment)
            }
            Operation::Commit(commit) => {
                self.hosted.ask(Action::Read, |_| Ok(()))?;
                Ok(Said::Json(200, shape::commit(&self.hosted, &self.in_full(&commit)?)))
            }
            Operation::Statuses(commit) => {
                let commit = self.in_full(&commit)?;
                let statuses = self.hosted.ask(Action::Read, |state| Ok(state.newest_statuses(&commit)))?;
                let keys = lock(&self.keys);
                let shown = statuses.iter().map(|status| {
                    let key = keys.get(&(commit.clone(), status.name.clone()));
                    shape::status(&self.hosted, &commit, key.unwrap_or(&status.name), status)
                });
                Ok(Said::List(shown.collect()))
            }
            Operation::SetStatus(commit) => self.set_status(&self.in_full(&commit)?, &body),
            Operation::Members => {
                let people = self.people()?;
                Ok(Said::List(people.iter().map(|login| shape::member(&self.hosted, login)).collect()))
            }
            Operation::Member(member) => {
                let people = self.people()?;
                let is = |login: &&String| shape::uuid(login) == member || shape::account(login) == member;
                let login = people.iter().find(is).ok_or(Refused::NotFound)?;
                Ok(Said::Json(200, shape::member(&self.hosted, login)))
            }
        }
    }

    fn pulls(&self, request: &Request) -> Result<Said, Refused> {
        let mut states: Vec<&str> = request
            .query
            .iter()
            .filter(|(name, _)| name == "state")
            .map(|(_, state)| state.as_str())
            .collect();
        if states.is_empty() {
            states.push("OPEN");
        }
        if let Some(strange) =
            states.iter().find(|state| !["OPEN", "MERGED", "DECLINED", "SUPERSEDED"].contains(state))
        {
            return Err(Refused::Invalid(format!("Invalid state: {strange}")));
        }
        let query = Query::parse(request.parameter("q").unwrap_or_default())?;
        let mut found = Vec::new();
        for proposal in self.hosted.list(None, None)? {
            if states.contains(&shape::state(&proposal)) && query.fits(self.hosted.name(), &proposal) {
                found.push(proposal);
            }
        }
        match request.parameter("sort") {
            Some("-created_on") | None => {}
            Some("created_on") => found.reverse(),
            Some(other) => return Err(Refused::Invalid(format!("Invalid field name: {other}"))),
        }
        Ok(Said::List(found.iter().map(|proposal| shape::pull(&self.hosted, proposal)).collect()))
    }

    fn open(&self, body: &Value) -> Result<Said, Refused> {
        let branch = |end: &str| body[end]["branch"]["name"].as_str().map(str::to_owned);
        let head = branch("source").ok_or_else(|| Refused::Invalid("source: branch not found".to_owned()))?;
        let base = branch("destination").unwrap_or_else(|| "main".to_owned());
        let reviewers = self.reviewers(body)?;
        let wanted = Wanted {
            title: Some(title(body)?),
            body: Some(body["description"].as_str().unwrap_or_default().to_owned()),
            draft: Some(body["draft"].as_bool().unwrap_or(false)),
            reviewers: reviewers.iter().cloned().collect(),
            ..Wanted::default()
        };
        // Nothing is said of a second one; the worst is that it rewrites the first.
        let known = self.hosted.list(Some(&head), Some(&base))?;
        let opened = match known.iter().find(|proposal| proposal.is_open()) {
            Some(open) => self.hosted.edit_proposal(open.number, &wanted)?,
            None => self.hosted.open_proposal(&head, &base, &wanted)?,
        };
        lock(&self.reviewers).insert(opened.number, reviewers);
        Ok(Said::Json(201, self.whole(&opened)))
    }

    /// Replaces all that can be: who is left out reviews no longer, what is left out is empty.
    fn edit(&self, pull: &str, body: &Value) -> Result<Said, Refused> {
        let proposal = self.proposal(pull)?;
        if !proposal.is_open() {
            return Err(Refused::Invalid("Only open pull requests can be mutated".to_owned()));
        }
        let reviewers = self.reviewers(body)?;
        let wanted = Wanted {
            title: Some(title(body)?),
            body: Some(body["description"].as_str().unwrap_or_default().to_owned()),
            draft: Some(body["draft"].as_bool().unwrap_or(false)),
            base: body["destination"]["branch"]["name"].as_str().map(str::to_owned),
            reviewers: reviewers.iter().cloned().collect(),
            ..Wanted::default()
        };
        self.hosted.edit_proposal(proposal.number, &wanted)?;
        self.hosted.with(|state| {
            if let Some(proposal) = state.proposal_mut(proposal.number) {
                proposal.reviewers.retain(|login| reviewers.contains(login));
            }
        });
        lock(&self.reviewers).insert(proposal.number, reviewers);
        Ok(Said::Json(200, self.whole(&self.proposal(pull)?)))
    }

    fn set_status(&self, commit: &str, body: &Value) -> Result<Said, Refused> {
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let key = text("key");
        if key.is_empty() || text("url").is_empty() {
            return Err(Refused::Invalid("key and url: required key not provided".to_owned()));
        }
        if key.chars().count() > 40 || [text("name"), text("description")].iter().any(|text| text.len() > 255)
        {
            return Err(Refused::Invalid("Ensure this value has at most 40 or 255 characters".to_owned()));
        }
        let state = match text("state").as_str() {
            "SUCCESSFUL" => StatusState::Passed,
            "INPROGRESS" => StatusState::Pending,
            "FAILED" | "STOPPED" => StatusState::Failed,
            other => return Err(Refused::Invalid(format!("state: {other} is not one of the choices"))),
        };
        let name = Some(text("name")).filter(|name| !name.is_empty()).unwrap_or_else(|| key.clone());
        let status =
            Status { name: name.clone(), state, description: text("description"), url: Some(text("url")) };
        self.hosted.state_of(commit, &status, None)?;
        lock(&self.keys).insert((commit.to_owned(), name), key.clone());
        Ok(Said::Json(201, shape::status(&self.hosted, commit, &key, &status)))
    }

    fn proposal(&self, pull: &str) -> Result<HostedProposal, Refused> {
        let number = number(pull)?;
        self.hosted.ask(Action::Read, |state| state.proposal(number).cloned().ok_or(Refused::NotFound))
    }

    fn comment(&self, status: u16, number: u64, comment: u64) -> Result<Said, Refused> {
        let proposal = self.hosted.proposal(number);
        let comment = proposal.comments.iter().find(|known| known.id == comment).ok_or(Refused::NotFound)?;
        Ok(Said::Json(status, shape::comment(&self.hosted, number, comment)))
    }

    /// With who reviews it, which is only told of single ones.
    fn whole(&self, proposal: &HostedProposal) -> Value {
        let asked = lock(&self.reviewers).get(&proposal.number).cloned().unwrap_or_default();
        let mut pull = shape::pull(&self.hosted, proposal);
        pull["reviewers"] = asked.iter().map(|login| shape::user(login)).collect();
        let verdicts = proposal.verdicts();
        let others = verdicts.iter().map(|review| review.reviewer.clone());
        let all: BTreeSet<String> = asked.iter().cloned().chain(others).collect();
        let participant = |login: &String| {
            let review = verdicts.iter().find(|review| review.reviewer == *login);
            shape::participant(login, asked.contains(login), review.copied())
        };
        pull["participants"] = all.iter().map(participant).collect();
        pull
    }

    fn people(&self) -> Result<Vec<String>, Refused> {
        let people = self.hosted.ask(Action::Read, |state| Ok(state.people.clone()))?;
        Ok(people.into_iter().filter(|login| login != BOT).collect())
    }

    /// Whom a body names.
    fn reviewers(&self, body: &Value) -> Result<BTreeSet<String>, Refused> {
        let people = self.hosted.with(|state| state.people.clone());
        let uuids = body["reviewers"].as_array().into_iter().flatten();
        let login = |reviewer: &Value| {
            let uuid = reviewer["uuid"].as_str().unwrap_or_default();
            match people.iter().find(|login| shape::uuid(login) == uuid) {
                Some(login) if login == BOT => Err(Refused::Invalid(format!(
                    "{BOT} is the author and cannot be included as a reviewer."
                ))),
                Some(login) => Ok(login.clone()),
                None => Err(Refused::Invalid("Malformed reviewers list".to_owned())),
            }
        };
        uuids.map(login).collect()
    }

    fn in_full(&self, commit: &str) -> Result<String, Refused> {
        let repository = self.hosted.repository();
        let found = repository.find_commit_by_prefix(commit).map_err(|_| Refused::NotFound)?;
        Ok(found.id().to_string())
    }
}

fn number(text: &str) -> Result<u64, Refused> {
    text.parse().map_err(|_| Refused::NotFound)
}

fn title(body: &Value) -> Result<String, Refused> {
    match body["title"].as_str() {
        Some(title) if title.chars().count() > 255 => {
            Err(Refused::Invalid("title: Ensure this value has at most 255 characters".to_owned()))
        }
        Some(title) if !title.is_empty() => Ok(title.to_owned()),
        _ => Err(Refused::Invalid("title: This field is required.".to_owned())),
    }
}

fn content(body: &Value) -> Result<String, Refused> {
    match body["content"]["raw"].as_str() {
        Some(text) if text.chars().count() > 32_768 => {
            Err(Refused::Invalid("content: Ensure this value has at most 32768 characters".to_owned()))
        }
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(Refused::Invalid("content: This field is required.".to_owned())),
    }
}

/// Who decided it.
pub(super) fn closed_by(proposal: &HostedProposal) -> Option<&str> {
    match &proposal.outcome {
        Outcome::Open => None,
        Outcome::Merged { by, .. } | Outcome::Closed { by, .. } => by.as_deref(),
    }
}
