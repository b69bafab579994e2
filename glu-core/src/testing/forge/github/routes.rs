//! The paths below a repository.

use serde_json::{Value, json};

use super::super::server::Request;
use super::super::{Action, BOT, Hosted, HostedProposal, Outcome, Refused, Wanted, Way};
use super::{Dialect, Said, lock, shape};
use crate::forge::{Deployment, DeploymentState, Status, StatusState};

/// A deployment that somebody made.
#[derive(Clone)]
pub(super) struct Deployed {
    pub(super) id: u64,
    pub(super) commit: String,
    pub(super) environment: String,
    pub(super) description: String,
}

impl Dialect {
    pub(super) fn route(&self, request: &Request, path: &[&str]) -> Result<Said, Refused> {
        let body = request.json();
        let number = |text: &str| text.parse::<u64>().map_err(|_| Refused::NotFound);
        match (request.method.as_str(), path) {
            ("GET", ["pulls"]) => self.pulls(request),
            ("POST", ["pulls"]) => self.open(&body),
            ("GET", ["pulls", pull]) => Ok(Said::Json(200, self.whole(&self.proposal(number(pull)?)?))),
            ("PATCH", ["pulls", pull]) => self.edit(number(pull)?, &body),
            ("PUT", ["pulls", pull, "merge"]) => self.merge(number(pull)?, &body),
            ("GET", ["pulls", pull, "reviews"]) => {
                let proposal = self.proposal(number(pull)?)?;
                let people = self.hosted.with(|state| state.people.clone());
                let reviews = proposal.reviews.iter().enumerate();
                let reviews = reviews.map(|(at, review)| {
                    shape::review(&self.hosted, &proposal, at, review, people.contains(&review.reviewer))
                });
                Ok(Said::List(reviews.collect(), None))
            }
            ("POST", ["pulls", pull, "requested_reviewers"]) => {
                let wanted = Wanted {
                    reviewers: words(&body["reviewers"]),
                    teams: words(&body["team_reviewers"]),
                    ..Wanted::default()
                };
                let changed = self.hosted.edit_proposal(number(pull)?, &wanted).map_err(|refused| {
                    let reason = "Reviews may only be requested from collaborators. One or more of the users or teams you \
                                  specified is not a collaborator of the repository.";
                    match refused {
                        Refused::Invalid(_) => Refused::Invalid(reason.to_owned()),
                        other => other,
                    }
                })?;
                Ok(Said::Json(201, self.listed(&changed)))
            }
            ("GET", ["issues", issue]) => Ok(Said::Json(200, self.issue(&self.proposal(number(issue)?)?))),
            ("PATCH", ["issues", issue]) => {
                let wanted = Wanted { milestone: self.milestone_title(&body)?, ..Wanted::default() };
                Ok(Said::Json(200, self.issue(&self.hosted.edit_proposal(number(issue)?, &wanted)?)))
            }
            ("POST", ["issues", issue, "labels"]) => {
                let wanted = Wanted { labels: words(&body["labels"]), ..Wanted::default() };
                let changed = self.hosted.edit_proposal(number(issue)?, &wanted)?;
                Ok(Said::List(
                    changed.labels.iter().map(|label| shape::label(&self.hosted, label)).collect(),
                    None,
                ))
            }
            ("POST", ["issues", issue, "assignees"]) => {
                // Strangers are left out without a word.
                let people = self.hosted.with(|state| state.people.clone());
                let known = words(&body["assignees"]).into_iter().filter(|login| people.contains(login));
                let wanted = Wanted { assignees: known.collect(), ..Wanted::default() };
                Ok(Said::Json(201, self.issue(&self.hosted.edit_proposal(number(issue)?, &wanted)?)))
            }
            ("GET", ["issues", issue, "comments"]) => {
                let proposal = self.proposal(number(issue)?)?;
                let comments = proposal.comments.iter();
                Ok(Said::List(
                    comments.map(|comment| shape::comment(&self.hosted, proposal.number, comment)).collect(),
                    None,
                ))
            }
            ("POST", ["issues", issue, "comments"]) => {
                let issue = number(issue)?;
                let comment = self.hosted.say(issue, &text(&body, "body")?)?;
                self.comment(issue, comment, 201)
            }
            ("PATCH", ["issues", "comments", comment]) => {
                let comment = number(comment)?;
                let issue = self.hosted.with(|state| {
                    let has = |proposal: &&HostedProposal| {
                        proposal.comments.iter().any(|known| known.id == comment)
                    };
                    state.proposals.iter().find(has).map(|proposal| proposal.number)
                });
                let issue = issue.ok_or(Refused::NotFound)?;
                self.hosted.say_anew(issue, comment, &text(&body, "body")?)?;
                self.comment(issue, comment, 200)
            }
            ("GET", ["milestones"]) => {
                let titles = self.hosted.ask(Action::Read, |state| Ok(state.milestones.clone()))?;
                let all = titles.iter().enumerate();
                Ok(Said::List(
                    all.map(|(at, title)| shape::milestone(&self.hosted, at, title)).collect(),
                    None,
                ))
            }
            ("GET", ["collaborators", login, "permission"]) => {
                let is_known = self.hosted.with(|state| state.people.contains(*login));
                let permission = if is_known { "write" } else { "read" };
                Ok(Said::Json(200, json!({"permission": permission, "role_name": permission, "user": null})))
            }
            _ => self.route_of_commits(request, path, &body),
        }
    }

