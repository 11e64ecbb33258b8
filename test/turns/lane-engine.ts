// The engine of a world that can be forked (lane-world.ts): agents and tools as small as can be, what a model answers to
// each turn, and decisions that are made once.

import type { RosterAgent } from "#agent/roster.ts";
import { workflowOf } from "#agent/workflow-of.ts";
import { advance } from "#engine/advance.ts";
import type { Decision } from "#engine/draft.ts";
import type { Command, EngineEnvironment } from "#engine/engine.ts";
import { fold } from "#engine/evolve.ts";
import { buildGraph, type Graph } from "#engine/graph.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { initialState, type RunState } from "#engine/state.ts";
import type { EffectResult } from "#ports/effects.ts";
import type { EffectRow, RunStart } from "#ports/rows.ts";
import type { LogBatch } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import { createValidators } from "#test/support/host.ts";
import { testAgent, testRoster } from "#test/support/roster.ts";
import { countedTool } from "./support.ts";

export const TENANT = "default";
/** Ids grow in string order. */
const FIRST_ID = 1_000_000_000;
const NOW_MS = 1_000;

/** A message of a person names its turn: the model answers accordingly. */
export type Turn = "plain" | "tool" | "press" | "approve" | "refuse" | "ask";

export interface Message {
  threadId: string;
  turn: Turn;
  clientMessageId: string;
}

const tools = [
  countedTool("look"),
  countedTool("press", { effectClass: "unkeyed" }),
  countedTool("write", { effectClass: "keyed", needsApproval: true }),
];
const roster = testRoster(
  testAgent("host:assistant", { tools: tools.map(({ toolId }) => toolId) }),
  testAgent("host:chief", { role: "supervisor", workers: ["host:worker"] }),
  testAgent("host:worker", { role: "worker" }),
);
const { validate, validateForeign } = createValidators();
const schemas = new Map<string, object>();
export const environment: EngineEnvironment = {
  nodeTypes: nodeTypesOf(),
  limits: { maxNodeExecutions: 1_000, maxRunDurationMs: 0, maxInFlightNodes: 8 },
  tools: new Map(tools.map((tool) => [tool.toolId, tool])),
  validate,
  // Every question carries a schema of its own; they are all alike, and compiling one takes long.
  validateForeign: (schema, value) => validateForeign(theSame(schema), value),
};
const graphs = new Map(["host:assistant", "host:chief"].map((id) => [id, graphOf(roster.get(id) as RosterAgent)]));

function theSame(schema: object): object {
  const text = JSON.stringify(schema);
  const known = schemas.get(text) ?? schema;
  schemas.set(text, known);
  return known;
}

function graphOf(agent: RosterAgent): Graph {
  return buildGraph(workflowOf(agent, roster), agent.rosterId, environment.nodeTypes);
}

export interface Decided extends Decision {
  /** The events as the log holds them. */
  lines: string[];
}

/** Decisions and folds (W2), and ids that no two things share. */
export class Engine {
  readonly #decided = new WeakMap<RunState, Map<string, Decided>>();
  readonly #first = new Map<string, RunState>();
  readonly #folded = new WeakMap<readonly LogBatch[], RunState>();
  #count = 0;

  /** The run of a message, before anything happened to it: the same in every world. */
  firstState({ threadId, clientMessageId, turn }: Message): RunState {
    const known = this.#first.get(clientMessageId);
    if (known) return known;
    const start = startOf(this.id("run"), threadId, this.id("msg"), turn);
    const state = initialState(start, (graphs.get(start.definitionHash) as Graph).defaults);
    this.#first.set(clientMessageId, state);
    return state;
  }

  decide(state: RunState, command: Command): Decided {
    const ofState = this.#decided.get(state) ?? new Map<string, Decided>();
    this.#decided.set(state, ofState);
    const key = JSON.stringify(command);
    const known = ofState.get(key);
    if (known) return known;
    const graph = graphs.get(state.start.definitionHash) as Graph;
    const inputs = { nowMs: NOW_MS, bootMs: 0, ids: { next: (prefix: string) => this.id(prefix) } };
    const decision = advance(environment, graph, state, command, inputs);
    const decided = { ...decision, lines: decision.events.map((event) => JSON.stringify(event)) };
    ofState.set(key, decided);
    return decided;
  }

  fold(start: RunStart, log: readonly LogBatch[]): RunState {
    const known = this.#folded.get(log);
    if (known) return known;
    const graph = graphs.get(start.definitionHash) as Graph;
    const events = log.flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as RunEvent));
    const state = fold(initialState(start, graph.defaults), events);
    this.#folded.set(log, state);
    return state;
  }

  id(prefix: string): string {
    this.#count += 1;
    return `${prefix}_${FIRST_ID + this.#count}`;
  }
}

function startOf(runId: string, threadId: string, messageId: string, turn: Turn): RunStart {
  const rosterId = turn === "ask" ? "host:chief" : "host:assistant";
  return {
    runId,
    tenantId: TENANT,
    workflowId: rosterId.replace("host:", "agent-"),
    definitionHash: rosterId,
    inputs: { turn },
    configurable: {},
    tags: [],
    metadata: {},
    owner: { tenant: TENANT, principal: "operator" },
    transport: "ui",
    turn: { threadId, messageId },
    createdMs: 0,
  };
}

/** What an effect brings back, by what its turn is about. */
export function resultOf({ start, nodes }: RunState, { kind, nodeId }: EffectRow): EffectResult {
  if (kind !== "model") return { outcome: "done", value: { ok: true } };
  const rounds = nodes.get(nodeId)?.turn?.rounds.length ?? 0;
  const turn = start.inputs.turn as Turn;
  const call = { plain: "", ask: "", tool: "look", press: "press", approve: "write", refuse: "write" }[turn];
  const decision = rounds === 0 ? { kind: "ask-user", prompt: "Which?" } : { kind: "terminate" };
  const text = turn === "ask" ? JSON.stringify({ decision, answer: "Done." }) : "Done.";
  const calls = call !== "" && rounds === 0;
  const toolCalls = calls ? [{ callId: "p", name: `openwop_test_${call}`, arguments: {} }] : [];
  return {
    outcome: "done",
    value: {
      calls: [{ provider: "played", model: "m", usage: { inputTokens: 1, outputTokens: 1 } }],
      answer: { text: calls ? "" : text, toolCalls, finishReason: calls ? "tool-calls" : "stop", model: "m" },
    },
  };
}
