import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, answer, openDouble } from "./support/double.ts";

describe("parley runs cancel", () => {
  it("passes the reason on and shows the status", async (t) => {
    const double = await openDouble(t, {
      "POST /v1/runs/run_1/cancel": always({ runId: "run_1", status: "cancelled" }),
    });
    const { out } = await cli(["runs", "cancel", "run_1", "--reason", "wrong"], { home: makeHome(t, double.url) });
    assert.equal(out, "run_1  cancelled\n");
    assert.deepEqual(double.seen[0]?.body, { reason: "wrong" });
  });

  const results = [
    { runId: "run_1", ok: true, status: "cancelled" },
    { runId: "run_2", ok: false, error: { error: "run_terminal", message: "It is over.", code: "run_terminal" } },
  ];

  it("cancels several in one request, and fails when one could not be", async (t) => {
    const double = await openDouble(t, { "POST /v1/runs:bulk-cancel": always({ results }) });
    const args = ["runs", "cancel", "run_1", "run_2", "--reason", "all"];
    const { code, out } = await cli(args, { home: makeHome(t, double.url) });
    assert.equal(out, "run_1  cancelled\nrun_2  It is over. (run_terminal)\n");
    assert.equal(code, 1);
    assert.deepEqual(double.seen[0]?.body, { runIds: ["run_1", "run_2"], reason: "all" });
    const json = await cli([...args, "--json"], { home: makeHome(t, double.url) });
    assert.deepEqual(jsonLines(json.out), results);
  });

  it("asks for at most a hundred at once", async (t) => {
    const double = await openDouble(t, {
      "POST /v1/runs:bulk-cancel": (_request, response) => answer(response, { results: [] }),
    });
    const runIds = Array.from({ length: 205 }, (_, at) => `run_${at}`);
    const { code } = await cli(["runs", "cancel", ...runIds], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.deepEqual(
      double.seen.map(({ body }) => (body as { runIds: string[] }).runIds.length),
      [100, 100, 5],
    );
  });
});

describe("parley runs pause and resume", () => {
  it("waits for the running step unless it is told not to", async (t) => {
    const double = await openDouble(t, {
      "POST /v1/runs/run_1:pause": always({ runId: "run_1", status: "paused" }),
      "POST /v1/runs/run_2:pause": always({ runId: "run_2", status: "paused", pausedAt: "2026-01-02T03:04:05Z" }),
    });
    const home = makeHome(t, double.url);
    const first = await cli(["runs", "pause", "run_1", "--reason", "lunch"], { home });
    assert.equal(first.out, "run_1  pauses when the running step has ended\n");
    assert.deepEqual(double.seen[0]?.body, { reason: "lunch" });
    const second = await cli(["runs", "pause", "run_2", "--now"], { home });
    assert.equal(second.out, "run_2  paused\n");
    assert.deepEqual(double.seen[1]?.body, { drainPolicy: "immediate" });
  });

  it("goes on", async (t) => {
    const double = await openDouble(t, {
      "POST /v1/runs/run_1:resume": always({ runId: "run_1", status: "running", resumedAt: "2026-01-02T03:04:05Z" }),
    });
    const { out } = await cli(["runs", "resume", "run_1"], { home: makeHome(t, double.url) });
    assert.equal(out, "run_1  running\n");
    assert.deepEqual(double.seen[0]?.body, {});
  });
});

describe("parley runs annotate", () => {
  const annotation = {
    annotationId: "ann_1",
    target: { runId: "run_1", nodeId: "a" },
    signal: { kind: "rating", rating: 2 },
    actor: { principalRef: "operator" },
    note: "too\nlong",
    createdAt: "2026-01-02T03:04:05.678Z",
  };

  for (const { options, body } of [
    { options: ["--rating", "2"], body: { signal: { kind: "rating", rating: 2 } } },
    { options: ["--flag", "--note", "look"], body: { signal: { kind: "flag" }, note: "look" } },
    {
      options: ["--label", "odd", "--node", "a"],
      body: { signal: { kind: "label", label: "odd" }, target: { nodeId: "a" } },
    },
    {
      options: ["--correction", "42", "--event", "evt_1"],
      body: { signal: { kind: "correction", correction: "42" }, target: { eventId: "evt_1" } },
    },
  ]) {
    it(`says ${options.join(" ")}`, async (t) => {
      const double = await openDouble(t, { "POST /v1/runs/run_1/annotations": always(annotation) });
      const { code, out } = await cli(["runs", "annotate", "run_1", ...options], { home: makeHome(t, double.url) });
      assert.equal(code, 0);
      assert.deepEqual(double.seen[0]?.body, body);
      assert.match(out, /2026-01-02 03:04:05Z +operator +a +rating: 2 +too long/);
    });
  }

  it("without a signal lists what was said", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs/run_1/annotations": always({ annotations: [annotation] }) });
    const home = makeHome(t, double.url);
    assert.match((await cli(["runs", "annotate", "run_1"], { home })).out, /rating: 2/);
    assert.deepEqual(jsonLines((await cli(["runs", "annotate", "run_1", "--json"], { home })).out), [annotation]);
  });

  for (const options of [
    ["--rating", "6"],
    ["--rating", "x"],
    ["--rating", "2", "--flag"],
    ["--note", "alone"],
  ]) {
    it(`refuses ${options.join(" ")} before anything is sent`, async (t) => {
      const double = await openDouble(t, {});
      const { code } = await cli(["runs", "annotate", "run_1", ...options], { home: makeHome(t, double.url) });
      assert.equal(code, 2);
      assert.equal(double.seen.length, 0);
    });
  }
});
