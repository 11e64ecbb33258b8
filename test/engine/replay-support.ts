// Forks of hand-driven runs: what the shell does with pages and rows, without a store.

import { advance } from "#engine/advance.ts";
import type { Decision } from "#engine/draft.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import { fold } from "#engine/evolve.ts";
import { buildGraph } from "#engine/graph.ts";
import { createCopier } from "#engine/replay/copy.ts";
import { replayRun } from "#engine/replay/replay.ts";
import { initialState, type RunState } from "#engine/state.ts";
import { createSequentialIds } from "#platform/ids.ts";
import type { ForkMode } from "#ports/rows/fork.ts";
import type { RowOp } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { Driver, environmentOf, startOf } from "./support.ts";

export function forkStart(source: Driver, fromSeq: number, mode: ForkMode, variables?: JsonObject) {
  const throughSeq = source.log.length - 1;
  const fork = {
    sourceRunId: source.start.runId,
    fromSeq,
    mode,
    throughSeq,
    by: "anna",
    ...(variables && { variables }),
  };
  return startOf(source.start.inputs, { ...source.start, runId: "run_fork", createdMs: 900_000, fork });
}

export interface Replayed {
  log: RunEvent[];
  state: RunState;
  rows: RowOp[];
}

/** Copies the history and plays the rest, every page through the engine as the shell does it. */
export function replay(
  source: Driver,
  fromSeq = 0,
  {
    definition,
    environment = source.environment,
  }: { definition?: WorkflowDefinition; environment?: EngineEnvironment } = {},
): Replayed {
  const start = forkStart(source, fromSeq, "replay");
  const graph = definition ? buildGraph(definition, "hash", environment.nodeTypes) : source.graph;
  const ids = createSequentialIds();
  const history = source.log.slice(0, fromSeq);
  const fork: Replayed = { log: [], state: initialState(start, graph.defaults), rows: [] };
  const take = (events: RunEvent[], rows: RowOp[]) => {
    if (events.length === 0) return;
    const command = { type: "record", fromSequence: fork.log.length, events, rows } as const;
    const inputs = { nowMs: 1_000_000, ids, bootMs: 0 };
    const decision: Decision = advance(environment, graph, fork.state, command, inputs);
    fork.log.push(...decision.events);
    fork.rows.push(...decision.rows);
    fork.state = decision.state;
  };
  const copier = createCopier(start.runId, source.start.runId);
  take(
    history.map((event) => copier.copy(event, event.sequence)),
    [],
  );
  const historyIds = history.map(({ eventId }) => eventId);
  const recording = { historyIds, recorded: source.log.slice(fromSeq) };
  for (const page of replayRun(environment, graph, fork.state, recording, ids)) take(page.events, page.rows);
  return fork;
}

/** A branch, opened and ready to be driven on. */
export function branch(source: Driver, fromSeq: number, variables?: JsonObject): Driver {
  const start = forkStart(source, fromSeq, "branch", variables);
  const driver = new Driver(source.graph.definition, start, source.environment);
  driver.nowMs = 2_000_000;
  const copier = createCopier(start.runId, source.start.runId);
  const events = source.log.slice(0, fromSeq).map((event) => copier.copy(event, event.sequence));
  const lastEvents = new Map(events.flatMap((event) => (event.nodeId ? [[event.nodeId, event] as const] : [])));
  const opening = { lastEvents, interrupts: new Map(), variables: variables ?? {} };
  driver.give({ type: "record", fromSequence: 0, events, rows: [], opening });
  return driver;
}

/** What a log says, without what belongs to the run that wrote it. */
export function said(log: readonly RunEvent[]): object[] {
  return log.map(({ type, nodeId, sequence, payload }) => {
    const { runId: _own, ...facts } = payload;
    return { sequence, type, nodeId, payload: facts };
  });
}

export function stateAt(driver: Driver, events: number): RunState {
  return fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events));
}

export { environmentOf };
