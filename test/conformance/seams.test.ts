// The test seams of what exists (operations.md §10.1, §10.2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const seams = "/v1/host/sample";
const every: [method: string, path: string][] = [
  ["GET", `${seams}/test/runs/run_1/events`],
  ["GET", `${seams}/test/runs/run_1/variables`],
  ["POST", `${seams}/test/runs/run_1/variables`],
  ["POST", `${seams}/test/reset`],
  ["POST", `${seams}/test/capability-toggle`],
  ["GET", `${seams}/test/otel/spans?runId=run_1`],
  ["POST", `${seams}/test/debug-bundle/export`],
  ["POST", `${seams}/workflows`],
  ["POST", `${seams}/scheduling/tick`],
  ["POST", `${seams}/deadletter/exhaust`],
];

describe("test seams", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();

  for (const [method, path] of every) {
    it(`${method} ${path} answers nobody without a credential`, async () => {
      for (const headers of [{}, { authorization: "Bearer wrong" }]) {
        assertRefused(await host.client.anonymous(method, path, { headers }), 401, "unauthenticated");
      }
    });
  }

  for (const [method, path] of every.filter(([, path]) => path.includes("run_1"))) {
    it(`${method} ${path} does not tell a foreign run from an unknown one`, async () => {
      const body = method === "POST" ? { body: { variables: {} } } : {};
      assertRefused(await host.client.call(method, path, body), 404, "not_found");
    });
  }

  for (const { path, body } of [
    { path: "/test/capability-toggle", body: {} },
    { path: "/test/capability-toggle", body: { name: "x" } },
    { path: "/test/capability-toggle", body: { name: "x", value: "yes" } },
    { path: "/test/debug-bundle/export", body: {} },
    { path: "/test/runs/run_1/variables", body: { variables: 1 } },
    { path: "/workflows", body: {} },
    { path: "/workflows", body: undefined },
    { path: "/test/capability-toggle", body: undefined },
    { path: "/test/debug-bundle/export", body: undefined },
    { path: "/test/runs/run_1/variables", body: undefined },
    { path: "/scheduling/tick", body: {} },
    { path: "/deadletter/exhaust", body: { scenario: "x" } },
    { path: "/workflows", body: { definition: { id: "x" } } },
  ]) {
    it(`POST ${path} refuses ${JSON.stringify(body)}`, async () => {
      const answer = await host.client.call("POST", seams + path, body === undefined ? {} : { body });
      assertRefused(answer, 400, "validation_error");
    });
  }

  it("GET test/otel/spans wants a run", async () => {
    assertRefused(await host.client.get(`${seams}/test/otel/spans`), 400, "validation_error");
  });

  it("show the same log as the ordinary route, and parts of it", async () => {
    const runId = await host.client.createRun("conformance-multi-node");
    await host.client.ended(runId);
    const log = await host.client.log(runId);
    const shown = async (query: string) =>
      (await host.client.get(`${seams}/test/runs/${runId}/events${query}`)).body.events;
    assert.deepEqual(await shown(""), log);
    assert.deepEqual(
      await shown("?type=node.completed"),
      log.filter((event) => event.type === "node.completed"),
    );
    assert.deepEqual(
      await shown("?nodeId=b"),
      log.filter((event) => event.nodeId === "b"),
    );
    assert.deepEqual(await shown("?causationId=evt_none"), []);
    assert.deepEqual(await shown("?correlationId=evt_none"), []);
  });

  it("set variables of a run that goes on, by events, and read them", async () => {
    const runId = await host.client.createRun("conformance-approval");
    await host.client.settled(runId);
    const path = `${seams}/test/runs/${runId}/variables`;
    const { status, body } = await host.client.post(path, { variables: { color: "blue", count: 3 } });
    assert.equal(status, 200);
    assert.equal(body.variables.color, "blue");
    assert.deepEqual((await host.client.get(path)).body, body);
    assert.equal((await host.client.snapshot(runId)).variables.count, 3);
    const changes = (await host.client.log(runId)).filter((event) => event.type === "variable.changed");
    assert.deepEqual(
      changes.map(({ payload }) => [payload.name, payload.next]),
      [
        ["color", "blue"],
        ["count", 3],
      ],
    );
    await host.client.post(path, { variables: { color: "blue" } });
    const again = (await host.client.log(runId)).filter((event) => event.type === "variable.changed");
    assert.equal(again.length, 2, "what does not change is not written");
    await host.client.answer(runId, "gate", { action: "accept" });
    assert.equal(await host.client.ended(runId), "completed");
    assertRefused(await host.client.post(path, { variables: { color: "red" } }), 409, "run_terminal");
  });

  it("register workflows as the ordinary route does", async () => {
    const definition = workflow("conformance-by-seam", { nodes: [{ id: "a", typeId: "core.noop" }] });
    const { status } = await host.client.post(`${seams}/workflows`, { definition });
    assert.equal(status, 201);
    assert.equal(await host.client.ended(await host.client.createRun(definition.id)), "completed");
    const cyclic = workflow("conformance-cyclic", {
      nodes: [{ id: "a", typeId: "core.noop" }],
      edges: [{ from: "a", to: "a" }],
    });
    assertRefused(await host.client.post(`${seams}/workflows`, { definition: cyclic }), 400, "validation_error");
  });

  it("hand out the debug bundle of the ordinary route", async () => {
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    const seam = await host.client.post(`${seams}/test/debug-bundle/export`, { runId });
    const { body } = await host.client.get(`/v1/runs/${runId}/debug-bundle`);
    assert.equal(seam.status, 200);
    assert.deepEqual({ ...seam.body, generatedAt: "" }, { ...body, generatedAt: "" });
  });

  it("show what is switched, and forget it", async () => {
    const path = `${seams}/test/capability-toggle`;
    const set = await host.client.post(path, { name: "agents.dispatchMapping", value: false });
    assert.deepEqual(set.body, {
      overlay: { "agents.dispatchMapping": false },
      set: { name: "agents.dispatchMapping", value: false },
    });
    const gone = await host.client.post(path, { name: "agents.dispatchMapping", value: null });
    assert.deepEqual(gone.body.overlay, {});
    await host.client.post(path, { name: "x", value: true });
    assert.deepEqual((await host.client.post(path, { reset: true })).body, { overlay: {} });
    await host.client.post(path, { name: "x", value: true });
    assert.deepEqual((await host.client.post(`${seams}/test/reset`)).body, { ok: true });
    assert.deepEqual((await host.client.post(path, { name: "y", value: null })).body.overlay, {});
  });

  it("keep a bounded number of switches", async () => {
    const path = `${seams}/test/capability-toggle`;
    const answers = [];
    for (let at = 0; at < 257; at += 1) answers.push(await host.client.post(path, { name: `x${at}`, value: true }));
    assert.equal(answers[255]?.status, 200);
    assertRefused(answers[256] as (typeof answers)[0], 409, "conflict");
    await host.client.post(path, { reset: true });
  });

  it("are claimed where they answer", async () => {
    const { body } = await host.client.get("/.well-known/openwop");
    assert.deepEqual(body.observability.testSeams, { otelScrape: true, debugBundleExport: true });
    assert.ok(!("otel" in body.observability), "no exporter is configured");
  });
});

