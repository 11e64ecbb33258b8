// Creating, reading and listing runs (runs.md §1.2, §2, §9, §10).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { chain, workflow } from "../support/definitions.ts";
import { ownFixtures } from "../support/paths.ts";
import { conforms } from "../support/schemas.ts";
import { needsOwnDaemon, needsSeams, useDaemon } from "../support/suite.ts";

const noop = "conformance-noop";
const typed = workflow("conformance-typed-inputs", {
  nodes: [{ id: "only", typeId: "core.noop" }],
  variables: [
    { name: "text", type: "string", required: true },
    { name: "count", type: "number" },
    { name: "flag", type: "boolean" },
    { name: "map", type: "object" },
    { name: "list", type: "array", defaultValue: [1] },
  ],
});

describe("creating a run", () => {
  const host = useDaemon();
  const create = (body: unknown) => host.client.post("/v1/runs", body);
  before(() => host.client.register(typed));

  const deep = { a: { b: { c: { d: 1 } } } };
  for (const { name, body } of [
    { name: "nothing", body: {} },
    { name: "a workflowId that is no text", body: { workflowId: 7 } },
    { name: "an empty workflowId", body: { workflowId: "" } },
    { name: "a workflowId of 129 characters", body: { workflowId: "w".repeat(129) } },
    { name: "a member nobody declared", body: { workflowId: noop, priority: 1 } },
    { name: "inputs that are no object", body: { workflowId: noop, inputs: [1] } },
    { name: "101 tags", body: { workflowId: noop, tags: Array.from({ length: 101 }, (_, at) => `t${at}`) } },
    { name: "a tag of 257 characters", body: { workflowId: noop, tags: ["t".repeat(257)] } },
    { name: "an empty tag", body: { workflowId: noop, tags: [""] } },
    { name: "metadata of five levels", body: { workflowId: noop, metadata: { deep } } },
    { name: "metadata of more than 8192 bytes", body: { workflowId: noop, metadata: { text: "x".repeat(8_200) } } },
    { name: "an unknown key of configurable", body: { workflowId: noop, configurable: { speed: "fast" } } },
    { name: "recursionLimit 0", body: { workflowId: noop, configurable: { recursionLimit: 0 } } },
    { name: "recursionLimit as text", body: { workflowId: noop, configurable: { recursionLimit: "3" } } },
    { name: "recursionLimit 1.5", body: { workflowId: noop, configurable: { recursionLimit: 1.5 } } },
    { name: "runTimeoutMs as text", body: { workflowId: noop, configurable: { runTimeoutMs: "1000" } } },
    { name: "runTimeoutMs 0", body: { workflowId: noop, configurable: { runTimeoutMs: 0 } } },
    { name: "a callbackUrl that is no URL", body: { workflowId: noop, callbackUrl: "call me" } },
    { name: "a required input missing", body: { workflowId: typed.id, inputs: {} } },
    { name: "text where a number is declared", body: { workflowId: typed.id, inputs: { text: "a", count: "1" } } },
    { name: "a number where text is declared", body: { workflowId: typed.id, inputs: { text: 1 } } },
    { name: "a list where an object is declared", body: { workflowId: typed.id, inputs: { text: "a", map: [] } } },
    { name: "an object where a list is declared", body: { workflowId: typed.id, inputs: { text: "a", list: {} } } },
    { name: "a number where a boolean is declared", body: { workflowId: typed.id, inputs: { text: "a", flag: 0 } } },
  ]) {
    it(`refuses ${name}`, async () => {
      assertRefused(await create(body), 400, "validation_error");
    });
  }

  it("of a workflow that does not exist is 404 and names it", async () => {
    const details = assertRefused(await create({ workflowId: "no-such-workflow" }), 404, "not_found");
    assert.equal(details.workflowId, "no-such-workflow");
  });

  it("for a tenant the caller does not belong to is 403", async () => {
    const response = await create({ workflowId: noop, tenantId: "somebody-else" });
    assertRefused(response, 403, "tenant_membership_required");
  });

  it("in eval mode is 501: it is not offered", async () => {
    const body = { mode: "eval", evalSuiteRef: "suite@1", agentId: "a.b.c", workflowId: noop };
    const response = await create(body);
    assert.equal(response.status, 501, response.text);
  });

  it("accepts what is just within the limits", async () => {
    const tags = Array.from({ length: 100 }, (_, at) => `${at}`.padEnd(256, "ü"));
    const runId = await host.client.createRun(noop, { body: { tags, metadata: deep } });
    const snapshot = await host.client.snapshot(runId);
    assert.deepEqual(snapshot.tags, tags);
    assert.deepEqual(snapshot.metadata, deep);
  });

  it("keeps inputs nobody declared, and fills in defaults", async () => {
    const runId = await host.client.createRun(typed.id, { inputs: { text: "a", surprise: { x: 1 } } });
    await host.client.ended(runId);
    const { inputs, variables } = await host.client.snapshot(runId);
    assert.deepEqual(inputs, { text: "a", surprise: { x: 1 } });
    assert.deepEqual(variables, { text: "a", list: [1], surprise: { x: 1 } });
  });

  it("for a region is refused: where runs are kept is not promised", async () => {
    const response = await create({ workflowId: noop, residency: { region: "eu-central" } });
    assertRefused(response, 400, "residency_unavailable");
  });

  describe("within bounds", () => {
    const six = chain("conformance-six-steps", "core.noop", ["n1", "n2", "n3", "n4", "n5", "n6"]);
    before(() => host.client.register(six));

    it("stops at recursionLimit: cap.breached, no further node, then run.failed", async () => {
      const runId = await host.client.createRun(six.id, { body: { configurable: { recursionLimit: 3 } } });
      assert.equal(await host.client.ended(runId), "failed");
      const log = await host.client.log(runId);
      const started = log.filter((event) => event.type === "node.started").map((event) => event.nodeId);
      assert.deepEqual(started, ["n1", "n2", "n3"]);
      assert.deepEqual(
        log.slice(-2).map((event) => event.type),
        ["cap.breached", "run.failed"],
      );
      const { kind, limit, observed } = log.at(-2)?.payload ?? {};
      assert.deepEqual({ kind, limit, observed }, { kind: "node-executions", limit: 3, observed: 4 });
      assert.equal((await host.client.snapshot(runId)).error.code, "recursion_limit_exceeded");
    });

    it("completes when recursionLimit is just enough", async () => {
      const runId = await host.client.createRun(six.id, { body: { configurable: { recursionLimit: 6 } } });
      assert.equal(await host.client.ended(runId), "completed");
    });

    it("clamps a recursionLimit above the host's own, and enforces its own", async () => {
      const { body: discovery } = await host.client.anonymous("GET", "/.well-known/openwop");
      const most = discovery.limits.maxNodeExecutions as number;
      const ids = Array.from({ length: most + 1 }, (_, at) => `n${at}`);
      await host.client.register(chain("conformance-one-too-many", "core.noop", ids));
      const body = { configurable: { recursionLimit: most + 1_000 } };
      const runId = await host.client.createRun("conformance-one-too-many", { body });
      assert.equal(await host.client.ended(runId), "failed");
      const breach = (await host.client.log(runId)).find((event) => event.type === "cap.breached");
      assert.deepEqual(
        { limit: breach?.payload.limit, observed: breach?.payload.observed },
        { limit: most, observed: most + 1 },
      );
    });

    it("fails a run that takes longer than runTimeoutMs, also while it waits for a person", async () => {
      for (const workflowId of ["conformance-cancellable", "conformance-approval"]) {
        const runId = await host.client.createRun(workflowId, { body: { configurable: { runTimeoutMs: 300 } } });
        assert.equal(await host.client.ended(runId), "failed");
        const log = await host.client.log(runId);
        const breach = log.find((event) => event.type === "cap.breached");
        assert.equal(breach?.payload.kind, "run-duration");
        assert.equal(breach?.payload.limit, 300);
        assert.ok(breach?.payload.observed > 300);
        assert.equal(log.at(-1)?.type, "run.failed");
        assert.equal(log.at(-1)?.payload.error.code, "run_timeout");
        assert.ok(log.at(-1)?.payload.error.details.elapsedMs >= 300);
      }
    });
  });

  it("with a forced engine version needs a test key", { skip: needsSeams() }, async () => {
    const headers = { "x-force-engine-version": "1" };
    const response = await host.client.post("/v1/runs", { workflowId: noop }, headers);
    assert.equal(response.status, 201, "this daemon's key is a test key");
  });
});

