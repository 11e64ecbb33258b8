// Random workflow documents: most of them nearly right. Registered, started where they are accepted, and never in the
// way of anything else.

import { workflow } from "#test/support/definitions.ts";
import type { Random } from "../chaos/random.ts";
import { mutated, type Value } from "./values.ts";

const types = [
  "core.noop",
  "core.noop",
  "core.identity",
  "core.delay",
  "core.fail",
  "core.approvalGate",
  "core.clarificationGate",
  "core.interrupt",
  "core.channelWrite",
  "core.setVariable",
  "core.getVariable",
  "core.conditional",
  "core.subWorkflow",
  "core.conversationGate",
  "core.dispatch",
  "core.orchestrator.supervisor",
  "core.ai.callPrompt",
  "core.start",
  "core.end",
  "core.merge",
  "core.unknown",
];

/** The first so many need nothing else to run. */
const PLAIN = 8;

const configs: Record<string, readonly object[]> = {
  "core.delay": [{ delayMs: 1 }, { ms: 5 }, { delayMs: -1 }, { durationMs: 1e12 }],
  "core.fail": [{}, { code: "x", message: "y" }],
  "core.approvalGate": [
    { title: "ok?", actions: ["accept", "reject"] },
    { title: "ok?", actions: ["accept", "refine"], requiredApprovals: 2, rejectionPolicy: "majority" },
    { actions: [] },
  ],
  "core.clarificationGate": [{ questions: [{ id: "q", question: "?" }] }, { questions: [] }],
  "core.interrupt": [
    { kind: "custom", data: { customKind: "x" } },
    { kind: "external-event", data: { eventType: "e", correlation: { a: 1 } }, timeoutMs: 5 },
    { kind: "nothing" },
  ],
  "core.channelWrite": [
    { channelName: "c", reducer: "append", value: 1 },
    { channelName: "c", reducer: "counter", value: 2 },
    { channelName: "c", reducer: "message", value: { messageId: "m", role: "user", content: "x", timestamp: 1 } },
    { channelName: "", reducer: "none" },
  ],
  "core.setVariable": [
    { name: "v", value: 1 },
    { name: "v", value: { deep: [1] } },
  ],
  "core.getVariable": [{ name: "v" }, {}],
  "core.conditional": [{ path: "v", op: "equals", value: 1 }],
  "core.subWorkflow": [
    { workflowId: "fuzz-0" },
    { workflowId: "none", onChildFailure: "absorb" },
    { workflowId: "conformance-noop" },
  ],
  "core.conversationGate": [{ prompt: "hi" }, { lifecycle: "open-exchange-close", mockAutoResume: true, turnCount: 2 }],
};

const programs = [
  ".variables.v",
  ".nodes.n0.outputs",
  "1 + 1",
  ".inputs | keys",
  "..",
  ".a[",
  "[.variables[] | tostring]",
];
const rules = ["all_success", "any_success", "all_complete", "none_failed", "any_failed"];

export function documentOf(at: number, random: Random): Value {
  const count = random.int(1, 8);
  const ids = Array.from({ length: count }, (_, index) => `n${index}`);
  const document = workflow(`fuzz-${at % 200}`, {
    nodes: ids.map((id) => nodeOf(id, random, ids)),
    edges: edgesOf(ids, random),
    variables: random.chance(0.5)
      ? [{ name: "v", type: "number", defaultValue: 1, sensitive: random.chance(0.2) }]
      : [],
    ...(random.chance(0.2) && { settings: { maxRetries: random.int(0, 2), timeout: random.pick([0, 50, 1_000]) } }),
    ...(random.chance(0.2) && {
      more: { channels: { c: { reducer: random.pick(["append", "counter", "merge", "vendor.x.y"]) } } },
    }),
  }) as unknown as Value;
  return random.chance(0.4) ? mutated(document, random) : document;
}

function nodeOf(id: string, random: Random, ids: readonly string[]) {
  const typeId = random.pick(random.chance(0.6) ? types.slice(0, PLAIN) : types);
  return {
    id,
    typeId,
    config: random.pick(configs[typeId] ?? [{}]),
    inputs: random.chance(0.3) ? { input: portOf(random, ids) } : {},
    ...(random.chance(0.1) && { disabled: true }),
    ...(random.chance(0.1) && { settings: { retry: { maxAttempts: 2, backoffMs: 1 }, timeoutMs: 20 } }),
  };
}

function portOf(random: Random, ids: readonly string[]): object {
  return random.pick<object>([
    { type: "static", value: { a: 1 } },
    { type: "expression", expression: random.pick(programs) },
    { type: "connection", nodeId: random.pick(ids), outputKey: "output", optional: random.chance(0.5) },
    { type: "variable", variableName: "v", optional: true },
  ]);
}

/** Mostly forward, so that most documents have no cycle. */
function edgesOf(ids: readonly string[], random: Random) {
  return Array.from({ length: random.int(0, ids.length + 2) }, (_, at) => {
    const [a, b] = [random.int(0, ids.length - 1), random.int(0, ids.length - 1)];
    const [from, to] = random.chance(0.9) ? [Math.min(a, b), Math.max(a, b)] : [a, b];
    return {
      id: `e${at}`,
      from: ids[from] as string,
      to: ids[from === to ? (to + 1) % ids.length : to] as string,
      ...(random.chance(0.3) && { triggerRule: random.pick(rules) }),
      ...(random.chance(0.2) && { condition: conditionOf(random) }),
    };
  });
}

function conditionOf(random: Random): object {
  return random.pick<object>([
    { type: "equals", left: "status", right: "completed" },
    { type: "regex", left: "output", right: random.pick(["^(a+)+$", "a|b", "(?=x)", "["]) },
    { type: "contains", left: "output.a", right: 1 },
    { type: "expression", expression: random.pick(programs) },
  ]);
}
