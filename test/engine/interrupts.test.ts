import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkAnswer } from "#engine/answers.ts";
import { type OpenInterrupt, statusOf } from "#engine/state.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { Driver, edge, environmentOf, node, workflow } from "./support.ts";

const approval = (config: JsonObject = {}) => node("gate", "core.approvalGate", { config });
const question = node("ask", "core.clarificationGate", { config: { questions: [{ id: "q1", question: "Colour?" }] } });

describe("raising a question", () => {
  it("writes suspended, requested and the legacy mirror, and a row to answer", () => {
    const driver = new Driver(workflow([approval({ title: "Ship it?" })])).begin();
    assert.deepEqual(driver.types.slice(2), ["node.suspended", "interrupt.requested", "approval.requested"]);
    const [suspended, requested] = driver.log.slice(2);
    assert.equal(requested?.causationId, suspended?.eventId);
    assert.deepEqual(Object.keys(requested?.payload ?? {}).sort(), ["data", "key", "kind"]);
    assert.equal(requested?.payload.key, "run_1:gate:0");
    assert.equal(driver.rows.filter((row) => row.op === "putInterrupt").length, 1);
  });

  for (const [kind, gate, status] of [
    ["approval", approval(), "waiting-approval"],
    ["clarification", question, "waiting-input"],
    ["custom", node("c", "core.interrupt", { config: { kind: "custom", data: { customKind: "x" } } }), "waiting-input"],
    [
      "external-event",
      node("e", "core.interrupt", { config: { kind: "external-event", data: { eventType: "x", correlation: {} } } }),
      "waiting-external",
    ],
  ] as const) {
    it(`shows ${status} while a ${kind} is open`, () => {
      assert.equal(statusOf(new Driver(workflow([gate])).begin().state), status);
    });
  }

  it("keeps the run running while another branch runs", () => {
    const driver = new Driver(workflow([approval(), node("w", "core.delay", { config: { ms: 5 } })])).begin();
    assert.equal(statusOf(driver.state), "running");
    driver.fireNext();
    assert.equal(statusOf(driver.state), "waiting-approval");
  });
});

describe("answering", () => {
  it("writes received, resolved, resumed, completed in this order", () => {
    const driver = new Driver(workflow([approval()])).begin();
    driver.answer("gate", { action: "accept" });
    const after = ["approval.received", "interrupt.resolved", "node.resumed", "node.completed", "run.completed"];
    assert.deepEqual(driver.types.slice(-5), after);
  });

  it("hands a clarification on as a map", () => {
    const driver = new Driver(workflow([question])).begin();
    driver.answer("ask", { answers: { q1: "blue" } });
    assert.deepEqual(driver.state.nodes.get("ask")?.outputs, { output: { q1: "blue" } });
  });

  it("a second time changes nothing", () => {
    const driver = new Driver(workflow([approval()])).begin();
    const interruptId = driver.state.waiting.get("gate")?.interruptId ?? "";
    driver.answer("gate", { action: "accept" });
    const again = { type: "answerInterrupt", nodeId: "gate", interruptId, answer: {}, by: "b", voter: "b" } as const;
    assert.deepEqual(driver.give(again).events, []);
  });
});

describe("a refusal", () => {
  it("fails the gate, so that nothing behind it runs unapproved", () => {
    const driver = new Driver(workflow([approval(), node("deploy")], [edge("gate", "deploy")])).begin();
    driver.answer("gate", { action: "reject" });
    assert.equal(driver.state.nodes.get("deploy")?.status, "skipped");
    assert.equal(driver.state.error?.code, "approval_rejected");
  });

  it("follows the edges that ask for it", () => {
    const when = (action: string) => ({ condition: { type: "equals", left: "output.action", right: action } as const });
    const nodes = [approval(), node("deploy"), node("tell")];
    const edges = [edge("gate", "deploy", when("accept")), edge("gate", "tell", when("reject"))];
    const driver = new Driver(workflow(nodes, edges)).begin();
    driver.answer("gate", { action: "reject" });
    assert.equal(driver.state.nodes.get("deploy")?.status, "skipped");
    assert.equal(driver.state.nodes.get("tell")?.status, "completed");
    assert.equal(driver.state.phase, "completed");
  });
});

describe("a gate that needs several approvals", () => {
  const gate = approval({ requiredApprovals: 3, rejectionPolicy: "majority" });
  const vote = (driver: Driver, voter: string, action: string) => driver.answer("gate", { action }, voter);

  it("waits until enough have accepted", () => {
    const driver = new Driver(workflow([gate])).begin();
    vote(driver, "a", "accept");
    vote(driver, "b", "accept");
    assert.equal(statusOf(driver.state), "waiting-approval");
    vote(driver, "c", "accept");
    assert.equal(driver.state.phase, "completed");
    assert.equal(driver.types.filter((type) => type === "approval.received").length, 1);
  });

  it("counts a voter once, the last vote", () => {
    const driver = new Driver(workflow([gate])).begin();
    for (let time = 0; time < 5; time += 1) vote(driver, "a", "accept");
    assert.equal(statusOf(driver.state), "waiting-approval");
    assert.equal(driver.state.waiting.get("gate")?.votes.length, 1);
  });

  it("fails when a majority refuses", () => {
    const driver = new Driver(workflow([gate])).begin();
    vote(driver, "a", "reject");
    assert.equal(statusOf(driver.state), "waiting-approval");
    vote(driver, "b", "reject");
    assert.equal(driver.state.error?.code, "approval_rejected");
  });

  it("fails at the first refusal under single-veto", () => {
    const driver = new Driver(workflow([approval({ requiredApprovals: 2 })])).begin();
    vote(driver, "a", "reject");
    assert.equal(driver.state.error?.code, "approval_rejected");
  });
});

