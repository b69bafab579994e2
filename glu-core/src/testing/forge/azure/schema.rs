//! What Microsoft's description of the API (version 7.1) lets one ask: paths, parameters, and the fields of bodies with their types. Everything else
//! is refused, though the real one often looks away.

use serde_json::Value;

use super::super::server::Request;

/// One operation of the API.
pub(super) struct Operation {
    method: &'static str,
    /// Below the organisation; `*` is any one piece, and letters' case does not matter.
    path: &'static str,
    version: &'static str,
    /// The scope it wants, as the description calls it.
    pub(super) scope: &'static str,
    parameters: &'static [&'static str],
    /// The fields of the body as `name:type`, `!` where it has to be there. A type is `string`, `boolean`, `integer`, or the words that it may be.
    fields: &'static [&'static str],
}

const FINAL: &str = "7.1";
const PREVIEW: &str = "7.1-preview.1";
const REPOSITORY: &str = "*/_apis/git/repositories/*";
const STATE: &str = "!state:notSet|pending|succeeded|failed|error|notApplicable|partiallySucceeded";

const OPERATIONS: &[Operation] = &[
    read(
        "@/pullrequests",
        "vso.code",
        &[
            "searchCriteria.status",
            "searchCriteria.sourceRefName",
            "searchCriteria.targetRefName",
            "searchCriteria.creatorId",
            "searchCriteria.reviewerId",
            "searchCriteria.sourceRepositoryId",
            "searchCriteria.includeLinks",
            "$top",
            "$skip",
        ],
    ),
    write(
        "POST",
        "@/pullrequests",
        "vso.code_write",
        &[
            "!sourceRefName:string",
            "!targetRefName:string",
            "!title:string",
            "description:string",
            "isDraft:boolean",
            "reviewers[].id:string",
            "labels[].name:string",
        ],
    ),
    read("@/pullrequests/*", "vso.code", &["includeCommits", "includeWorkItemRefs"]),
    write(
        "PATCH",
        "@/pullrequests/*",
        "vso.code_write",
        &[
            "title:string",
            "description:string",
            "isDraft:boolean",
            "status:active|abandoned|completed",
            "autoCompleteSetBy.id:string",
            "completionOptions.mergeStrategy:noFastForward|squash|rebase|rebaseMerge",
            "completionOptions.deleteSourceBranch:boolean",
            "completionOptions.mergeCommitMessage:string",
            "completionOptions.transitionWorkItems:boolean",
        ],
    ),
    read("@/pullRequests/*/iterations", "vso.code", &["includeCommits"]),
    read("@/pullRequests/*/labels", "vso.code", &["projectId"]),
    write("POST", "@/pullRequests/*/labels", "vso.code_write", &["!name:string"]),
    write("POST", "@/pullRequests/*/reviewers", "vso.code_write", &["![].id:string"]),
    read("@/pullRequests/*/statuses", "vso.code_status", &[]),
    write(
        "POST",
        "@/pullRequests/*/statuses",
        "vso.code_status",
        &[
            STATE,
            "description:string",
            "targetUrl:string",
            "!context.name:string",
            "context.genre:string",
            "iterationId:integer",
        ],
    ),
    read("@/pullRequests/*/threads", "vso.code", &["$iteration", "$baseIteration"]),
    write(
        "POST",
        "@/pullRequests/*/threads",
        "vso.code_write",
        &[
            "!comments[].content:string",
            "comments[].parentCommentId:integer",
            "comments[].commentType:unknown|text|codeChange|system",
            "status:unknown|active|fixed|wontFix|closed|byDesign|pending",
        ],
    ),
    write("PATCH", "@/pullRequests/*/threads/*/comments/*", "vso.code_write", &["!content:string"]),
    read("@/commits/*/statuses", "vso.code", &["top", "skip", "latestOnly"]),
    write(
        "POST",
        "@/commits/*/statuses",
        "vso.code_status",
        &[STATE, "description:string", "targetUrl:string", "!context.name:string", "context.genre:string"],
    ),
    read("@/refs", "vso.code", &["filter", "filterContains", "$top", "continuationToken"]),
    read(
        "*/_apis/git/policy/configurations",
        "vso.code",
        &["repositoryId", "refName", "policyType", "$top", "continuationToken"],
    ),
    Operation {
        version: PREVIEW,
        ..read(
            "*/_apis/policy/evaluations",
            "vso.code",
            &["artifactId", "includeNotApplicable", "$top", "$skip"],
        )
    },
    read("_apis/projects/*/teams/*", "vso.project", &["$expandIdentity"]),
    read(
        "_apis/identities",
        "vso.identity",
        &[
            "searchFilter",
            "filterValue",
            "queryMembership",
            "identityIds",
            "descriptors",
            "subjectDescriptors",
        ],
    ),
    Operation { version: PREVIEW, ..read("_apis/connectionData", "", &["connectOptions"]) },
];

