// Trace context (W3C): what a caller sends, what a run keeps of it, and the ids of a run's spans.
//
//   T1. Ids of spans follow from the run and the place in it, so that any process names the same span by the same id,
//       before and after a restart.
//   T2. Trace context is never evidence of anything: a wrong header is ignored, no request is refused for it.

import { sha256Hex } from "./canonical.ts";

/** A trace that something belongs to. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  traceId: string;
  /** The span that caused it, 16 lower-case hex digits; absent: it is the root of its trace. */
  parentSpanId?: string;
  /** What who began the trace decided; absent: nobody decided yet. */
  sampled?: boolean;
  /** The vendors' part, handed on as it came. */
  tracestate?: string;
}

/** Headers of a request or an answer that belongs to a trace. */
export interface TraceHeaders {
  traceparent: string;
  tracestate?: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Receivers must take at least this much, and may drop more. */
const MAX_TRACESTATE_LENGTH = 512;

/** The trace that the headers of a request name; undefined when they name none, or not well. */
export function parseTrace(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  if (typeof traceparent !== "string") return undefined;
  const [, version, traceId, parentSpanId, flags, rest] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || traceId === undefined || parentSpanId === undefined || flags === undefined)
    return undefined;
  // Later versions may say more behind the flags; version 00 may not.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (isZero(traceId) || isZero(parentSpanId)) return undefined;
  const state = stateOf(tracestate);
  return {
    traceId,
    parentSpanId,
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    ...(state !== undefined && { tracestate: state }),
  };
}

function isZero(digits: string): boolean {
  return /^0+$/.test(digits);
}

function stateOf(header: unknown): string | undefined {
  if (typeof header !== "string" || header === "" || header.length > MAX_TRACESTATE_LENGTH) return undefined;
  return /^[\x20-\x7e]+$/.test(header) ? header : undefined;
}

/** Headers that make `spanId` the parent of what receives them. */
export function traceHeaders(trace: TraceContext, spanId: string): TraceHeaders {
  return {
    traceparent: `00-${trace.traceId}-${spanId}-${trace.sampled ? "01" : "00"}`,
    ...(trace.tracestate !== undefined && { tracestate: trace.tracestate }),
  };
}

/** A run, as far as its trace needs it. */
export interface TracedRun {
  runId: string;
  trace?: TraceContext;
}

/** The trace of a run. One that nobody's request began has a trace of its own, made of its id. */
export function traceOfRun({ runId, trace }: TracedRun): TraceContext {
  return trace ?? { traceId: sha256Hex(`trace\n${runId}`).slice(0, 32) };
}

/** Id of a run's `openwop.run`. */
export function runSpanId(runId: string): string {
  return spanId(runId, "run");
}

/** Id of the span of a node: `execution` counts from 0, for nodes that are executed again and again. */
export function nodeSpanId(runId: string, nodeId: string, execution: number): string {
  return spanId(runId, "node", nodeId, execution);
}

/** Id of any span of a run, by its place in the run. */
export function spanId(runId: string, ...place: readonly (string | number)[]): string {
  return sha256Hex([runId, ...place].join("\n")).slice(0, 16);
}

/** What goes out on behalf of a run as a whole: webhooks, callbacks. */
export function outgoingTrace(run: TracedRun): TraceHeaders {
  return traceHeaders(traceOfRun(run), runSpanId(run.runId));
}

/** What goes out on behalf of a node: calls to models and tools. */
export function outgoingNodeTrace(run: TracedRun, nodeId: string, execution: number): TraceHeaders {
  return traceHeaders(traceOfRun(run), nodeSpanId(run.runId, nodeId, execution));
}

/** The trace that a run begins under which a node of `run` started. */
export function childTrace(run: TracedRun, nodeId: string, execution: number): TraceContext {
  return { ...traceOfRun(run), parentSpanId: nodeSpanId(run.runId, nodeId, execution) };
}
