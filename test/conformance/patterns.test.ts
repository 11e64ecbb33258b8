// Patterns from outside run in linear time: no document and no input can stop the host (runs.md §5.3, promise P-6).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { workflow } from "../support/definitions.ts";
import { assertUndisturbed, MAX_DELAY_MS } from "../support/pinger.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const evil = `${"a".repeat(40)}!`;
const long = `${"a".repeat(20_000)}!`;

/** Patterns that make even a linear engine carry as much as it can per character. */
const heavy = [
  "^(a|a)*$",
  "^(a?){100}a{100}$",
  "(a*)*(a*)*(a*)*b",
  `(${Array.from({ length: 60 }, () => "a?").join("")})*b`,
  `${"(a|aa)".repeat(60)}*c`,
  "(.*)(.*)(.*)(.*)(.*)x",
  "((a{1,20}){1,20})*b",
];

const withPattern = (id: string, pattern: string) =>
  workflow(id, {
    nodes: [
      { id: "echo", typeId: "core.identity", inputs: { text: { type: "variable", variableName: "text" } } },
      { id: "matched", typeId: "core.noop" },
      { id: "otherwise", typeId: "core.noop" },
    ],
    edges: [
      { from: "echo", to: "matched", condition: { type: "regex", left: "outputs.text", right: pattern } },
      { from: "echo", to: "otherwise" },
    ],
    variables: [{ name: "text", type: "string", required: true }],
  });

const matching = withPattern("pattern-in-condition", "^(a+)+$");

const conditional = workflow("pattern-in-node", {
  nodes: [
    {
      id: "choose",
      typeId: "core.conditional",
      config: { path: "text", op: "regex", value: "^(a|a)*$" },
      inputs: { text: { type: "variable", variableName: "text" } },
    },
  ],
  variables: [{ name: "text", type: "string", required: true }],
});

describe("a pattern that would stop a backtracking engine", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();
  const undisturbed = (workflowId: string, text: string, label: string) =>
    assertUndisturbed(host.client.url, label, async () => {
      await host.client.ended(await host.client.createRun(workflowId, { inputs: { text } }));
    });
  before(async () => {
    await host.client.register(matching);
    await host.client.register(conditional);
  });

  it("is accepted and matches as it should", async () => {
    for (const { text, expected } of [
      { text: "aaaa", expected: true },
      { text: evil, expected: false },
      { text: long, expected: false },
      { text: "", expected: false },
    ]) {
      const runId = await host.client.createRun(matching.id, { inputs: { text } });
      assert.equal(await host.client.ended(runId), "completed");
      const states = (await host.client.snapshot(runId)).nodeStates;
      assert.equal(states.matched?.status === "completed", expected, text.slice(0, 50));
    }
  });

  it("of any shape and on any text delays no other request either", async () => {
    for (const { at, pattern } of heavy.map((pattern, at) => ({ at, pattern }))) {
      const definition = withPattern(`pattern-heavy-${at}`, pattern);
      const { status } = await host.client.post("/v1/workflows", definition);
      if (status === 400) continue; // refused at the door is fine too
      for (const length of [500, 2_000, 8_000, 30_000, 65_000, 200_000]) {
        await undisturbed(definition.id, "a".repeat(length), `${pattern} on ${length} characters`);
      }
    }
  });

  for (const { name, workflowId, text } of [
    { name: "an edge's condition on 40 characters", workflowId: matching.id, text: evil },
    { name: "an edge's condition on 20 000 characters", workflowId: matching.id, text: long },
    { name: "a conditional node on 40 characters", workflowId: conditional.id, text: evil },
    { name: "a conditional node on 20 000 characters", workflowId: conditional.id, text: long },
  ]) {
    it(`in ${name} delays no other request by more than ${MAX_DELAY_MS} ms`, async () => {
      await undisturbed(workflowId, text, name);
    });
  }
});
