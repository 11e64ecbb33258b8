// The spans of a run, made of its log (operations.md §4.2, §4.3). Pure: the same log gives the same spans with the same
// ids, in whatever process, before and after a restart.
//
//   P1. Spans nest as the run did: attempts in their node, questions and calls in what asked for them.
//   P2. Payloads stay in the log: of an event only its type, its place and the numbers named by the contract enter.
//   P3. Total: an event that is not known is an `openwop.event.append` and nothing else.

import { costOfUsage } from "#protocol/cost.ts";
import type { RunEvent } from "#protocol/events.ts";
import { nodeSpanId, runSpanId, spanId, type TraceContext, traceOfRun } from "#protocol/trace.ts";
import { addCost } from "./cost.ts";
import {
  callAttributes,
  capAttributes,
  nodeAttributes,
  type RunFacts,
  runAttributes,
  runIds,
} from "./run-attributes.ts";
import type { Span } from "./span.ts";

/** Spans in the order in which they began; those that are open have no end. */
export function spansOf(facts: RunFacts, events: readonly RunEvent[]): Span[] {
  const trail = new Trail(facts);
  for (const event of events) trail.hear(event);
  return trail.spans;
}

/** A node while it is executed. */
interface OpenNode {
  execution: number;
  span: Span;
  attempt: Span;
  /** When the node last did something: what it called for began then at the latest. */
  lastMs: number;
}

class Trail {
  readonly spans: Span[] = [];
  readonly #facts: RunFacts;
  readonly #trace: TraceContext;
  readonly #run: Span;
  readonly #nodes = new Map<string, OpenNode>();
  readonly #executions = new Map<string, number>();
  /** By node; a node has one open question. */
  readonly #questions = new Map<string, Span>();
  readonly #calls = new Map<string, Span>();
  #questionCount = 0;

