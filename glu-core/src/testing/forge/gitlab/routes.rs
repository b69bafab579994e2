//! What each path does.

use serde_json::{Value, json};

use super::super::merge::{merges, tip};
use super::super::operations::unfit;
use super::super::server::Request;
use super::super::{Action, HostedProposal, Refused, Wanted, Way};
use super::{Deployed, Dialect, Said, lock, shape};
use crate::forge::{Deployment, DeploymentState, ReviewVerdict, Status, StatusState};

/// How long a description or a note may be, in characters.
const DESCRIPTION: usize = 1_048_576;
const NOTE: usize = 1_000_000;

impl Dialect {
    /// Answers what is documented and allowed.
    pub(super) fn route(&self, request: &Request, path: &[&str]) -> Result<Said, Refused> {
        let body = request.json();
        let number = |text: &str| text.parse::<u64>().map_err(|_| Refused::NotFound);
        match (request.method.as_str(), path) {
            ("GET", ["merge_requests"]) => self.requests(request),
            ("POST", ["merge_requests"]) => self.open(&body),
            ("GET", ["merge_requests", iid]) => Ok(Said::Json(200, self.checked(number(iid)?)?)),
            ("PUT", ["merge_requests", iid]) => self.edit(number(iid)?, &body),
            ("PUT", ["merge_requests", iid, "merge"]) => self.merge(number(iid)?, &body),
            ("GET", ["merge_requests", iid, "approvals"]) => {
                let proposal = self.proposal(number(iid)?)?;
                let verdicts = proposal.verdicts();
                let approved = verdicts.iter().filter(|review| review.verdict == ReviewVerdict::Approved);
                let approved: Vec<_> = approved.map(|review| (review.reviewer.as_str(), review.at)).collect();
                let said = self.hosted.with(|state| shape::approvals(state, &proposal, &approved));
                Ok(Said::Json(200, said))
            }
            ("GET", ["merge_requests", iid, "reviewers"]) => {
                let proposal = self.proposal(number(iid)?)?;
                let asked = proposal.reviewers.iter();
                let asked = asked.map(|login| shape::reviewer(login, "unreviewed", proposal.created));
                let answered = proposal.verdicts().into_iter().map(|review| {
                    let state = match review.verdict {
                        ReviewVerdict::Approved => "approved",
                        ReviewVerdict::ChangesRequested => "requested_changes",
                        ReviewVerdict::Requested => "reviewed",
                    };
                    shape::reviewer(&review.reviewer, state, review.at)
                });
                Ok(Said::List(answered.chain(asked).collect()))
            }
            ("GET", ["merge_requests", iid, "notes"]) => {
                let proposal = self.proposal(number(iid)?)?;
                let said = proposal.comments.iter().map(|comment| shape::note(&proposal, comment));
                let mut notes: Vec<Value> = [shape::system_note(&proposal)].into_iter().chain(said).collect();
                if request.parameter("sort") != Some("asc") {
                    notes.reverse();
                }
                Ok(Said::List(notes))
            }
            ("POST", ["merge_requests", iid, "notes"]) => {
                let iid = number(iid)?;
                let note = self.hosted.say(iid, &told(&body, "body", NOTE)?)?;
                self.note(iid, note, 201)
            }
            ("PUT", ["merge_requests", iid, "notes", note]) => {
                let (iid, note) = (number(iid)?, number(note)?);
                self.hosted.say_anew(iid, note, &told(&body, "body", NOTE)?)?;
                self.note(iid, note, 200)
            }
            ("GET", ["milestones"]) => {
                let titles = self.hosted.ask(Action::Read, |state| Ok(state.milestones.clone()))?;
                let wanted =
                    |title: &&String| request.parameter("title").is_none_or(|wanted| wanted == *title);
                Ok(Said::List(
                    titles.iter().filter(wanted).map(|title| shape::milestone(&self.hosted, title)).collect(),
                ))
            }
            _ => self.route_of_commits(request, path, &body),
        }
    }

