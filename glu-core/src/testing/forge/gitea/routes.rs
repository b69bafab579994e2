//! What the paths below a repository do.

use serde_json::{Value, json};

use super::super::merge::tip;
use super::super::operations::unfit;
use super::super::server::Request;
use super::super::{Action, HostedProposal, Outcome, Refused, Wanted, Way};
use super::{Dialect, Said, lock, shape};
use crate::forge::{Status, StatusState};

type Answer = Result<Said, Refused>;

impl Dialect {
    pub(super) fn route(&self, request: &Request, path: &[&str]) -> Answer {
        let body = request.json();
        let hosted = &self.hosted;
        let number = |text: &str| text.parse::<u64>().map_err(|_| Refused::NotFound);
        match (request.method.as_str(), path) {
            ("GET", []) => Ok(Said::Json(200, shape::repository(hosted))),
            ("GET", ["pulls"]) => self.pulls(request),
            ("POST", ["pulls"]) => self.open(&body),
            ("GET", ["pulls", pull]) => Ok(Said::Json(200, self.pull(&self.proposal(number(pull)?)?))),
            ("PATCH", ["pulls", pull]) => self.edit(number(pull)?, &body),
            ("POST", ["pulls", pull, "merge"]) => self.merge(number(pull)?, &body),
            ("POST", ["pulls", pull, "requested_reviewers"]) => self.request(number(pull)?, &body),
            ("GET", ["pulls", pull, "reviews"]) => {
                let proposal = self.proposal(number(pull)?)?;
                let people = hosted.with(|state| state.people.clone());
                Ok(list(shape::reviews(hosted, &proposal, &people)))
            }
            // Any of them, and that is the first.
            ("GET", ["pulls", base, head @ ..]) => {
                let all = hosted.list(Some(&head.join("/")), Some(base))?;
                let first = all.last().ok_or(Refused::NotFound)?;
                Ok(Said::Json(200, self.pull(first)))
            }
            ("GET", ["labels"]) => {
                let names = hosted.ask(Action::Read, |state| Ok(state.labels.clone()))?;
                let organisation = lock(&self.organisation_labels).clone();
                let own = names.iter().filter(|name| !organisation.contains(name));
                Ok(list(own.map(|name| shape::label(hosted, name)).collect()))
            }
            ("POST", ["labels"]) => {
                let name = word(&body, "name");
                hosted.ask(Action::Update, |state| Ok(state.labels.insert(name.clone())))?;
                Ok(Said::Json(201, shape::label(hosted, &name)))
            }
            ("GET", ["milestones"]) => {
                let titles = hosted.ask(Action::Read, |state| Ok(state.milestones.clone()))?;
                let all = titles.iter().enumerate();
                Ok(list(all.map(|(at, title)| shape::milestone(at, title)).collect()))
            }
            ("GET", ["issues", issue, "comments"]) => {
                let proposal = self.proposal(number(issue)?)?;
                let all = proposal.comments.iter();
                Ok(Said::All(all.map(|comment| shape::comment(hosted, proposal.number, comment)).collect()))
            }
            ("POST", ["issues", issue, "comments"]) => {
                let issue = number(issue)?;
                let comment = hosted.say(issue, &word(&body, "body"))?;
                self.comment(comment, 201)
            }
            ("PATCH", ["issues", "comments", comment]) => {
                let comment = number(comment)?;
                let issue = self.issue_of(comment)?;
                hosted.say_anew(issue, comment, &word(&body, "body"))?;
                self.comment(comment, 200)
            }
            ("GET", ["issues", issue, "timeline"]) => {
                let since = request.parameter("since").map(str::parse::<jiff::Timestamp>);
                let Ok(since) = since.transpose() else {
                    return Err(Refused::Invalid("parsing time".to_owned()));
                };
                Ok(Said::Events(shape::events(hosted, &self.proposal(number(issue)?)?, since)))
            }
            ("POST", ["issues", issue, "labels"]) => {
                let labels = self.label_names(&body)?;
                let changed =
                    hosted.edit_proposal(number(issue)?, &Wanted { labels, ..Wanted::default() })?;
                let labels = changed.labels.iter().map(|name| shape::label(hosted, name));
                Ok(Said::Json(200, Value::Array(labels.collect())))
            }
            ("GET", ["commits", commit, "status"]) => self.statuses(commit),
            ("POST", ["statuses", commit]) => self.state(commit, &body),
            _ => Err(Refused::NotFound),
        }
    }

