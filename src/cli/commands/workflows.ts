// parley workflows list, show, add, validate

import type { JsonObject } from "#protocol/json.ts";
import { path } from "../client.ts";
import type { Handler } from "../command.ts";
import { readDefinition } from "../definition-file.ts";
import { exitCodes } from "../failures.ts";
import { shortTime, showList } from "../pages.ts";
import { oneLine } from "../terminal.ts";

interface ListedWorkflow {
  workflowId: string;
  version: string;
  definitionHash: string;
  origin: string;
  updatedAt: string;
}

const SHOWN_HASH = 12;

export const listWorkflows: Handler = async (call) => {
  const { workflows } = await call.client.get<{ workflows: ListedWorkflow[] }>("/v1/workflows");
  return showList(call, workflows, {
    none: "There are no workflows. Add one: parley workflows add FILE",
    head: ["WORKFLOW", "VERSION", "ORIGIN", "HASH", "UPDATED"],
    row: (one) => [
      one.workflowId,
      one.version,
      one.origin,
      one.definitionHash.slice(0, SHOWN_HASH),
      shortTime(one.updatedAt),
    ],
  });
};

export const showWorkflow: Handler = async ({ client, terminal, options, arguments: [workflowId = ""] }) => {
  const definition = await client.get<JsonObject>(path`/v1/workflows/${workflowId}`);
  terminal.out(JSON.stringify(definition, undefined, options.flag("json") ? undefined : 2));
  return exitCodes.completed;
};

interface Registered {
  workflowId: string;
  version: string;
  definitionHash: string;
  created: boolean;
}

export const addWorkflow: Handler = async ({ client, terminal, options, host, arguments: [file = ""] }) => {
  const definition = await readDefinition(host.cwd, file);
  const added = await client.post<Registered>("/v1/workflows", definition);
  const { workflowId, version, definitionHash, created } = added;
  if (options.flag("json")) terminal.json(added);
  else
    terminal.out(
      `${workflowId}  ${version}  ${definitionHash.slice(0, SHOWN_HASH)}  ${created ? "registered" : "unchanged"}`,
    );
  return exitCodes.completed;
};

interface Verdict {
  valid: boolean;
  problems: { path: string; message: string }[];
}

export const validateWorkflow: Handler = async ({ client, terminal, options, host, arguments: [file = ""] }) => {
  const body = await readDefinition(host.cwd, file);
  const verdict = await client.json<Verdict>({
    method: "POST",
    path: "/v1/workflows:validate",
    body,
    repeatable: true,
  });
  if (options.flag("json")) terminal.json(verdict);
  else if (verdict.valid) terminal.out(`${file} is valid.`);
  else {
    terminal.err(`${file} is not valid:`);
    for (const problem of verdict.problems) {
      terminal.err(`  - ${oneLine(problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`)}`);
    }
  }
  return verdict.valid ? exitCodes.completed : exitCodes.invalid;
};