  constructor(facts: RunFacts) {
    this.#facts = facts;
    const { start } = facts;
    this.#trace = traceOfRun(start);
    const { parentSpanId } = this.#trace;
    this.#run = this.#open({
      name: "openwop.run",
      spanId: runSpanId(start.runId),
      ...(parentSpanId !== undefined && { parentSpanId }),
      kind: "server",
      startMs: start.createdMs,
      attributes: runAttributes(facts),
    });
    this.#noteFork();
  }

  /** A fork is linked to its source, it is no part of it. */
  #noteFork(): void {
    const { start, source } = this.#facts;
    if (!start.fork) return;
    const { sourceRunId, fromSeq, mode } = start.fork;
    const from = source ?? { runId: sourceRunId };
    this.#run.links.push({ traceId: traceOfRun(from).traceId, spanId: runSpanId(sourceRunId), attributes: {} });
    this.#run.events.push({
      name: "run.replay.started",
      atMs: start.createdMs,
      attributes: { runId: start.runId, sourceRunId, fromSeq, mode },
    });
  }

  hear(event: RunEvent): void {
    const atMs = Date.parse(event.timestamp);
    const nodeId = event.nodeId ?? "";
    // What begins with the event is open before it is appended, what ends with it afterwards.
    if (event.type === "node.started") this.#startAttempt(event, nodeId, atMs);
    this.#append(event, nodeId, atMs);
    this.#apply(event, nodeId, atMs);
    const node = this.#nodes.get(nodeId);
    if (node) node.lastMs = atMs;
  }

  #apply(event: RunEvent, nodeId: string, atMs: number): void {
    const { payload } = event;
    switch (event.type) {
      case "run.started":
        this.#run.startMs = atMs;
        return;
      case "run.completed":
      case "run.failed":
      case "run.cancelled":
        return this.#endRun(event, atMs);
      case "node.retried":
        return this.#endAttempt(nodeId, atMs, codeOf(payload.lastError));
      case "node.completed":
        return this.#endNode(nodeId, atMs);
      case "node.failed":
        return this.#endNode(nodeId, atMs, codeOf(payload.error));
      case "node.cancelled":
        return this.#endNode(nodeId, atMs, "cancelled");
      case "node.suspended":
        return this.#ask(event, nodeId, atMs);
      case "node.resumed":
        return this.#answered(nodeId, atMs);
      case "cap.breached":
        return this.#breach(event, nodeId);
      case "provider.usage":
        return this.#countUsage(event, nodeId, atMs);
      case "agent.toolCalled":
        return this.#call(event, nodeId, atMs);
      case "agent.toolReturned":
        return this.#returned(event, atMs);
    }
  }

  #startAttempt(event: RunEvent, nodeId: string, atMs: number): void {
    const { runId } = this.#facts.start;
    const typeId = String(event.payload.typeId);
    const attempt = Number(event.payload.attempt ?? 0);
    const open = attempt > 0 ? this.#nodes.get(nodeId) : undefined;
    const execution = open?.execution ?? this.#nextExecution(nodeId);
    const attributes = {
      ...nodeAttributes(this.#facts, nodeId, typeId, attempt),
      "openwop.event_seq": event.sequence,
    };
    const span =
      open?.span ??
      this.#open({
        name: `openwop.node.${typeId}`,
        spanId: nodeSpanId(runId, nodeId, execution),
        parentSpanId: this.#run.spanId,
        startMs: atMs,
        attributes,
      });
    span.attributes["openwop.node_attempt"] = attempt;
    const attemptSpan = this.#open({
      name: `openwop.node.${typeId}.attempt`,
      spanId: spanId(runId, "attempt", nodeId, execution, attempt),
      parentSpanId: span.spanId,
      startMs: atMs,
      attributes: { ...attributes },
    });
    this.#nodes.set(nodeId, { execution, span, attempt: attemptSpan, lastMs: atMs });
  }

  #nextExecution(nodeId: string): number {
    const execution = (this.#executions.get(nodeId) ?? -1) + 1;
    this.#executions.set(nodeId, execution);
    return execution;
  }

  #append(event: RunEvent, nodeId: string, atMs: number): void {
    const { runId } = this.#facts.start;
    this.#open({
      name: "openwop.event.append",
      spanId: spanId(runId, "event", event.sequence),
      parentSpanId: this.#active(nodeId).spanId,
      startMs: atMs,
      endMs: atMs,
      attributes: {
        ...runIds(this.#facts),
        "openwop.event_type": event.type,
        "openwop.event_seq": event.sequence,
        ...(nodeId !== "" && { "openwop.node_id": nodeId }),
      },
    });
  }

  /** What an event happened in. */
  #active(nodeId: string): Span {
    const node = this.#nodes.get(nodeId);
    if (!node) return this.#run;
    return node.attempt.endMs === undefined ? node.attempt : node.span;
  }

  #endAttempt(nodeId: string, atMs: number, error?: string): void {
    const node = this.#nodes.get(nodeId);
    if (node) end(node.attempt, atMs, error);
  }

  #endNode(nodeId: string, atMs: number, error?: string): void {
    const node = this.#nodes.get(nodeId);
    if (!node) return;
    this.#answered(nodeId, atMs);
    end(node.attempt, atMs, error);
    end(node.span, atMs, error);
    this.#nodes.delete(nodeId);
  }

  #endRun(event: RunEvent, atMs: number): void {
    const error = event.type === "run.failed" ? codeOf(event.payload.error) : undefined;
    for (const nodeId of [...this.#nodes.keys()]) this.#endNode(nodeId, atMs, "cancelled");
    for (const span of this.#calls.values()) end(span, atMs, "cancelled");
    this.#run.attributes["openwop.run_status"] = event.type.slice("run.".length);
    end(this.#run, atMs, error);
  }

  #ask(event: RunEvent, nodeId: string, atMs: number): void {
    const interruptId = String(event.payload.interruptId);
    this.#questionCount += 1;
    const question = this.#open({
      name: "openwop.interrupt",
      spanId: spanId(this.#facts.start.runId, "interrupt", interruptId),
      parentSpanId: (this.#nodes.get(nodeId)?.span ?? this.#run).spanId,
      startMs: atMs,
      attributes: {
        ...runIds(this.#facts),
        "openwop.node_id": nodeId,
        "openwop.interrupt_kind": String(event.payload.kind),
        "openwop.interrupt_id": interruptId,
        "openwop.interrupt_count": this.#questionCount,
      },
    });
    this.#questions.set(nodeId, question);
  }

  #answered(nodeId: string, atMs: number): void {
    const question = this.#questions.get(nodeId);
    if (question) end(question, atMs);
    this.#questions.delete(nodeId);
  }

  #breach({ payload }: RunEvent, nodeId: string): void {
    const attributes = capAttributes(payload);
    Object.assign(this.#run.attributes, attributes);
    if (this.#nodes.has(nodeId)) Object.assign(this.#active(nodeId).attributes, attributes);
  }

  /** The call went out after the node last did something; when exactly, nobody wrote down. */
  #countUsage(event: RunEvent, nodeId: string, atMs: number): void {
    const node = this.#nodes.get(nodeId);
    const cost = costOfUsage(event.payload);
    this.#open({
      name: `openwop.activity.${String(event.payload.provider)}`,
      spanId: spanId(this.#facts.start.runId, "activity", event.sequence),
      parentSpanId: this.#active(nodeId).spanId,
      kind: "client",
      startMs: node?.lastMs ?? atMs,
      endMs: atMs,
      attributes: { ...callAttributes(this.#facts, nodeId), ...cost },
    });
    if (node) addCost(node.span.attributes, cost);
  }

  #call({ payload }: RunEvent, nodeId: string, atMs: number): void {
    const callId = String(payload.callId);
    const call = this.#open({
      name: `openwop.activity.${String(payload.toolName)}`,
      spanId: spanId(this.#facts.start.runId, "call", nodeId, callId),
      parentSpanId: this.#active(nodeId).spanId,
      kind: "client",
      startMs: atMs,
      attributes: callAttributes(this.#facts, nodeId),
    });
    this.#calls.set(`${nodeId}\n${callId}`, call);
  }

  #returned({ payload, nodeId = "" }: RunEvent, atMs: number): void {
    const key = `${nodeId}\n${String(payload.callId)}`;
    const call = this.#calls.get(key);
    if (call) end(call, atMs, payload.status === "ok" ? undefined : String(payload.status));
    this.#calls.delete(key);
  }

  #open(parts: Pick<Span, "spanId" | "name" | "startMs" | "attributes"> & Partial<Span>): Span {
    const { traceId, tracestate } = this.#trace;
    const span: Span = {
      kind: "internal",
      events: [],
      links: [],
      traceId,
      ...(tracestate !== undefined && { tracestate }),
      ...parts,
    };
    this.spans.push(span);
    return span;
  }
}

function end(span: Span, atMs: number, error?: string): void {
  if (span.endMs !== undefined) return;
  span.endMs = atMs;
  if (error !== undefined) span.error = error;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? "unknown");
}
