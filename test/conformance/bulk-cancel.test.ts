// Cancelling many runs in one request: each entry for itself, in the order of the request (runs.md §4.2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";

const path = "/v1/runs:bulk-cancel";

describe("bulk cancel", () => {
  const host = useDaemon();

  it("answers one entry per id: cancelled, over, unknown", async () => {
    const { client } = host;
    const running = await client.createRun("conformance-cancellable");
    const waiting = await client.createRun("conformance-approval");
    await client.settled(waiting);
    const gone = await client.createRun("conformance-cancellable");
    await client.post(`/v1/runs/${gone}/cancel`, {});
    const completed = await client.createRun("conformance-noop");
    const failed = await client.createRun("conformance-failure");
    for (const runId of [completed, failed]) await client.ended(runId);
    const runIds = [completed, running, "run_unknown", failed, gone, waiting, running];
    const { status, body } = await client.post(path, { runIds, reason: "cleaning up" });
    assert.equal(status, 200);
    const over = (runId: string) => ({ runId, ok: false, code: "run_terminal" });
    const done = (runId: string) => ({ runId, ok: true, status: "cancelled" });
    assert.deepEqual(
      body.results.map(({ error, ...entry }: { error?: { code: string } }) => ({
        ...entry,
        ...(error && { code: error.code }),
      })),
      [
        over(completed),
        done(running),
        { runId: "run_unknown", ok: false, code: "not_found" },
        over(failed),
        done(gone),
        done(waiting),
        done(running),
      ],
    );
    for (const { error } of body.results) if (error) assert.equal(error.error, error.code);
    assert.ok(body.results.every(({ error }: { error?: { message: string } }) => error?.message !== ""));
    for (const runId of [running, waiting]) {
      const end = (await client.log(runId)).at(-1);
      assert.deepEqual([end?.type, end?.payload.reason], ["run.cancelled", "cleaning up"]);
    }
    assert.equal((await client.log(running)).filter(({ type }) => type === "run.cancelled").length, 1);
  });

  it("is 200 also when no run could be cancelled", async () => {
    const { status, body } = await host.client.post(path, { runIds: ["run_a", "run_b"] });
    assert.equal(status, 200);
    assert.deepEqual(
      body.results.map(({ ok }: { ok: boolean }) => ok),
      [false, false],
    );
  });

  it("takes a hundred ids, and repeats its answer for the same key", async () => {
    const runIds = Array.from({ length: 100 }, (_, at) => `run_${at}`);
    const key = { "idempotency-key": "bulk-1" };
    const first = await host.client.post(path, { runIds }, key);
    assert.equal(first.status, 200);
    assert.equal(first.body.results.length, 100);
    const again = await host.client.post(path, { runIds }, key);
    assert.equal(again.text, first.text);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
    assertRefused(await host.client.post(path, { runIds: ["run_0"] }, key), 409, "idempotency_key_mismatch");
  });

  for (const [what, body] of [
    ["no list", {}],
    ["an empty list", { runIds: [] }],
    ["101 ids", { runIds: Array.from({ length: 101 }, (_, at) => `run_${at}`) }],
    ["an id that is no text", { runIds: ["run_a", 7] }],
    ["a text for the list", { runIds: "run_a" }],
  ] as const) {
    it(`refuses ${what} as a whole, and says the bound`, async () => {
      const answer = await host.client.post(path, body);
      assertRefused(answer, 400, "validation_error");
      assert.equal(answer.body.details.maxRunIds, 100);
    });
  }

  it("refuses members it does not know, reasons without end, and callers without a key", async () => {
    const runIds = ["run_a"];
    assertRefused(await host.client.post(path, { runIds, force: true }), 400, "validation_error");
    assertRefused(await host.client.post(path, { runIds, reason: "x".repeat(513) }), 400, "validation_error");
    assertRefused(await host.client.anonymous("POST", path, { body: { runIds } }), 401, "unauthenticated");
  });
});
