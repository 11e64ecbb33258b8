// Streams of runs that are still going: live order, resume, buffering, keep-alive, closing (streams-webhooks.md §1-§2).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { within } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import type { Frame, SseStream } from "../support/sse.ts";
import { type Suite, useDaemon } from "../support/suite.ts";

const slowSteps = workflow("conformance-slow-steps", {
  nodes: [
    { id: "first", typeId: "core.delay", config: { delayMs: 60 } },
    { id: "second", typeId: "core.delay", config: { delayMs: 60 } },
    { id: "third", typeId: "core.delay", config: { delayMs: 60 } },
  ],
  edges: [
    { from: "first", to: "second" },
    { from: "second", to: "third" },
  ],
});

const slowGate = workflow("conformance-slow-gate", {
  nodes: [
    { id: "wait", typeId: "core.delay", config: { delayMs: 150 } },
    { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?", actions: ["accept", "reject"] } },
  ],
  edges: [{ from: "wait", to: "gate" }],
});

const KEEP_ALIVE_BOUND_MS = 16_000;

const modes = ["updates", "values", "messages", "debug", "updates,debug"];
let host: Suite;
/** Opened first and looked at last: a keep-alive takes 15 s. */
let idle: SseStream;

describe("a live stream", { concurrency: true }, () => {
  host = useDaemon();
  before(async () => {
    await host.client.register(slowSteps);
    await host.client.register(slowGate);
    idle = await host.client.events(await host.client.createRun("conformance-approval"));
  });
  after(() => idle?.close());

  describe("as such", { concurrency: true }, following);
  describe("with Last-Event-ID", { concurrency: true }, resuming);
  describe("with bufferMs", { concurrency: true }, buffering);
});

function following(): void {
  it("say what they are: no cache, no buffering proxy", async () => {
    const stream = await host.client.events(await host.client.createRun("conformance-noop"));
    assert.match(String(stream.headers["content-type"]), /^text\/event-stream/);
    assert.equal(stream.headers["cache-control"], "no-cache");
    await stream.all();
  });

  it("begin before the run has anything new to tell", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    for (const mode of modes) {
      const stream = await host.client.events(runId, `?streamMode=${mode}`, { "last-event-id": "1" });
      stream.close();
    }
    await host.client.post(`/v1/runs/${runId}/cancel`);
  });

  it("show the same live as afterwards, to every subscriber, in every mode", async () => {
    const runId = await host.client.createRun(slowSteps.id);
    const live = await Promise.all(
      modes
        .flatMap((mode) => [mode, mode, mode])
        .map(async (mode) => {
          const stream = await host.client.events(runId, `?streamMode=${mode}`);
          return { mode, frames: await stream.all() };
        }),
    );
    for (const { mode, frames } of live) {
      const replayed = await (await host.client.events(runId, `?streamMode=${mode}`)).all();
      assert.deepEqual(outlineOf(frames), outlineOf(replayed), mode);
    }
  });

  it("close after the terminal event in every mode, however the run ends", async () => {
    for (const ending of ["completed", "failed", "cancelled"]) {
      const runId = await host.client.createRun(
        { completed: "conformance-delay", failed: "conformance-failure", cancelled: "conformance-cancellable" }[
          ending
        ] as string,
        ending === "completed" ? { inputs: { delayMs: 80 } } : {},
      );
      const streams = await Promise.all(modes.map((mode) => host.client.events(runId, `?streamMode=${mode}`)));
      if (ending === "cancelled") await host.client.post(`/v1/runs/${runId}/cancel`);
      const frames = await Promise.all(streams.map((stream) => stream.all()));
      assert.equal(frames[0]?.at(-1)?.event, `run.${ending}`);
    }
  });

  it("of a run that was over before end with its history", async () => {
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    const frames = await (await host.client.events(runId)).all(1_000);
    assert.equal(frames.at(-1)?.event, "run.completed");
  });

  it("are not limited in number: 100 subscribers of one run all get the end", async () => {
    const runId = await host.client.createRun("conformance-delay", { inputs: { delayMs: 600 } });
    const streams = await Promise.all(Array.from({ length: 100 }, () => host.client.events(runId)));
    const ends = await Promise.all(streams.map(async (stream) => (await stream.all()).at(-1)?.event));
    assert.deepEqual(new Set(ends), new Set(["run.completed"]));
  });

  it("survive a neighbour that goes away in the middle", async () => {
    const runId = await host.client.createRun(slowSteps.id);
    const [leaving, staying] = await Promise.all([host.client.events(runId), host.client.events(runId)]);
    leaving.close();
    const frames = await staying.all();
    assert.equal(frames.at(-1)?.event, "run.completed");
  });

  it("that are idle say so with a comment, never with an event", async () => {
    await watchComment(idle);
    assert.match(idle.comments[0] ?? "", /^:\s*keepalive/);
    const types = idle.frames.map((frame) => frame.event);
    assert.deepEqual(types.slice(0, 3), ["run.started", "node.suspended", "interrupt.requested"]);
    assert.ok(!types.includes("message"));
  });
}