describe("a single test seam that is switched off", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({ seams: true, env: { OPENWOP_TEST_OTEL_SCRAPE: "false" } });

  it("is not there and not claimed; the others are", async () => {
    assertRefused(await host.client.get(`${seams}/test/otel/spans?runId=run_1`), 404, "not_found");
    const { body } = await host.client.get("/.well-known/openwop");
    assert.deepEqual(body.observability.testSeams, { debugBundleExport: true });
    assert.equal((await host.client.post(`${seams}/test/reset`)).status, 200);
  });
});

describe("a host without test seams", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({ env: { OPENWOP_TEST_OTEL_SCRAPE: "true", OPENWOP_FORCE_RATE_LIMIT: "true" } });

  for (const [method, path] of every) {
    it(`has no ${method} ${path}`, async () => {
      assert.equal((await host.client.call(method, path)).status, 404);
    });
  }

  it("claims nothing of telemetry, knows no conformance node, and refuses nobody on command", async () => {
    const { body } = await host.client.get("/.well-known/openwop");
    assert.ok(!("observability" in body));
    const nodes = [{ id: "a", typeId: "conformance.requiresMissing" }];
    const refused = await host.client.post("/v1/workflows", workflow("conformance-x", { nodes }));
    assert.ok(refused.status >= 400);
  });
});
