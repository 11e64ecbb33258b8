// The engine's face: commands in, decisions out. Pure; see draft.ts for what a decision holds.
//
//   E1. Equal arguments give equal decisions.
//   E2. A decision is committed whole or not at all; its state counts only once it is durable.
//   E3. A command that no longer applies (late timer, settled effect) gives an empty decision.

import type { EffectResult } from "#ports/effects.ts";
import type { Ids } from "#ports/ids.ts";
import type { TimerPurpose } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { CompensateCommand } from "./compensation/commands.ts";
import type { AnswerInterrupt, DelegateInterrupt } from "./interrupts/commands.ts";
import type { EndedEffect, NodeServices, NodeTypes } from "./node-type.ts";
import type { PauseCommand, ResumeCommand } from "./pause/commands.ts";
import type { RecordCommand } from "./replay/command.ts";
import type { CapabilitySwitches } from "./requirements.ts";
import type { ProviderCall } from "./turn/usage.ts";

/** Time and ids of one decision, given by the shell. */
export interface Inputs {
  nowMs: number;
  ids: Ids;
  /** When this process began; a run last touched before is `restored` when it next advances (runs.md §4.4). */
  bootMs: number;
}

export interface EngineLimits {
  /** Ceiling of `configurable.recursionLimit`. */
  maxNodeExecutions: number;
  /** Ceiling of `configurable.runTimeoutMs`; 0 = none. */
  maxRunDurationMs: number;
  /** Nodes of one run that may wait for effects at the same time. */
  maxInFlightNodes: number;
}

/** A value that does not fit a schema: where, and what is wrong. */
export interface SchemaProblem {
  path: string;
  message: string;
}

export interface EngineEnvironment extends NodeServices {
  nodeTypes: NodeTypes;
  limits: EngineLimits;
  /** Present with test seams. */
  switches?: CapabilitySwitches;
  /** The host offers to undo effects of runs (setting `engine.compensation`). */
  compensation?: boolean;
  /** Checks a value against one of our own schemas; no problems = valid. */
  validate(schema: object, value: unknown): SchemaProblem[];
}

/** A piece of streamed output (streams-webhooks.md §2.3). Exactly one per call is the last. */
export interface Chunk {
  chunk: string;
  isLast: boolean;
  meta: JsonObject;
}

export type Command =
  | PauseCommand
  | ResumeCommand
  | CompensateCommand
  | { type: "start" }
  | { type: "continue" }
  | { type: "settleEffect"; nodeId: string; attempt: number; effect: EndedEffect; result: EffectResult }
  /**
   * A call to a model is made again: what the one before cost is written first, for the bill knows of it (P-9). Without
   * `call` an earlier process began it, and nobody saw its end.
   */
  | { type: "noteCall"; nodeId: string; attempt: number; effect: EndedEffect; call?: ProviderCall }
  /** Pieces of a text that is being written, in order; they are durable before the result is. */
  | { type: "noteChunks"; nodeId: string; attempt: number; chunks: readonly Chunk[] }
  | { type: "fireTimer"; purpose: TimerPurpose; nodeId: string; attempt: number }
  | AnswerInterrupt
  | DelegateInterrupt
  /** Events of a fork that are already decided: its history, or what a replay came to (replay/record.ts). */
  | RecordCommand
  /** From outside of the run (test seams). */
  | { type: "setVariables"; variables: JsonObject }
  | { type: "cancel"; reason: string | undefined; by: string; parentRunId?: string };

/** At most this many node steps per commit: then commit and go on, so that no decision blocks the process for long. */
export const MAX_STEPS_PER_COMMIT = 64;
/** … or this much JSON. */
export const MAX_BYTES_PER_COMMIT = 256 * 1024;
