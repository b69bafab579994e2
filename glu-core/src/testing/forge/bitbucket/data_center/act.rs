//! What the operations do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::super::operations::unfit;
use super::super::super::server::Request;
use super::super::super::{Action, BOT, HostedProposal, Outcome, Refused, Wanted, Way};
use super::routes::Operation;
use super::{Complaint, Dialect, Kept, Said, lock, shape};
use crate::forge::{Deployment, DeploymentState, Status, StatusState};

type Answer = Result<Said, Complaint>;

impl Dialect {
    pub(super) fn perform(&self, operation: Operation, request: &Request) -> Answer {
        let body = request.json();
        let segments = request.segments();
        let is_ours =
            segments[1] != "api" || format!("{}/{}", segments[4], segments[6]) == self.hosted.name();
        if !is_ours {
            return Err(Refused::NotFound.into());
        }
        match operation {
            Operation::Pulls => self.pulls(request),
            Operation::Open => self.open(&body),
            Operation::Pull(pull) => Ok(Said::Json(200, self.shown(&self.proposal(&pull)?))),
            Operation::Edit(pull) => self.edit(&self.proposal(&pull)?, &body),
            Operation::Decline(pull) => {
                let proposal = self.open_one(&pull, request, &body)?;
                self.hosted.close_proposal(proposal.number)?;
                self.touch(Kept::Pull, proposal.number);
                Ok(Said::Json(200, self.shown(&self.proposal(&pull)?)))
            }
            Operation::Mergeability(pull) => {
                let proposal = self.proposal(&pull)?;
                let conflicted = !self.hosted.mergeable(&proposal);
                let vetoes = self.vetoes(&proposal);
                Ok(Said::Json(
                    200,
                    json!({
                        "canMerge": !conflicted && vetoes.is_empty(),
                        "conflicted": conflicted,
                        "outcome": if conflicted { "CONFLICTED" } else { "CLEAN" },
                        "vetoes": vetoes,
                    }),
                ))
            }
            Operation::Merge(pull) => self.merge(&self.open_one(&pull, request, &body)?, &body),
            Operation::AutoMerge(pull) => {
                let proposal = self.proposal(&pull)?;
                if proposal.auto_merge.is_none() {
                    return Err(Refused::NotFound.into());
                }
                let commit = &proposal.commit;
                let base = format!("refs/heads/{}", proposal.base);
                Ok(Said::Json(200, json!({"createdDate": 0, "fromHash": commit, "toRefId": base})))
            }
            Operation::Activities(pull) => {
                let proposal = self.proposal(&pull)?;
                let version = |comment: u64| self.version(Kept::Comment, comment);
                Ok(Said::List(shape::activities(&proposal, version)))
            }
            Operation::Say(pull) => {
                let number = self.proposal(&pull)?.number;
                let comment = self.hosted.say(number, &said(&body)?)?;
                self.comment(201, number, comment)
            }
            Operation::Comment(pull, comment) => {
                self.comment(200, self.proposal(&pull)?.number, number(&comment)?)
            }
            Operation::SayAnew(pull, comment) => {
                let (pull, comment) = (self.proposal(&pull)?.number, number(&comment)?);
                self.is_current(Kept::Comment, comment, &body["version"])?;
                self.hosted.say_anew(pull, comment, &said(&body)?)?;
                self.touch(Kept::Comment, comment);
                self.comment(200, pull, comment)
            }
            Operation::Commit(commit) => {
                self.hosted.ask(Action::Read, |_| Ok(()))?;
                Ok(Said::Json(200, shape::commit(&self.hosted, &commit).ok_or(Refused::NotFound)?))
            }
            Operation::Statuses(commit) => {
                let statuses = self.hosted.ask(Action::Read, |state| Ok(state.newest_statuses(&commit)))?;
                let keys = lock(&self.keys);
                let shown = statuses.iter().map(|status| {
                    let key = keys.get(&(commit.clone(), status.name.clone()));
                    shape::status(&self.hosted, key.unwrap_or(&status.name), status)
                });
                Ok(Said::List(shown.collect()))
            }
            Operation::SetStatus(commit) => self.set_status(&commit, &body),
            Operation::Deploy(commit) => self.deploy(&commit, &body),
        }
    }

