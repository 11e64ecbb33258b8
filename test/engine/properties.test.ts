import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fold } from "#engine/evolve.ts";
import { initialState } from "#engine/state.ts";
import { createValidator } from "#platform/schemas.ts";
import { type EmittedEventType, eventPayloads } from "#protocol/event-payloads.ts";
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from "#protocol/workflows.ts";
import { Driver, edge, environmentOf, node, startOf, workflow } from "./support.ts";

const rules = ["all_success", "any_success", "all_complete", "none_failed", "any_failed"] as const;

const kinds: readonly ((id: string) => WorkflowNode)[] = [
  (id) => node(id),
  (id) => node(id, "core.identity", { inputs: { value: { type: "static", value: id } } }),
  (id) => node(id, "core.channelWrite", { config: { channelName: "box", value: id, ttlMs: 10 } }),
  (id) => node(id, "core.fail"),
  (id) => node(id, "core.delay", { config: { ms: 5 } }),
  (id) => node(id, "core.approvalGate", { config: { actions: ["accept", "reject"], timeoutMs: 50 } }),
  (id) => node(id, "core.clarificationGate", { config: { questions: [{ id: "q", question: "?" }] } }),
  (id) => node(id, "test.effect", { settings: { retry: { maxAttempts: 3, backoffMs: 1 }, timeoutMs: 40 } }),
  (id) => node(id, "core.conditional", { config: { path: "input", op: "truthy" } }),
  (id) => node(id, "core.noop", { disabled: true }),
];

/** Any acyclic graph of up to twelve nodes: edges go from lower to higher numbers. */
const graphs: fc.Arbitrary<WorkflowDefinition> = fc
  .record({
    kinds: fc.array(fc.nat(kinds.length - 1), { minLength: 1, maxLength: 12 }),
    edges: fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.nat(rules.length - 1), fc.nat(3)), { maxLength: 24 }),
  })
  .map(({ kinds: chosen, edges }) => {
    const nodes = chosen.map((kind, at) => (kinds[kind] as (id: string) => WorkflowNode)(`n${at}`));
    const built = new Map<string, WorkflowEdge>();
    for (const [a, b, rule, flavour] of edges) {
      const [from, to] = [Math.min(a, b) % nodes.length, Math.max(a, b) % nodes.length];
      if (from >= to) continue;
      const made = edge(`n${from}`, `n${to}`, {
        triggerRule: rules[rule] as (typeof rules)[number],
        ...(flavour === 1 && { sourceOutput: "then" }),
        ...(flavour === 2 && { condition: { type: "equals", left: "status", right: "completed" } }),
      });
      built.set(made.id, made);
    }
    return workflow(nodes, [...built.values()]);
  });

/** Choices of the outside world, taken one by one while the run needs any. */
const choices = fc.array(fc.nat(99), { minLength: 60, maxLength: 60 });

/** Drives a run with the given choices until it ends or no choice is left to make. */
function drive(definition: WorkflowDefinition, picks: readonly number[]): Driver {
  const driver = new Driver(definition, startOf({}), environmentOf({ maxInFlightNodes: 2 })).begin();
  for (const pick of picks) {
    if (driver.ended) break;
    step(driver, pick);
  }
  // Whatever is left open: time alone must bring every timer, people every answer.
  for (let rest = 0; rest < 500 && !driver.ended; rest += 1) step(driver, rest);
  return driver;
}

function step(driver: Driver, pick: number): void {
  const [effect] = driver.effects.values();
  const [question] = driver.state.waiting;
  if (effect && pick % 3 !== 0) {
    const failed = { outcome: "failed", error: { code: "x", message: "x", retryable: pick % 2 === 0 } } as const;
    driver.settle(effect.nodeId, pick % 5 === 0 ? failed : { outcome: "done", value: { pick } });
  } else if (question && pick % 2 === 0) {
    const [nodeId, { kind }] = question;
    driver.answer(
      nodeId,
      kind === "approval" ? { action: pick % 4 === 0 ? "accept" : "reject" } : { answers: { q: "a" } },
    );
  } else if (!driver.fireNext() && question) {
    const [nodeId, { kind }] = question;
    driver.answer(nodeId, kind === "approval" ? { action: "accept" } : { answers: { q: "a" } });
  }
}

describe("any workflow", () => {
  it("ends or waits, it never hangs", () => {
    fc.assert(
      fc.property(graphs, choices, (definition, picks) => {
        const driver = drive(definition, picks);
        assert.ok(driver.ended, `open: ${JSON.stringify([...driver.state.nodes])}`);
      }),
      { numRuns: 400 },
    );
  });

  it("keeps a well-formed log: no gaps, one start, one end, the end last", () => {
    fc.assert(
      fc.property(graphs, choices, (definition, picks) => {
        const { log } = drive(definition, picks);
        assert.deepEqual(
          log.map((event) => event.sequence),
          log.map((_, at) => at),
        );
        const terminal = log.filter((event) => /^run\.(completed|failed|cancelled)$/.test(event.type));
        assert.equal(log[0]?.type, "run.started");
        assert.equal(terminal.length, 1);
        assert.equal(log.at(-1), terminal[0]);
      }),
      { numRuns: 200 },
    );
  });

  it("folds: any prefix of the log gives the state that was there (V2)", () => {
    fc.assert(
      fc.property(graphs, choices, (definition, picks) => {
        const driver = drive(definition, picks);
        for (const { events, state } of driver.checkpoints) {
          const folded = fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events));
          assert.deepEqual(folded, state);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is decided the same way for the same inputs (E1)", () => {
    fc.assert(
      fc.property(graphs, choices, (definition, picks) => {
        assert.deepEqual(drive(definition, picks).log, drive(definition, picks).log);
      }),
      { numRuns: 100 },
    );
  });

  it("writes only events that fit their schemas", () => {
    const validate = createValidator();
    fc.assert(
      fc.property(graphs, choices, (definition, picks) => {
        for (const event of drive(definition, picks).log) {
          const schema = eventPayloads[event.type as EmittedEventType];
          assert.ok(schema, `no schema for ${event.type}`);
          assert.deepEqual(validate(schema, event.payload), [], event.type);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("leaves no timer and no effect behind when it is over", () => {
    fc.assert(
      fc.property(graphs, choices, (definition, picks) => {
        const driver = drive(definition, picks);
        assert.equal(driver.timers.size + driver.effects.size, 0);
      }),
      { numRuns: 100 },
    );
  });

  it("can be cancelled at any moment, once", () => {
    fc.assert(
      fc.property(graphs, fc.nat(10), (definition, steps) => {
        const driver = new Driver(definition, startOf({}));
        if (steps > 0) driver.begin();
        for (let at = 1; at < steps && !driver.ended; at += 1) step(driver, at * 7);
        const wasOver = driver.ended;
        driver.give({ type: "cancel", reason: undefined, by: "anna" });
        const again = driver.give({ type: "cancel", reason: undefined, by: "anna" });
        assert.deepEqual(again.events, []);
        assert.equal(driver.types.filter((type) => type === "run.cancelled").length, wasOver ? 0 : 1);
        assert.equal(driver.types[0], "run.started");
      }),
      { numRuns: 200 },
    );
  });
});
