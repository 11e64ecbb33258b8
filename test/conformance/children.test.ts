// core.subWorkflow: a run below a node, and the mappings between the two (runs.md §6.2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures, sharedFixtures } from "../support/paths.ts";
import { needsOwnDaemon, needsSeams, notHere, type Suite, useDaemon } from "../support/suite.ts";
import { calling, childOf, childrenOf, gate, ofType, text, typesOf } from "./children-support.ts";

/** Documents of runs.md §17.2 that the published folder has. */
const published = [
  "conformance-subworkflow-parent",
  "conformance-subworkflow-child",
  "conformance-subworkflow-input-mapping",
  "conformance-subworkflow-input-mapping-child",
  "conformance-subworkflow-mid-run-mutation",
  "conformance-subworkflow-mid-run-mutation-child",
  "conformance-dispatch-loop",
  "conformance-dispatch-input-mapping",
  "conformance-dispatch-output-mapping",
  "conformance-dispatch-deterministic-fail-child",
  "conformance-dispatch-cancellable-child",
  "conformance-orchestrator-dispatch",
  "conformance-orchestrator-terminate",
  "conformance-multi-agent-handoff",
];

for (const { source, folder } of [
  { source: "our own fixtures", folder: ownFixtures },
  { source: "the published fixtures", folder: sharedFixtures },
]) {
  describe(`sub-workflows of ${source}`, { skip: notHere(folder) }, () => {
    if (folder === undefined) return;
    const host = useDaemon({ fixtures: folder, seams: true });
    it("are offered", { skip: needsOwnDaemon() }, async () => {
      const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
      for (const id of published) assert.ok(body.fixtures.includes(id), id);
    });
    fixtures(host);
  });
}