function resuming(): void {
  for (const mode of ["updates", "debug"]) {
    it(`resumes ${mode} at each position of a finished run: no gap, no repetition`, async () => {
      const runId = await host.client.createRun("conformance-multi-node");
      await host.client.ended(runId);
      const whole = await (await host.client.events(runId, `?streamMode=${mode}`)).all();
      const last = (await host.client.log(runId)).length - 1;
      for (let position = 0; position <= last; position += 1) {
        const resumed = await host.client.events(runId, `?streamMode=${mode}`, { "last-event-id": String(position) });
        const expected = whole.filter((frame) => Number(frame.id) > position);
        assert.deepEqual(outlineOf(await resumed.all()), outlineOf(expected), `after ${position}`);
      }
    });
  }

  it("resumes a run that is going on, at each position: no gap, no repetition", async () => {
    const runId = await host.client.createRun(slowSteps.id);
    const first = await host.client.events(runId, "?streamMode=debug");
    await first.until((frame) => frame.event === "node.completed");
    const seen = first.frames.length;
    const resumed = await Promise.all(
      Array.from({ length: seen }, async (_, position) => {
        const headers = { "last-event-id": String(position) };
        const stream = await host.client.events(runId, "?streamMode=debug", headers);
        return { position, frames: await stream.all() };
      }),
    );
    const whole = await first.all();
    for (const { position, frames } of resumed) {
      assert.deepEqual(outlineOf(frames), outlineOf(whole.slice(position + 1)), `after ${position}`);
    }
  });

  it("can be switched with polling at any position", async () => {
    const runId = await host.client.createRun(slowSteps.id);
    const polled = await host.client.get(`/v1/runs/${runId}/events/poll?limit=2`);
    const last = polled.body.events.at(-1).sequence;
    const frames = await (
      await host.client.events(runId, "?streamMode=debug", { "last-event-id": String(last) })
    ).all();
    const sequences = [...polled.body.events, ...frames.map((frame) => frame.json)].map((event) => event.sequence);
    assert.deepEqual(
      sequences,
      sequences.map((_, at) => at),
    );
  });

  it("in values mode begins with a fresh snapshot", async () => {
    const runId = await host.client.createRun("conformance-multi-node");
    await host.client.ended(runId);
    const last = (await host.client.log(runId)).length - 1;
    for (let position = 0; position <= last; position += 1) {
      const headers = { "last-event-id": String(position) };
      const frames = await (await host.client.events(runId, "?streamMode=values", headers)).all();
      assert.equal(frames[0]?.event, "state.snapshot", `after ${position}`);
      for (const frame of frames) assert.ok(Number(frame.id) >= position, "nothing older than the resume point");
      assert.equal(frames.at(-1)?.json.payload.status, "completed");
    }
  });

  it("beyond the end waits for what is new, or closes when the run is over", async () => {
    const runId = await host.client.createRun("conformance-delay", { inputs: { delayMs: 100 } });
    const ahead = await host.client.events(runId, "", { "last-event-id": "1000" });
    await host.client.ended(runId);
    const over = await host.client.events(runId, "", { "last-event-id": "1000" });
    assert.deepEqual(await over.all(1_000), []);
    await within(ahead.closed, 2_000, () => "a stream that was ahead stayed open after the end");
  });
}