    fn pulls(&self, request: &Request) -> Answer {
        let is_outgoing = match request.parameter("direction") {
            None | Some("INCOMING") => false,
            Some("OUTGOING") => true,
            Some(_) => return Err(Refused::Invalid("direction is neither".to_owned()).into()),
        };
        let branch = match request.parameter("at") {
            None => None,
            Some(at) => {
                let branch = at.strip_prefix("refs/heads/");
                Some(branch.ok_or_else(|| Refused::Invalid(format!("{at} is no branch's ID")))?)
            }
        };
        let (head, base) = if is_outgoing { (branch, None) } else { (None, branch) };
        let mut found = self.hosted.list(head, base)?;
        match request.parameter("state").unwrap_or("OPEN") {
            "ALL" => {}
            state @ ("OPEN" | "DECLINED" | "MERGED") => {
                found.retain(|proposal| shape::state(proposal) == state);
            }
            other => return Err(Refused::Invalid(format!("{other} is no state")).into()),
        }
        if request.parameter("order") == Some("OLDEST") {
            found.reverse();
        }
        Ok(Said::List(found.iter().map(|proposal| self.shown(proposal)).collect()))
    }

    fn open(&self, body: &Value) -> Answer {
        let branch = |end: &str| -> Result<String, Refused> {
            let repository = &body[end]["repository"];
            let (project, slug) = (&repository["project"]["key"], &repository["slug"]);
            let name = format!("{}/{}", project.as_str().unwrap_or("?"), slug.as_str().unwrap_or("?"));
            let branch = body[end]["id"].as_str().and_then(|id| id.strip_prefix("refs/heads/"));
            match branch.filter(|_| name == self.hosted.name()) {
                Some(branch) => Ok(branch.to_owned()),
                None => Err(Refused::Invalid(format!("{end} names no branch of this repository"))),
            }
        };
        let (head, base) = (branch("fromRef")?, branch("toRef")?);
        let reviewers = self.reviewers(body)?;
        let wanted = Wanted { draft: body["draft"].as_bool(), ..wanted(body, &reviewers)? };
        let opened = self.hosted.open_proposal(&head, &base, &wanted);
        let opened = opened.map_err(|refused| match refused {
            Refused::Conflict(_) => Complaint::Exception(
                409,
                "pull.DuplicatePullRequestException",
                json!({"message": "Only one pull request may be open for a given source and target branch"}),
            ),
            Refused::Invalid(reason) if reason.starts_with("no commits") => {
                Complaint::Exception(409, "pull.EmptyPullRequestException", json!({"message": reason}))
            }
            Refused::Invalid(_) => Refused::NotFound.into(),
            other => other.into(),
        })?;
        lock(&self.reviewers).insert(opened.number, reviewers);
        Ok(Said::Json(201, self.shown(&opened)))
    }

    /// Replaces all that can be: who is left out reviews no longer, what is left out is empty.
    fn edit(&self, proposal: &HostedProposal, body: &Value) -> Answer {
        self.is_current(Kept::Pull, proposal.number, &body["version"])?;
        is_open(proposal)?;
        let reviewers = self.reviewers(body)?;
        let draft = Some(body["draft"].as_bool().unwrap_or(proposal.draft));
        self.hosted.edit_proposal(proposal.number, &Wanted { draft, ..wanted(body, &reviewers)? })?;
        self.hosted.with(|state| {
            if let Some(proposal) = state.proposal_mut(proposal.number) {
                proposal.reviewers.retain(|login| reviewers.contains(login));
                proposal.reviews.retain(|review| reviewers.contains(&review.reviewer));
            }
        });
        lock(&self.reviewers).insert(proposal.number, reviewers);
        self.touch(Kept::Pull, proposal.number);
        Ok(Said::Json(200, self.shown(&self.hosted.proposal(proposal.number))))
    }