function fixtures(host: Suite): void {
  it("conformance-subworkflow-parent takes the child's variable, and both know each other", async () => {
    const runId = await host.client.createRun("conformance-subworkflow-parent");
    assert.equal(await host.client.ended(runId), "completed");
    const parent = await host.client.snapshot(runId);
    assert.equal(parent.variables.childOutcome, "child-completed");
    const childId = await childOf(host.client, runId);
    assert.deepEqual(parent.childRuns, [{ runId: childId, status: "completed" }]);
    const child = await host.client.snapshot(childId);
    assert.equal(child.status, "completed");
    assert.equal(child.parentRunId, runId);
    assert.equal(child.parentNodeId, "subwf-call");
    assert.deepEqual(child.owner, parent.owner);
    const log = await host.client.log(runId);
    const done = ofType(log, "node.completed").find(({ nodeId }) => nodeId === "subwf-call");
    assert.equal(done?.payload.outputs.childRunId, childId);
    assert.equal(done?.payload.outputs.childStatus, "completed");
    assert.equal(ofType(log, "node.started").filter(({ nodeId }) => nodeId === "subwf-call").length, 1);
    const [dispatched, ...more] = ofType(log, "node.dispatched");
    assert.deepEqual(more, []);
    assert.equal(dispatched?.nodeId, "subwf-call");
    assert.equal(dispatched?.payload.childRunId, childId);
    assert.equal(dispatched?.payload.childWorkflowId, "conformance-subworkflow-child");
    assert.ok(
      log.every((event) => event.runId === runId),
      "the child's events are its own log",
    );
  });

  it("conformance-subworkflow-input-mapping: the parent's value wins over the child's default", async () => {
    const runId = await host.client.createRun("conformance-subworkflow-input-mapping");
    assert.equal(await host.client.ended(runId), "completed");
    const child = await host.client.snapshot(await childOf(host.client, runId));
    assert.equal(child.variables.receivedPrdId, "prd-1");
  });

  it("conformance-subworkflow-mid-run-mutation: what changes above does not reach the child", {
    skip: needsSeams(),
  }, async () => {
    const runId = await host.client.createRun("conformance-subworkflow-mid-run-mutation");
    assert.equal(await host.client.settled(runId), "waiting-approval");
    const childId = await childOf(host.client, runId);
    const seam = `/v1/host/sample/test/runs/${runId}/variables`;
    const changed = await host.client.post(seam, { variables: { currentPrdId: "mutated-id" } });
    assert.ok(changed.status === 200 || changed.status === 204, changed.text);
    assert.equal((await host.client.snapshot(runId)).variables.currentPrdId, "mutated-id");
    assert.equal((await host.client.answer(childId, "child-gate", { action: "accept" })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
    assert.equal((await host.client.snapshot(childId)).variables.receivedPrdId, "seeded-id");
  });
}

const failing = workflow("conformance-child-failing", {
  nodes: [{ id: "fail", typeId: "core.fail", config: { code: "child_broke", message: "It broke." } }],
  variables: [text("result", "never")],
});

describe("core.subWorkflow", () => {
  const host = useDaemon();
  const start = async (definition: { id: string }, ...children: { id: string }[]) => {
    for (const document of [...children, definition]) await host.client.register(document);
    return host.client.createRun(definition.id);
  };

  it("leaves a variable without a value that is mapped from one without, whatever its default", async () => {
    const runId = await host.client.createRun("conformance-subworkflow-input-mapping-no-default");
    assert.equal(await host.client.ended(runId), "completed");
    const child = await host.client.snapshot(await childOf(host.client, runId));
    assert.ok(!("receivedPrdId" in child.variables), JSON.stringify(child.variables));
    assert.ok(!("receivedPrdId" in child.inputs));
  });

  it("leaves a variable of the parent alone that is mapped from one without a value", async () => {
    const mapping = { outputMapping: { kept: "nothing", got: "receivedPrdId" } };
    const child = "conformance-subworkflow-input-mapping-child";
    const runId = await start(calling("conformance-keeps", child, mapping, [text("kept", "as it was")]));
    assert.equal(await host.client.ended(runId), "completed");
    const { variables } = await host.client.snapshot(runId);
    assert.deepEqual(variables, { kept: "as it was", got: "baked-in" });
  });

  it("fails with unknown_child_workflow when there is none", async () => {
    const runId = await start(calling("conformance-calls-nobody", "conformance-nobody"));
    assert.equal(await host.client.ended(runId), "failed");
    const { error, childRuns } = await host.client.snapshot(runId);
    assert.equal(error.code, "unknown_child_workflow");
    assert.equal(childRuns, undefined);
  });

  for (const { onChildFailure, status, code } of [
    { onChildFailure: undefined, status: "failed", code: "child_failed" },
    { onChildFailure: "fail-parent", status: "failed", code: "child_failed" },
    { onChildFailure: "absorb", status: "completed", code: undefined },
  ]) {
    it(`is ${status} by a child that fails, with onChildFailure ${onChildFailure}; nothing is harvested`, async () => {
      const config = { ...(onChildFailure && { onChildFailure }), outputMapping: { kept: "result" } };
      const id = `conformance-over-failing-${onChildFailure ?? "default"}`;
      const runId = await start(calling(id, failing.id, config, [text("kept", "as it was")]), failing);
      assert.equal(await host.client.ended(runId), status);
      const { error, variables, childRuns } = await host.client.snapshot(runId);
      assert.equal(error?.code, code);
      assert.equal(variables.kept, "as it was");
      assert.equal(childRuns[0].status, "failed");
      const log = await host.client.log(runId);
      if (status === "failed") {
        const at = typesOf(log).indexOf("node.failed");
        assert.deepEqual(typesOf(log).slice(at), ["node.failed", "run.failed"]);
      } else {
        const outputs = ofType(log, "node.completed")[0]?.payload.outputs;
        assert.equal(outputs.childStatus, "failed");
        assert.equal(outputs.childRunId, childRuns[0].runId);
      }
    });

    const cancelledCode = code === undefined ? undefined : "child_cancelled";
    it(`is ${status} by a child that is cancelled, with onChildFailure ${onChildFailure}`, async () => {
      const id = `conformance-over-cancelled-${onChildFailure ?? "default"}`;
      const runId = await start(calling(id, gate.id, onChildFailure ? { onChildFailure } : {}), gate);
      await host.client.settled(runId);
      const childId = await childOf(host.client, runId);
      await host.client.post(`/v1/runs/${childId}/cancel`, { reason: "not needed" });
      assert.equal(await host.client.ended(runId), status);
      const { error, childRuns } = await host.client.snapshot(runId);
      assert.equal(error?.code, cancelledCode);
      assert.deepEqual(childRuns, [{ runId: childId, status: "cancelled" }]);
      const cancelled = (await host.client.log(childId)).at(-1);
      assert.equal(cancelled?.payload.reason, "not needed");
      assert.ok(!("parentRunId" in (cancelled?.payload ?? {})), "nobody above cancelled it");
    });
  }

  it("carries an attestation that is not offered as if it were not there", async () => {
    const outputAttestation = { algorithm: "sha256", requireApproval: true };
    const runId = await start(calling("conformance-attested", "conformance-noop", { outputAttestation }));
    assert.equal(await host.client.ended(runId), "completed");
  });

  for (const { name, config } of [
    { name: "a child that nobody waits for", config: { workflowId: "x", waitForCompletion: false } },
    { name: "no child", config: {} },
    { name: "a way to fail that there is not", config: { workflowId: "x", onChildFailure: "ignore" } },
    { name: "a mapping that is none", config: { workflowId: "x", inputMapping: { a: 1 } } },
  ]) {
    it(`is refused with ${name}`, async () => {
      const document = workflow("conformance-refused", { nodes: [{ id: "call", typeId: "core.subWorkflow", config }] });
      const details = assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
      assert.equal(details.nodeId, "call");
    });
  }

  it("that starts itself comes to an end, and says why", async () => {
    const runId = await start(calling("conformance-matryoshka", "conformance-matryoshka"));
    assert.equal(await host.client.ended(runId), "failed");
    let depth = 0;
    let deepest = runId;
    for (let below = await childrenOf(host.client, deepest); below.length > 0; depth += 1) {
      deepest = below[0] as string;
      below = await childrenOf(host.client, deepest);
    }
    assert.equal(depth, 8);
    const { error } = await host.client.snapshot(deepest);
    assert.equal(error.code, "child_depth_exceeded");
    assert.equal(error.details.limit, 8);
  });

  it("keeps what the parent hides hidden in a child that would show it, and the other way round", async () => {
    const secret = "tell nobody 4711";
    const child = workflow("conformance-open-child", {
      nodes: [{ id: "n", typeId: "core.noop" }],
      variables: [text("shown"), { ...text("own", `${secret} either`), sensitive: true }],
    });
    const parent = workflow("conformance-secretive", {
      nodes: [
        {
          id: "call",
          typeId: "core.subWorkflow",
          config: { workflowId: child.id, inputMapping: { shown: "hidden" }, outputMapping: { taken: "own" } },
        },
      ],
      variables: [{ ...text("hidden", secret), sensitive: true }, text("taken")],
    });
    const runId = await start(parent, child);
    assert.equal(await host.client.ended(runId), "completed");
    const childId = await childOf(host.client, runId);
    for (const id of [runId, childId]) {
      const seen = JSON.stringify([await host.client.snapshot(id), await host.client.log(id)]);
      assert.ok(!seen.includes(secret), seen);
    }
    assert.match((await host.client.snapshot(childId)).variables.shown, /REDACTED/);
    assert.match((await host.client.snapshot(runId)).variables.taken, /REDACTED/);
  });
});