describe("limits of a host that was configured lower", { skip: needsOwnDaemon() }, () => {
  const config = "limits:\n  maxNodeExecutions: 4\n  maxRunDurationMs: 1000\n  maxRequestBodyBytes: 65536\n";
  const host = useDaemon({ fixtures: ownFixtures, config });

  it("are what discovery says", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    const { maxNodeExecutions, maxRunDurationMs, maxRequestBodyBytes } = body.limits;
    assert.deepEqual([maxNodeExecutions, maxRunDurationMs, maxRequestBodyBytes], [4, 1_000, 65_536]);
  });

  it("hold for runs that ask for more: the lower bound counts", async () => {
    const five = chain("five-steps", "core.noop", ["a", "b", "c", "d", "e"]);
    await host.client.register(five);
    const asked = { configurable: { recursionLimit: 100, runTimeoutMs: 60_000 } };
    const tooMany = await host.client.createRun(five.id, { body: asked });
    const tooLong = await host.client.createRun("conformance-approval", { body: asked });
    assert.equal(await host.client.ended(tooMany), "failed");
    assert.equal((await host.client.snapshot(tooMany)).error.code, "recursion_limit_exceeded");
    assert.equal(await host.client.ended(tooLong), "failed");
    assert.equal((await host.client.snapshot(tooLong)).error.code, "run_timeout");
  });

  it("hold for bodies", async () => {
    const body = { workflowId: noop, inputs: { text: "x".repeat(66_000) } };
    assertRefused(await host.client.post("/v1/runs", body), 413, "payload_too_large");
  });
});