describe("a deadline", () => {
  it("refuses an approval: resolved as rejected because of the time", () => {
    const driver = new Driver(workflow([approval({ timeoutMs: 100 })])).begin();
    driver.fireNext();
    const resolved = driver.log.find((event) => event.type === "interrupt.resolved")?.payload;
    assert.equal(resolved?.outcome, "rejected");
    assert.equal(resolved?.reason, "timeout");
    assert.equal(driver.state.error?.code, "approval_rejected");
    assert.ok(driver.rows.some((row) => row.op === "settleInterrupt" && row.status === "expired"));
  });

  it("fails any other question with interrupt_timeout", () => {
    const gate = node("ask", "core.clarificationGate", { config: { ...question.config, timeoutMs: 100 } });
    const driver = new Driver(workflow([gate])).begin();
    driver.fireNext();
    assert.equal(driver.state.error?.code, "interrupt_timeout");
  });

  it("is forgotten once the answer is there", () => {
    const driver = new Driver(workflow([approval({ timeoutMs: 100 }), node("t", "test.effect")])).begin();
    driver.answer("gate", { action: "accept" });
    assert.deepEqual([...driver.timers.keys()], []);
  });
});

describe("a cancel while a question is open", () => {
  for (const [whose, parentRunId, status] of [
    ["the run's own", undefined, "cancelled"],
    ["a parent's", "run_parent", "gone"],
  ] as const) {
    it(`(${whose}) settles it as ${status}`, () => {
      const driver = new Driver(workflow([approval()])).begin();
      driver.give({ type: "cancel", reason: "stop", by: "anna", ...(parentRunId && { parentRunId }) });
      const settled = driver.rows.find((row) => row.op === "settleInterrupt");
      assert.equal(settled?.op === "settleInterrupt" && settled.status, status);
      const cancelled = driver.log.at(-1)?.payload;
      assert.equal(cancelled?.reason, parentRunId ? "parent-cancelled" : "stop");
      assert.equal(cancelled?.parentRunId, parentRunId);
    });
  }
});

describe("what counts as an answer", () => {
  const open = (kind: OpenInterrupt["kind"], data: JsonObject, resumeSchema?: JsonObject): OpenInterrupt => ({
    interruptId: "int_1",
    kind,
    key: "k",
    data,
    requestedMs: 0,
    votes: [],
    ...(resumeSchema && { resumeSchema }),
  });
  const gate = open("approval", { actions: ["accept", "edit-accept", "reject"] });
  const two = open("clarification", {
    questions: [
      { id: "when", question: "When?", schema: { type: "string", pattern: "^[0-9-]+$" } },
      { id: "who", question: "Who?" },
    ],
  });
  const event = open("external-event", { eventType: "paid", correlation: { order: 7 } });
  const stamp = { decidedBy: "anna", decidedAt: "2026-01-01T00:00:00.000Z" };

  const cases: [string, OpenInterrupt, Json, Json | "invalid" | "mismatch"][] = [
    ["an offered action is stamped", gate, { action: "accept" }, { action: "accept", ...stamp }],
    ["an action that is not offered is refused", gate, { action: "refine", refineFeedback: {} }, "invalid"],
    [
      "edit is another word for edit-accept",
      gate,
      { action: "edit", editedArtifactData: 1 },
      { action: "edit-accept", editedArtifactData: 1, editedArtifactHash: sha256Hex("1"), ...stamp },
    ],
    ["edit-accept needs the edited data", gate, { action: "edit-accept" }, "invalid"],
    ["the old decision:approved is accept", gate, { decision: "approved" }, { action: "accept", ...stamp }],
    ["the old decision:rejected is reject", gate, { decision: "rejected" }, { action: "reject", ...stamp }],
    ["a word alone is no approval", gate, "yes", "invalid"],
    [
      "a map of answers is taken",
      two,
      { answers: { when: "1-2", who: "Bo" } },
      { answers: { when: "1-2", who: "Bo" } },
    ],
    [
      "a list of answers becomes the map",
      two,
      {
        answers: [
          { id: "when", answer: "1" },
          { id: "who", answer: "Bo" },
        ],
      },
      { answers: { when: "1", who: "Bo" } },
    ],
    ["every question needs its answer", two, { answers: { when: "1" } }, "invalid"],
    ["an answer fits its question's schema", two, { answers: { when: "soon", who: "Bo" } }, "invalid"],
    ["nobody asked for more", two, { answers: { when: "1", who: "Bo", why: "?" } }, "invalid"],
    ["a correlated event is taken, with more members", event, { order: 7, sum: 3 }, { order: 7, sum: 3 }],
    ["a wrapped event is looked into", event, { eventPayload: { order: 7 } }, { eventPayload: { order: 7 } }],
    ["another order's event is a mismatch", event, { order: 8 }, "mismatch"],
    ["no object is a mismatch", event, null, "mismatch"],
    ["a resume schema is checked", open("custom", { customKind: "n" }, { type: "number" }), "1", "invalid"],
    ["anything answers a custom question without one", open("custom", { customKind: "n" }), [1], [1]],
  ];

  for (const [name, interrupt, value, expected] of cases) {
    it(name, () => {
      const checked = checkAnswer(environmentOf(), interrupt, value, {
        principal: stamp.decidedBy,
        at: stamp.decidedAt,
      });
      assert.deepEqual(checked.ok ? checked.answer : checked.reason, expected);
    });
  }
});
