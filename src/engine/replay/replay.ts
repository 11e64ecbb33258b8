// replay: a run played again from the record of another (runs.md §14.2, §14.3). Pure nodes are executed anew, with the
// code of today; everything else comes from the record (track.ts). A pure generator: equal arguments give equal pages.
//
//   Y1. Nothing outside of the run changes, whatever a node asks for (rows.ts).
//   Y2. Where the record ends before the run does (the source was cancelled, or still goes on), sleeps are over at once
//       and every node that waits for anything else fails with `replay_source_missing`.

import type { Ids } from "#ports/ids.ts";
import type { RowOp } from "#ports/rows.ts";
import type { RunError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";
import { drain, mayStart, startRun } from "../advance.ts";
import { passDebounce } from "../channels/fire.ts";
import { withContext } from "../context.ts";
import { closeDraft, type Draft, openDraft } from "../draft.ts";
import { failRun } from "../ending.ts";
import { type EngineEnvironment, MAX_BYTES_PER_COMMIT, MAX_STEPS_PER_COMMIT } from "../engine.ts";
import type { Graph, GraphNode } from "../graph.ts";
import { applyOutcome, failNode, startNode } from "../outcomes.ts";
import { isEnded, type RunState } from "../state.ts";
import { missing, openNodes, RecordedRun, SOURCE_MISSING } from "./track.ts";

/** Some events of the replay, in order, payloads in clear, and the texts they refer to. */
export interface ReplayPage {
  events: RunEvent[];
  rows: RowOp[];
}

export interface Recording {
  /** Ids of the source's events below the fork point. */
  historyIds: readonly string[];
  /** Its events from there on, as far as they are part of the replay. Payloads in clear. */
  recorded: readonly RunEvent[];
}

/** Everything the fork does after its history, up to its end. `state`: the fork with its history whole. */
export function* replayRun(
  environment: EngineEnvironment,
  graph: Graph,
  state: RunState,
  { historyIds, recorded }: Recording,
  ids: Ids,
): Generator<ReplayPage, RunState> {
  const nowMs = state.lastSequence < 0 ? Date.parse(recorded[0]?.timestamp ?? "") || 0 : state.lastEventMs;
  // Pages are in clear: who writes them seals them.
  const open = { ...graph, sensitive: false };
  const draft = openDraft(environment, open, { ...state, lastEventMs: nowMs }, { nowMs, ids, bootMs: 0 });
  const record = new RecordedRun(draft, historyIds, recorded);
  draft.track = record;
  record.placed(draft);
  begin(draft, record);
  // A fork point within the end of the source: how it ended is recorded.
  let isDue = !record.isAtEnd;
  while (!isEnded(draft.state)) {
    isDue = step(draft, record, isDue);
    if (draft.events.length >= MAX_STEPS_PER_COMMIT || draft.size >= MAX_BYTES_PER_COMMIT) yield takePage(draft);
  }
  yield takePage(draft);
  return draft.state;
}

function begin(draft: Draft, record: RecordedRun): void {
  if (draft.state.phase !== "pending") return;
  if (record.opening) record.play(draft, record.opening);
  else startRun(draft);
}

/** One step; true: nodes may have become ready by it. */
function step(draft: Draft, record: RecordedRun, isDue: boolean): boolean {
  if (record.isReadEnd) {
    record.end(draft);
    return false;
  }
  // Between two pieces of a long pass the source may have taken something in.
  if (isDue && !record.isAtNext(draft.state)) return drain(draft);
  const event = record.isAtEnd ? undefined : record.nextEvent(draft.state);
  if (!event) return goOnAlone(draft, record);
  const node = event.nodeId === undefined ? undefined : draft.graph.nodes.get(event.nodeId);
  if (node && event.type === "node.started") {
    if (mayStart(draft)) startNode(draft, node, Number(event.payload.attempt ?? 0));
  } else {
    record.play(draft, event);
  }
  return true;
}

/** The record has nothing more for what is open. */
function goOnAlone(draft: Draft, record: RecordedRun): boolean {
  const open = openNodes(draft.state).map((nodeId) => draft.graph.nodes.get(nodeId) as GraphNode);
  const sleeper = record.isAtEnd ? undefined : open.find((node) => isAsleep(draft, node));
  if (record.ending && !sleeper) record.end(draft);
  else if (sleeper) wake(draft, sleeper);
  else if (open[0]) failOpen(draft, open[0]);
  else if (!passDebounce(draft)) failRun(draft, recordEnded(draft), undefined);
  return true;
}

function recordEnded({ state }: Draft): RunError {
  const sourceRunId = state.start.fork?.sourceRunId ?? "";
  const message = `Run ${sourceRunId} recorded nothing more, and nothing is left that could end its replay.`;
  return { code: SOURCE_MISSING, message, details: { sourceRunId } };
}

function isAsleep(draft: Draft, node: GraphNode): boolean {
  const state = draft.state.nodes.get(node.definition.id);
  if (state?.status === "retrying") return true;
  return state?.status === "running" && sleepOf(draft, node) !== undefined;
}

function sleepOf(draft: Draft, node: GraphNode): number | undefined {
  const outcome = withContext(draft, node, (context) => node.type.start(context));
  return outcome.kind === "sleep" ? outcome.durationMs : undefined;
}

function wake(draft: Draft, node: GraphNode): void {
  const state = draft.state.nodes.get(node.definition.id);
  if (state?.status === "retrying") return void (mayStart(draft) && startNode(draft, node, state.attempt + 1));
  draft.nowMs = Math.max(draft.nowMs, (state?.startedMs ?? 0) + (sleepOf(draft, node) ?? 0));
  draft.timestamp = new Date(draft.nowMs).toISOString();
  const outcome = withContext(
    draft,
    node,
    (context) => node.type.onTimer?.(context) ?? { kind: "complete", outputs: {} },
  );
  applyOutcome(draft, node, outcome);
}

function failOpen(draft: Draft, node: GraphNode): void {
  const nodeId = node.definition.id;
  const { fork } = draft.state.start;
  const outcome = missing(fork?.sourceRunId ?? "", nodeId, draft.state.nodes.get(nodeId)?.attempt ?? 0);
  if (outcome.kind === "fail") failNode(draft, node, { ...outcome.error, retryable: false });
}

function takePage(draft: Draft): ReplayPage {
  const { events, rows } = closeDraft(draft, false);
  const page = { events: [...events], rows: [...rows] };
  draft.events.length = 0;
  draft.rows.length = 0;
  draft.size = 0;
  return page;
}
