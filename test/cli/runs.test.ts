import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { type Answerer, always, answer, type Frame, inTurn, openDouble, stream } from "./support/double.ts";

const run = (index: number) => ({
  runId: `run_${index}`,
  workflowId: "w",
  status: index === 0 ? "waiting-input" : "completed",
  createdAt: "2026-01-02T03:04:05.678Z",
});

/** A list of runs that gives `perPage` at once. */
function paged(count: number, perPage: number): Answerer {
  return ({ query }, response) => {
    const from = Number(query.get("cursor") ?? 0);
    const to = Math.min(count, from + Math.min(perPage, Number(query.get("limit"))));
    const runs = Array.from({ length: to - from }, (_, index) => run(from + index));
    answer(response, { runs, ...(to < count && { nextCursor: String(to) }) });
  };
}

describe("parley runs list", () => {
  it("shows a table in words for people", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs": paged(2, 10) });
    const { out } = await cli(["runs", "list"], { home: makeHome(t, double.url) });
    assert.equal(
      out,
      [
        "RUN    WORKFLOW  STATUS     CREATED               COST",
        "run_0  w         suspended  2026-01-02 03:04:05Z",
        "run_1  w         succeeded  2026-01-02 03:04:05Z",
        "",
      ].join("\n"),
    );
  });

  it("prints one object per line in words of the wire with --json", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs": paged(2, 10) });
    const { out } = await cli(["runs", "list", "--json"], { home: makeHome(t, double.url) });
    assert.deepEqual(jsonLines(out), [run(0), run(1)]);
  });

  it("passes its filters on", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs": paged(0, 10) });
    const args = ["runs", "list", "--status", "failed", "--workflow", "w", "--tag", "a b", "--limit", "7"];
    const { code, out, err } = await cli(args, { home: makeHome(t, double.url) });
    assert.deepEqual({ code, out }, { code: 0, out: "" });
    assert.match(err, /no such runs/);
    const query = Object.fromEntries(double.seen[0]?.query ?? []);
    assert.deepEqual(query, { status: "failed", workflowId: "w", tag: "a b", limit: "7" });
  });

  it("reads page by page up to the limit, and not further", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs": paged(1000, 100) });
    const { out } = await cli(["runs", "list", "--limit", "250", "--json"], { home: makeHome(t, double.url) });
    assert.equal(jsonLines(out).length, 250);
    assert.deepEqual(
      double.seen.map(({ query }) => query.get("limit")),
      ["100", "100", "50"],
    );
  });
});

describe("parley runs show", () => {
  it("shows what is known of a run, and its nodes", async (t) => {
    const snapshot = {
      ...run(1),
      status: "failed",
      inputs: { n: 1 },
      nodeStates: {
        a: { status: "completed", attempts: 1 },
        b: { status: "failed", attempts: 3, error: { message: "No luck" } },
      },
      error: { code: "effect_failed", message: "No luck" },
    };
    const double = await openDouble(t, { "GET /v1/runs/run_1": always(snapshot) });
    const { out } = await cli(["runs", "show", "run_1"], { home: makeHome(t, double.url) });
    assert.match(out, /^status {4}failed$/m);
    assert.match(out, /^error {5}No luck \(effect_failed\)$/m);
    assert.match(out, /^inputs {4}\{"n":1\}$/m);
    assert.match(out, /^b {5}failed {5}3 {9}No luck$/m);
  });

  it("asks for exactly the run that was named", async (t) => {
    const double = await openDouble(t, {});
    const { code } = await cli(["runs", "show", "../keys?x"], { home: makeHome(t, double.url) });
    assert.equal(code, 1);
    assert.equal(double.seen[0]?.path, "/v1/runs/..%2Fkeys%3Fx");
  });
});