function buffering(): void {
  it("collects events into batch frames that hold what an unbuffered stream shows", async () => {
    const runId = await host.client.createRun(slowSteps.id);
    for (const mode of ["updates", "debug", "updates,debug"]) {
      const frames = await (await host.client.events(runId, `?streamMode=${mode}&bufferMs=100`)).all();
      const plain = await (await host.client.events(runId, `?streamMode=${mode}`)).all();
      for (const frame of frames) assertBatch(frame);
      assert.deepEqual(
        frames.flatMap((frame) => frame.json),
        plain.map((frame) => frame.json),
        mode,
      );
    }
  });

  it("batches snapshots of values mode too", async () => {
    const runId = await host.client.createRun("conformance-multi-node");
    await host.client.ended(runId);
    const frames = await (await host.client.events(runId, "?streamMode=values&bufferMs=200")).all();
    const documents = frames.flatMap((frame) => frame.json);
    assert.ok(documents.length > 1);
    for (const document of documents) assert.equal(document.type, "state.snapshot");
  });

  it("does not make the end of a run wait", async () => {
    const runId = await host.client.createRun("conformance-delay", { inputs: { delayMs: 200 } });
    const openedMs = performance.now();
    const frames = await (await host.client.events(runId, "?bufferMs=4000")).all();
    assert.ok(performance.now() - openedMs < 2_000);
    assert.equal(frames.at(-1)?.json.at(-1).type, "run.completed");
  });

  it("does not make a suspension wait", async () => {
    const runId = await host.client.createRun(slowGate.id);
    const stream = await host.client.events(runId, "?bufferMs=5000");
    const holds = (frame: Frame) => frame.json.some((event: { type: string }) => event.type === "node.suspended");
    await stream.until(holds, 2_000);
    stream.close();
  });

  it("is resumed by the id of a batch: no gap, no repetition", async () => {
    const runId = await host.client.createRun(slowSteps.id);
    const whole = await (await host.client.events(runId, "?streamMode=debug&bufferMs=30")).all();
    for (const [at, frame] of whole.entries()) {
      const headers = { "last-event-id": frame.id as string };
      const rest = await (await host.client.events(runId, "?streamMode=debug&bufferMs=30", headers)).all();
      assert.deepEqual(
        rest.flatMap((batch) => batch.json),
        whole.slice(at + 1).flatMap((batch) => batch.json),
      );
    }
  });

  it("of 0 means no buffering", async () => {
    const runId = await host.client.createRun("conformance-noop");
    const frames = await (await host.client.events(runId, "?bufferMs=0")).all();
    assert.equal(frames.at(-1)?.event, "run.completed");
  });
}

function watchComment(stream: SseStream): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = performance.now() + KEEP_ALIVE_BOUND_MS;
    const look = setInterval(() => {
      if (stream.comments.length === 0 && performance.now() < deadline) return;
      clearInterval(look);
      if (stream.comments.length > 0) resolve();
      else reject(new Error(`no keep-alive within ${KEEP_ALIVE_BOUND_MS} ms`));
    }, 50);
  });
}

function assertBatch(frame: Frame): void {
  assert.equal(frame.event, "batch");
  assert.ok(Array.isArray(frame.json) && frame.json.length > 0, "a batch holds at least one event");
  const sequences = frame.json.map((event: { sequence: number }) => event.sequence);
  assert.equal(frame.id, String(Math.max(...sequences)), "the id is the highest sequence of the batch");
}

function outlineOf(frames: readonly Frame[]): string[] {
  return frames.map((frame) => `${frame.id} ${frame.event}`);
}