    pub(super) fn users(&self, request: &Request) -> Result<Said, Refused> {
        let people = self.hosted.ask(Action::Read, |state| Ok(state.people.clone()))?;
        let wanted = |login: &&String| {
            request.parameter("username").is_none_or(|wanted| wanted.eq_ignore_ascii_case(login))
        };
        Ok(Said::List(people.iter().filter(wanted).map(|login| shape::user(login)).collect()))
    }

    fn route_of_commits(&self, request: &Request, path: &[&str], body: &Value) -> Result<Said, Refused> {
        match (request.method.as_str(), path) {
            ("GET", ["repository", "commits", commit, "statuses"]) => {
                self.has_commit(commit)?;
                let said = self.hosted.ask(Action::Read, |state| {
                    let all = state.statuses.get(*commit).cloned().unwrap_or_default();
                    // Those that were said again are not the latest.
                    let is_latest = |at: usize| {
                        !all[at + 1..].iter().any(|later| later.status.name == all[at].status.name)
                    };
                    let latest = (0..all.len()).filter(|at| is_latest(*at));
                    Ok(latest.map(|at| shape::status(state, commit, at, &all[at])).collect())
                })?;
                Ok(Said::List(said))
            }
            ("POST", ["statuses", commit]) => self.say_of(commit, body),
            ("GET", ["pipelines"]) => {
                let commit = request.parameter("sha").unwrap_or_default();
                let is_there =
                    self.hosted.ask(Action::Read, |state| Ok(state.statuses.contains_key(commit)))?;
                let pipelines = is_there.then(|| shape::pipeline(&self.hosted, commit));
                Ok(Said::List(pipelines.into_iter().collect()))
            }
            ("GET", ["deployments"]) => {
                self.hosted.ask(Action::Read, |_| Ok(()))?;
                let fits = |deployed: &&Deployed| {
                    request.parameter("environment").is_none_or(|name| name == deployed.environment)
                };
                let deployed = lock(&self.deployed).clone();
                let mut found: Vec<Value> =
                    deployed.iter().filter(fits).map(|deployed| self.deployment(deployed)).collect();
                if request.parameter("sort") == Some("desc") {
                    found.reverse();
                }
                Ok(Said::List(found))
            }
            ("GET", ["deployments", id]) => {
                self.hosted.ask(Action::Read, |_| Ok(()))?;
                let all = lock(&self.deployed);
                let known = all.iter().find(|deployed| deployed.id.to_string() == **id);
                Ok(Said::Json(200, self.deployment(known.ok_or(Refused::NotFound)?)))
            }
            ("POST", ["deployments"]) => {
                let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                let mut all = lock(&self.deployed);
                let deployed = Deployed {
                    id: all.len() as u64 + 1,
                    commit: word("sha"),
                    environment: word("environment"),
                    branch: word("ref"),
                    status: word("status"),
                };
                if tip(&self.hosted.repository(), &deployed.branch).is_none() {
                    return Err(Refused::Invalid("ref: The branch or tag does not exist".to_owned()));
                }
                self.deploy(&deployed)?;
                all.push(deployed.clone());
                Ok(Said::Json(201, self.deployment(&deployed)))
            }
            ("PUT", ["deployments", id]) => {
                let status = body["status"].as_str().unwrap_or_default();
                let mut all = lock(&self.deployed);
                let known = all.iter_mut().find(|deployed| deployed.id.to_string() == **id);
                let known = known.ok_or(Refused::NotFound)?;
                let is_event = |word: &str| format!("Status cannot transition via \"{word}\"");
                if known.status == status
                    || status == "running" && !matches!(known.status.as_str(), "created" | "blocked")
                {
                    let event = if status == "running" { "run" } else { status };
                    return Err(Refused::Invalid(is_event(event)));
                }
                let changed = Deployed { status: status.to_owned(), ..known.clone() };
                self.deploy(&changed)?;
                *known = changed.clone();
                Ok(Said::Json(200, self.deployment(&changed)))
            }
            ("PUT", ["environments", id]) => self.place(id, body),
            _ => Err(Refused::NotFound),
        }
    }

