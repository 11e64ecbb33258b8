// GET /metrics: who may read it, and what it counts (operations.md §4.5).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { startDaemon } from "../support/daemon.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

/** Value of a series; undefined: there is none. */
function seriesOf(text: string, series: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const text = async (client: Client) => (await client.get("/metrics")).text;

describe("metrics", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({ fixtures: ownFixtures, seams: true, config: "metrics:\n  enabled: true\n" });

  it("are for the operator", async () => {
    assertRefused(await host.client.anonymous("GET", "/metrics"), 401, "unauthenticated");
    const { status, headers } = await host.client.get("/metrics");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  });

  it("count runs and nodes by what became of them", async () => {
    await host.client.ended(await host.client.createRun("conformance-multi-node"));
    await host.client.ended(await host.client.createRun("conformance-failure"));
    const shown = await text(host.client);
    const workflow = `openwop_workflow_id="conformance-multi-node"`;
    assert.equal(seriesOf(shown, `openwop_run_created_total{${workflow},openwop_tenant_id="default"}`), 1);
    assert.equal(seriesOf(shown, `openwop_run_completed_total{openwop_run_status="completed",${workflow}}`), 1);
    const failed = `openwop_run_status="failed",openwop_workflow_id="conformance-failure"`;
    assert.equal(seriesOf(shown, `openwop_run_completed_total{${failed}}`), 1);
    assert.equal(seriesOf(shown, `openwop_run_duration_seconds_count{${failed}}`), 1);
    const noop = `openwop_node_type="core.noop",openwop_run_status="completed"`;
    assert.equal(seriesOf(shown, `openwop_node_completed_total{${noop}}`), 3);
    assert.equal(seriesOf(shown, `openwop_node_duration_seconds_count{${noop}}`), 3);
    assert.equal(seriesOf(shown, `openwop_run_backlog_seconds_count{openwop_tenant_id="default",${workflow}}`), 1);
  });

  it("count what waits, questions, bounds, calls and their cost", async () => {
    const before = seriesOf(await text(host.client), `openwop_run_active{openwop_tenant_id="default"}`) ?? 0;
    const asking = await host.client.createRun("conformance-approval");
    await host.client.settled(asking);
    const waiting = await text(host.client);
    assert.equal(seriesOf(waiting, `openwop_run_active{openwop_tenant_id="default"}`), before + 1);
    assert.equal(seriesOf(waiting, `openwop_queue_depth{openwop_tenant_id="default"}`), 0, "waits for a person");
    await host.client.answer(asking, "gate", { action: "accept" });
    await host.client.ended(asking);
    const limited = { body: { configurable: { recursionLimit: 1 } } };
    await host.client.ended(await host.client.createRun("conformance-multi-node", limited));
    await host.client.ended(await host.client.createRun("openwop-smoke-cost-emit"));
    const shown = await text(host.client);
    for (const [series, value] of [
      [`openwop_interrupt_requested_total{openwop_interrupt_kind="approval"}`, 1],
      [`openwop_interrupt_duration_seconds_count{openwop_interrupt_kind="approval",openwop_run_status="resolved"}`, 1],
      [`openwop_cap_exceeded_total{openwop_cap_kind="node-executions"}`, 1],
      [`openwop_activity_invocations_total{provider="anthropic",openwop_run_status="success"}`, 1],
      [`openwop_activity_tokens_total{provider="anthropic",direction="input"}`, 100],
      [`openwop_activity_tokens_total{provider="anthropic",direction="output"}`, 50],
      [`openwop_cost_usd_total{provider="anthropic",openwop_cost_estimated="true"}`, 0.00123],
    ] as const) {
      assert.equal(seriesOf(shown, series), value, series);
    }
  });

  it("say how the host itself does", async () => {
    await host.client.get("/v1/runs/run_unknown");
    const shown = await text(host.client);
    assert.ok((seriesOf(shown, "process_resident_memory_bytes") ?? 0) > 1e7);
    assert.ok((seriesOf(shown, "parley_commit_duration_seconds_count") ?? 0) > 0);
    assert.equal(seriesOf(shown, "parley_http_requests"), 1, "this one");
    assert.ok((seriesOf(shown, `parley_http_refusals_total{code="not_found"}`) ?? 0) >= 1);
    for (const name of [
      "parley_outbox_rows",
      "parley_effects_open",
      "parley_decisions_waiting",
      "parley_http_streams",
    ]) {
      assert.equal(seriesOf(shown, name), 0, name);
    }
  });

  it("name no run", async () => {
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    assert.ok(!(await text(host.client)).includes(runId));
  });
});