    fn route_of_commits(&self, request: &Request, path: &[&str], body: &Value) -> Result<Said, Refused> {
        match (request.method.as_str(), path) {
            ("GET", ["commits", commit, "status"]) => {
                let said = self.said_of(commit)?;
                let items = said.iter().enumerate().filter(|(_, said)| said.by == BOT);
                let items: Vec<Value> =
                    items.map(|(at, said)| shape::status(&self.hosted, commit, at, said)).collect();
                let object = json!({
                    "state": "pending",
                    "sha": commit,
                    "total_count": items.len(),
                    "repository": shape::repository(&self.hosted),
                    "commit_url": shape::api(&self.hosted, &format!("/commits/{commit}")),
                    "url": shape::api(&self.hosted, &format!("/commits/{commit}/status")),
                });
                Ok(Said::List(items, Some(("statuses", object))))
            }
            // Whoever is not the bot says it with check runs.
            ("GET", ["commits", commit, "check-runs"]) => {
                let said = self.said_of(commit)?;
                let items = said.iter().enumerate().filter(|(_, said)| said.by != BOT);
                let items: Vec<Value> =
                    items.map(|(at, said)| shape::check_run(&self.hosted, commit, at, said)).collect();
                let object = json!({"total_count": items.len()});
                Ok(Said::List(items, Some(("check_runs", object))))
            }
            ("POST", ["statuses", commit]) => {
                let state = match text(body, "state")?.as_str() {
                    "success" => StatusState::Passed,
                    "pending" => StatusState::Pending,
                    "failure" | "error" => StatusState::Failed,
                    other => {
                        return Err(Refused::Invalid(format!("state {other} is not included in the list")));
                    }
                };
                let status = Status {
                    name: body["context"].as_str().unwrap_or("default").to_owned(),
                    state,
                    description: body["description"].as_str().unwrap_or_default().to_owned(),
                    url: body["target_url"].as_str().map(str::to_owned),
                };
                if status.description.chars().count() > 140 {
                    return Err(Refused::Invalid(
                        "description is too long (maximum is 140 characters)".to_owned(),
                    ));
                }
                self.hosted.state_of(commit, &status, None)?;
                let said = self.hosted.with(|state| state.statuses[*commit].clone());
                let at = said.len() - 1;
                Ok(Said::Json(201, shape::status(&self.hosted, commit, at, &said[at])))
            }
            ("GET", ["deployments"]) => {
                self.hosted.ask(Action::Read, |_| Ok(()))?;
                let fits =
                    |name: &str, value: &str| request.parameter(name).is_none_or(|wanted| wanted == value);
                let deployed = lock(&self.deployed).clone();
                let found = deployed.iter().rev().filter(|deployed| {
                    fits("sha", &deployed.commit) && fits("environment", &deployed.environment)
                });
                Ok(Said::List(
                    found.map(|deployed| shape::deployment(&self.hosted, deployed)).collect(),
                    None,
                ))
            }
            ("POST", ["deployments"]) => self.deploy(body),
            ("POST", ["deployments", id, "statuses"]) => {
                let id: u64 = id.parse().map_err(|_| Refused::NotFound)?;
                let deployed = lock(&self.deployed).iter().find(|deployed| deployed.id == id).cloned();
                let deployed = deployed.ok_or(Refused::NotFound)?;
                let word = text(body, "state")?;
                let state = match word.as_str() {
                    "success" => DeploymentState::Succeeded,
                    "failure" | "error" => DeploymentState::Failed,
                    _ => DeploymentState::Running,
                };
                self.hosted.note_deployment(&Deployment {
                    environment: deployed.environment.clone(),
                    commit: deployed.commit.clone(),
                    branch: String::new(),
                    state,
                    description: body["description"].as_str().unwrap_or_default().to_owned(),
                    url: body["log_url"].as_str().map(str::to_owned),
                    environment_url: body["environment_url"].as_str().map(str::to_owned),
                })?;
                Ok(Said::Json(201, shape::deployment_status(&self.hosted, &deployed, &word, body)))
            }
            _ => Err(Refused::NotFound),
        }
    }