    fn requests(&self, request: &Request) -> Result<Said, Refused> {
        let mut found =
            self.hosted.list(request.parameter("source_branch"), request.parameter("target_branch"))?;
        match request.parameter("state").unwrap_or("all") {
            "opened" => found.retain(HostedProposal::is_open),
            "closed" => found.retain(|proposal| shape_of(proposal) == "closed"),
            "merged" => found.retain(|proposal| shape_of(proposal) == "merged"),
            "all" => {}
            other => return Err(Refused::Invalid(format!("state does not have a valid value: {other}"))),
        }
        if request.parameter("sort") == Some("asc") {
            found.reverse();
        }
        // Lists do not look whether anything merges.
        let said = found.iter().map(|proposal| shape::merge_request(&self.hosted, proposal, false, false));
        Ok(Said::List(said.collect()))
    }

    fn open(&self, body: &Value) -> Result<Said, Refused> {
        let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (head, base) = (word("source_branch"), word("target_branch"));
        let wanted = self.wanted(body)?;
        let there = self.hosted.with(|state| {
            let is_it = |proposal: &&HostedProposal| {
                proposal.is_open() && proposal.head == head && proposal.base == base
            };
            state.proposals.iter().find(is_it).map(|proposal| proposal.number)
        });
        let opened =
            self.hosted.open_proposal(&head, &base, &wanted).map_err(|refused| match (refused, there) {
                (Refused::Conflict(_), Some(iid)) => Refused::Conflict(format!(
                    "Another open merge request already exists for this source branch: !{iid}"
                )),
                (other, _) => other,
            })?;
        // It has not been looked at yet whether it merges.
        Ok(Said::Json(201, shape::merge_request(&self.hosted, &opened, false, false)))
    }

    fn edit(&self, iid: u64, body: &Value) -> Result<Said, Refused> {
        let before = self.proposal(iid)?;
        let wanted = self.wanted(body)?;
        let is_edit = body.as_object().is_some_and(|body| body.keys().any(|name| name != "state_event"));
        if is_edit {
            self.hosted.edit_proposal(iid, &wanted)?;
            // Lists of people are replaced; so is the list of labels, unless some are to be added.
            self.hosted.with(|state| {
                let Some(proposal) = state.proposal_mut(iid) else { return };
                if !body["reviewer_ids"].is_null() {
                    proposal.reviewers.retain(|login| wanted.reviewers.contains(login));
                }
                if !body["assignee_ids"].is_null() {
                    proposal.assignees.retain(|login| wanted.assignees.contains(login));
                }
                if !body["labels"].is_null() {
                    proposal.labels.retain(|label| wanted.labels.contains(label));
                }
            });
        }
        match body["state_event"].as_str() {
            // One that is merged stays so, and nobody complains.
            Some("close") if before.is_open() => self.hosted.close_proposal(iid)?,
            Some("reopen") if shape_of(&before) == "closed" => self.hosted.reopen(iid),
            None | Some("close" | "reopen") => {}
            Some(other) => {
                return Err(Refused::Invalid(format!("state_event does not have a valid value: {other}")));
            }
        }
        Ok(Said::Json(200, self.checked(iid)?))
    }

    fn merge(&self, iid: u64, body: &Value) -> Result<Said, Refused> {
        let proposal = self.proposal(iid)?;
        if body["sha"].as_str().is_some_and(|sha| sha != proposal.commit) {
            let words = format!("SHA does not match HEAD of source branch: {}", proposal.commit);
            return Err(Refused::Conflict(words));
        }
        let is_later =
            body["auto_merge"] == json!(true) || body["merge_when_pipeline_succeeds"] == json!(true);
        let is_open = proposal.is_open() && !proposal.draft;
        let is_fit = self.hosted.with(|state| unfit(state, &proposal).is_none());
        let merges = merges(&self.hosted.repository(), &proposal.head, &proposal.base);
        if is_open && is_fit && merges {
            self.hosted.merge_proposal(iid, Way::Commit)?;
        } else if is_open && is_later && merges {
            let not_allowed = |_| Refused::Invalid("405 Method Not Allowed".to_owned());
            self.hosted.merge_later(iid, Way::Commit).map_err(|refused| match refused {
                Refused::Invalid(words) => not_allowed(words),
                other => other,
            })?;
        } else {
            return Err(Refused::Invalid("405 Method Not Allowed".to_owned()));
        }
        Ok(Said::Json(200, self.checked(iid)?))
    }

