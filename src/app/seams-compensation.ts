// What the test seams about compensation do (operations.md §10.3, 21): a real run that fails and is undone, its effects
// received on this machine, and a replay of it.

import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { parseBatches } from "#runtime/history.ts";
import { openReceiver } from "#runtime/seams/loopback-receiver.ts";
import type { Call } from "./call.ts";
import { createRun } from "./create-run.ts";
import type { AppDeps } from "./deps.ts";
import { forkRun } from "./fork-run.ts";
import { seedWorkflow } from "./register-workflow.ts";
import { endedRun } from "./seams-waiting.ts";

interface Undone {
  runId: string;
  /** Compensation events, in order. */
  events: RunEvent[];
  /** Keys of all calls of inverses, in order. */
  keys: readonly string[];
}

/**
 * Undoes a run of `nodes` steps. With `failFirstInverseAttempts` the receiver of the first inverse refuses that many
 * attempts: then also how many there were, and the one key they had.
 */
export async function unwind(
  deps: AppDeps,
  call: Call,
  { nodes, failFirstInverseAttempts }: { nodes: number; failFirstInverseAttempts?: number | undefined },
): Promise<JsonObject> {
  const refusals = failFirstInverseAttempts ?? 0;
  const { runId, events, keys } = await undo(deps, call, nodes, refusals);
  const completed = events.filter(({ type }) => type === "compensation.completed");
  const ofFirst = keys.slice(0, refusals + 1);
  return {
    runId,
    events: events as unknown as JsonObject[],
    compensatedOrder: completed.map(({ payload }) => payload.ordinal as number),
    ...(failFirstInverseAttempts !== undefined && { attempts: ofFirst.length, downstreamKeys: ofFirst }),
  };
}

/** Undoes a run, replays it, and counts what reached the receiver meanwhile. */
export async function replayUndone(deps: AppDeps, call: Call): Promise<JsonObject> {
  const receiver = await openReceiver(0);
  try {
    const source = await undoAt(deps, call, receiver.url, 2, 0);
    const before = receiver.keys.length;
    const { runId } = await endedRun(deps, () =>
      forkRun(deps, { principal: call.principal }, source.runId, { mode: "replay", fromSeq: 0 }),
    );
    const typesOf = (events: RunEvent[]) => events.map(({ type }) => type);
    return {
      runId,
      refiredEffects: receiver.keys.length - before,
      source: typesOf(source.events),
      replayed: typesOf(await compensationEvents(deps, runId)),
    };
  } finally {
    receiver.close();
  }
}

async function undo(deps: AppDeps, call: Call, nodes: number, refusals: number): Promise<Undone> {
  const receiver = await openReceiver(refusals);
  try {
    const undone = await undoAt(deps, call, receiver.url, nodes, refusals);
    return { ...undone, keys: receiver.keys };
  } finally {
    receiver.close();
  }
}

async function undoAt(
  deps: AppDeps,
  call: Call,
  url: string,
  nodes: number,
  refusals: number,
): Promise<Pick<Undone, "runId" | "events">> {
  const document = undoable(url, nodes, refusals + 1);
  await seedWorkflow(deps, call.principal.tenantId, document, "api");
  const { runId } = await endedRun(deps, () =>
    createRun(deps, { principal: call.principal }, { workflowId: String(document.id) }),
  );
  return { runId, events: await compensationEvents(deps, runId) };
}

async function compensationEvents({ store }: AppDeps, runId: string): Promise<RunEvent[]> {
  return parseBatches(await store.readLog(runId, 0)).filter(({ type }) => type.startsWith("compensation."));
}

function undoable(url: string, nodes: number, maxAttempts: number): JsonObject {
  const node = { position: { x: 0, y: 0 }, config: {}, inputs: {} };
  const compensation = { nodeTypeId: "local.parley.testEffect", config: { url, class: "keyed" } };
  const steps = Array.from({ length: nodes }, (_, at) => `step-${at}`);
  const ids = [...steps, "fails"];
  return {
    id: "conformance-seam-compensation",
    name: "conformance-seam-compensation",
    version: "1",
    nodes: [
      ...steps.map((id) => ({ ...node, id, name: id, typeId: "core.noop", compensation })),
      { ...node, id: "fails", name: "fails", typeId: "core.fail" },
    ],
    edges: steps.map((id, at) => ({ id: `edge-${at}`, sourceNodeId: id, targetNodeId: ids[at + 1] as string })),
    triggers: [],
    variables: [],
    metadata: {},
    settings: { compensation: { triggers: ["node-failure"], retry: { maxAttempts, backoffMs: 1 } } },
  };
}