    fn pulls(&self, request: &Request) -> Result<Said, Refused> {
        let owner = shape::owner(&self.hosted);
        let head = match request.parameter("head") {
            None => None,
            Some(head) => match head.split_once(':') {
                Some((known, branch)) if known == owner => Some(branch),
                _ => return Ok(Said::List(Vec::new(), None)),
            },
        };
        let mut found = self.hosted.list(head, request.parameter("base"))?;
        match request.parameter("state").unwrap_or("open") {
            "open" => found.retain(HostedProposal::is_open),
            "closed" => found.retain(|proposal| !proposal.is_open()),
            _ => {}
        }
        if request.parameter("direction") == Some("asc") {
            found.reverse();
        }
        Ok(Said::List(found.iter().map(|proposal| self.listed(proposal)).collect(), None))
    }

    fn open(&self, body: &Value) -> Result<Said, Refused> {
        let (head, base) = (text(body, "head")?, text(body, "base")?);
        let wanted = Wanted {
            title: Some(text(body, "title")?),
            body: Some(body["body"].as_str().unwrap_or_default().to_owned()),
            draft: body["draft"].as_bool(),
            ..Wanted::default()
        };
        let opened = self.hosted.open_proposal(&head, &base, &wanted).map_err(|refused| match refused {
            Refused::Conflict(_) => {
                let owner = shape::owner(&self.hosted);
                Refused::Invalid(format!("A pull request already exists for {owner}:{head}."))
            }
            other => other,
        })?;
        Ok(Said::Json(201, self.whole(&opened)))
    }

    fn edit(&self, number: u64, body: &Value) -> Result<Said, Refused> {
        let word = |name: &str| body[name].as_str().map(str::to_owned);
        let is_edit = ["title", "body", "base"].iter().any(|name| !body[*name].is_null());
        if is_edit {
            let wanted =
                Wanted { title: word("title"), body: word("body"), base: word("base"), ..Wanted::default() };
            self.hosted.edit_proposal(number, &wanted)?;
        }
        // One that is merged stays so, and nobody complains.
        if word("state").as_deref() == Some("closed") && self.proposal(number)?.is_open() {
            self.hosted.close_proposal(number)?;
        }
        Ok(Said::Json(200, self.whole(&self.proposal(number)?)))
    }

    fn merge(&self, number: u64, body: &Value) -> Result<Said, Refused> {
        let proposal = self.proposal(number)?;
        if body["sha"].as_str().is_some_and(|sha| sha != proposal.commit) {
            return Err(Refused::Conflict(
                "Head branch was modified. Review and try the merge again.".to_owned(),
            ));
        }
        let way = way(body["merge_method"].as_str().unwrap_or("merge"));
        let commit = self.hosted.merge_proposal(number, way)?;
        let message = "Pull Request successfully merged";
        Ok(Said::Json(200, json!({"sha": commit, "merged": true, "message": message})))
    }