const stored = (sequence: number, type: string, payload: object = {}) => ({
  eventId: `evt_${sequence}`,
  runId: "run_1",
  sequence,
  type,
  timestamp: "2026-01-01T10:00:00.123Z",
  payload,
});
const log = [
  stored(0, "run.started"),
  stored(1, "node.started"),
  stored(2, "output.chunk", { chunk: "Hel", isLast: false }),
  stored(3, "output.chunk", { chunk: "lo", isLast: true }),
  stored(4, "run.completed", { outputs: {} }),
];
const frame = (event: ReturnType<typeof stored>): Frame => ({ id: event.sequence, event: event.type, data: event });

describe("parley runs events", () => {
  const poll: Answerer = ({ query }, response) => {
    const after = Number(query.get("lastSequence") ?? -1);
    answer(response, { runId: "run_1", events: log.filter(({ sequence }) => sequence > after), isTerminal: true });
  };

  async function show(t: Parameters<typeof openDouble>[0], ...args: string[]) {
    const double = await openDouble(t, {
      "GET /v1/runs/run_1/events/poll": poll,
      "GET /v1/runs/run_1": always({ runId: "run_1", status: "completed" }),
    });
    return cli(["runs", "events", "run_1", ...args], { home: makeHome(t, double.url) });
  }

  it("shows the transitions", async (t) => {
    const { out } = await show(t);
    assert.equal(out, '   0  10:00:00.123  run.started\n   4  10:00:00.123  run.completed  {"outputs":{}}\n');
  });

  it("shows everything in the mode debug", async (t) => {
    const { out } = await show(t, "--stream-mode", "debug", "--json");
    assert.deepEqual(jsonLines(out), log);
  });

  it("prints the text inline in the mode messages", async (t) => {
    assert.equal((await show(t, "--stream-mode", "messages")).out, "Hello\n");
  });

  it("shows the present state in the mode values", async (t) => {
    assert.deepEqual(jsonLines((await show(t, "--stream-mode", "values")).out), [
      { runId: "run_1", status: "completed" },
    ]);
  });

  for (const { name, mode, says } of [
    { name: "a mode that is none", mode: "udpates", says: /Did you mean updates/ },
    { name: "values together with another mode", mode: "values,debug", says: /stands alone/ },
  ]) {
    it(`refuses ${name}`, async (t) => {
      const { code, err } = await show(t, "--stream-mode", mode);
      assert.equal(code, 2);
      assert.match(err, says);
    });
  }

  it("follows until the run ends, over a broken stream", async (t) => {
    const [first, , , , last] = log.map(frame) as [Frame, Frame, Frame, Frame, Frame];
    const events = inTurn(stream([first], "break"), stream([last]));
    const double = await openDouble(t, { "GET /v1/runs/run_1/events": events });
    const args = ["runs", "events", "run_1", "--follow", "--stream-mode", "updates,messages", "--json"];
    const { code, out } = await cli(args, { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.deepEqual(jsonLines(out), [log[0], log[4]]);
    assert.equal(double.seen[0]?.query.get("streamMode"), "updates,messages");
    assert.equal(double.seen[1]?.headers["last-event-id"], "0");
  });

  it("follows a mode that does not show the end, until the run is over", async (t) => {
    const chunk = (sequence: number, text: string): Frame => {
      const data = stored(sequence, "ai.message.chunk", { chunk: text, isLast: sequence === 3 });
      return { id: sequence, event: "ai.message.chunk", data };
    };
    const double = await openDouble(t, {
      "GET /v1/runs/run_1/events": inTurn(stream([chunk(2, "Hel")]), stream([chunk(3, "lo")])),
      "GET /v1/runs/run_1": inTurn(always({ status: "running" }), always({ status: "completed" })),
    });
    const args = ["runs", "events", "run_1", "-f", "--stream-mode", "messages"];
    const { code, out } = await cli(args, { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.equal(out, "Hello\n");
  });

  it("says that there is no such run", async (t) => {
    const double = await openDouble(t, {});
    const { code } = await cli(["runs", "events", "run_x", "--follow"], { home: makeHome(t, double.url) });
    assert.equal(code, 1);
  });
});
