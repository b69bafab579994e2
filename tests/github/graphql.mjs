// Holds GraphQL requests against GitHub's schema: the documents, and the variables by the documents' own declarations.
//
// usage: node graphql.mjs < REQUESTS, a JSON array of {query, variables}; prints one complaint a line

import { readFileSync } from "node:fs";
import { schema as github } from "@octokit/graphql-schema";
import { buildSchema, parse, validate } from "graphql";
import { getVariableValues } from "graphql/execution/values.js";

// As it is published it defines two fields twice.
const schema = buildSchema(github.idl, { assumeValid: true, assumeValidSDL: true });

for (const { query, variables } of JSON.parse(readFileSync(0, "utf8"))) {
  const document = parse(query);
  const declared = document.definitions[0].variableDefinitions ?? [];
  const unknown = Object.keys(variables).filter((name) => !declared.some((one) => one.variable.name.value === name));
  const complaints = [
    ...validate(schema, document),
    ...(getVariableValues(schema, declared, variables).errors ?? []),
    ...unknown.map((name) => ({ message: `the variable ${name} is not declared` })),
  ];
  for (const { message } of complaints) console.log(`${message}: ${query}`);
}
