// What the daemon's HTTP interface answers, as far as the console reads it (host-surfaces.md §7.1, C6).
// Times are ISO 8601 text. Members that the console does not use are left out.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface Session {
  principal: string;
  scopes: readonly string[];
}

export interface ThreadSummary {
  threadId: string;
  channel: string;
  title?: string;
  lastAt: string;
  /** While a turn runs. */
  runId?: string;
}

export interface Message {
  messageId: string;
  role: "user" | "agent" | "system";
  text: string;
  /** Roster id, e.g. `host:assistant`. */
  agent?: string;
  runId: string;
  inReplyTo?: string;
  alsoAnswers?: readonly string[];
  at: string;
}

export interface MessagePage {
  /** Oldest first. */
  messages: readonly Message[];
  /** Leads to older messages. */
  nextCursor?: string;
}

export interface MessageAccepted {
  accepted: boolean;
  duplicate: boolean;
  messageId: string;
  threadId: string;
  runId: string;
}

export interface Delta {
  runId: string;
  /** `text` stands from this character on; what stood there before is replaced. */
  offset: number;
  text: string;
}

export interface Activity {
  runId: string;
  agent?: string;
  text: string;
}

export interface PendingItem {
  interruptId: string;
  runId: string;
  nodeId: string;
  threadId?: string;
  kind: string;
  data: JsonObject;
  /** Whom an approval waits for; absent: whoever may answer. */
  approvers?: readonly string[];
  requestedAt: string;
  expiresAt?: string;
}

export interface Resolved {
  interruptId: string;
  runId: string;
  nodeId: string;
  resolvedBy?: string;
  outcome?: string;
}

export interface TraceStep {
  at: string;
  kind: "received" | "stored" | "run" | "step" | "outbox" | "delivered";
  text: string;
  runId?: string;
  detail?: Json;
}

export interface Trace {
  messageId: string;
  threadId: string;
  runId: string;
  steps: readonly TraceStep[];
}

export interface RunSummary {
  runId: string;
  workflowId: string;
  status: string;
  createdAt?: string;
  startedAt?: string;
  completedAt?: string;
  parentRunId?: string;
  sourceRunId?: string;
  forkMode?: "replay" | "branch";
  fromSeq?: number;
  threadId?: string;
  currentNodeId?: string;
  agent?: { agentId: string; name?: string };
  error?: { code: string; message: string };
  metrics?: { openwopCost?: RunCost };
}

export interface RunCost {
  tokens?: { input: number; output: number };
  usd?: number;
  model?: string;
  provider?: string;
  duration_ms?: number;
}

export interface RunEvent {
  eventId: string;
  runId: string;
  sequence: number;
  type: string;
  timestamp: string;
  nodeId?: string;
  causationId?: string;
  payload: JsonObject;
}

export interface RosterAgent {
  rosterId: string;
  role: "conversation" | "supervisor" | "worker";
  persona: string;
  description?: string;
  agentId: string;
  model: string;
  tools: readonly string[];
  workers: readonly string[];
  delegates: readonly string[];
  origin: string;
  versions: { manifest?: string; prompt?: string; workflow?: string };
}

export interface RosterAnswer {
  roster: readonly RosterAgent[];
  problems: readonly { file: string; message: string }[];
}

export interface ModelChoice {
  provider: string;
  model: string;
  baseUrl?: string;
}

export interface ModelsAnswer {
  models: { default: ModelChoice & { hasKey: boolean } };
  /** The offline model serves: answers come from a script. */
  offline: boolean;
}

export interface ModelTest {
  ok: boolean;
  message: string;
  latencyMs: number;
}
