//! The few questions that are put in GraphQL, known by the field they ask for. The language itself is not understood: a test holds glu's documents
//! against GitHub's schema.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{Index, Oid};
use serde_json::{Value, json};

use super::super::merge::{merges, reference, signature, tip};
use super::super::operations::unfit;
use super::super::{Action, BOT, Outcome, Refused, Wanted};
use super::routes::way;
use super::{Dialect, Said};

impl Dialect {
    pub(super) fn graphql(&self, body: &Value) -> Said {
        let document = body["query"].as_str().unwrap_or_default();
        let variables = &body["variables"];
        let asks = |field: &str| document.contains(&format!("{field}("));
        let answer = if asks("enablePullRequestAutoMerge") {
            self.enable_auto_merge(variables)
        } else if asks("convertPullRequestToDraft") {
            self.set_draft(variables, true)
        } else if asks("markPullRequestReadyForReview") {
            self.set_draft(variables, false)
        } else if asks("createCommitOnBranch") {
            self.create_commit(variables)
        } else if asks("pullRequest") {
            self.state_of_pull(variables)
        } else {
            Err(("UNDEFINED_FIELD", format!("no such field in `{document}`")))
        };
        let body = match answer {
            Ok(data) => json!({"data": data}),
            Err((kind, message)) => json!({
                "data": null,
                "errors": [{"type": kind, "path": [], "locations": [{"line": 1, "column": 1}], "message": message}],
            }),
        };
        Said::Json(200, body)
    }

    fn state_of_pull(&self, variables: &Value) -> Answer {
        let number = variables["number"].as_u64().unwrap_or_default();
        let proposal = self.proposal(number).map_err(in_words)?;
        let repository = self.hosted().repository();
        let (is_unfit, is_allowed) =
            self.hosted().with(|state| (unfit(state, &proposal).is_some(), !state.rules.no_auto_merge));
        let status = if proposal.draft {
            "DRAFT"
        } else if !merges(&repository, &proposal.head, &proposal.base) {
            "DIRTY"
        } else if is_unfit {
            "BLOCKED"
        } else {
            "CLEAN"
        };
        let state = match proposal.outcome {
            Outcome::Open => "OPEN",
            Outcome::Merged { .. } => "MERGED",
            Outcome::Closed { .. } => "CLOSED",
        };
        let request = proposal.auto_merge.as_ref().map(|_| json!({"enabledAt": "2026-01-01T12:00:00Z"}));
        Ok(json!({"repository": {
            "autoMergeAllowed": is_allowed,
            "viewerDefaultMergeMethod": "SQUASH",
            "pullRequest": {
                "id": format!("PR_{number}"), "state": state, "isDraft": proposal.draft,
                "headRefOid": proposal.commit, "mergeStateStatus": status, "autoMergeRequest": request,
            },
        }}))
    }

    fn enable_auto_merge(&self, variables: &Value) -> Answer {
        let number = number(&variables["pull"]);
        let proposal = self.proposal(number).map_err(in_words)?;
        if self.hosted().with(|state| unfit(state, &proposal).is_none()) && self.hosted().mergeable(&proposal)
        {
            return Err(("UNPROCESSABLE", "Pull request Pull request is in clean status".to_owned()));
        }
        let way = way(variables["method"].as_str().unwrap_or("MERGE"));
        self.hosted().merge_later(number, way).map_err(in_words)?;
        Ok(json!({"enablePullRequestAutoMerge": {"pullRequest": {"id": format!("PR_{number}")}}}))
    }

    fn set_draft(&self, variables: &Value, draft: bool) -> Answer {
        let wanted = Wanted { draft: Some(draft), ..Wanted::default() };
        self.hosted().edit_proposal(number(&variables["pull"]), &wanted).map_err(in_words)?;
        let field = if draft { "convertPullRequestToDraft" } else { "markPullRequestReadyForReview" };
        Ok(json!({field: {"pullRequest": {"isDraft": draft}}}))
    }

    fn create_commit(&self, variables: &Value) -> Answer {
        let input = &variables["input"];
        let hosted = self.hosted();
        hosted.ask(Action::Update, |_| Ok(())).map_err(in_words)?;
        let branch = input["branch"]["branchName"].as_str().unwrap_or_default();
        let repository = hosted.repository();
        let not_found = || ("NOT_FOUND", format!("No ref with name \"{branch}\" found in the repository"));
        let parent = tip(&repository, branch).ok_or_else(not_found)?;
        if input["expectedHeadOid"] != parent.to_string() {
            let expected = input["expectedHeadOid"].as_str().unwrap_or_default();
            let words = format!(
                "Expected branch to point to \"{parent}\" but it did not. Pull and try again: {expected}"
            );
            return Err(("STALE_DATA", words));
        }
        let parent = repository.find_commit(parent).expect("a branch's commit is there");
        let mut index = Index::new().expect("an index in memory");
        index.read_tree(&parent.tree().expect("a commit has a tree")).expect("a tree can be read");
        for change in input["fileChanges"]["deletions"].as_array().into_iter().flatten() {
            let path = change["path"].as_str().unwrap_or_default();
            index.remove(std::path::Path::new(path), 0).map_err(|_| {
                ("UNPROCESSABLE", format!("A path was requested for deletion that does not exist: {path}"))
            })?;
        }
        for change in input["fileChanges"]["additions"].as_array().into_iter().flatten() {
            let content = STANDARD.decode(change["contents"].as_str().unwrap_or_default());
            let content = content.map_err(|_| ("UNPROCESSABLE", "contents is no base64".to_owned()))?;
            let blob = repository.blob(&content).expect("a blob can be written");
            let path = change["path"].as_str().unwrap_or_default();
            index.add(&crate::testing::remote::entry(path, blob)).expect("a file can be added");
        }
        let tree = index.write_tree_to(&repository).expect("a tree can be written");
        let tree = repository.find_tree(tree).expect("the tree was just written");
        let word = |name: &str| input["message"][name].as_str().unwrap_or_default();
        let message = match word("body") {
            "" => word("headline").to_owned(),
            body => format!("{}\n\n{body}", word("headline")),
        };
        let author = signature(BOT, hosted.now());
        // What it signs, it commits in its own name.
        let committer = git2::Signature::new("GitHub", "noreply@github.com", &author.when())
            .expect("a name and an address");
        let id: Oid = repository
            .commit(Some(&reference(branch)), &author, &committer, &message, &tree, &[&parent])
            .expect("a commit can be written");
        Ok(json!({"createCommitOnBranch": {"commit": {"oid": id.to_string()}}}))
    }
}

type Answer = Result<Value, (&'static str, String)>;

fn number(node: &Value) -> u64 {
    node.as_str().and_then(|node| node.strip_prefix("PR_")?.parse().ok()).unwrap_or_default()
}

fn in_words(refused: Refused) -> (&'static str, String) {
    match refused {
        Refused::NotFound => ("NOT_FOUND", "Could not resolve to a node".to_owned()),
        Refused::Forbidden => ("FORBIDDEN", "Resource not accessible by integration".to_owned()),
        Refused::Invalid(reason) | Refused::Conflict(reason) => ("UNPROCESSABLE", reason),
        Refused::Broken => ("INTERNAL", "Something went wrong".to_owned()),
    }
}
