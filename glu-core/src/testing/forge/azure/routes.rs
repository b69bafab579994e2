//! The operations, below the organisation.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::server::Request;
use super::super::{Action, BOT, HostedProposal, Outcome, Refused, Wanted, Way};
use super::{Dialect, PullStatus, Said, lock, shape};
use crate::forge::{Status, StatusState};

const HEADS: &str = "refs/heads/";

impl Dialect {
    pub(super) fn route(&self, request: &Request, path: &[&str]) -> Result<Said, Refused> {
        match path {
            ["_apis", "connectionData"] => Ok(Said::Json(
                200,
                json!({"authenticatedUser": shape::person(BOT), "deploymentType": "hosted"}),
            )),
            ["_apis", "identities"] => self.people(request),
            ["_apis", "projects", project, "teams", team] if *project == self.part(1) => {
                let known = self.hosted.ask(Action::Read, |state| Ok(state.teams.contains(*team)))?;
                known.then(|| Said::Json(200, shape::team_of(self.part(1), team))).ok_or(Refused::NotFound)
            }
            [project, "_apis", "policy", "evaluations"] if *project == self.part(1) => {
                self.evaluations(request)
            }
            [project, "_apis", "git", "policy", "configurations"] if *project == self.part(1) => {
                self.hosted.ask(Action::Read, |_| Ok(()))?;
                if request.parameter("repositoryId") != Some(shape::REPOSITORY) {
                    return Err(Refused::NotFound);
                }
                Ok(Said::Continued(self.configurations()))
            }
            [project, "_apis", "git", "repositories", repository, rest @ ..]
                if *project == self.part(1) && *repository == self.part(2) =>
            {
                let lower: Vec<String> = rest.iter().map(|piece| piece.to_lowercase()).collect();
                self.route_of_repository(request, &lower.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => Err(Refused::NotFound),
        }
    }

    fn route_of_repository(&self, request: &Request, path: &[&str]) -> Result<Said, Refused> {
        let body = request.json();
        let number = |text: &str| text.parse::<u64>().map_err(|_| Refused::NotFound);
        match (request.method.as_str(), path) {
            ("GET", ["pullrequests"]) => self.pulls(request),
            ("POST", ["pullrequests"]) => self.open(&body),
            ("GET", ["pullrequests", pull]) => {
                Ok(Said::Json(200, self.shown(&self.proposal(number(pull)?)?, false)))
            }
            ("PATCH", ["pullrequests", pull]) => self.edit(number(pull)?, &body),
            ("GET", ["pullrequests", pull, "iterations"]) => {
                let pull = self.proposal(number(pull)?)?.number;
                let pushes = lock(&self.pushes).get(&pull).cloned().unwrap_or_default();
                let pushes = pushes.iter().enumerate();
                Ok(Said::List(
                    pushes.map(|(at, (time, commit))| shape::iteration(at, *time, commit)).collect(),
                ))
            }
            ("GET", ["pullrequests", pull, "labels"]) => {
                let labels = self.proposal(number(pull)?)?.labels;
                Ok(Said::List(labels.iter().map(|name| shape::label(name)).collect()))
            }
            ("POST", ["pullrequests", pull, "labels"]) => {
                let name = text(&body, "name");
                let wanted = Wanted { labels: vec![name.clone()], ..Wanted::default() };
                self.hosted.edit_proposal(number(pull)?, &wanted)?;
                Ok(Said::Json(200, shape::label(&name)))
            }
            ("POST", ["pullrequests", pull, "reviewers"]) => {
                let wanted = self.reviewers(&body)?;
                let changed = self.hosted.edit_proposal(number(pull)?, &wanted)?;
                Ok(Said::List(self.votes(&changed)))
            }
            ("GET", ["pullrequests", pull, "statuses"]) => {
                let pull = self.proposal(number(pull)?)?.number;
                let all = lock(&self.statuses).clone();
                let all = all.iter().enumerate().filter(|(_, status)| status.number == pull);
                Ok(Said::List(all.map(|(at, status)| shape::pull_status(&self.hosted, at, status)).collect()))
            }
            ("POST", ["pullrequests", pull, "statuses"]) => self.say_of_pull(number(pull)?, &body),
            ("GET", ["pullrequests", pull, "threads"]) => {
                let proposal = self.proposal(number(pull)?)?;
                let comments = proposal.comments.iter().map(shape::thread);
                let votes = proposal.reviews.iter().enumerate();
                let votes = votes.map(|(at, review)| shape::vote_thread(at, review));
                Ok(Said::List(votes.chain(comments).collect()))
            }
            ("POST", ["pullrequests", pull, "threads"]) => {
                let pull = number(pull)?;
                let said = self.hosted.say(pull, &comment(&text(&body["comments"][0], "content"))?)?;
                let proposal = self.hosted.proposal(pull);
                let said = proposal.comments.iter().find(|comment| comment.id == said);
                Ok(Said::Json(200, shape::thread(said.ok_or(Refused::NotFound)?)))
            }
            ("PATCH", ["pullrequests", pull, "threads", thread, "comments", "1"]) => {
                let (pull, thread) = (number(pull)?, number(thread)?);
                self.hosted.say_anew(pull, thread, &comment(&text(&body, "content"))?)?;
                let proposal = self.hosted.proposal(pull);
                let said = proposal.comments.iter().find(|comment| comment.id == thread);
                Ok(Said::Json(200, shape::comment(said.ok_or(Refused::NotFound)?)))
            }
            ("GET", ["commits", commit, "statuses"]) => self.statuses(request, commit),
            ("POST", ["commits", commit, "statuses"]) => self.say(commit, &body),
            ("GET", ["refs"]) => self.refs(request),
            _ => Err(Refused::NotFound),
        }
    }

    fn pulls(&self, request: &Request) -> Result<Said, Refused> {
        let branch = |name: &str| {
            let given = request.parameter(&format!("searchCriteria.{name}"));
            given.map(|name| name.strip_prefix(HEADS).unwrap_or("not a branch"))
        };
        let mut found = self.hosted.list(branch("sourceRefName"), branch("targetRefName"))?;
        match request.parameter("searchCriteria.status").unwrap_or("active") {
            "all" => {}
            status => found.retain(|proposal| shape::status(proposal) == status),
        }
        Ok(Said::Page(found.iter().map(|proposal| self.shown(proposal, true)).collect(), ["$top", "$skip"]))
    }

    fn open(&self, body: &Value) -> Result<Said, Refused> {
        let branch = |name: &str| {
            let given = text(body, name);
            let branch = given.strip_prefix(HEADS).map(str::to_owned);
            branch.ok_or_else(|| Refused::Invalid(format!("The name '{given}' is no full name of a ref.")))
        };
        let (head, base) = (branch("sourceRefName")?, branch("targetRefName")?);
        let names = |list: &Value| {
            list.as_array().into_iter().flatten().map(|label| text(label, "name")).collect::<Vec<_>>()
        };
        let wanted = Wanted {
            title: Some(line(body)?),
            body: Some(description(body)?.unwrap_or_default()),
            draft: body["isDraft"].as_bool(),
            labels: names(&body["labels"]),
            ..self.reviewers(&body["reviewers"])?
        };
        let opened = self.hosted.open_proposal(&head, &base, &wanted).map_err(|refused| match refused {
            Refused::Invalid(_) => Refused::Invalid(
                "TF401398: The pull request cannot be activated because the source and/or the target branch no \
                 longer exists, or the requested reference is not a branch."
                    .to_owned(),
            ),
            other => other,
        })?;
        Ok(Said::Json(201, self.shown(&opened, false)))
    }

    fn edit(&self, number: u64, body: &Value) -> Result<Said, Refused> {
        let proposal = self.proposal(number)?;
        if !proposal.is_open() {
            return Err(Refused::Conflict("it is decided".to_owned()));
        }
        let has = |name: &str| !body[name].is_null();
        if has("title") || has("description") || has("isDraft") {
            let wanted = Wanted {
                title: has("title").then(|| line(body)).transpose()?,
                body: description(body)?,
                draft: body["isDraft"].as_bool(),
                ..Wanted::default()
            };
            self.hosted.edit_proposal(number, &wanted)?;
        }
        if let Some(id) = body["autoCompleteSetBy"]["id"].as_str() {
            if id != shape::id(BOT) {
                return Err(Refused::Forbidden);
            }
            let strategy = body["completionOptions"]["mergeStrategy"].as_str().unwrap_or("noFastForward");
            lock(&self.completing).insert(number, strategy.to_owned());
            self.hosted.merge_later(number, way(strategy))?;
        }
        match body["status"].as_str() {
            Some("abandoned") => self.hosted.close_proposal(number)?,
            Some("completed") => {
                return Err(Refused::Invalid("lastMergeSourceCommit is missing".to_owned()));
            }
            _ => {}
        }
        Ok(Said::Json(200, self.shown(&self.proposal(number)?, false)))
    }

    /// Whom a list of identifiers means.
    fn reviewers(&self, list: &Value) -> Result<Wanted, Refused> {
        let (people, teams) = self.hosted.with(|state| (state.people.clone(), state.teams.clone()));
        let mut wanted = Wanted::default();
        for id in list.as_array().into_iter().flatten().map(|reviewer| text(reviewer, "id")) {
            let is_it = |name: &&String| shape::id(name) == id;
            match (people.iter().find(is_it), teams.iter().find(is_it)) {
                (Some(login), _) => wanted.reviewers.push(login.clone()),
                (None, Some(team)) => wanted.teams.push(team.clone()),
                (None, None) => {
                    let words = format!("TF50309: The following identity was not found: {id}.");
                    return Err(Refused::Invalid(words));
                }
            }
        }
        Ok(wanted)
    }

    fn say_of_pull(&self, number: u64, body: &Value) -> Result<Said, Refused> {
        self.hosted.ask(Action::Status, |state| state.proposal(number).map(drop).ok_or(Refused::NotFound))?;
        let status = PullStatus {
            number,
            iteration: body["iterationId"].as_u64(),
            context: context(body),
            state: text(body, "state"),
            description: text(body, "description"),
            url: body["targetUrl"].as_str().map(str::to_owned),
        };
        let mut all = lock(&self.statuses);
        all.push(status.clone());
        Ok(Said::Json(200, shape::pull_status(&self.hosted, all.len() - 1, &status)))
    }

    fn statuses(&self, request: &Request, commit: &str) -> Result<Said, Refused> {
        let all = self
            .hosted
            .ask(Action::Read, |state| Ok(state.statuses.get(commit).cloned().unwrap_or_default()))?;
        let is_latest = |at: usize| {
            request.parameter("latestOnly") != Some("true")
                || !all[at + 1..].iter().any(|later| later.status.name == all[at].status.name)
        };
        let found = (0..all.len()).filter(|at| is_latest(*at));
        Ok(Said::Page(found.map(|at| shape::commit_status(at, &all[at])).collect(), ["top", "skip"]))
    }

    fn say(&self, commit: &str, body: &Value) -> Result<Said, Refused> {
        let state = match text(body, "state").as_str() {
            "succeeded" => StatusState::Passed,
            "pending" => StatusState::Pending,
            _ => StatusState::Failed,
        };
        let status = Status {
            name: context(body),
            state,
            description: text(body, "description"),
            url: body["targetUrl"].as_str().map(str::to_owned),
        };
        self.hosted.state_of(commit, &status, None)?;
        let said = self.hosted.with(|state| state.statuses[commit].clone());
        let at = said.len() - 1;
        Ok(Said::Json(201, shape::commit_status(at, &said[at])))
    }

    /// Branches whose names begin so.
    fn refs(&self, request: &Request) -> Result<Said, Refused> {
        self.hosted.ask(Action::Read, |_| Ok(()))?;
        let start = format!("refs/{}", request.parameter("filter").unwrap_or_default());
        let repository = self.hosted.repository();
        let names = repository.references().map_err(|_| Refused::Broken)?;
        let mut found = Vec::new();
        for reference in names.flatten() {
            let name = reference.name().unwrap_or_default().to_owned();
            if let Some(id) = reference.target().filter(|_| name.starts_with(&start)) {
                found.push((name, id.to_string()));
            }
        }
        found.sort();
        Ok(Said::Continued(
            found.iter().map(|(name, id)| json!({"name": name, "objectId": id, "url": ""})).collect(),
        ))
    }

    /// The search is a generous one: every name that has the letters in it.
    fn people(&self, request: &Request) -> Result<Said, Refused> {
        if request.parameter("searchFilter") != Some("General") {
            return Err(Refused::Invalid("searchFilter is not one of the known".to_owned()));
        }
        let wanted = request.parameter("filterValue").unwrap_or_default().to_lowercase();
        let people: BTreeSet<String> = self.hosted.ask(Action::Read, |state| Ok(state.people.clone()))?;
        let has = |login: &&String| {
            let names = [shape::display_name(login), shape::unique_name(login)];
            names.iter().any(|name| name.to_lowercase().contains(&wanted))
        };
        let found = people.iter().filter(has).map(|login| shape::directory_entry(login));
        Ok(Said::List(found.collect()))
    }

    fn evaluations(&self, request: &Request) -> Result<Said, Refused> {
        let artifact = request.parameter("artifactId").unwrap_or_default();
        let start = format!("vstfs:///CodeReview/CodeReviewId/{}/", shape::PROJECT);
        let number = artifact.strip_prefix(&start).and_then(|number| number.parse().ok());
        let proposal = self.proposal(number.ok_or(Refused::NotFound)?)?;
        let said = self.hosted.with(|state| state.newest_statuses(&proposal.commit));
        let evaluation = |configuration: Value| {
            let name = configuration["settings"]["displayName"].as_str();
            let status = said.iter().find(|status| Some(status.name.as_str()) == name);
            let word = match status.map(|status| status.state) {
                None => "queued",
                Some(StatusState::Pending) => "running",
                Some(StatusState::Passed) => "approved",
                Some(StatusState::Failed) => "rejected",
            };
            shape::evaluation(artifact, &configuration, word)
        };
        Ok(Said::Page(self.configurations().into_iter().map(evaluation).collect(), ["$top", "$skip"]))
    }

    /// The policies of the branches, as the rules and hands have it.
    fn configurations(&self) -> Vec<Value> {
        let rules = self.hosted.with(|state| state.rules.clone());
        let approvals =
            json!({"minimumApproverCount": rules.approvals, "resetOnSourcePush": rules.dismiss_stale});
        let mut all = vec![shape::configuration(1, shape::REVIEWERS, &approvals)];
        for check in &rules.checks {
            let settings = json!({"buildDefinitionId": 7, "displayName": check});
            all.push(shape::configuration(all.len() + 1, shape::BUILD, &settings));
        }
        if let Some(allowed) = &*lock(&self.strategies) {
            let known = ["allowNoFastForward", "allowSquash", "allowRebase", "allowRebaseMerge"];
            let settings = known.map(|name| (name.to_owned(), json!(allowed.contains(&name))));
            let settings = Value::Object(settings.into_iter().collect());
            all.push(shape::configuration(all.len() + 1, shape::STRATEGY, &settings));
        }
        all
    }

    fn proposal(&self, number: u64) -> Result<HostedProposal, Refused> {
        self.hosted.ask(Action::Read, |state| state.proposal(number).cloned().ok_or(Refused::NotFound))
    }

    fn votes(&self, proposal: &HostedProposal) -> Vec<Value> {
        shape::reviewers(self.part(1), proposal, &lock(&self.halfhearted))
    }

    /// A pull request as single ones or as lists have it.
    fn shown(&self, proposal: &HostedProposal, is_listed: bool) -> Value {
        let tried = lock(&self.tried).clone().filter(|tried| *tried != proposal.commit);
        let merges = match (&proposal.outcome, &tried) {
            (Outcome::Open, Some(_)) => "queued",
            (Outcome::Open, None) if !self.hosted.mergeable(proposal) => "conflicts",
            _ => "succeeded",
        };
        let tried = tried.unwrap_or_else(|| proposal.commit.clone());
        shape::pull(&self.hosted, proposal, &self.votes(proposal), (merges, &tried), is_listed)
    }
}

fn way(strategy: &str) -> Way {
    match strategy {
        "squash" => Way::Squash,
        "rebase" => Way::Rebase,
        _ => Way::Commit,
    }
}

fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_default().to_owned()
}

fn context(body: &Value) -> String {
    match text(&body["context"], "genre").as_str() {
        "" => text(&body["context"], "name"),
        genre => format!("{genre}/{}", text(&body["context"], "name")),
    }
}

fn line(body: &Value) -> Result<String, Refused> {
    limited(text(body, "title"), 400, "title")
}

fn description(body: &Value) -> Result<Option<String>, Refused> {
    body["description"].as_str().map(|text| limited(text.to_owned(), 4_000, "description")).transpose()
}

fn comment(text: &str) -> Result<String, Refused> {
    limited(text.to_owned(), 150_000, "comment")
}

fn limited(text: String, limit: usize, what: &str) -> Result<String, Refused> {
    match text.encode_utf16().count() {
        0 if what == "title" => Err(Refused::Invalid("The pull request must have a title.".to_owned())),
        length if length > limit => {
            let words =
                format!("The {what} has {length} characters, more than the {limit} that are allowed.");
            Err(Refused::Invalid(words))
        }
        _ => Ok(text),
    }
}