describe("metrics after a restart", { skip: needsOwnDaemon() }, () => {
  it("count the end of a run with what its log says of its beginning", async (test) => {
    const options = { fixtures: ownFixtures, config: "metrics:\n  enabled: true\n" };
    const first = await startDaemon(options);
    test.after(() => first.dispose());
    const before = new Client(first.url, first.key);
    const runId = await before.createRun("conformance-approval");
    await before.settled(runId);
    await first.kill();
    const second = await startDaemon({ ...options, home: first.home });
    test.after(() => second.dispose());
    const client = new Client(second.url, second.key);
    await client.answer(runId, "gate", { action: "accept" });
    await client.ended(runId);
    const shown = await text(client);
    const ended = `openwop_run_status="completed",openwop_workflow_id="conformance-approval"`;
    assert.equal(seriesOf(shown, `openwop_run_completed_total{${ended}}`), 1);
    const gate = `openwop_node_type="core.approvalGate",openwop_run_status="completed"`;
    assert.equal(seriesOf(shown, `openwop_node_completed_total{${gate}}`), 1);
    const kind = `openwop_interrupt_kind="approval",openwop_run_status="resolved"`;
    assert.equal(seriesOf(shown, `openwop_interrupt_duration_seconds_count{${kind}}`), 1);
    assert.equal(seriesOf(shown, `openwop_interrupt_requested_total{openwop_interrupt_kind="approval"}`), undefined);
  });
});

describe("metrics for everybody", { skip: needsOwnDaemon() }, () => {
  const config = "metrics:\n  enabled: true\n  public: true\n  maxWorkflows: 1\n";
  const host = useDaemon({ fixtures: ownFixtures, config });

  it("need no key", async () => {
    assert.equal((await host.client.anonymous("GET", "/metrics")).status, 200);
  });

  it("keep as many workflows apart as they may, and count the others together", async () => {
    for (const id of ["conformance-noop", "conformance-multi-node", "conformance-identity"]) {
      await host.client.ended(await host.client.createRun(id, { inputs: { payload: {} } }));
    }
    const shown = await text(host.client);
    const of = (workflow: string) =>
      seriesOf(shown, `openwop_run_created_total{openwop_workflow_id="${workflow}",openwop_tenant_id="default"}`);
    assert.deepEqual([of("conformance-noop"), of("other"), of("conformance-multi-node")], [1, 2, undefined]);
  });
});

describe("a host without metrics", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();

  it("has no such path", async () => {
    assertRefused(await host.client.get("/metrics"), 404, "not_found");
  });
});

describe("log records", { skip: needsOwnDaemon() }, () => {
  const config = "telemetry:\n  logRecords: true\nlog:\n  destination: stderr\n";
  const host = useDaemon({ fixtures: ownFixtures, config });

  it("tell of each run and node at the contract's levels", async () => {
    const runId = await host.client.createRun("conformance-failure");
    await host.client.ended(runId);
    await host.daemon.stop();
    const lines = host.daemon.stderr();
    for (const kind of ["openwop.run.created", "openwop.run.completed", "openwop.node.completed"]) {
      assert.ok(lines.includes(kind), `${kind} in:\n${lines}`);
    }
    assert.ok(lines.includes(runId));
  });
});
