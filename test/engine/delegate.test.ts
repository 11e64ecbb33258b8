import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { delegateParameters } from "#engine/turn/delegate.ts";
import { createForeignValidator } from "#platform/schemas.ts";

const colleagues = [
  {
    rosterId: "host:chief",
    workflowId: "agent-chief",
    persona: "Chief",
    agentId: "a.b.c",
    description: "Plans things.",
  },
  { rosterId: "host:mira", workflowId: "agent-mira", persona: "Mira", agentId: "a.b.d", description: "Mira" },
];

describe("the delegate tool", () => {
  const parameters = delegateParameters(colleagues);
  const validate = createForeignValidator();

  it("names the agents that may be asked, with what they do", () => {
    const { to } = (parameters as { properties: { to: { description: string } } }).properties;
    assert.match(to.description, /host:chief \(Chief\): Plans things\. \| host:mira \(Mira\): Mira$/);
  });

  for (const { args, fits } of [
    { args: { to: "host:chief", task: "plan" }, fits: true },
    { args: { to: "host:nobody", task: "plan" }, fits: false },
    { args: { to: "host:chief", task: "" }, fits: false },
    { args: { to: "host:chief" }, fits: false },
    { args: { to: "host:chief", task: "plan", as: "root" }, fits: false },
  ]) {
    it(`${fits ? "takes" : "refuses"} ${JSON.stringify(args)}`, () => {
      assert.equal(validate(parameters, args).length === 0, fits);
    });
  }
});
