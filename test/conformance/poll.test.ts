// Long polling, the fallback for those who cannot hold a stream (streams-webhooks.md §3).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { chain } from "../support/definitions.ts";
import { useDaemon } from "../support/suite.ts";

describe("polling", () => {
  const host = useDaemon();
  const poll = (runId: string, query = "") => host.client.get(`/v1/runs/${runId}/events/poll${query}`);

  describe("a finished run", () => {
    let runId: string;
    before(async () => {
      runId = await host.client.createRun("conformance-multi-node");
      await host.client.ended(runId);
    });

    it("gives everything from the start, in both published shapes", async () => {
      const { status, body } = await poll(runId);
      assert.equal(status, 200);
      assert.deepEqual(
        body.events.map((event: { sequence: number }) => event.sequence),
        [0, 1, 2, 3, 4, 5, 6, 7],
      );
      const { events: _, ...rest } = body;
      assert.deepEqual(rest, { runId, isComplete: true, isTerminal: true, lastEventSeq: 7, runStatus: "completed" });
      for (const event of body.events) {
        for (const member of ["eventId", "runId", "type", "payload", "timestamp", "sequence"])
          assert.ok(member in event);
      }
    });

    it("gives what comes after lastSequence, which is never repeated", async () => {
      for (let last = 0; last <= 7; last += 1) {
        const { body } = await poll(runId, `?lastSequence=${last}`);
        const expected = Array.from({ length: 7 - last }, (_, at) => last + 1 + at);
        assert.deepEqual(
          body.events.map((event: { sequence: number }) => event.sequence),
          expected,
        );
        assert.equal(body.isComplete, true);
      }
    });

    it("answers an empty page past the end, at once", async () => {
      const startedMs = performance.now();
      const { status, body } = await poll(runId, "?lastSequence=5000&timeout=30");
      assert.equal(status, 200);
      assert.deepEqual(body.events, []);
      assert.equal(body.isComplete, true);
      assert.ok(body.lastEventSeq === 5000 || body.lastEventSeq === 7);
      assert.ok(performance.now() - startedMs < 1_000);
    });

    it("says the same each time", async () => {
      const first = await poll(runId, "?lastSequence=2");
      for (let time = 0; time < 3; time += 1) assert.equal((await poll(runId, "?lastSequence=2")).text, first.text);
    });

    it("does not care about the tenses of limit: pages join without gap", async () => {
      const sequences: number[] = [];
      let query = "?limit=3";
      for (;;) {
        const { body } = await poll(runId, query);
        sequences.push(...body.events.map((event: { sequence: number }) => event.sequence));
        assert.ok(body.events.length <= 3);
        if (body.isComplete) break;
        query = `?limit=3&lastSequence=${sequences.at(-1)}`;
      }
      assert.deepEqual(sequences, [0, 1, 2, 3, 4, 5, 6, 7]);
    });
  });

  it("gives at most 100 events unless asked for more, and is not complete before the last page", async () => {
    const definition = chain(
      "conformance-long",
      "core.noop",
      Array.from({ length: 70 }, (_, at) => `n${at}`),
    );
    await host.client.register(definition);
    const runId = await host.client.createRun(definition.id);
    await host.client.ended(runId);
    const first = (await poll(runId)).body;
    assert.equal(first.events.length, 100);
    assert.deepEqual({ complete: first.isComplete, terminal: first.isTerminal }, { complete: false, terminal: true });
    const second = (await poll(runId, "?lastSequence=99")).body;
    assert.equal(second.events.length, 42);
    assert.equal(second.isComplete, true);
    assert.equal((await poll(runId, "?limit=1000")).body.events.length, 142);
  });

  describe("a run that goes on", () => {
    it("returns at once when there is something to read", async () => {
      const runId = await host.client.createRun("conformance-cancellable");
      const startedMs = performance.now();
      const { body } = await poll(runId, "?timeout=30");
      assert.ok(body.events.length >= 1);
      assert.ok(performance.now() - startedMs < 1_000);
      assert.deepEqual({ complete: body.isComplete, terminal: body.isTerminal }, { complete: false, terminal: false });
      await host.client.post(`/v1/runs/${runId}/cancel`);
    });

    it("waits for the next event and returns with it", async () => {
      const runId = await host.client.createRun("conformance-delay", { inputs: { delayMs: 500 } });
      const last = (await poll(runId)).body.lastEventSeq;
      const startedMs = performance.now();
      const { body } = await poll(runId, `?lastSequence=${last}&timeout=30`);
      const tookMs = performance.now() - startedMs;
      assert.ok(body.events.length >= 1);
      assert.ok(body.events[0].sequence === last + 1);
      assert.ok(tookMs > 100 && tookMs < 3_000, `${tookMs} ms`);
    });

    it("is complete with the page that brings the run's end", async () => {
      const runId = await host.client.createRun("conformance-approval");
      await host.client.settled(runId);
      const last = (await host.client.log(runId)).length - 1;
      const waiting = poll(runId, `?lastSequence=${last}&timeout=20`);
      await host.client.answer(runId, "gate", { action: "accept" });
      const { body } = await waiting;
      assert.equal(body.events.at(-1).type, "run.completed");
      assert.deepEqual(
        { complete: body.isComplete, terminal: body.isTerminal, status: body.runStatus },
        { complete: true, terminal: true, status: "completed" },
      );
    });

    it("returns an empty page when nothing came in time", async () => {
      const runId = await host.client.createRun("conformance-approval");
      await host.client.settled(runId);
      const last = (await host.client.log(runId)).length - 1;
      const startedMs = performance.now();
      const { status, body } = await poll(runId, `?lastSequence=${last}&timeout=1`);
      const tookMs = performance.now() - startedMs;
      assert.equal(status, 200);
      assert.deepEqual(body.events, []);
      assert.deepEqual(
        { complete: body.isComplete, terminal: body.isTerminal, status: body.runStatus },
        { complete: false, terminal: false, status: "waiting-approval" },
      );
      assert.equal(body.lastEventSeq, last);
      assert.ok(tookMs >= 900 && tookMs < 2_500, `${tookMs} ms`);
    });

    it("wakes every poller of the run", async () => {
      const runId = await host.client.createRun("conformance-approval");
      await host.client.settled(runId);
      const last = (await host.client.log(runId)).length - 1;
      const waiting = Array.from({ length: 10 }, () => poll(runId, `?lastSequence=${last}&timeout=20`));
      await host.client.answer(runId, "gate", { action: "accept" });
      for (const { body } of await Promise.all(waiting)) assert.ok(body.events.length > 0);
    });
  });

  for (const query of [
    "lastSequence=-1",
    "lastSequence=1.5",
    "lastSequence=abc",
    "timeout=-1",
    "timeout=abc",
    "timeout=1.5",
    "limit=-1",
    "limit=abc",
  ]) {
    it(`refuses ${query}`, async () => {
      const runId = await host.client.createRun("conformance-noop");
      await host.client.ended(runId);
      assertRefused(await poll(runId, `?${query}`), 400, "validation_error");
    });
  }
});