describe("reading a run", () => {
  const host = useDaemon();

  it("shows the question while it waits, and nothing of it afterwards", async () => {
    const runId = await host.client.createRun("conformance-clarification");
    await host.client.settled(runId);
    const waiting = await host.client.snapshot(runId);
    assert.equal(waiting.currentNodeId, "ask");
    assert.deepEqual(Object.keys(waiting.interrupt.data), ["questions"]);
    assert.equal(waiting.completedAt, undefined);
    await host.client.answer(runId, "ask", { answers: { q1: "red" } });
    await host.client.ended(runId);
    const over = await host.client.snapshot(runId);
    assert.equal(over.interrupt, undefined);
    assert.equal(over.currentNodeId, undefined);
    assert.ok(over.completedAt);
  });

  it("has a strong ETag: 304 until something happens, 200 right after", async () => {
    const runId = await host.client.createRun("conformance-approval");
    await host.client.settled(runId);
    const first = await host.client.get(`/v1/runs/${runId}`);
    const etag = String(first.headers.etag);
    assert.match(etag, /^"[^"]+"$/);
    const unchanged = await host.client.get(`/v1/runs/${runId}`, { "if-none-match": etag });
    assert.equal(unchanged.status, 304);
    assert.equal(unchanged.text, "");
    assert.equal(unchanged.headers.etag, etag);
    await host.client.answer(runId, "gate", { action: "accept" });
    const moved = await host.client.get(`/v1/runs/${runId}`, { "if-none-match": etag });
    assert.equal(moved.status, 200);
    assert.notEqual(moved.headers.etag, etag);
  });

  for (const header of ["*", 'W/"other", %s', '"a", %s, "b"', "W/%s"]) {
    it(`understands If-None-Match: ${header.replace("%s", "<etag>")}`, async () => {
      const runId = await host.client.createRun("conformance-noop");
      await host.client.ended(runId);
      const { headers } = await host.client.get(`/v1/runs/${runId}`);
      const response = await host.client.get(`/v1/runs/${runId}`, {
        "if-none-match": header.replace("%s", String(headers.etag)),
      });
      assert.equal(response.status, 304);
    });
  }

  it("that is unknown is 404, in the same words for every id", async () => {
    const texts = new Set<string>();
    for (const id of ["run_00000000000000000000000000", "x", "a".repeat(128)]) {
      const response = await host.client.get(`/v1/runs/${id}`);
      assertRefused(response, 404, "not_found");
      texts.add(response.text.replaceAll(id, "ID"));
    }
    assert.equal(texts.size, 1);
  });
});

describe("listing runs", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();
  const ids: string[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: a run as the wire has it
  const listed = (body: any): string[] => body.runs.map((run: any) => run.runId);

  before(async () => {
    for (let at = 0; at < 7; at += 1) {
      const workflowId = at % 2 === 0 ? "conformance-noop" : "conformance-approval";
      ids.push(await host.client.createRun(workflowId, { body: { tags: ["all", `number-${at}`] } }));
    }
    for (const runId of ids) await host.client.settled(runId);
  });

  it("shows snapshots, newest first", async () => {
    const { status, body } = await host.client.get("/v1/runs");
    assert.equal(status, 200);
    assert.deepEqual(listed(body), [...ids].reverse());
    for (const run of body.runs) conforms("run-snapshot", run);
  });

  it("filters by workflow, status and tag", async () => {
    const count = async (query: string) => (await host.client.get(`/v1/runs?${query}`)).body.runs.length;
    assert.equal(await count("workflowId=conformance-noop"), 4);
    assert.equal(await count("status=waiting-approval"), 3);
    assert.equal(await count("status=completed"), 4);
    assert.equal(await count("tag=number-3"), 1);
    assert.equal(await count("tag=all&status=completed"), 4);
    assert.equal(await count("tag=al"), 0, "tags match as a whole");
    assert.equal(await count("workflowId=conformance-noop&status=waiting-approval"), 0);
  });

  it("pages without gap or repetition, also while new runs come", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await host.client.get(`/v1/runs?tag=all&limit=3${cursor}`);
      assert.ok(body.runs.length <= 3);
      seen.push(...listed(body));
      cursor = body.nextCursor === undefined ? "" : `&cursor=${encodeURIComponent(body.nextCursor)}`;
      if (seen.length === 3) await host.client.createRun("conformance-noop", { body: { tags: ["all"] } });
    } while (cursor !== "");
    assert.deepEqual(seen, [...ids].reverse());
  });

  for (const query of ["status=done", "limit=0", "limit=-1", "limit=abc", "limit=1.5", "cursor=garbage!"]) {
    it(`refuses ${query}`, async () => {
      assertRefused(await host.client.get(`/v1/runs?${query}`), 400, "validation_error");
    });
  }
});
