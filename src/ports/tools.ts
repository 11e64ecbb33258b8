// Tools: what an agent may do besides talking. The engine sees descriptions and decides; the runtime performs.

import type { JsonObject } from "#protocol/json.ts";
import type { EffectClass } from "./rows.ts";

/** A tool without its implementation: everything a decision needs, nothing that touches the world. */
export interface ToolDescription {
  /** `<scope>:<tool-id>`, unique on this host; what events show and manifests allow (tools-prompts.md §1). */
  readonly toolId: string;
  /** What the model calls it, `[A-Za-z0-9_-]{1,64}`, unique on this host. */
  readonly modelName: string;
  /** For the model: when to use it and what it answers. */
  readonly description: string;
  /** JSON Schema (draft 2020-12, `type: object`) of the arguments. Arguments are checked before anything happens. */
  readonly parameters: JsonObject;
  /** What repeating it after a crash means; `unkeyed` runs at most once. */
  readonly effectClass: EffectClass;
  /** A person must agree to the exact arguments first. */
  readonly needsApproval: boolean;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** What it does with these arguments, in a few words for people: "searching notes for picnic". */
  activity(args: JsonObject): string;
  /** What a person agrees to with these arguments: "write the note picnic". Absent: as {@link activity}. */
  request?(args: JsonObject): string;
}

/** One call, as the runtime makes it. Arguments fit the description's schema. */
export interface ToolInvocation {
  readonly tenantId: string;
  readonly runId: string;
  readonly callId: string;
  /** The same on every repetition of this call: a keyed tool passes it on, or recognises by it what it did already. */
  readonly effectId: string;
  readonly arguments: JsonObject;
}

export type ToolOutcome =
  /** `value` is what the model reads. */
  | { outcome: "done"; value: JsonObject }
  /** It certainly did not happen; `message` tells the model (and the person) why. */
  | { outcome: "failed"; message: string }
  /** It may have happened: nobody saw the end. */
  | { outcome: "interrupted" };

export interface Tool extends ToolDescription {
  /**
   * Does it, once. Never rejects for what the world does; may reject when `signal` aborts (deadline, stop, shutdown).
   */
  perform(invocation: ToolInvocation, signal: AbortSignal): Promise<ToolOutcome>;
}