    pub(super) fn organisation_labels(&self) -> Said {
        let names = lock(&self.organisation_labels).clone();
        list(names.iter().map(|name| shape::label(&self.hosted, name)).collect())
    }

    fn pulls(&self, request: &Request) -> Answer {
        let mut found = self.hosted.list(None, None)?;
        match request.parameter("state").unwrap_or("open") {
            "closed" => found.retain(|proposal| !proposal.is_open()),
            "all" => {}
            _ => found.retain(HostedProposal::is_open),
        }
        let listed = |proposal: &HostedProposal| {
            let mut pull = self.pull(proposal);
            // So it is: who merged it is only told of single ones.
            pull["merged_by"] = Value::Null;
            pull
        };
        let items = found.iter().map(listed).collect();
        Ok(Said::List { items, within: None, links: true })
    }

    fn open(&self, body: &Value) -> Answer {
        let (head, base) = (word(body, "head"), word(body, "base"));
        let repository = self.hosted.repository();
        if tip(&repository, &head).is_none() || tip(&repository, &base).is_none() {
            return Err(Refused::NotFound);
        }
        let (title, draft) = meant(&word(body, "title"));
        let wanted = Wanted {
            title: Some(title),
            body: Some(word(body, "body")),
            draft: Some(draft),
            labels: self.label_names(body)?,
            assignees: self.assignees(body)?.unwrap_or_default(),
            milestone: self.milestone_title(body)?,
            ..Wanted::default()
        };
        let opened = self.hosted.open_proposal(&head, &base, &wanted);
        let opened = opened.map_err(|refused| match refused {
            Refused::Conflict(_) => Refused::Conflict(format!(
                "pull request already exists for these targets [id: 1, issue_id: 1, head_repo_id: 1, base_repo_id: 1, head_branch: \
                 {head}, base_branch: {base}]"
            )),
            other => other,
        })?;
        Ok(Said::Json(201, self.pull(&opened)))
    }

    fn edit(&self, number: u64, body: &Value) -> Answer {
        let proposal = self.proposal(number)?;
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let assignees = self.assignees(body)?;
        if body.as_object().is_some_and(|body| body.keys().any(|name| name != "state")) {
            let (title, draft) =
                text("title").filter(|title| !title.is_empty()).map(|title| meant(&title)).unzip();
            let wanted = Wanted {
                title,
                draft,
                body: text("body"),
                base: text("base"),
                assignees: assignees.clone().unwrap_or_default(),
                milestone: self.milestone_title(body)?,
                ..Wanted::default()
            };
            self.hosted.edit_proposal(number, &wanted)?;
            if let Some(assignees) = assignees {
                self.hosted.with(|state| {
                    if let Some(proposal) = state.proposal_mut(number) {
                        proposal.assignees = assignees.into_iter().collect();
                    }
                });
            }
        }
        if text("state").is_some() && matches!(proposal.outcome, Outcome::Merged { .. }) {
            let words = "cannot change state of this pull request, it was already merged";
            return Ok(Said::Complaint(412, words.to_owned()));
        }
        if text("state").as_deref() == Some("closed") {
            self.hosted.close_proposal(number)?;
        }
        Ok(Said::Json(201, self.pull(&self.proposal(number)?)))
    }

