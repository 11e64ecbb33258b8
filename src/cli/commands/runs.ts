// parley runs list, show

import { type Client, path } from "../client.ts";
import type { Handler, Invocation } from "../command.ts";
import { exitCodes } from "../failures.ts";
import { costOf, describeWaiting, displayCost, displayStatus, type Snapshot } from "../outcome.ts";
import { collect, readList, shortTime, showList } from "../pages.ts";
import { oneLine } from "../terminal.ts";
import { readFamily, readRun } from "../watch-run.ts";

/** Any event of a run. */
export const sequenceBounds = { least: 0, most: 1_000_000_000, otherwise: 0 } as const;
export const listBounds = { least: 1, most: 10_000, otherwise: 20 } as const;

export const listRuns: Handler = async (call) => {
  const { client, options } = call;
  const query = {
    status: options.text("status"),
    workflowId: options.text("workflow"),
    tag: options.text("tag"),
  };
  const limit = options.count("limit", listBounds);
  const runs = await collect(readList<Snapshot>(client, { path: "/v1/runs", member: "runs", query, limit }));
  return showList(call, runs, {
    none: "There are no such runs.",
    head: ["RUN", "WORKFLOW", "STATUS", "CREATED", "COST"],
    row: rowOf,
  });
};

function rowOf(run: Snapshot): string[] {
  const cost = run.metrics?.openwopCost === undefined ? "" : displayCost(costOf([run]));
  return [run.runId, run.workflowId, displayStatus(run.status), shortTime(run.createdAt ?? run.startedAt), cost];
}

export const showRun: Handler = async (call) => {
  const {
    client,
    terminal,
    options,
    arguments: [runId = ""],
  } = call;
  const at = options.text("at") === undefined ? undefined : options.count("at", sequenceBounds);
  const run = at === undefined ? await readRun(client, runId) : await readRunAt(client, runId, at);
  if (options.flag("json")) terminal.json(run);
  else await showFacts(call, run);
  return exitCodes.completed;
};

/** The run as it was after one of its events. */
function readRunAt(client: Client, runId: string, atSequence: number): Promise<Snapshot> {
  return client.get<Snapshot>(path`/v1/host/parley/runs/${runId}/state`, { atSequence });
}

async function showFacts({ client, terminal }: Invocation, run: Snapshot): Promise<void> {
  terminal.facts([
    ["run", run.runId],
    ["workflow", run.workflowId],
    ["status", displayStatus(run.status)],
    ["waits for", run.interrupt && describeWaiting(run.interrupt)],
    ["thread", run.threadId],
    ["created", shortTime(run.createdAt)],
    ["started", shortTime(run.startedAt)],
    ["ended", shortTime(run.completedAt)],
    ["cost", displayCost(costOf(await readFamily(client, run)))],
    ["tags", run.tags?.join(", ")],
    ["inputs", run.inputs && Object.keys(run.inputs).length > 0 ? JSON.stringify(run.inputs) : undefined],
    ["error", run.error && `${run.error.message} (${run.error.code})`],
  ]);
  const nodes = Object.entries((run.nodeStates ?? {}) as Record<string, NodeState>);
  if (nodes.length === 0) return;
  terminal.out("");
  terminal.table([["NODE", "STATUS", "ATTEMPTS", "ERROR"], ...nodes.map(nodeRow)]);
}

interface NodeState {
  status: string;
  attempts?: number;
  error?: { message: string };
}

function nodeRow([nodeId, { status, attempts, error }]: [string, NodeState]): string[] {
  return [nodeId, status, String(attempts ?? ""), oneLine(error?.message ?? "")];
}
