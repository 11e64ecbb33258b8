// What a node's outcome means for the log and the rows. Whether a node has started, completed or failed is decided
// nowhere else.

import { sha256Hex } from "#protocol/canonical.ts";
import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import { abandonNode } from "./abandon.ts";
import { writeState } from "./channels/completion.ts";
import { effectIdOf, emitAll, stateOf, withContext } from "./context.ts";
import { type Draft, emit } from "./draft.ts";
import { cancelRun, completeRun, failRun } from "./ending.ts";
import type { GraphNode } from "./graph.ts";
import { raiseInterrupt } from "./interrupts.ts";
import { goBack } from "./loopback.ts";
import { addMessage, addNotice } from "./messages.ts";
import type { Accompaniment, EffectRequest, NodeOutcome, Reply } from "./node-type.ts";
import { unmetRequirement } from "./requirements.ts";
import { retryDelayMs } from "./retry.ts";
import { endNodeTimer, setNodeTimer } from "./timers.ts";

/** Starts an attempt of a node: `node.started`, its inputs, its executor. A node that is refused never starts (runs.md §8). */
export function startNode(draft: Draft, node: GraphNode, attempt: number): void {
  const { id: nodeId, typeId } = node.definition;
  const unmet = unmetRequirement(node.type, draft.environment.switches);
  if (unmet) return writeFailure(draft, node, unmet, attempt + 1);
  handOver(draft, node);
  const causationId = decisionBehind(draft, node);
  const cause = causationId === undefined ? {} : { causationId };
  emit(draft, "node.started", { nodeId, typeId, attempt, ...pinOf(node) }, { nodeId, ...cause });
  const outcome = withContext(draft, node, (context) => node.type.start(context));
  applyOutcome(draft, node, draft.track?.outcomeOf(draft, node, attempt, outcome) ?? outcome);
  armNodeTimeout(draft, node);
}

/** The agent that a node is pinned to, as its events carry it (agents.md §1). */
function pinOf(node: GraphNode): JsonObject {
  const { agent } = node.definition;
  return agent ? { agent: agent as unknown as JsonObject } : {};
}

/** Control passes to another agent at the boundary of two pins (agents.md §3.3). */
function handOver(draft: Draft, node: GraphNode): void {
  const toAgentId = node.definition.agent?.agentId;
  const fromAgentId = draft.state.activeAgent?.agentId;
  if (toAgentId === undefined || fromAgentId === undefined || fromAgentId === toAgentId) return;
  emit(draft, "agent.handoff", { fromAgentId, toAgentId }, { nodeId: node.definition.id });
}

/** Writes what the outcome means. */
export function applyOutcome(draft: Draft, node: GraphNode, outcome: NodeOutcome): void {
  const before = draft.causedBy;
  draft.causedBy = decisionBehind(draft, node) ?? before;
  writeOutcome(draft, node, outcome);
  draft.causedBy = before;
}

/** The decision that the node carries out, for a type that does (runs.md §6.3). */
function decisionBehind(draft: Draft, node: GraphNode): string | undefined {
  return node.type.followsDecision ? draft.state.orchestration?.steps.at(-1)?.eventId : undefined;
}

function writeOutcome(draft: Draft, node: GraphNode, outcome: NodeOutcome): void {
  writeAccompaniment(draft, node, outcome);
  switch (outcome.kind) {
    case "complete":
      return completeNode(draft, node, outcome);
    case "finish":
      completeNode(draft, node, outcome);
      return completeRun(draft, stateOf(draft, node.definition.id).outputs ?? {}, outcome.reason);
    case "back": {
      const written = writeState(draft, node, outcome);
      return written.ok ? goBack(draft, node, outcome.edgeId, outcome.feedback) : failNode(draft, node, written.error);
    }
    case "cancel":
      completeNode(draft, node, { kind: "complete", outputs: outcome.outputs });
      return cancelRun(draft, outcome.by, outcome.reason, undefined);
    case "fail":
      failNode(draft, node, outcome.error);
      return outcome.endsRun ? failRun(draft, outcome.error, node.definition.id) : undefined;
    case "ask":
      return raiseInterrupt(draft, node, outcome.interrupt);
    case "sleep":
      return setNodeTimer(draft, node.definition.id, "delay", draft.nowMs + outcome.durationMs);
    case "wait": {
      const written = writeState(draft, node, outcome);
      if (!written.ok) return failNode(draft, node, written.error);
      for (const effect of outcome.effects) planEffect(draft, node, effect);
    }
  }
}