    fn request(&self, number: u64, body: &Value) -> Answer {
        let (reviewers, teams) = (words(&body["reviewers"]), words(&body["team_reviewers"]));
        let (people, known) = self.hosted.with(|state| (state.people.clone(), state.teams.clone()));
        if let Some(stranger) = reviewers.iter().find(|login| !people.contains(*login)) {
            return Ok(Said::Complaint(404, format!("User '{stranger}' not exist")));
        }
        if let Some(stranger) = teams.iter().find(|team| !known.contains(*team)) {
            return Ok(Said::Complaint(404, format!("Team '{stranger}' not exist")));
        }
        if reviewers.contains(&self.proposal(number)?.author) {
            return Err(Refused::Invalid(
                "poster of pr can't be reviewer [user_id: 1, repo_id: 1]".to_owned(),
            ));
        }
        // Who is asked again is asked as if for the first time.
        self.hosted.with(|state| {
            if let Some(proposal) = state.proposal_mut(number) {
                proposal.reviews.retain(|review| !reviewers.contains(&review.reviewer));
            }
        });
        let changed = self.hosted.edit_proposal(number, &Wanted { reviewers, teams, ..Wanted::default() })?;
        Ok(Said::Json(201, Value::Array(shape::reviews(&self.hosted, &changed, &people))))
    }

    fn merge(&self, number: u64, body: &Value) -> Answer {
        let not_allowed = |words: &str| Ok(Said::Complaint(405, words.to_owned()));
        let proposal = self.proposal(number)?;
        if self.hosted.with(|state| state.forbidden.contains(&Action::Merge)) {
            return not_allowed("User not allowed to merge PR");
        }
        match proposal.outcome {
            Outcome::Open => {}
            Outcome::Merged { .. } => return not_allowed("The PR is already merged"),
            Outcome::Closed { .. } => return Err(Refused::NotFound),
        }
        if proposal.draft {
            return not_allowed("Work in progress PRs cannot be merged");
        }
        if !self.hosted.mergeable(&proposal) {
            return not_allowed("Please try again later");
        }
        let way = match body["do"].as_str().or(body["Do"].as_str()) {
            Some("squash") => Way::Squash,
            Some("rebase") => Way::Rebase,
            Some("fast-forward-only") => Way::FastForward,
            _ => Way::Commit,
        };
        if body["merge_when_checks_succeed"] == json!(true) {
            if proposal.auto_merge.is_some() {
                let words = format!(
                    "pull request is already scheduled to auto merge when checks succeed [pull_id: {number}]"
                );
                return Err(Refused::Conflict(words));
            }
            self.hosted.merge_later(number, way)?;
            return Ok(Said::Json(201, Value::Null));
        }
        if let Some(reason) = self.hosted.with(|state| unfit(state, &proposal)) {
            return not_allowed(&reason);
        }
        if body["head_commit_id"].as_str().is_some_and(|commit| commit != proposal.commit) {
            return Err(Refused::Conflict("head out of date".to_owned()));
        }
        self.hosted.merge_proposal(number, way)?;
        Ok(Said::Json(200, Value::Null))
    }

    fn statuses(&self, commit: &str) -> Answer {
        let is_there = git2::Oid::from_str(commit)
            .is_ok_and(|commit| self.hosted.repository().find_commit(commit).is_ok());
        if !is_there {
            return Err(Refused::NotFound);
        }
        let all = self.hosted.ask(Action::Read, |state| {
            let all = state.statuses.get(commit).cloned().unwrap_or_default();
            let is_newest =
                |at: usize| !all[at + 1..].iter().any(|later| later.status.name == all[at].status.name);
            Ok((0..all.len()).filter(|at| is_newest(*at)).map(|at| all[at].clone()).collect::<Vec<_>>())
        })?;
        let items = all.iter().enumerate().rev();
        let items = items.map(|(at, said)| shape::status(&self.hosted, commit, at, said)).collect();
        let object = json!({
            "state": "pending",
            "sha": commit,
            "repository": shape::repository(&self.hosted),
            "commit_url": shape::api(&self.hosted, &format!("/commits/{commit}")),
            "url": shape::api(&self.hosted, &format!("/commits/{commit}/status")),
        });
        Ok(Said::List { items, within: Some(("statuses", object)), links: true })
    }

