import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { displayCost } from "#cli/outcome.ts";
import { type CliOptions, cli, type Ended, jsonLines, makeHome } from "./support/cli.ts";
import {
  type Answerer,
  always,
  answer,
  type Double,
  drop,
  type Frame,
  inTurn,
  openDouble,
  refuse,
  stream,
} from "./support/double.ts";

const created = always({ runId: "run_1", status: "pending", eventsUrl: "/e", statusUrl: "/s" }, 201);

function event(sequence: number, type: string, payload: object = {}, nodeId?: string): Frame {
  const data = {
    eventId: `evt_${sequence}`,
    runId: "run_1",
    sequence,
    type,
    timestamp: "2026-01-01T00:00:00.000Z",
    payload,
  };
  return { id: sequence, event: type, data: nodeId === undefined ? data : { ...data, nodeId } };
}

const completed = [event(0, "run.started"), event(2, "node.completed", {}, "a"), event(3, "run.completed")];

interface Story {
  frames?: Frame[];
  events?: Answerer;
  snapshot?: object;
  routes?: Record<string, Answerer>;
  args?: string[];
  options?: Partial<CliOptions>;
}

async function runAgainst(t: TestContext, story: Story): Promise<Ended & { double: Double }> {
  const double = await openDouble(t, {
    "POST /v1/runs": created,
    "GET /v1/runs/run_1/events": story.events ?? stream(story.frames ?? completed),
    "GET /v1/runs/run_1": always({ runId: "run_1", workflowId: "w", status: "completed", ...story.snapshot }),
    ...story.routes,
  });
  const ended = await cli(["run", "w", ...(story.args ?? [])], { home: makeHome(t, double.url), ...story.options });
  return { ...ended, double };
}

const cost = (usd: number | undefined, input: number, output: number) => ({
  metrics: { openwopCost: { tokens: { input, output }, ...(usd !== undefined && { usd }) } },
});