    fn say_of(&self, commit: &str, body: &Value) -> Result<Said, Refused> {
        let word = |name: &str| body[name].as_str().map(str::to_owned);
        let state = match body["state"].as_str().unwrap_or_default() {
            "success" | "skipped" => StatusState::Passed,
            "pending" | "running" => StatusState::Pending,
            "failed" | "canceled" => StatusState::Failed,
            _ => return Err(Refused::Invalid("state does not have a valid value".to_owned())),
        };
        let status = Status {
            name: word("name").or(word("context")).unwrap_or_else(|| "default".to_owned()),
            state,
            description: told(body, "description", 255)?,
            url: if body["target_url"].is_null() { None } else { Some(told(body, "target_url", 255)?) },
        };
        self.has_commit(commit)?;
        let newest = self.hosted.with(|state| state.newest_statuses(commit));
        let before = newest.iter().find(|known| known.name == status.name);
        if state == StatusState::Pending && before.is_some_and(|before| before.state == StatusState::Pending)
        {
            let words = "Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via \"enqueue\")";
            return Err(Refused::Invalid(words.to_owned()));
        }
        self.hosted.state_of(commit, &status, None)?;
        let said = self.hosted.with(|state| {
            let all = &state.statuses[commit];
            let at = all.len() - 1;
            shape::status(state, commit, at, &all[at])
        });
        Ok(Said::Json(201, said))
    }

    fn deploy(&self, deployed: &Deployed) -> Result<(), Refused> {
        let state = match deployed.status.as_str() {
            "running" => DeploymentState::Running,
            "success" => DeploymentState::Succeeded,
            "failed" | "canceled" => DeploymentState::Failed,
            _ => return Err(Refused::Invalid("status does not have a valid value".to_owned())),
        };
        self.hosted.note_deployment(&Deployment {
            environment: deployed.environment.clone(),
            commit: deployed.commit.clone(),
            branch: deployed.branch.clone(),
            state,
            description: String::new(),
            url: None,
            environment_url: lock(&self.environments).get(&deployed.environment).cloned(),
        })
    }

    fn deployment(&self, deployed: &Deployed) -> Value {
        shape::deployment(&self.hosted, deployed, lock(&self.environments).get(&deployed.environment))
    }

    /// Says where an environment is, and what was deployed there with it.
    fn place(&self, id: &str, body: &Value) -> Result<Said, Refused> {
        let known =
            lock(&self.deployed).iter().map(|deployed| deployed.environment.clone()).collect::<Vec<_>>();
        let name = known.into_iter().find(|name| shape::number(name).to_string() == id);
        let name = name.ok_or(Refused::NotFound)?;
        let url = told(body, "external_url", 255)?;
        self.hosted.ask(Action::Deploy, |state| {
            let there = state.deployments.iter_mut().map(|(_, deployment)| deployment);
            there
                .filter(|deployment| deployment.environment == name)
                .for_each(|deployment| deployment.environment_url = Some(url.clone()));
            Ok(())
        })?;
        lock(&self.environments).insert(name.clone(), url.clone());
        Ok(Said::Json(200, shape::environment(&name, Some(&url))))
    }