    fn merge(&self, proposal: &HostedProposal, body: &Value) -> Answer {
        if body["autoMerge"] == json!(true) {
            self.hosted.merge_later(proposal.number, Way::Commit).map_err(|refused| match refused {
                Refused::Invalid(_) => Complaint::Exception(
                    403,
                    "pull.automerge.AutoMergeDisabledException",
                    json!({"message": "Auto-merge is not enabled for this repository."}),
                ),
                other => other.into(),
            })?;
        } else {
            let vetoes = self.vetoes(proposal);
            if !vetoes.is_empty() {
                let error = json!({"message": "Merging the pull request was vetoed.", "vetoes": vetoes});
                return Err(Complaint::Exception(409, "pull.PullRequestMergeVetoedException", error));
            }
            self.hosted.merge_proposal(proposal.number, Way::Commit)?;
        }
        self.touch(Kept::Pull, proposal.number);
        Ok(Said::Json(200, self.shown(&self.hosted.proposal(proposal.number))))
    }

    fn set_status(&self, commit: &str, body: &Value) -> Answer {
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let is_long = |field: &str, most: usize| text(field).chars().count() > most;
        if text("key").is_empty() || text("url").is_empty() {
            return Err(Refused::Invalid("key, state and url are required".to_owned()).into());
        }
        if ["key", "parent", "name", "description"].iter().any(|field| is_long(field, 255))
            || is_long("url", 450)
        {
            return Err(Refused::Invalid("size must be between 0 and 255".to_owned()).into());
        }
        let state = match text("state").as_str() {
            "SUCCESSFUL" => StatusState::Passed,
            "INPROGRESS" => StatusState::Pending,
            "FAILED" | "CANCELLED" => StatusState::Failed,
            other => return Err(Refused::Invalid(format!("{other} is no state")).into()),
        };
        let name = Some(text("name")).filter(|name| !name.is_empty()).unwrap_or_else(|| text("key"));
        let status =
            Status { name: name.clone(), state, description: text("description"), url: Some(text("url")) };
        self.hosted.state_of(commit, &status, None)?;
        lock(&self.keys).insert((commit.to_owned(), name), text("key"));
        Ok(Said::Nothing)
    }

    fn deploy(&self, commit: &str, body: &Value) -> Answer {
        let text = |value: &Value| match value.as_str() {
            Some(text) if !text.is_empty() && text.chars().count() <= 450 => Ok(text.to_owned()),
            _ => Err(Refused::Invalid("something required is missing or too long".to_owned())),
        };
        let number = body["deploymentSequenceNumber"].as_i64().filter(|number| *number > 0);
        let number = number.ok_or_else(|| Refused::Invalid("the number is missing".to_owned()))?;
        let (key, environment) = (text(&body["key"])?, text(&body["environment"]["key"])?);
        let state = match text(&body["state"])?.as_str() {
            "SUCCESSFUL" => DeploymentState::Succeeded,
            "FAILED" | "ROLLED_BACK" | "CANCELLED" => DeploymentState::Failed,
            "IN_PROGRESS" | "PENDING" => DeploymentState::Running,
            other => return Err(Refused::Invalid(format!("{other} is no state")).into()),
        };
        let known = lock(&self.deployed).insert((environment, key, number), commit.to_owned());
        if known.is_some_and(|known| known != commit) {
            return Err(Refused::Invalid("the number belongs to another commit".to_owned()).into());
        }
        self.hosted.note_deployment(&Deployment {
            environment: text(&body["environment"]["displayName"])?,
            commit: commit.to_owned(),
            branch: String::new(),
            state,
            description: text(&body["description"])?,
            url: Some(text(&body["url"])?),
            environment_url: body["environment"]["url"].as_str().map(str::to_owned),
        })?;
        text(&body["displayName"])?;
        Ok(Said::Json(200, body.clone()))
    }

    fn proposal(&self, pull: &str) -> Result<HostedProposal, Complaint> {
        let number = number(pull)?;
        let found =
            self.hosted.ask(Action::Read, |state| state.proposal(number).cloned().ok_or(Refused::NotFound));
        found.map_err(Complaint::from)
    }