    fn state(&self, commit: &str, body: &Value) -> Answer {
        let said = word(body, "state");
        let state = match said.as_str() {
            "success" | "skipped" => StatusState::Passed,
            "pending" => StatusState::Pending,
            _ => StatusState::Failed,
        };
        let status = Status {
            name: word(body, "context"),
            state,
            description: word(body, "description"),
            url: Some(word(body, "target_url")).filter(|url| !url.is_empty()),
        };
        match self.hosted.state_of(commit, &status, Some(&said)) {
            // So it is: a commit that is not there is an error of the server's, and in production it does not tell.
            Err(Refused::NotFound) => Ok(Said::Complaint(500, String::new())),
            Err(refused) => Err(refused),
            Ok(()) => {
                let all = self.hosted.with(|state| state.statuses[commit].clone());
                let at = all.len() - 1;
                Ok(Said::Json(201, shape::status(&self.hosted, commit, at, &all[at])))
            }
        }
    }

    fn proposal(&self, number: u64) -> Result<HostedProposal, Refused> {
        self.hosted.ask(Action::Read, |state| state.proposal(number).cloned().ok_or(Refused::NotFound))
    }

    fn pull(&self, proposal: &HostedProposal) -> Value {
        shape::pull(&self.hosted, proposal)
    }

    fn issue_of(&self, comment: u64) -> Result<u64, Refused> {
        self.hosted.with(|state| {
            let has = |proposal: &&HostedProposal| proposal.comments.iter().any(|known| known.id == comment);
            state.proposals.iter().find(has).map(|proposal| proposal.number).ok_or(Refused::NotFound)
        })
    }

    fn comment(&self, comment: u64, status: u16) -> Answer {
        let number = self.issue_of(comment)?;
        let proposal = self.hosted.proposal(number);
        let comment = proposal.comments.iter().find(|known| known.id == comment).ok_or(Refused::NotFound)?;
        Ok(Said::Json(status, shape::comment(&self.hosted, number, comment)))
    }

    /// The labels with these numbers; one that nobody knows is left out.
    fn label_names(&self, body: &Value) -> Result<Vec<String>, Refused> {
        let mut known = lock(&self.organisation_labels).clone();
        known.extend(self.hosted.ask(Action::Read, |state| Ok(state.labels.clone()))?);
        let ids: Vec<u64> =
            body["labels"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        known.retain(|name| ids.contains(&shape::number(name)));
        Ok(known)
    }

    fn assignees(&self, body: &Value) -> Result<Option<Vec<String>>, Refused> {
        if body["assignees"].is_null() {
            return Ok(None);
        }
        let assignees = words(&body["assignees"]);
        let people = self.hosted.with(|state| state.people.clone());
        match assignees.iter().find(|login| !people.contains(*login)) {
            Some(name) => Err(Refused::Invalid(format!(
                "Assignee does not exist: [name: user does not exist [uid: 0, name: {name}]]"
            ))),
            None => Ok(Some(assignees)),
        }
    }

    fn milestone_title(&self, body: &Value) -> Result<Option<String>, Refused> {
        let Some(id) = body["milestone"].as_u64() else { return Ok(None) };
        let titles = self.hosted.with(|state| state.milestones.clone());
        let title = titles.into_iter().enumerate().find(|(at, _)| shape::milestone_id(*at) == id);
        title.map(|(_, title)| Some(title)).ok_or(Refused::NotFound)
    }
}

fn list(items: Vec<Value>) -> Said {
    Said::List { items, within: None, links: false }
}

/// A title without what makes a draft, and whether it had that.
fn meant(title: &str) -> (String, bool) {
    for prefix in ["WIP:", "[WIP]"] {
        let start = title.get(..prefix.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
            return (title[prefix.len()..].trim_start().to_owned(), true);
        }
    }
    (title.to_owned(), false)
}

fn word(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_default().to_owned()
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