describe("parley run", () => {
  it("prints id, status and cost, and the trace id when asked for it", async (t) => {
    const { code, out, err, double } = await runAgainst(t, { snapshot: cost(0.014, 1000, 284), args: ["--trace"] });
    const traceparent = String(double.to("/v1/runs")[0]?.headers.traceparent);
    const [, traceId] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/.exec(traceparent) ?? [];
    assert.equal(code, 0);
    assert.equal(out, `▸ run.id = run_1\n▸ status = succeeded\n▸ cost = $0.014 · 1,284 tok\n▸ trace = ${traceId}\n`);
    assert.equal(err, "  ✓ a\n");
  });

  it("sums the cost over the run and its children", async (t) => {
    const { out } = await runAgainst(t, {
      snapshot: { ...cost(0.01, 10, 5), childRuns: [{ runId: "run_2", status: "completed" }] },
      routes: { "GET /v1/runs/run_2": always({ runId: "run_2", status: "completed", ...cost(0.02, 1, 4) }) },
    });
    assert.match(out, /cost = \$0\.03 · 20 tok/);
  });

  it("sends the inputs: --input adds to --input-json", async (t) => {
    const args = ["--input-json", '{"a":1,"b":1}', "--input", "b=2", "--input", "who=Ada"];
    const { double } = await runAgainst(t, { args });
    assert.deepEqual(double.to("/v1/runs")[0]?.body, { workflowId: "w", inputs: { a: 1, b: 2, who: "Ada" } });
  });

  it("refuses --input-json that is no object", async (t) => {
    const { code, double } = await runAgainst(t, { args: ["--input-json", "[1]"] });
    assert.equal(code, 2);
    assert.equal(double.seen.length, 0);
  });

  it("ends at once with --no-wait", async (t) => {
    const { code, out, double } = await runAgainst(t, { args: ["--no-wait"] });
    assert.equal(code, 0);
    assert.equal(out, "▸ run.id = run_1\n▸ status = pending\n");
    assert.equal(double.seen.length, 1);
  });

  it("prints one object with --json, in the words of the wire", async (t) => {
    const { out, err } = await runAgainst(t, { args: ["--json", "--trace"] });
    const [run, ...more] = jsonLines(out);
    assert.equal(run?.status, "completed");
    assert.match(String(run?.traceId), /^[0-9a-f]{32}$/);
    assert.deepEqual(more, []);
    assert.equal(err, "");
  });

  for (const { status, type, code, shown } of [
    { status: "completed", type: "run.completed", code: 0, shown: "succeeded" },
    { status: "failed", type: "run.failed", code: 1, shown: "failed" },
    { status: "cancelled", type: "run.cancelled", code: 4, shown: "cancelled" },
  ]) {
    it(`ends with ${code} when the run ${status === "failed" ? status : `is ${status}`}`, async (t) => {
      const error = status === "failed" ? { error: { code: "effect_failed", message: "No luck." } } : {};
      const ended = await runAgainst(t, { frames: [event(0, type)], snapshot: { status, ...error } });
      assert.equal(ended.code, code);
      assert.match(ended.out, new RegExp(`status = ${shown}`));
      if (status === "failed") assert.match(ended.err, /error: No luck\. \(effect_failed\)/);
    });
  }

  it("ends with 1 and a hint when there is no such workflow", async (t) => {
    const envelope = { error: "not_found", message: "There is no workflow w.", details: { workflowId: "w" } };
    const missing: Answerer = (_request, response) => refuse(response, 404, envelope);
    const { code, err } = await runAgainst(t, { routes: { "POST /v1/runs": missing } });
    assert.equal(code, 1);
    assert.match(err, /parley workflows list/);
  });

  it("makes one run although the connection drops while it is created", async (t) => {
    const { code, double } = await runAgainst(t, { routes: { "POST /v1/runs": inTurn(drop, created) } });
    assert.equal(code, 0);
    const keys = double.to("/v1/runs").map(({ headers }) => headers["idempotency-key"]);
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
  });

  it("goes on where a broken stream stopped, and shows no step twice", async (t) => {
    const events = inTurn(
      stream([event(0, "run.started"), event(1, "node.completed", {}, "a")], "break"),
      drop,
      stream([event(2, "node.completed", {}, "b"), event(3, "run.completed")]),
    );
    const { code, err, double } = await runAgainst(t, { events });
    assert.equal(code, 0);
    const resumed = double.to("/v1/runs/run_1/events").map(({ headers }) => headers["last-event-id"]);
    assert.deepEqual(resumed, [undefined, "1", "1"]);
    assert.deepEqual(err.match(/✓ ./g), ["✓ a", "✓ b"]);
  });
});

const gate = {
  interruptId: "int_1",
  runId: "run_1",
  nodeId: "gate",
  kind: "approval",
  data: { artifactId: "x", artifactType: "y", title: "Ship it?", actions: ["accept", "reject"] },
  requestedAt: "2026-01-01T00:00:00.000Z",
};
const waiting = { status: "waiting-approval", interrupt: { kind: "approval", nodeId: "gate", data: gate.data } };

describe("a run that asks something", () => {
  it("ends the command with 3 when nobody is there, and says what it waits for", async (t) => {
    const events = stream([event(0, "node.suspended", {}, "gate")], "hold");
    const { code, out, err } = await runAgainst(t, { events, snapshot: waiting });
    assert.equal(code, 3);
    assert.match(out, /▸ status = suspended \(waits for approval "Ship it\?" at node gate\)/);
    assert.match(err, /parley interrupts answer run_1 gate/);
  });

  it("is watched on while another branch is busy", async (t) => {
    const events = stream([event(0, "node.suspended", {}, "gate"), event(1, "node.completed", {}, "b")], "hold");
    const status = inTurn(always({ runId: "run_1", status: "running" }), always({ runId: "run_1", ...waiting }));
    const { code } = await runAgainst(t, { events, routes: { "GET /v1/runs/run_1": status } });
    assert.equal(code, 3);
  });

  it("asks its question in the terminal, again after an answer that does not fit, and goes on", async (t) => {
    const stdin = new PassThrough();
    const answered: unknown[] = [];
    const given = ["maybe\n", "rej not today\n"];
    const { code, out } = await runAgainst(t, {
      routes: questionRoutes(answered),
      options: {
        terminal: true,
        stdin,
        env: { NO_COLOR: "1" },
        onOutput: (shown) => {
          if (shown.split("accept / reject [feedback]: ").length - 1 > 2 - given.length)
            stdin.write(given.shift() ?? "");
        },
      },
    });
    assert.equal(code, 0);
    assert.match(out, /Ship it\?/);
    assert.match(out, /Answer with one of: accept, reject\./);
    assert.deepEqual(answered, [{ resumeValue: { action: "reject", feedback: "not today" } }]);
  });

  it("stays suspended when the terminal is left", async (t) => {
    const { code } = await runAgainst(t, { routes: questionRoutes([]), options: { terminal: true, stdin: "" } });
    assert.equal(code, 3);
  });
});