    /// One that is open and at the version that both places name.
    fn open_one(&self, pull: &str, request: &Request, body: &Value) -> Result<HostedProposal, Complaint> {
        let proposal = self.proposal(pull)?;
        let in_query = request.parameter("version").and_then(|version| version.parse::<u64>().ok());
        self.is_current(Kept::Pull, proposal.number, &in_query.map_or(body["version"].clone(), Value::from))?;
        is_open(&proposal)?;
        Ok(proposal)
    }

    fn comment(&self, status: u16, pull: u64, comment: u64) -> Answer {
        let proposal = self.hosted.proposal(pull);
        let comment = proposal.comments.iter().find(|known| known.id == comment).ok_or(Refused::NotFound)?;
        Ok(Said::Json(status, shape::comment(comment, self.version(Kept::Comment, comment.id))))
    }

    /// Whoever answers is a reviewer from then on.
    fn shown(&self, proposal: &HostedProposal) -> Value {
        let asked = lock(&self.reviewers).get(&proposal.number).cloned().unwrap_or_default();
        let verdicts = proposal.verdicts();
        let all: BTreeSet<String> =
            asked.into_iter().chain(verdicts.iter().map(|review| review.reviewer.clone())).collect();
        let reviewer = |login: &String| {
            let review = verdicts.iter().find(|review| review.reviewer == *login);
            shape::participant(login, "REVIEWER", review.copied())
        };
        let reviewers: Vec<Value> = all.iter().map(reviewer).collect();
        shape::pull(&self.hosted, proposal, self.version(Kept::Pull, proposal.number), &reviewers)
    }

    fn vetoes(&self, proposal: &HostedProposal) -> Vec<Value> {
        let reason = self.hosted.with(|state| unfit(state, proposal));
        let veto = |reason: String| json!({"summaryMessage": reason, "detailedMessage": reason});
        reason.map(veto).into_iter().collect()
    }

    /// Whom a body names.
    fn reviewers(&self, body: &Value) -> Result<BTreeSet<String>, Complaint> {
        let people = self.hosted.with(|state| state.people.clone());
        let named = body["reviewers"].as_array().into_iter().flatten();
        let named = named.map(|reviewer| reviewer["user"]["name"].as_str().unwrap_or_default().to_owned());
        let (known, strangers): (BTreeSet<String>, BTreeSet<String>) =
            named.partition(|login| people.contains(login) && login != BOT);
        if strangers.is_empty() {
            return Ok(known);
        }
        let errors = strangers.iter().map(|login| {
            let words = format!("{login} is not a user.");
            json!({"context": login, "message": words, "exceptionName": null})
        });
        let error = json!({
            "context": "reviewers",
            "message": "Errors encountered while adding some reviewers to this pull request.",
            "reviewerErrors": errors.collect::<Vec<_>>(),
            "validReviewers": [],
        });
        Err(Complaint::Exception(409, "pull.InvalidPullRequestReviewersException", error))
    }
}

fn is_open(proposal: &HostedProposal) -> Result<(), Complaint> {
    if proposal.outcome == Outcome::Open {
        return Ok(());
    }
    let error = json!({"message": "This pull request is not open."});
    Err(Complaint::Exception(409, "pull.IllegalPullRequestStateException", error))
}

fn wanted(body: &Value, reviewers: &BTreeSet<String>) -> Result<Wanted, Refused> {
    let title = body["title"].as_str().filter(|title| (1..=255).contains(&title.chars().count()));
    let description = body["description"].as_str().unwrap_or_default();
    if description.chars().count() > 32_768 {
        return Err(Refused::Invalid("The description is too long.".to_owned()));
    }
    Ok(Wanted {
        title: Some(title.ok_or_else(|| Refused::Invalid("A title is required.".to_owned()))?.to_owned()),
        body: Some(description.to_owned()),
        reviewers: reviewers.iter().cloned().collect(),
        ..Wanted::default()
    })
}

fn said(body: &Value) -> Result<String, Refused> {
    let text = body["text"].as_str().filter(|text| (1..=32_768).contains(&text.chars().count()));
    text.map(str::to_owned).ok_or_else(|| Refused::Invalid("The comment is empty or too long.".to_owned()))
}

fn number(text: &str) -> Result<u64, Refused> {
    text.parse().map_err(|_| Refused::NotFound)
}
