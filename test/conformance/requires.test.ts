// What a node requires of its host, and the capability overlay that takes it away or gives it (runs.md §5.7, §17.3;
// operations.md §10.2).

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const toggle = "/v1/host/sample/test/capability-toggle";
const missing = "conformance.never-provided";

describe("a node that requires a runtime capability", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();
  afterEach(() => host.client.post(toggle, { reset: true }));

  it("is never executed where nobody provides it: the node fails, then the run", async () => {
    const runId = await host.client.createRun("conformance-capability-missing");
    assert.equal(await host.client.ended(runId), "failed");
    const { error } = await host.client.snapshot(runId);
    assert.equal(error.code, "capability_not_provided");
    assert.match(error.message, /conformance\.never-provided/);
    assert.equal(error.details.capability, missing);
    const types = (await host.client.log(runId)).map((event) => event.type);
    assert.deepEqual(types, ["run.started", "node.failed", "run.failed"], "a refused node never starts");
  });

  it("is not tried again, whatever its retry policy says", async () => {
    const retried = workflow("conformance-missing-retried", {
      nodes: [
        { id: "n1", typeId: "conformance.requiresMissing", settings: { retry: { maxAttempts: 3, backoffMs: 1 } } },
      ],
    });
    await host.client.register(retried);
    const runId = await host.client.createRun(retried.id);
    assert.equal(await host.client.ended(runId), "failed");
    const types = (await host.client.log(runId)).map((event) => event.type);
    assert.ok(!types.includes("node.retried"));
  });

  it("runs where the overlay provides it, and no more when the overlay is gone", async () => {
    await host.client.post(toggle, { name: missing, value: true });
    const runId = await host.client.createRun("conformance-capability-missing");
    assert.equal(await host.client.ended(runId), "completed");
    await host.client.post(toggle, { name: missing, value: null });
    assert.equal(await host.client.ended(await host.client.createRun("conformance-capability-missing")), "failed");
  });
});

describe("a capability that the overlay switches off", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();
  const gate = workflow("conformance-gated", {
    nodes: [{ id: "talk", typeId: "core.conversationGate", config: { prompt: "Hello" } }],
  });
  afterEach(() => host.client.post(toggle, { reset: true }));

  it("is claimed no longer, and documents that need it are refused by its name", async () => {
    const before = (await host.client.get("/.well-known/openwop")).body;
    assert.equal(before.conversationPrimitive, true);
    await host.client.post(toggle, { name: "conversationPrimitive", value: false });
    const { body, headers } = await host.client.get("/.well-known/openwop");
    assert.equal(body.conversationPrimitive, false);
    const refused = await host.client.post("/v1/workflows", gate);
    assertRefused(refused, 400, "capability_required");
    assert.equal(refused.body.details.requiredCapability, "conversationPrimitive");
    assert.equal(refused.body.details.offendingTypeId, "core.conversationGate");
    await host.client.post(toggle, { reset: true });
    const after = await host.client.get("/.well-known/openwop");
    assert.deepEqual(after.body, before);
    assert.notEqual(after.headers["capabilities-etag"], headers["capabilities-etag"]);
  });

  it("is refused at the creation of runs too: the workflow was registered before", async () => {
    const workflowId = "conformance-dispatch-input-mapping";
    const { fixtures } = (await host.client.get("/.well-known/openwop")).body;
    if (!fixtures.includes(workflowId)) assert.fail(`${workflowId} is not offered`);
    await host.client.post(toggle, { name: "agents.dispatchMapping", value: false });
    const refused = await host.client.post("/v1/runs", { workflowId, inputs: {} });
    assertRefused(refused, 400, "validation_error");
    assert.equal(refused.body.details.requiredCapability, "agents.dispatchMapping");
  });

  for (const { typeId, capability } of [
    { typeId: "core.orchestrator.supervisor", capability: "orchestrator.supported" },
    { typeId: "core.dispatch", capability: "dispatch.supported" },
    { typeId: "core.conversationGate", capability: "conversationPrimitive" },
  ]) {
    it(`is named by the refusal of ${typeId}, with the type and the node`, async () => {
      await host.client.post(toggle, { name: capability, value: false });
      const definition = workflow("conformance-gated-node", {
        nodes: [
          { id: "first", typeId: "core.noop" },
          { id: "gate", typeId },
        ],
      });
      const details = assertRefused(await host.client.post("/v1/workflows", definition), 400, "capability_required");
      const { requiredCapability, offendingTypeId, nodeId } = details;
      assert.deepEqual([requiredCapability, offendingTypeId, nodeId], [capability, typeId, "gate"]);
      assert.equal((await host.client.get(`/v1/workflows/${definition.id}`)).status, 404);
    });
  }

  it("a mapping into a child is refused where mappings are switched off, at registration and at creation", async () => {
    const document = workflow("conformance-mapped-child", {
      nodes: [
        {
          id: "call",
          typeId: "core.subWorkflow",
          config: { workflowId: "conformance-noop", inputMapping: { theirs: "ours" } },
        },
      ],
    });
    await host.client.register(document);
    await host.client.post(toggle, { name: "subWorkflow.inputMapping", value: false });
    for (const refused of [
      await host.client.post("/v1/workflows", document),
      await host.client.post("/v1/runs", { workflowId: document.id }),
    ]) {
      const details = assertRefused(refused, 400, "validation_error");
      assert.deepEqual([details.requiredCapability, details.nodeId], ["subWorkflow.inputMapping", "call"]);
    }
  });
});