    fn deploy(&self, body: &Value) -> Result<Said, Refused> {
        let commit = text(body, "ref")?;
        let exists = self.hosted.ask(Action::Deploy, |_| Ok(())).map(|()| {
            let id = git2::Oid::from_str(&commit).ok();
            id.is_some_and(|id| self.hosted.repository().find_commit(id).is_ok())
        })?;
        if !exists {
            return Err(Refused::Invalid(format!("No ref found for: {commit}")));
        }
        // Left out, they mean: merge the default branch into it, and wait for every check.
        if body["auto_merge"] != json!(false) || body["required_contexts"] != json!([]) {
            return Err(Refused::Conflict("Conflict merging or with the required contexts".to_owned()));
        }
        let mut all = lock(&self.deployed);
        let deployed = Deployed {
            id: all.len() as u64 + 1,
            commit,
            environment: body["environment"].as_str().unwrap_or("production").to_owned(),
            description: body["description"].as_str().unwrap_or_default().to_owned(),
        };
        all.push(deployed.clone());
        Ok(Said::Json(201, shape::deployment(&self.hosted, &deployed)))
    }

    pub(super) fn proposal(&self, number: u64) -> Result<HostedProposal, Refused> {
        self.hosted.ask(Action::Read, |state| state.proposal(number).cloned().ok_or(Refused::NotFound))
    }

    fn said_of(&self, commit: &str) -> Result<Vec<super::super::state::Said>, Refused> {
        self.hosted.ask(Action::Read, |state| {
            let all = state.statuses.get(commit).cloned().unwrap_or_default();
            // The newest of each name, as GitHub gives them.
            let is_newest =
                |at: usize| !all[at + 1..].iter().any(|later| later.status.name == all[at].status.name);
            Ok((0..all.len()).filter(|at| is_newest(*at)).map(|at| all[at].clone()).collect())
        })
    }

    fn comment(&self, number: u64, comment: u64, status: u16) -> Result<Said, Refused> {
        let proposal = self.hosted.proposal(number);
        let comment = proposal.comments.iter().find(|known| known.id == comment).ok_or(Refused::NotFound)?;
        Ok(Said::Json(status, shape::comment(&self.hosted, number, comment)))
    }

    fn milestone_title(&self, body: &Value) -> Result<Option<String>, Refused> {
        let Some(number) = body["milestone"].as_u64() else { return Ok(None) };
        let titles = self.hosted.with(|state| state.milestones.clone());
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let title = at.and_then(|at| titles.get(at)).cloned();
        title.map(Some).ok_or_else(|| Refused::Invalid("milestone is invalid".to_owned()))
    }

    fn listed(&self, proposal: &HostedProposal) -> Value {
        let titles = self.hosted.with(|state| state.milestones.clone());
        shape::pull(&self.hosted, proposal, &titles)
    }

    /// With what is only told of single ones.
    fn whole(&self, proposal: &HostedProposal) -> Value {
        let mut pull = self.listed(proposal);
        let mergeable = proposal.is_open().then(|| self.hosted.mergeable(proposal));
        let merged_by = match &proposal.outcome {
            Outcome::Merged { by: Some(by), .. } => shape::user(by),
            _ => Value::Null,
        };
        let more = json!({
            "merged": matches!(proposal.outcome, Outcome::Merged { .. }),
            "mergeable": mergeable,
            "mergeable_state": "unknown",
            "merged_by": merged_by,
            "comments": proposal.comments.len(),
            "review_comments": 0,
            "maintainer_can_modify": false,
            "commits": 1,
            "additions": 1,
            "deletions": 1,
            "changed_files": 1,
        });
        shape::extend(&mut pull, more);
        pull
    }

    fn issue(&self, proposal: &HostedProposal) -> Value {
        let titles = self.hosted.with(|state| state.milestones.clone());
        shape::issue(&self.hosted, proposal, &titles)
    }
}

pub(super) fn way(method: &str) -> Way {
    match method.to_lowercase().as_str() {
        "squash" => Way::Squash,
        "rebase" => Way::Rebase,
        _ => Way::Commit,
    }
}

/// A field that has to be there.
fn text(body: &Value, field: &str) -> Result<String, Refused> {
    let value = body[field].as_str().map(str::to_owned);
    let value = value.ok_or_else(|| Refused::Invalid(format!("\"{field}\" wasn't supplied.")))?;
    if field == "body" && value.chars().count() > 65_536 {
        return Err(Refused::Invalid("body is too long (maximum is 65536 characters)".to_owned()));
    }
    Ok(value)
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

impl Dialect {
    /// Whom it is about.
    pub(super) fn hosted(&self) -> &Hosted {
        &self.hosted
    }
}