/** A run that waits at its gate until somebody answers. */
function questionRoutes(answered: unknown[]): Record<string, Answerer> {
  let go: () => void = () => undefined;
  const isAnswered = new Promise<void>((resolve) => {
    go = resolve;
  });
  return {
    "GET /v1/runs/run_1/events": async (request, response) => {
      stream([event(0, "node.suspended", {}, "gate")], "hold")(request, response);
      await isAnswered;
      response.end(`id: 1\nevent: run.completed\ndata: ${JSON.stringify(event(1, "run.completed").data)}\n\n`);
    },
    "GET /v1/runs/run_1": (_request, response) => {
      const state = answered.length > 0 ? { status: "completed" } : waiting;
      answer(response, { runId: "run_1", ...state });
    },
    "GET /v1/host/parley/runs/run_1/interrupts": (_request, response) => {
      answer(response, { runId: "run_1", interrupts: answered.length > 0 ? [] : [gate] });
    },
    "POST /v1/runs/run_1/interrupts/gate": ({ body }, response) => {
      answered.push(body);
      answer(response, { runId: "run_1", nodeId: "gate", status: "running" });
      go();
    },
  };
}

describe("parley run FILE", () => {
  it("registers the completed definition, then runs it", async (t) => {
    const double = await openDouble(t, {
      "POST /v1/workflows": always(
        { workflowId: "my-flow", version: "0.0.0-dev", definitionHash: "h", created: true },
        201,
      ),
      "POST /v1/runs": created,
    });
    const home = makeHome(t, double.url);
    writeFileSync(join(home, "My Flow.yaml"), "nodes:\n  - id: a\n    typeId: core.noop\n");
    const { code } = await cli(["run", "./My Flow.yaml", "--no-wait"], { home });
    assert.equal(code, 0);
    assert.deepEqual(double.to("/v1/workflows")[0]?.body, {
      id: "my-flow",
      name: "my-flow",
      version: "0.0.0-dev",
      nodes: [{ id: "a", typeId: "core.noop", name: "a", position: { x: 0, y: 0 }, config: {}, inputs: {} }],
      edges: [],
      triggers: [],
      variables: [],
      metadata: {},
      settings: {},
    });
    assert.deepEqual(double.to("/v1/runs")[0]?.body, { workflowId: "my-flow", inputs: {} });
  });
});

describe("the cost of a run", () => {
  for (const { cost, shown } of [
    { cost: { usd: 0.014, tokens: 1284 }, shown: "$0.014 · 1,284 tok" },
    { cost: { tokens: 1284 }, shown: "unknown · 1,284 tok" },
    { cost: { usd: 0, tokens: 0 }, shown: "$0.00 · 0 tok" },
    { cost: { usd: 0.5, tokens: 1 }, shown: "$0.50 · 1 tok" },
    { cost: { usd: 0.01449, tokens: 1 }, shown: "$0.0145 · 1 tok" },
    { cost: { usd: 0.000123, tokens: 1 }, shown: "$0.000123 · 1 tok" },
    { cost: { usd: 0.00000001, tokens: 1 }, shown: "<$0.000001 · 1 tok" },
    { cost: { usd: 0.1 + 0.2, tokens: 1 }, shown: "$0.30 · 1 tok" },
    { cost: { usd: 1234.5, tokens: 1_234_567 }, shown: "$1,234.50 · 1,234,567 tok" },
    { cost: { usd: 1.999, tokens: 1 }, shown: "$2.00 · 1 tok" },
  ]) {
    it(`reads ${shown}`, () => assert.equal(displayCost(cost), shown));
  }
});
