// NodeType: what a node of the graph does. Every function here is pure: it looks at the context and returns an outcome;
// what the outcome means for the log and the rows is decided in one place (outcomes.ts).
//
//   start      the node begins an attempt
//   onTimer    the sleep it asked for is over
//   onAnswer   its interrupt was answered (the answer was validated before)
//   onEffect   an effect it asked for ended

import type { EffectResult } from "#ports/effects.ts";
import type { Ids } from "#ports/ids.ts";
import type { EffectClass, TurnRef } from "#ports/rows.ts";
import type { ToolDescription } from "#ports/tools.ts";
import type { ConversationTurn } from "#protocol/conversations.ts";
import type { RunError } from "#protocol/errors.ts";
import type { EmittedEventType } from "#protocol/event-payloads.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { InterruptKind } from "#protocol/status.ts";
import type { TSchema } from "#protocol/type.ts";
import type { AgentRef, WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import type { DeclaredChannel } from "./channels/declared.ts";
import type { Reading } from "./channels/read.ts";
import type { ChannelWrite } from "./channels/writes.ts";
import type { WaysBack } from "./loopback-edges.ts";
import type { NodeState, Orchestration } from "./state.ts";

/** Tools of this host by their id. */
export type ToolDescriptions = ReadonlyMap<string, ToolDescription>;

/** What stands in the environment for executors to use. */
export interface NodeServices {
  readonly tools: ToolDescriptions;
  /** Checks a value against a schema out of a document (draft 2020-12). Total and bounded, whatever the schema. */
  readonly validateForeign: (schema: object, value: unknown) => { path: string; message: string }[];
}

export interface NodeContext extends NodeServices {
  readonly runId: string;
  readonly nodeId: string;
  /** Zero-based. */
  readonly attempt: number;
  readonly config: JsonObject;
  /** Resolved input ports. */
  readonly inputs: JsonObject;
  /** What the caller gave the run. */
  readonly runInputs: JsonObject;
  readonly configurable: JsonObject;
  /** The state channels that the workflow declares, by name. */
  readonly channels: ReadonlyMap<string, DeclaredChannel>;
  readonly workflow: WorkflowDefinition;
  /** The agent that the node is pinned to. */
  readonly agent: AgentRef | undefined;
  /** Where the node can send back to; undefined: nowhere. */
  readonly waysBack: WaysBack | undefined;
  /** Input port that holds what a gate sent back to this node. */
  readonly feedbackPort: string | undefined;
  readonly turn: TurnRef | undefined;
  /** Runs above this one. */
  readonly depth: number;
  /** The node itself, as it stands. */
  readonly node: NodeState;
  readonly orchestration: Orchestration | undefined;
  readonly nowMs: number;
  readonly ids: Ids;
  /** What each completed incoming edge brought, by edge id. */
  readonly deliveries: readonly Json[];
  /** One variable or declared channel. */
  readVariable(name: string): Reading;
  /** Whether the workflow keeps the values of this variable or channel out of logs. */
  isSensitive(name: string): boolean;
  /** A capability of this host was switched off (test seams). */
  isWithheld(capability: string): boolean;
  /** How often nodes of this type have begun in this run, this time included; attempts of one do not count. */
  executionsOf(typeId: string): number;
  /** Identity of an effect of this node (runs.md §3.2). */
  effectId(ordinal: number, providerKey: string): string;
  /** Whether an outgoing edge has a condition that holds for this result of the node. */
  routesOn(result: JsonObject): boolean;
}

export interface InterruptRequest {
  kind: InterruptKind;
  /** Shape of the kind (schema `suspend-request`). */
  data: JsonObject;
  resumeSchema?: JsonObject;
  timeoutMs?: number;
  /** Write the legacy `approval.requested` mirror next to it. */
  mirrorApproval?: boolean;
  authRequired?: boolean;
  /** Turns that the question begins with, for the workflow's channel. */
  turns?: readonly ConversationTurn[];
  /** What makes the question unique within the run; absent = how many the node asked before. */
  key?: string;
}

export interface EffectRequest {
  kind: string;
  class: EffectClass;
  /** Stable name of the effect for the Layer-2 identity, e.g. `model:scripted`. */
  providerKey: string;
  /** Counter of logical effects within the node execution; retries reuse it. */
  ordinal: number;
  request: JsonObject;
  timeoutMs: number;
}

/** What an agent says to people at the end of its turn. Nothing else that it writes is told to anybody (P-13). */
export interface Reply {
  text: string;
  agent: string;
}

export interface NodeEvent {
  type: EmittedEventType;
  payload: JsonObject;
  /** Id of the event it follows from, or the place of an earlier event of the same outcome. */
  causedBy?: string | { eventAt: number };
}

/** A text of the run that is too long for an event: the event holds its hash, this is the text. */
export interface NodeContent {
  contentId: string;
  body: string;
}

/** What may come with every outcome, written before what the outcome itself means. */
export interface Accompaniment {
  events?: NodeEvent[];
  contents?: NodeContent[];
  /** It names the run in what it says: a replay reads it from the record instead of saying it anew. */
  recorded?: boolean;
  /** System messages for the chat that follows the run. */
  notices?: string[];
}

/** What an answer says while the question stays open. */
export interface Aside {
  events?: NodeEvent[];
  variables?: JsonObject;
  turns?: readonly ConversationTurn[];
}

export type NodeOutcome = Accompaniment &
  (
    | {
        kind: "complete";
        outputs: JsonObject;
        variables?: JsonObject;
        channelWrites?: readonly ChannelWrite[];
        reply?: Reply;
      }
    /** The node completes, and the run with it; what still runs beside it is cancelled. */
    | { kind: "finish"; outputs: JsonObject; reply?: Reply; reason?: string }
    /** Control goes back along a way back of the gate (loopback.ts). */
    | { kind: "back"; edgeId: string; feedback: JsonObject; channelWrites: readonly ChannelWrite[] }
    /** The node completes, and the whole run is cancelled. */
    | { kind: "cancel"; outputs: JsonObject; by: string; reason?: string }
    /** `endsRun`: whatever else the workflow says, the run fails with it (a bound was passed). */
    | { kind: "fail"; error: RunError; endsRun?: true }
    | { kind: "ask"; interrupt: InterruptRequest }
    | { kind: "sleep"; durationMs: number }
    /** The node goes on when its effects end; none: it waits for those it asked for before. */
    | { kind: "wait"; effects: EffectRequest[]; variables?: JsonObject }
  );

/** Which effect of the node ended. */
export interface EndedEffect {
  kind: string;
  ordinal: number;
}

/** A reason to refuse a definition. `path` is relative to the node, e.g. `config.title`. */
export interface NodeProblem {
  path: string;
  message: string;
  /** What this host would have to offer. */
  requiredCapability?: string;
  /** The refusal is one of the document (`validation_error`), though it names the capability. */
  invalid?: true;
}

/** What this host offers beside the node that is checked. */
export interface Offered {
  nodeType(typeId: string): boolean;
  /** A capability of this host that no test switched off. */
  capability(name: string): boolean;
}

export interface NodeType {
  readonly typeId: string;
  /** Checked at registration; absent = any config. */
  readonly config?: TSchema;
  /** Its outputs choose the way: an edge from a port that was not written does not count as completed. */
  readonly routes?: boolean;
  /** Runtime capabilities without which it must not run; absent = none. */
  readonly requires?: readonly string[];
  /** It may ask for effects: such nodes of one run are started at most `maxInFlightNodes` at a time. */
  readonly effectful?: boolean;
  /** Class of the effects it asks for; absent = they may be repeated. */
  effectClass?(config: JsonObject): EffectClass;
  /** An immediate pause drops what it has under way, and it begins anew on resume; absent = that is kept. */
  restartable?(config: JsonObject): boolean;
  /** Only definitions that parley ships may use it; it is not part of what this host offers to others. */
  readonly internal?: boolean;
  check?(node: WorkflowNode, definition: WorkflowDefinition, offered: Offered): NodeProblem[];
  /** Config that only documents which parley ships may have; such a node is not checked otherwise. */
  readonly shippedConfig?: TSchema;
  /** Everything it writes follows from the latest decision of the supervisor (runs.md §6.3). */
  readonly followsDecision?: boolean;
  start(context: NodeContext): NodeOutcome;
  onTimer?(context: NodeContext): NodeOutcome;
  /** An answer that leaves the question open; undefined: it is none, and closes it. */
  onSideAnswer?(context: NodeContext, answer: Json, by: string): Aside | undefined;
  onAnswer?(context: NodeContext, answer: Json): NodeOutcome;
  onEffect?(context: NodeContext, result: EffectResult, ended: EndedEffect): NodeOutcome;
  /** The run ends while the node still works: what is left to say of it, and the runs it waits for. */
  onAbandon?(context: NodeContext): { events: NodeEvent[]; childRunIds: string[] };
}

export type NodeTypes = ReadonlyMap<string, NodeType>;

/** A failure that retrying cannot help. */
export function failure(code: string, message: string, details?: Record<string, unknown>): NodeOutcome {
  return { kind: "fail", error: { code, message, ...(details && { details }) } };
}