    /// What a body wants, with names for numbers.
    fn wanted(&self, body: &Value) -> Result<Wanted, Refused> {
        let title = body["title"].as_str();
        if title.is_some_and(|title| title.trim().is_empty()) {
            return Err(Refused::Invalid("title can't be blank".to_owned()));
        }
        let draft = title.map(|title| title.to_lowercase().starts_with("draft:"));
        let title =
            title.map(|title| if draft == Some(true) { title["draft:".len()..].trim_start() } else { title });
        if let Some(title) = title {
            told(&json!({"title": title}), "title", 255)?;
        }
        let people = self.hosted.with(|state| state.people.clone());
        let logins = |name: &str| -> Vec<String> {
            let wanted = body[name].as_array().into_iter().flatten().filter_map(Value::as_u64);
            // Free editions keep the first, and nobody hears of those who may not see the project.
            let found =
                wanted.filter_map(|id| people.iter().find(|login| shape::number(login) == id).cloned());
            let most = if *lock(&self.is_free) { 1 } else { usize::MAX };
            found.filter(|login| !lock(&self.outsiders).contains(login)).take(most).collect()
        };
        let words = |name: &str| {
            let words = body[name].as_str().unwrap_or_default().split(',').map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let milestones = self.hosted.with(|state| state.milestones.clone());
        let milestone = match body["milestone_id"].as_u64() {
            None => None,
            Some(id) => {
                let found = milestones.into_iter().find(|title| shape::number(title) == id);
                Some(found.ok_or_else(|| Refused::Invalid("milestone is invalid".to_owned()))?)
            }
        };
        let description = match body["description"].is_null() {
            true => None,
            false => Some(told(body, "description", DESCRIPTION)?),
        };
        Ok(Wanted {
            title: title.map(str::to_owned),
            body: description,
            draft,
            base: body["target_branch"].as_str().map(str::to_owned),
            labels: words("labels").into_iter().chain(words("add_labels")).collect(),
            reviewers: logins("reviewer_ids"),
            assignees: logins("assignee_ids"),
            milestone,
            ..Wanted::default()
        })
    }

    /// A merge request as single ones are told. Whether it merges is found out by somebody else, while one asks.
    fn checked(&self, iid: u64) -> Result<Value, Refused> {
        let proposal = self.proposal(iid)?;
        let is_checked = {
            let mut unchecked = lock(&self.unchecked);
            let is_checked = *unchecked == 0;
            *unchecked = unchecked.saturating_sub(1);
            is_checked
        };
        let is_fit = self.hosted.with(|state| unfit(state, &proposal).is_none());
        Ok(shape::merge_request(&self.hosted, &proposal, is_checked, is_fit))
    }

    fn proposal(&self, iid: u64) -> Result<HostedProposal, Refused> {
        self.hosted.ask(Action::Read, |state| state.proposal(iid).cloned().ok_or(Refused::NotFound))
    }

    fn has_commit(&self, commit: &str) -> Result<(), Refused> {
        let id = git2::Oid::from_str(commit).map_err(|_| Refused::NotFound)?;
        self.hosted.repository().find_commit(id).map(drop).map_err(|_| Refused::NotFound)
    }

    fn note(&self, iid: u64, note: u64, status: u16) -> Result<Said, Refused> {
        let proposal = self.hosted.proposal(iid);
        let comment = proposal.comments.iter().find(|known| known.id == note).ok_or(Refused::NotFound)?;
        Ok(Said::Json(status, shape::note(&proposal, comment)))
    }
}

fn shape_of(proposal: &HostedProposal) -> &'static str {
    match proposal.outcome {
        super::super::Outcome::Open => "opened",
        super::super::Outcome::Merged { .. } => "merged",
        super::super::Outcome::Closed { .. } => "closed",
    }
}

/// A text of bounded length, without what GitLab takes away; a line that orders something is one nobody should have sent.
fn told(body: &Value, name: &str, limit: usize) -> Result<String, Refused> {
    let text = body[name].as_str().unwrap_or_default();
    if text.chars().count() > limit {
        return Err(Refused::Invalid(format!("{name} is too long (maximum is {limit} characters)")));
    }
    if text.lines().any(|line| line.starts_with('/')) && matches!(name, "body" | "description") {
        return Err(Refused::Invalid(format!("{name} has a quick action")));
    }
    Ok(text.replace('\r', "").trim_end().to_owned())
}
