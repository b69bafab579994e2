//! What docs.gitlab.com/api says may be asked, as far as it concerns proposals: paths, parameters, fields of bodies, and which of those have to be
//! there. Whatever is not here is refused.

use serde_json::Value;

use super::super::server::Request;

/// One thing that can be asked.
pub(super) struct Endpoint {
    method: &'static str,
    /// Below `/api/v4`; `:` stands for one piece.
    path: &'static str,
    /// Separated by blanks.
    query: &'static str,
    required: &'static [Field],
    optional: &'static [Field],
    /// Whether `CI_JOB_TOKEN` may ask it.
    pub(super) is_for_jobs: bool,
}

type Field = (&'static str, Kind);

/// What a field of a body holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    /// A list of numbers.
    Numbers,
    /// Words in one text, separated by commas.
    Words,
}

use Kind::{Flag, Number, Numbers, Text, Words};

const NOTHING: &[Field] = &[];
const PAGES: &str = "page per_page pagination cursor";
const BODY_OF_REQUEST: &[Field] = &[
    ("assignee_id", Number),
    ("assignee_ids", Numbers),
    ("reviewer_ids", Numbers),
    ("description", Text),
    ("labels", Words),
    ("milestone_id", Number),
    ("remove_source_branch", Flag),
    ("allow_collaboration", Flag),
    ("squash", Flag),
    ("merge_after", Text),
    ("target_project_id", Number),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/users",
        query: "username search active external blocked humans public_email order_by sort",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/merge_requests",
        query: "state order_by sort milestone labels with_labels_details with_merge_status_recheck created_after \
                created_before updated_after updated_before view author_id author_username assignee_id reviewer_id \
                reviewer_username scope my_reaction_emoji source_branch target_branch search in wip iids approved approved_by_ids",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: true,
    },
    Endpoint {
        method: "POST",
        path: "/projects/:/merge_requests",
        query: "",
        required: &[("source_branch", Text), ("target_branch", Text), ("title", Text)],
        optional: BODY_OF_REQUEST,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/merge_requests/:",
        query: "render_html include_diverged_commits_count include_rebase_in_progress",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "PUT",
        path: "/projects/:/merge_requests/:",
        query: "",
        required: NOTHING,
        optional: &[
            ("add_labels", Words),
            ("allow_collaboration", Flag),
            ("assignee_id", Number),
            ("assignee_ids", Numbers),
            ("description", Text),
            ("discussion_locked", Flag),
            ("labels", Words),
            ("merge_after", Text),
            ("milestone_id", Number),
            ("remove_labels", Words),
            ("remove_source_branch", Flag),
            ("reviewer_ids", Numbers),
            ("squash", Flag),
            ("state_event", Text),
            ("target_branch", Text),
            ("title", Text),
        ],
        is_for_jobs: false,
    },
    Endpoint {
        method: "PUT",
        path: "/projects/:/merge_requests/:/merge",
        query: "",
        required: NOTHING,
        optional: &[
            ("auto_merge", Flag),
            ("merge_commit_message", Text),
            ("merge_when_pipeline_succeeds", Flag),
            ("sha", Text),
            ("should_remove_source_branch", Flag),
            ("squash_commit_message", Text),
            ("squash", Flag),
        ],
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/merge_requests/:/approvals",
        query: "",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/merge_requests/:/reviewers",
        query: "",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/merge_requests/:/notes",
        query: "sort order_by activity_filter",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "POST",
        path: "/projects/:/merge_requests/:/notes",
        query: "",
        required: &[("body", Text)],
        optional: &[("created_at", Text), ("internal", Flag), ("merge_request_diff_head_sha", Text)],
        is_for_jobs: false,
    },
    Endpoint {
        method: "PUT",
        path: "/projects/:/merge_requests/:/notes/:",
        query: "",
        required: &[("body", Text)],
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/milestones",
        query: "iids state title search include_parent_milestones include_ancestors updated_before updated_after",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/repository/commits/:/statuses",
        query: "ref stage name pipeline_id order_by sort all",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "POST",
        path: "/projects/:/statuses/:",
        query: "",
        required: &[("state", Text)],
        optional: &[
            ("coverage", Number),
            ("description", Text),
            ("name", Text),
            ("context", Text),
            ("pipeline_id", Number),
            ("ref", Text),
            ("target_url", Text),
        ],
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/pipelines",
        query: "name order_by ref scope sha sort source status updated_after updated_before created_after created_before \
                username yaml_errors",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: false,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/deployments",
        query: "order_by sort updated_after updated_before finished_after finished_before environment status",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: true,
    },
    Endpoint {
        method: "POST",
        path: "/projects/:/deployments",
        query: "",
        required: &[("environment", Text), ("sha", Text), ("ref", Text), ("tag", Flag), ("status", Text)],
        optional: NOTHING,
        is_for_jobs: true,
    },
    Endpoint {
        method: "GET",
        path: "/projects/:/deployments/:",
        query: "",
        required: NOTHING,
        optional: NOTHING,
        is_for_jobs: true,
    },
    Endpoint {
        method: "PUT",
        path: "/projects/:/environments/:",
        query: "",
        required: NOTHING,
        optional: &[("external_url", Text), ("tier", Text), ("cluster_agent_id", Number)],
        is_for_jobs: true,
    },
    Endpoint {
        method: "PUT",
        path: "/projects/:/deployments/:",
        query: "",
        required: &[("status", Text)],
        optional: NOTHING,
        is_for_jobs: true,
    },
];

/// What is asked, or what is wrong with it.
pub(super) fn find(request: &Request, segments: &[String]) -> Result<&'static Endpoint, String> {
    let fits = |endpoint: &&Endpoint| {
        let path: Vec<&str> = endpoint.path.split('/').filter(|piece| !piece.is_empty()).collect();
        endpoint.method == request.method
            && path.len() == segments.len()
            && path.iter().zip(segments).all(|(piece, given)| *piece == ":" || piece == given)
    };
    let endpoint = ENDPOINTS.iter().find(fits).ok_or("there is no such path or method")?;
    let is_list = request.method == "GET";
    for (name, _) in &request.query {
        let is_known = endpoint.query.split_ascii_whitespace().any(|known| known == name)
            || is_list && PAGES.split_ascii_whitespace().any(|known| known == name);
        if !is_known {
            return Err(format!("there is no parameter `{name}`"));
        }
    }
    if is_list {
        return if request.body.is_empty() {
            Ok(endpoint)
        } else {
            Err("a body was not expected".to_owned())
        };
    }
    let Value::Object(body) = request.json() else { return Err("there is no JSON object".to_owned()) };
    for (name, value) in &body {
        let mut fields = endpoint.required.iter().chain(endpoint.optional);
        match fields.find(|(known, _)| known == name) {
            None => return Err(format!("there is no field `{name}`")),
            Some((_, kind)) if !kind.holds(value) => {
                return Err(format!("`{name}` is not what it has to be"));
            }
            Some(_) => {}
        }
    }
    match endpoint.required.iter().find(|(name, _)| !body.contains_key(*name)) {
        Some((missing, _)) => Err(format!("{missing} is missing")),
        None if endpoint.required.is_empty() && body.is_empty() => {
            Err("at least one field is needed".to_owned())
        }
        None => Ok(endpoint),
    }
}

impl Kind {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Words => value.is_string(),
            Self::Number => value.is_number(),
            Self::Flag => value.is_boolean(),
            Self::Numbers => value.as_array().is_some_and(|all| all.iter().all(Value::is_u64)),
        }
    }
}
