// parley dead-letters list, show, redrive

import { path } from "../client.ts";
import type { Handler } from "../command.ts";
import { exitCodes } from "../failures.ts";
import { collect, readList, shortTime, showList } from "../pages.ts";
import { listBounds } from "./runs.ts";

interface ShownLetter {
  runId: string;
  workflowId: string;
  nodeId: string;
  reason: string;
  attempts: number;
  deadLetteredAt: string;
  expiresAt: string;
}

const BASE = "/v1/host/parley/dead-letters";

export const listDeadLetters: Handler = async (call) => {
  const { client, options } = call;
  const limit = options.count("limit", listBounds);
  const all = await collect(readList<ShownLetter>(client, { path: BASE, member: "deadLetters", limit }));
  return showList(call, all, {
    none: "No run used up its retries.",
    head: ["RUN", "WORKFLOW", "NODE", "SINCE", "REASON"],
    row: (one) => [one.runId, one.workflowId, one.nodeId, shortTime(one.deadLetteredAt), one.reason],
  });
};

export const showDeadLetter: Handler = async ({ client, terminal, options, arguments: [runId = ""] }) => {
  const letter = await client.get<ShownLetter>(path`/v1/host/parley/dead-letters/${runId}`);
  if (options.flag("json")) terminal.json(letter);
  else {
    terminal.out(`${runId}  ${letter.workflowId}  ${letter.reason}`);
    terminal.out(`kept until ${shortTime(letter.expiresAt)}`);
  }
  return exitCodes.completed;
};

export const redriveDeadLetter: Handler = async ({ client, terminal, options, arguments: [runId = ""] }) => {
  const forked = await client.post<{ runId: string }>(path`/v1/host/parley/dead-letters/${runId}/redrive`, {});
  if (options.flag("json")) terminal.json(forked);
  else terminal.out(forked.runId);
  return exitCodes.completed;
};
