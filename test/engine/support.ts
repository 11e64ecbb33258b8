// Builders and a driver for engine tests: no clock, no store, no I/O.

import { advance } from "#engine/advance.ts";
import type { Decision } from "#engine/draft.ts";
import type { Command, EngineEnvironment } from "#engine/engine.ts";
import { buildGraph, type Graph } from "#engine/graph.ts";
import type { NodeType } from "#engine/node-type.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { initialState, isEnded, type RunState } from "#engine/state.ts";
import { createSequentialIds } from "#platform/ids.ts";
import { createForeignValidator, createValidator } from "#platform/schemas.ts";
import type { EffectResult } from "#ports/effects.ts";
import type { Ids } from "#ports/ids.ts";
import type { EffectRow, RowOp, RunStart, TimerRow } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from "#protocol/workflows.ts";

/** An effect whose result the test chooses. */
export const fakeEffect: NodeType = {
  typeId: "test.effect",
  effectful: true,
  effectClass: (config) => (config.class === "unkeyed" ? "unkeyed" : "read"),
  start: ({ config }) => ({
    kind: "wait",
    effects: [{ kind: "fake", class: "read", providerKey: "fake", ordinal: 0, request: config, timeoutMs: 1_000 }],
  }),
  onEffect: (_context, result) =>
    result.outcome === "done"
      ? { kind: "complete", outputs: { output: result.value } }
      : {
          kind: "fail",
          error: result.outcome === "failed" ? result.error : { code: "interrupted", message: "interrupted" },
        },
};

export function environmentOf(limits: Partial<EngineEnvironment["limits"]> = {}): EngineEnvironment {
  return {
    nodeTypes: nodeTypesOf([fakeEffect]),
    limits: { maxNodeExecutions: 10_000, maxRunDurationMs: 0, maxInFlightNodes: 8, ...limits },
    validate: createValidator(),
    validateForeign: createForeignValidator(),
    tools: new Map(),
  };
}

export function node(id: string, typeId = "core.noop", rest: Partial<WorkflowNode> = {}): WorkflowNode {
  return { id, typeId, name: id, position: { x: 0, y: 0 }, config: {}, inputs: {}, ...rest };
}

/** `edge("a", "b")`; the id is `a-b` unless given. */
export function edge(source: string, target: string, rest: Partial<WorkflowEdge> = {}): WorkflowEdge {
  return { id: `${source}-${target}`, sourceNodeId: source, targetNodeId: target, ...rest };
}

export function workflow(
  nodes: WorkflowNode[],
  edges: WorkflowEdge[] = [],
  rest: Partial<WorkflowDefinition> = {},
): WorkflowDefinition {
  return {
    id: "test",
    name: "Test",
    version: "1",
    nodes,
    edges,
    triggers: [],
    variables: [],
    metadata: {},
    settings: {},
    ...rest,
  };
}

export function startOf(inputs: JsonObject = {}, rest: Partial<RunStart> = {}): RunStart {
  return {
    runId: "run_1",
    tenantId: "default",
    workflowId: "test",
    definitionHash: "hash",
    inputs,
    configurable: {},
    tags: [],
    metadata: {},
    owner: { tenant: "default" },
    transport: "rest",
    createdMs: 1_000,
    ...rest,
  };
}

/** A run driven by hand: keeps the state, the whole log and the rows that stand. */
export class Driver {
  readonly environment: EngineEnvironment;
  readonly graph: Graph;
  readonly start: RunStart;
  readonly log: RunEvent[] = [];
  readonly timers = new Map<string, TimerRow>();
  readonly effects = new Map<string, EffectRow>();
  readonly rows: RowOp[] = [];
  /** State after each event count, for prefix tests: what stood after the decision that ended there. */
  readonly checkpoints: { events: number; state: RunState }[] = [];
  state: RunState;
  nowMs = 1_000;
  bootMs = 0;
  #ids: Ids = createSequentialIds();
  #unfinished = false;

  constructor(definition: WorkflowDefinition, start = startOf(), environment = environmentOf()) {
    this.environment = environment;
    this.graph = buildGraph(definition, "hash", environment.nodeTypes);
    this.start = start;
    this.state = initialState(start, this.graph.defaults);
  }

  give(command: Command): Decision {
    const inputs = { nowMs: this.nowMs, ids: this.#ids, bootMs: this.bootMs };
    const decision = advance(this.environment, this.graph, this.state, command, inputs);
    this.state = decision.state;
    this.log.push(...decision.events);
    for (const row of decision.rows) this.#applyRow(row);
    this.rows.push(...decision.rows);
    this.checkpoints.push({ events: this.log.length, state: decision.state });
    this.#unfinished = decision.unfinished;
    return decision;
  }

  /** Starts, and goes on while the engine has more to decide. */
  begin(): this {
    this.give({ type: "start" });
    while (this.#unfinished) this.give({ type: "continue" });
    return this;
  }

  #applyRow(row: RowOp): void {
    if (row.op === "putTimer") this.timers.set(`${row.timer.purpose}:${row.timer.nodeId}`, row.timer);
    if (row.op === "deleteTimer") this.timers.delete(`${row.purpose}:${row.nodeId}`);
    if (row.op === "putEffect") this.effects.set(row.effect.effectId, row.effect);
    if (row.op === "endRun") {
      this.timers.clear();
      this.effects.clear();
    }
  }

  /** Lets time pass until the earliest timer, and fires it. False: there is none. */
  fireNext(): boolean {
    const [timer] = [...this.timers.values()].sort((a, b) => a.dueMs - b.dueMs);
    if (!timer) return false;
    this.nowMs = Math.max(this.nowMs, timer.dueMs);
    this.timers.delete(`${timer.purpose}:${timer.nodeId}`);
    this.give({ type: "fireTimer", purpose: timer.purpose, nodeId: timer.nodeId, attempt: timer.attempt });
    while (this.#unfinished) this.give({ type: "continue" });
    return true;
  }

  settle(nodeId: string, result: EffectResult): Decision {
    const effect = [...this.effects.values()].find((candidate) => candidate.nodeId === nodeId);
    if (!effect) throw new Error(`node ${nodeId} has no open effect`);
    this.effects.delete(effect.effectId);
    const { attempt, kind, ordinal } = effect;
    return this.give({ type: "settleEffect", nodeId, attempt, effect: { kind, ordinal }, result });
  }

  answer(nodeId: string, answer: Json, voter = "anna"): Decision {
    const interrupt = this.state.waiting.get(nodeId);
    if (!interrupt) throw new Error(`node ${nodeId} asks nothing`);
    return this.give({
      type: "answerInterrupt",
      nodeId,
      interruptId: interrupt.interruptId,
      answer,
      by: voter,
      voter,
    });
  }

  get types(): string[] {
    return this.log.map((event) => event.type);
  }

  get ended(): boolean {
    return isEnded(this.state);
  }
}
