// Turn: how far an agent has come, folded from the events of its node. There is no suspended stack: after a crash the
// fold gives the same turn, and the open effect rows say what is still under way.
//
//   T1. A round is one model call and what it asked for. It has its own invocation bracket, `runId:nodeId:n`.
//   T2. Every call has exactly one end (P-5): a result, a refusal, or "nobody saw what came of it".
//   T3. Ordinals number the effects of a node for ever: a later round, or execution, never takes one again.

import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";

/** A text of the log: in the event itself, or, when it is long, kept as content of the run. */
export type Kept = { text: string } | { contentId: string; sha256: string; length: number };

export type CallStatus =
  /** A person must agree first; not asked yet, or the card is open. */
  | "held"
  /** Its effect is planned. */
  | "planned"
  /** Another run works on it. */
  | "delegated"
  | "ended";

export interface CallEnd {
  status: "ok" | "error" | "forbidden";
  /** What the model reads. */
  text: Kept;
}

export interface Call {
  callId: string;
  toolId: string;
  arguments: JsonObject;
  argsHash: string;
  ordinal: number;
  status: CallStatus;
  /** Id of its `agent.toolCalled`. */
  calledEventId?: string;
  calledMs?: number;
  childRunId?: string;
  end?: CallEnd;
}

export interface Round {
  /** What the model said beside its calls. */
  said: Kept;
  /** Why the answer could not be used; the model was told. */
  problem?: string;
  calls: readonly Call[];
}

export interface Turn {
  /** Rounds begun; the last one is open until its bracket closes. */
  begun: number;
  open: boolean;
  /** Rounds whose answer stands. */
  rounds: readonly Round[];
  /** Ordinal of the model call that is under way. */
  modelOrdinal?: number;
  modelSinceMs?: number;
  nextOrdinal: number;
  tokens: number;
  /** Time spent on model and tools; waiting for people and other runs does not count. */
  busyMs: number;
}

export function freshTurn(): Turn {
  return { begun: 0, open: false, rounds: [], nextOrdinal: 0, tokens: 0, busyMs: 0 };
}

/** The turn of another attempt of the same node: nothing of the earlier one counts, but its numbers stay used (T3). */
export function againTurn({ begun, nextOrdinal }: Turn): Turn {
  return { ...freshTurn(), begun, nextOrdinal };
}

/** The turn after an event of its node; the same object when the event says nothing about it. */
export function evolveTurn(turn: Turn, event: RunEvent, atMs: number): Turn {
  const { payload } = event;
  switch (event.type) {
    case "agent.invocation.started":
      return {
        ...turn,
        begun: turn.begun + 1,
        open: true,
        modelOrdinal: turn.nextOrdinal,
        modelSinceMs: atMs,
        nextOrdinal: turn.nextOrdinal + 1,
      };
    case "provider.usage":
      return { ...turn, tokens: turn.tokens + Number(payload.inputTokens ?? 0) + Number(payload.outputTokens ?? 0) };
    case "parley.agent.answered":
      return answered(turn, payload, atMs);
    case "agent.toolCalled":
      return changeCall(turn, payload, (call) => called(call, event, atMs));
    case "node.dispatched":
      return { ...turn, rounds: delegated(turn, event) };
    case "agent.toolReturned":
      return changeCall({ ...turn, busyMs: turn.busyMs + busyOf(payload) }, payload, (call) => ({
        ...call,
        status: "ended",
        end: endOf(payload),
      }));
    case "agent.invocation.completed": {
      const { modelOrdinal: _ended, modelSinceMs: _since, ...rest } = turn;
      return { ...rest, open: false };
    }
    default:
      return turn;
  }
}

function answered(turn: Turn, payload: JsonObject, atMs: number): Turn {
  const { modelOrdinal: _ended, modelSinceMs: sinceMs, ...rest } = turn;
  const calls = (payload.calls as unknown as AnsweredCall[]).map(
    (call, at): Call => ({
      callId: call.callId,
      toolId: call.toolName,
      arguments: call.inputs ?? {},
      argsHash: call.argsHash,
      ordinal: turn.nextOrdinal + at,
      status: "held",
    }),
  );
  return {
    ...rest,
    busyMs: turn.busyMs + (atMs - (sinceMs ?? atMs)),
    nextOrdinal: turn.nextOrdinal + calls.length,
    rounds: [...turn.rounds, { said: keptIn(payload), calls, ...problemIn(payload) }],
  };
}

function problemIn({ problem }: JsonObject): { problem?: string } {
  return typeof problem === "string" ? { problem } : {};
}

/** A call in the payload of `parley.agent.answered`. */
export interface AnsweredCall {
  callId: string;
  toolName: string;
  argsHash: string;
  /** Left out where `agent.toolCalled` follows in the same commit and carries them. */
  inputs?: JsonObject;
}

function called(call: Call, event: RunEvent, atMs: number): Call {
  const { inputs, argsHash } = event.payload;
  return {
    ...call,
    arguments: (inputs as JsonObject | undefined) ?? call.arguments,
    argsHash: typeof argsHash === "string" ? argsHash : call.argsHash,
    status: "planned",
    calledEventId: event.eventId,
    calledMs: atMs,
    ...(typeof event.payload.childRunId === "string" && { childRunId: event.payload.childRunId }),
  };
}

/** The child run of a delegation stands. */
function delegated(turn: Turn, event: RunEvent): readonly Round[] {
  return mapLastCalls(turn.rounds, (call) =>
    call.status === "planned" && call.childRunId === event.payload.childRunId ? { ...call, status: "delegated" } : call,
  );
}

function changeCall(turn: Turn, payload: JsonObject, change: (call: Call) => Call): Turn {
  return {
    ...turn,
    rounds: mapLastCalls(turn.rounds, (call) => (call.callId === payload.callId ? change(call) : call)),
  };
}

function mapLastCalls(rounds: readonly Round[], change: (call: Call) => Call): readonly Round[] {
  const last = rounds.at(-1);
  if (!last) return rounds;
  return [...rounds.slice(0, -1), { ...last, calls: last.calls.map(change) }];
}

/** What a delegation took is the other run's time. */
function busyOf(payload: JsonObject): number {
  return payload.childRunId === undefined ? Number(payload.durationMs ?? 0) : 0;
}

function endOf(payload: JsonObject): CallEnd {
  const status = payload.status as CallEnd["status"];
  if (payload.error !== undefined) return { status, text: { text: String((payload.error as JsonObject).message) } };
  if (payload.contentId !== undefined) return { status, text: keptIn(payload) };
  return { status, text: { text: textOf(payload.outcome ?? null) } };
}

/** How the model reads the result of a tool. */
export function textOf(outcome: Json): string {
  return typeof outcome === "string" ? outcome : JSON.stringify(outcome);
}

/** The text of a payload: in it, or referred to by it. */
export function keptIn(payload: JsonObject): Kept {
  if (typeof payload.contentId !== "string") return { text: String(payload.text ?? "") };
  return { contentId: payload.contentId, sha256: String(payload.sha256), length: Number(payload.length) };
}

/** The call that an effect of this ordinal belongs to. */
export function callOfOrdinal(turn: Turn, ordinal: number): Call | undefined {
  return turn.rounds.at(-1)?.calls.find((call) => call.ordinal === ordinal);
}