/** Events, texts and notices of an outcome, in the order in which they were noted. */
function writeAccompaniment(draft: Draft, node: GraphNode, { contents, events, notices }: Accompaniment): void {
  const { runId } = draft.state.start;
  for (const { contentId, body } of contents ?? []) {
    draft.rows.push({ op: "putContent", contentId, runId, sha256: sha256Hex(body), body });
  }
  emitAll(draft, node.definition.id, events ?? []);
  for (const notice of notices ?? []) addNotice(draft, notice);
}

function completeNode(
  draft: Draft,
  node: GraphNode,
  outcome: Extract<NodeOutcome, { kind: "complete" | "finish" }>,
): void {
  const nodeId = node.definition.id;
  const written = outcome.kind === "complete" ? writeState(draft, node, outcome) : ({ ok: true, sizes: {} } as const);
  if (!written.ok) return failNode(draft, node, written.error);
  const shown = outcome.reply ? sayReply(draft, outcome.reply) : {};
  const outputs: JsonObject = { ...outcome.outputs, ...written.sizes, ...shown };
  const durationMs = nodeDurationMs(draft, nodeId);
  emit(draft, "node.completed", { nodeId, outputs, durationMs, ...pinOf(node) }, { nodeId });
  clearNodeTimeout(draft, node);
}

/** The reply goes to the thread; that of a fork stays with the run (docs/adr/0014). */
function sayReply(draft: Draft, { text, agent }: Reply): JsonObject {
  return draft.state.start.fork ? { output: text } : addMessage(draft, "agent", text, agent);
}

/** The node's own time ran out: what it was doing is given up. */
export function timeOutNode(draft: Draft, node: GraphNode, error: RunError): void {
  abandonNode(draft, node);
  failNode(draft, node, error);
}

/** Retries while the policy allows, else `node.failed` once (runs.md §12.1). */
export function failNode(draft: Draft, node: GraphNode, error: RunError): void {
  const nodeId = node.definition.id;
  const { attempt, restarts = 0 } = stateOf(draft, nodeId);
  const tries = attempt + 1;
  // A pause that interrupted an attempt takes nothing from what the policy allows.
  const delayMs = retryDelayMs(node.retry, tries - restarts, error);
  if (delayMs !== undefined) {
    const lastError = error as unknown as JsonObject;
    emit(draft, "node.retried", { nodeId, attempt: tries, delayMs, lastError }, { nodeId });
    clearNodeTimeout(draft, node);
    return setNodeTimer(draft, node.definition.id, "retry", draft.nowMs + delayMs);
  }
  writeFailure(draft, node, error, tries);
}

function writeFailure(draft: Draft, node: GraphNode, error: RunError, attempts: number): void {
  const nodeId = node.definition.id;
  emit(draft, "node.failed", { nodeId, error: error as unknown as JsonObject, attempts }, { nodeId });
  clearNodeTimeout(draft, node);
}

function planEffect(draft: Draft, node: GraphNode, effect: EffectRequest): void {
  const { start } = draft.state;
  const nodeId = node.definition.id;
  draft.rows.push({
    op: "putEffect",
    effect: {
      effectId: effectIdOf(draft, node, effect.ordinal, effect.providerKey),
      runId: start.runId,
      tenantId: start.tenantId,
      nodeId,
      attempt: stateOf(draft, nodeId).attempt,
      ordinal: effect.ordinal,
      kind: effect.kind,
      class: effect.class,
      request: effect.request,
      state: "planned",
      timeoutMs: effect.timeoutMs,
      plannedMs: draft.nowMs,
    },
  });
}

export function armNodeTimeout(draft: Draft, { definition: { id }, timeoutMs }: GraphNode): void {
  if (timeoutMs === 0 || stateOf(draft, id).status !== "running") return;
  setNodeTimer(draft, id, "node-timeout", draft.nowMs + timeoutMs);
}

function clearNodeTimeout(draft: Draft, { definition: { id }, timeoutMs }: GraphNode): void {
  if (timeoutMs > 0) endNodeTimer(draft, id, "node-timeout");
}

function nodeDurationMs(draft: Draft, nodeId: string): number {
  return draft.nowMs - stateOf(draft, nodeId).startedMs;
}
