// Runs as rows: what a run was started with, and what lists show of it.

import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { RunStatus } from "#protocol/status.ts";
import type { TraceContext } from "#protocol/trace.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import type { ForkRef } from "./fork.ts";

/** Who a run belongs to; stored at creation, never changed (discovery-auth.md §8.2). */
export interface Owner {
  tenant: string;
  workspace?: string;
  principal?: string;
}

/** The message that a run answers. The history of the turn is the thread up to this message. */
export interface TurnRef {
  threadId: string;
  messageId: string;
}

/** The chat that follows a run and all runs below it: whose turn it is, and where questions and activity are shown. */
export interface ChatRef {
  threadId: string;
  /** The run of the turn, at the root of the tree. */
  runId: string;
  /** The message that the turn answers. */
  messageId: string;
  /** Names of the agents above, from the root down. */
  path: string[];
}

/** The node that started a run, and waits for its end. */
export interface ParentRef {
  runId: string;
  nodeId: string;
  /** Attempt and effect of the node that asked for it. */
  attempt: number;
  ordinal: number;
  /** Runs above this one: 1 for a child of a root. */
  depth: number;
  /** What composed the two; absent on runs from before this was kept, and on what an agent delegated. */
  cause?: ChildCause;
  /** Variables whose values the parent wants at the end. */
  harvest?: string[];
}

/** The node types that start runs below theirs (runs.md §14.6). Their runs show the waiting of the child as their own. */
export type ChildCause = "core.subWorkflow" | "core.dispatch";

/** What a run was started with. Written once with the run, in clear (events mask sensitive values). */
export interface RunStart {
  runId: string;
  tenantId: string;
  workflowId: string;
  /** SHA-256 hex of the definition the run folds with, for ever. */
  definitionHash: string;
  inputs: JsonObject;
  /** Variables that stay without a value, whatever their default: a parent mapped one of its own that has none. */
  unset?: string[];
  configurable: JsonObject;
  tags: string[];
  metadata: JsonObject;
  owner: Owner;
  transport: "rest" | "ui";
  callbackUrl?: string;
  scopeId?: string;
  /** Engine version that the events are stamped with (`X-Force-Engine-Version`, test keys only); absent = current. */
  forcedEngineVersion?: number;
  turn?: TurnRef;
  parent?: ParentRef;
  /** Set on runs below a turn; the turn itself has `turn`. */
  chat?: ChatRef;
  /** Roster agent that answers, when the run is a chat turn. */
  agent?: AgentRef;
  /** The trace of the request or the node that began it; absent: the run has one of its own. */
  trace?: TraceContext;
  /** Set on a run that was forked from another one. */
  fork?: ForkRef;
  createdMs: number;
}

/** Tokens and estimated cost summed over the run's provider calls; absent = no call was made. */
export interface RunUsage {
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
  provider?: string;
  model?: string;
}

/** All of a run row but its start: it takes the place of what was there, a member left out is gone. */
export interface RunPatch {
  status: RunStatus;
  lastSequence: number;
  startedMs?: number;
  endedMs?: number;
  currentNodeId?: string;
  error?: RunError;
  usage?: RunUsage;
  /** True while the engine has more to decide without any outside event; recovery continues such runs. */
  unfinished: boolean;
}

/** The row that lists read. Changed by the same commit that appends the events it reflects. */
export interface RunRow extends RunPatch {
  start: RunStart;
}
