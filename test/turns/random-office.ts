// An office that behaves at random: models that say anything a model may say, tools that end in every way, people that
// answer cards in every way. Seeded, so that a story can be told again.

import type { ModelProvider, ModelRequest, ModelResult, ToolCall } from "#ports/model.ts";
import type { Tool, ToolOutcome } from "#ports/tools.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { testAgent, testRoster } from "#test/support/roster.ts";
import type { Random } from "../../bench/chaos/random.ts";
import { countedTool } from "./support.ts";

export const ASSISTANT = "host:assistant";
export const CHIEF = "host:chief";
const WORKER = "host:worker";

export const officeTools: readonly Tool[] = [
  countedTool("look", {}, () => ({ outcome: "done", value: { found: 2 } })),
  countedTool("fail", {}, () => ({ outcome: "failed", message: "the shelf is empty" })),
  countedTool("mute", {}, () => ({ outcome: "failed", message: "" })),
  countedTool("long", {}, () => ({ outcome: "done", value: { text: "x".repeat(9_000) } })),
  countedTool("press", { effectClass: "unkeyed" }),
  countedTool("drop", { effectClass: "unkeyed" }, (): ToolOutcome => ({ outcome: "interrupted" })),
  countedTool("write", { effectClass: "keyed", needsApproval: true }),
];

const toolIds = officeTools.map(({ toolId }) => toolId);
const bounds = { maxRounds: 6, maxTokens: 1_000_000, maxWallMs: 600_000 };

export const officeRoster = testRoster(
  testAgent(ASSISTANT, { tools: toolIds, delegates: [CHIEF, WORKER], bounds }),
  testAgent(CHIEF, { role: "supervisor", workers: [WORKER], bounds }),
  testAgent(WORKER, { role: "worker", tools: toolIds, bounds }),
);

/** A provider that tells `asked` every request and says something at random. */
export function randomProvider(random: Random, asked: (request: ModelRequest) => void): ModelProvider {
  return {
    provider: "random",
    async generate(request, onText, signal) {
      signal.throwIfAborted();
      asked(structuredClone(request));
      const result = request.agent === CHIEF ? anyDecision(random) : anyAnswer(random);
      if (result.outcome === "answered" && result.text !== "") onText(result.text);
      return result;
    },
  };
}

type Answered = Extract<ModelResult, { outcome: "answered" }>;

function answered(rest: Partial<Answered>): Answered {
  return {
    outcome: "answered",
    text: "",
    toolCalls: [],
    usage: { inputTokens: 10, outputTokens: 5 },
    finishReason: "stop",
    model: "random-1",
    ...rest,
  };
}

/** What a model says beside its calls, or instead of them. */
const texts = ["", " ", "\n", "Let me see.", "y".repeat(9_000), '{"not": "a call"}', "ünïcödé 🦜"];

function anyAnswer(random: Random): ModelResult {
  const kind = random.next();
  if (kind < 0.62) {
    const toolCalls = Array.from({ length: random.int(1, 4) }, (_, at) => anyCall(random, at));
    return answered({
      text: random.pick(texts),
      toolCalls,
      finishReason: random.chance(0.9) ? "tool-calls" : "length",
    });
  }
  if (kind < 0.9) return answered({ text: `${random.pick(texts)} Done.` });
  if (kind < 0.93) return answered({ text: random.pick(texts), finishReason: "refused" });
  if (kind < 0.95) return answered({ text: random.pick(["", " "]) });
  return anyFailure(random);
}

function anyFailure(random: Random): ModelResult {
  const unauthorized = random.chance(0.2);
  const reason = unauthorized ? "unauthorized" : random.pick(["overloaded", "broken-off", "garbage"] as const);
  return { outcome: "failed", reason, message: "It failed.", retryAfterMs: 0, unbilled: unauthorized };
}

/** Ids as servers make them up: fine ones, the same for two calls, none, and what providers do not take back. */
function anyCallId(random: Random, at: number): string {
  return random.pick([`call_${at}`, `call_${at}`, "call", "", "c0_0", "a b/c", "i".repeat(80), "ü"]);
}

function anyCall(random: Random, at: number): ToolCall {
  const callId = anyCallId(random, at);
  const kind = random.next();
  if (kind < 0.62) return { callId, name: random.pick(officeTools).modelName, arguments: { note: `n${at}` } };
  if (kind < 0.72) return { callId, name: "openwop_parley_delegate", arguments: anyTask(random) };
  if (kind < 0.8) return { callId, name: "openwop_test_look", arguments: { note: 7 } };
  if (kind < 0.88) return { callId, name: "openwop_test_write", arguments: {}, unreadable: '{"note": "' };
  return { callId, name: random.pick(["made_up", "", "not a name!", "n".repeat(90), "größe"]), arguments: {} };
}

function anyTask(random: Random): JsonObject {
  const to = random.pick([CHIEF, WORKER, WORKER, "host:nobody"]);
  return random.chance(0.9) ? { to, task: "Do it." } : { to };
}

function anyDecision(random: Random): ModelResult {
  const worker = { kind: "next-worker", nextWorkerIds: ["agent-worker"] };
  const decide = (decision: JsonObject, rest: JsonObject = {}) =>
    answered({ text: JSON.stringify({ decision, ...rest }) });
  const kind = random.next();
  if (kind < 0.3) return decide(worker, { task: "Work." });
  if (kind < 0.38) return decide({ ...worker, nextWorkerIds: ["agent-worker", "agent-worker"] }, { task: "Twice." });
  if (kind < 0.5) return decide({ kind: "ask-user", prompt: "Which one?" });
  if (kind < 0.72)
    return decide({ kind: "terminate" }, { answer: random.pick(["It is done.", "It is done.", "", " "]) });
  if (kind < 0.8) return decide({ kind: "terminate", confidence: 0.2 }, { answer: "Perhaps." });
  if (kind < 0.95) return answered({ text: random.pick([...texts, '{"decision": {"kind": "dance"}}']) });
  return anyFailure(random);
}

/** An answer to an open question; undefined where the person's next message is the answer. */
export function anyAnswerTo(random: Random, kind: string, data: JsonObject): Json | undefined {
  if (kind === "clarification") return undefined;
  if (kind === "low-confidence") return { kind: "terminate" };
  const items = (data.artifactData as { items: { callId: string; arguments: JsonObject }[] }).items;
  return random.pick<() => Json>([
    () => ({ action: "accept" }),
    () => ({ action: "accept" }),
    () => ({ action: "reject" }),
    () => ({ action: "reject", feedback: "Not today." }),
    // Changed, and all but the first left out.
    () => ({
      action: "edit-accept",
      editedArtifactData: { items: items.slice(0, 1).map((item) => ({ ...item, arguments: { note: "changed" } })) },
    }),
  ])();
}
