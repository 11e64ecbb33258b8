// A host over a store in memory, with a model that plays what a test writes down, and tools that count.

import type { Roster } from "#agent/roster.ts";
import { acceptMessage } from "#app/accept-message.ts";
import { answerByNode } from "#app/interrupts.ts";
import type { Clock } from "#ports/clock.ts";
import type { ModelProvider, ModelRequest, ModelResult, ToolCall } from "#ports/model.ts";
import type { StoredMessage } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import type { Tool, ToolInvocation, ToolOutcome } from "#ports/tools.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { MessageAccepted } from "#protocol/threads.ts";
import { parseBatches } from "#runtime/history.ts";
import { eventually, type Host, openHost } from "#test/support/host.ts";

type Answered = Extract<ModelResult, { outcome: "answered" }>;
type Failed = Extract<ModelResult, { outcome: "failed" }>;

/** What the model says to a request; what is left out is as usual. */
export type Play = (request: ModelRequest, call: number) => Partial<Answered> | Failed;

export function says(text: string): Partial<Answered> {
  return { text };
}

export function calls(...toolCalls: [name: string, args: JsonObject][]): Partial<Answered> {
  return {
    toolCalls: toolCalls.map(([name, args], at): ToolCall => ({ callId: `p${at}`, name, arguments: args })),
    finishReason: "tool-calls",
  };
}

/** A provider that keeps what it was asked. */
export function playedProvider(play: Play): ModelProvider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    provider: "played",
    requests,
    async generate(request, onText, signal) {
      signal.throwIfAborted();
      requests.push(structuredClone(request));
      const played = play(request, requests.length - 1);
      if (played.outcome === "failed") return played as Failed;
      const answer = {
        outcome: "answered",
        text: "",
        toolCalls: [],
        usage: { inputTokens: 10, outputTokens: 5 },
        finishReason: "stop",
        model: "played-1",
        ...played,
      } as Answered;
      if (answer.text !== "") onText(answer.text);
      return answer;
    },
  };
}

/** A tool that keeps its calls and answers as told. */
export function countedTool(
  name: string,
  rest: Partial<Tool> = {},
  answer: (args: JsonObject) => ToolOutcome = () => ({ outcome: "done", value: { ok: true } }),
): Tool & { performed: ToolInvocation[] } {
  const performed: ToolInvocation[] = [];
  return {
    toolId: `openwop:test.${name}`,
    modelName: `openwop_test_${name}`,
    description: name,
    parameters: { type: "object", properties: { note: { type: "string" } } },
    effectClass: "read",
    needsApproval: false,
    timeoutMs: 5_000,
    activity: () => `doing ${name}`,
    ...rest,
    performed,
    perform: async (invocation) => {
      performed.push(invocation);
      return answer(invocation.arguments);
    },
  };
}

export interface Chat {
  host: Host;
  say(text: string, clientMessageId?: string, agent?: string): Promise<MessageAccepted>;
  messages(): Promise<StoredMessage[]>;
  /** Waits for a message of this role that answers `messageId`. */
  answerTo(messageId: string, role?: "agent" | "system"): Promise<StoredMessage>;
  log(runId: string): Promise<RunEvent[]>;
  types(runId: string): Promise<string[]>;
  /** Waits for the one open question of the thread. */
  question(): Promise<{ runId: string; nodeId: string; kind: string; data: JsonObject; interruptId: string }>;
  answer(runId: string, nodeId: string, value: Json): Promise<void>;
  ended(runId: string): Promise<void>;
  stop(): Promise<void>;
}

export async function openChat(
  store: Store,
  options: {
    roster: Pick<Roster, "list" | "get" | "defaultAgent">;
    provider: ModelProvider;
    tools?: readonly Tool[];
    threadId?: string;
    clock?: Clock;
  },
): Promise<Chat> {
  const host = await openHost(store, options);
  const { app, call } = host;
  const threadId = options.threadId ?? "t1";
  const messages = () => store.readMessages("default", threadId, { limit: 200, newest: false });
  const log = async (runId: string) => parseBatches(await store.readLog(runId, 0));
  return {
    host,
    async say(text, clientMessageId, agent) {
      const body = { text, ...(clientMessageId && { clientMessageId }), ...(agent && { agent }) };
      const accepted = await acceptMessage(app, call, threadId, body);
      return JSON.parse(accepted.body) as MessageAccepted;
    },
    messages,
    async answerTo(messageId, role = "agent") {
      let found: StoredMessage | undefined;
      await eventually(async () => {
        found = (await messages()).find((message) => message.inReplyTo === messageId && message.role === role);
        return found !== undefined;
      }, `an answer to ${messageId}`);
      return found as StoredMessage;
    },
    log,
    types: async (runId) => (await log(runId)).map((event) => event.type),
    async question() {
      let open = await store.listOpenInterrupts({ tenantId: "default", threadId }, { limit: 5 });
      await eventually(async () => {
        open = await store.listOpenInterrupts({ tenantId: "default", threadId }, { limit: 5 });
        return open.items.length > 0;
      }, "a question");
      const [row] = open.items;
      if (!row) throw new Error("no question");
      return row;
    },
    async answer(runId, nodeId, value) {
      await answerByNode(app, call, { runId, nodeId }, value);
    },
    async ended(runId) {
      await eventually(async () => (await store.readRun(runId))?.endedMs !== undefined, `the end of ${runId}`);
    },
    stop: () => host.stop(),
  };
}