const fn read(path: &'static str, scope: &'static str, parameters: &'static [&'static str]) -> Operation {
    Operation { method: "GET", path, version: FINAL, scope, parameters, fields: &[] }
}

const fn write(
    method: &'static str,
    path: &'static str,
    scope: &'static str,
    fields: &'static [&'static str],
) -> Operation {
    Operation { method, path, version: FINAL, scope, parameters: &[], fields }
}

/// The operation that a request is one of, below the organisation.
///
/// # Errors
/// In words, when the description has no such request.
pub(super) fn operation(request: &Request, path: &[&str]) -> Result<&'static Operation, String> {
    let operation = OPERATIONS.iter().find(|known| known.method == request.method && known.is_at(path));
    let operation = operation.ok_or_else(|| format!("there is no {} {}", request.method, path.join("/")))?;
    for (name, value) in &request.query {
        if name == "api-version" {
            if value != operation.version {
                return Err(format!("{} has no version {value}", operation.path));
            }
        } else if !operation.parameters.contains(&name.as_str()) {
            return Err(format!("{} has no parameter {name}", operation.path));
        }
        if request.query.iter().filter(|(other, _)| other == name).count() > 1 {
            return Err(format!("{name} is there twice"));
        }
    }
    if request.parameter("api-version").is_none() {
        return Err(format!("{} is asked in no version", operation.path));
    }
    if operation.method == "GET" {
        return if request.body.is_empty() { Ok(operation) } else { Err("GET has a body".to_owned()) };
    }
    if request.header("content-type") != Some("application/json") {
        return Err("the body says it is no JSON".to_owned());
    }
    let mut leaves = Vec::new();
    gather(&request.json(), "", &mut leaves);
    for (name, value) in &leaves {
        let field = operation.fields.iter().find_map(|field| {
            let (known, kind) = field.trim_start_matches('!').split_once(':')?;
            (known == name).then_some(kind)
        });
        match field {
            None => return Err(format!("{} {} has no field {name}", operation.method, operation.path)),
            Some(kind) if !fits(kind, value) => return Err(format!("{name} is {value} and not {kind}")),
            Some(_) => {}
        }
    }
    for required in operation.fields.iter().filter_map(|field| field.strip_prefix('!')) {
        let name = required.split(':').next().unwrap_or_default();
        if !leaves.iter().any(|(known, _)| known == name) {
            return Err(format!("{} {} wants {name}", operation.method, operation.path));
        }
    }
    Ok(operation)
}

impl Operation {
    fn is_at(&self, path: &[&str]) -> bool {
        let pattern = self.path.replacen('@', REPOSITORY, 1);
        let pieces: Vec<&str> = pattern.split('/').collect();
        let fits = |(piece, given): (&&str, &&str)| *piece == "*" || piece.eq_ignore_ascii_case(given);
        pieces.len() == path.len() && pieces.iter().zip(path).all(fits)
    }
}

/// The values that are in a body, with the names of all fields on the way.
fn gather(value: &Value, name: &str, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (field, value) in fields {
                let dot = if name.is_empty() { "" } else { "." };
                gather(value, &format!("{name}{dot}{field}"), leaves);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().for_each(|item| gather(item, &format!("{name}[]"), leaves));
        }
        leaf => leaves.push((name.to_owned(), leaf.clone())),
    }
}

fn fits(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        words => value.as_str().is_some_and(|value| words.split('|').any(|word| word == value)),
    }
}
