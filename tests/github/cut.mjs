// Cuts GitHub's description of its REST API down to the operations that glu uses, since the whole is too large to start a server with.
// What glu does not use is not there, so that using it fails.
//
// usage: node cut.mjs TARGET

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const repository = "/repos/{owner}/{repo}";
const operations = {
  "/app/installations/{installation_id}": ["get"],
  "/app/installations/{installation_id}/access_tokens": ["post"],
  [`${repository}/collaborators/{username}/permission`]: ["get"],
  [`${repository}/commits/{ref}/check-runs`]: ["get"],
  [`${repository}/commits/{ref}/status`]: ["get"],
  [`${repository}/deployments`]: ["get", "post"],
  [`${repository}/deployments/{deployment_id}/statuses`]: ["post"],
  [`${repository}/issues/comments/{comment_id}`]: ["patch"],
  [`${repository}/issues/{issue_number}`]: ["get", "patch"],
  [`${repository}/issues/{issue_number}/assignees`]: ["post"],
  [`${repository}/issues/{issue_number}/comments`]: ["get", "post"],
  [`${repository}/issues/{issue_number}/labels`]: ["post"],
  [`${repository}/milestones`]: ["get"],
  [`${repository}/pulls`]: ["get", "post"],
  [`${repository}/pulls/{pull_number}`]: ["get", "patch"],
  [`${repository}/pulls/{pull_number}/merge`]: ["put"],
  [`${repository}/pulls/{pull_number}/requested_reviewers`]: ["post"],
  [`${repository}/pulls/{pull_number}/reviews`]: ["get"],
  [`${repository}/statuses/{sha}`]: ["post"],
};

const source = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
const whole = JSON.parse(readFileSync(source, "utf8"));
const cut = { openapi: whole.openapi, info: whole.info, servers: whole.servers, paths: {}, components: {} };

for (const [path, methods] of Object.entries(operations)) {
  cut.paths[path] = {};
  for (const method of methods) {
    const operation = whole.paths[path]?.[method];
    if (!operation) throw new Error(`GitHub describes no ${method} ${path}`);
    // An example of a link leads to a page that is not there.
    for (const response of Object.values(operation.responses)) delete response.headers?.Link;
    cut.paths[path][method] = operation;
  }
}

// GraphQL has a description of its own; here it is an address that answers one question.
cut.paths["/graphql"] = {
  post: {
    operationId: "graphql",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["query", "variables"],
            properties: { query: { type: "string" }, variables: { type: "object" } },
          },
        },
      },
    },
    responses: {
      200: {
        description: "the state of a pull request, whatever was asked",
        content: {
          "application/json": {
            example: {
              data: {
                repository: {
                  autoMergeAllowed: true,
                  viewerDefaultMergeMethod: "SQUASH",
                  pullRequest: {
                    id: "PR_1",
                    state: "OPEN",
                    isDraft: false,
                    headRefOid: "6dcb09b5b57875f334f61aebed695e2e4193db5e",
                    mergeStateStatus: "CLEAN",
                    autoMergeRequest: null,
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const queue = [cut.paths];
while (queue.length > 0) {
  for (const [key, value] of Object.entries(queue.pop())) {
    if (key === "$ref" && typeof value === "string") {
      const [, , kind, name] = value.split("/");
      const known = (cut.components[kind] ??= {});
      if (!(name in known)) queue.push((known[name] = whole.components[kind][name]));
    } else if (value !== null && typeof value === "object") {
      queue.push(value);
    }
  }
}

writeFileSync(process.argv[2], JSON.stringify(cut));
