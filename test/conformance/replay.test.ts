// Replays: nothing happens twice, everything reads the same (runs.md §14.2-§14.4, streams-webhooks.md §4).

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { assertRefused, type LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsSeams, useDaemon } from "../support/suite.ts";

/** Runs that come to an end by themselves, of every kind of node that waits for something. */
const selfDriven: { workflowId: string; inputs?: object }[] = [
  { workflowId: "conformance-noop" },
  { workflowId: "conformance-identity", inputs: { payload: { deep: [1, "two", null] } } },
  { workflowId: "conformance-multi-node" },
  { workflowId: "conformance-failure" },
  { workflowId: "conformance-delay", inputs: { delayMs: 20 } },
  { workflowId: "conformance-channel-ttl" },
  { workflowId: "conformance-message-reducer" },
  { workflowId: "conformance-agent-reasoning-streaming" },
  { workflowId: "conformance-conversation-lifecycle" },
  { workflowId: "conformance-conversation-replay" },
  { workflowId: "conformance-subworkflow-parent" },
  { workflowId: "conformance-dispatch-cross-worker-handoff" },
  { workflowId: "conformance-multi-agent-handoff" },
  { workflowId: "conformance-orchestrator-terminate" },
];

/** What a log tells, whoever's it is: a cause is named by its place in the log. */
const said = (log: LoggedEvent[]) => {
  const places = new Map(log.map(({ eventId, sequence }) => [eventId, sequence]));
  return log.map(({ type, nodeId, sequence, timestamp, causationId, payload: { runId: _own, ...payload } }) => ({
    sequence,
    type,
    nodeId,
    timestamp,
    cause: causationId === undefined ? undefined : (places.get(causationId) ?? causationId),
    payload,
  }));
};

describe("a replay", { skip: needsSeams() }, () => {
  const host = useDaemon();
  let receiver: Server;
  let received = 0;
  let mixed: ReturnType<typeof workflow>;
  let mixedId: string;

  before(async () => {
    receiver = createServer((_request, response) => {
      received += 1;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    mixed = workflow("conformance-replay-mixed", {
      nodes: [
        { id: "set", typeId: "core.setVariable", config: { name: "color", value: "red" } },
        { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?" } },
        { id: "ask", typeId: "core.clarificationGate", config: { questions: [{ id: "q", question: "Which?" }] } },
        { id: "wait", typeId: "core.delay", config: { delayMs: 30 } },
        { id: "write", typeId: "core.ai.callPrompt", config: { promptId: "p", expectsStreaming: true } },
        { id: "call", typeId: "local.parley.testEffect", config: { url, class: "keyed" } },
        { id: "last", typeId: "core.noop" },
      ],
      edges: [
        { from: "set", to: "gate" },
        { from: "gate", to: "ask" },
        { from: "gate", to: "wait" },
        { from: "ask", to: "write" },
        { from: "wait", to: "call" },
        { from: "write", to: "last" },
        { from: "call", to: "last" },
      ],
      variables: [{ name: "color", type: "string" }],
    });
    await host.client.register(mixed);
    mixedId = await host.client.createRun(mixed.id, {
      body: { configurable: { mockProvider: { id: "stream-text", config: { tokens: ["a", "b", "c"] } } } },
    });
    await host.client.settled(mixedId);
    await host.client.answer(mixedId, "gate", { action: "accept" });
    await host.client.settled(mixedId);
    await host.client.answer(mixedId, "ask", { answers: { q: "this" } });
    assert.equal(await host.client.ended(mixedId), "completed");
  });
  after(() => receiver.close());

  const replay = async (runId: string, fromSeq?: number): Promise<string> => {
    const body = { mode: "replay", ...(fromSeq !== undefined && { fromSeq }) };
    const response = await host.client.post(`/v1/runs/${runId}:fork`, body);
    assert.equal(response.status, 201, response.text);
    assert.deepEqual([response.body.mode, response.body.fromSeq], ["replay", fromSeq ?? 0]);
    await host.client.ended(response.body.runId);
    return response.body.runId;
  };

  const assertSame = async (forkId: string, sourceId: string, from: string): Promise<void> => {
    assert.deepEqual(said(await host.client.log(forkId)), said(await host.client.log(sourceId)), from);
    const [fork, source] = [await host.client.snapshot(forkId), await host.client.snapshot(sourceId)];
    assert.equal(JSON.stringify(fork.variables), JSON.stringify(source.variables), from);
    assert.equal(JSON.stringify(fork.channels), JSON.stringify(source.channels), from);
    assert.deepEqual(
      [fork.status, fork.error, fork.nodeStates],
      [source.status, source.error, source.nodeStates],
      from,
    );
  };

  for (const { workflowId, inputs } of selfDriven) {
    it(`of ${workflowId} reads like its source, from every event`, async () => {
      const sourceId = await host.client.createRun(workflowId, inputs && { inputs });
      await host.client.ended(sourceId);
      const { length } = await host.client.log(sourceId);
      for (let fromSeq = 0; fromSeq < length; fromSeq += 1) {
        await assertSame(await replay(sourceId, fromSeq), sourceId, `from ${fromSeq}`);
      }
    });
  }

  it("of a run with people, time, text and calls reads like its source, from every event, and calls nobody", async () => {
    const before = received;
    assert.equal(before, 1);
    const { length } = await host.client.log(mixedId);
    for (let fromSeq = 0; fromSeq < length; fromSeq += 1) {
      await assertSame(await replay(mixedId, fromSeq), mixedId, `from ${fromSeq}`);
    }
    assert.equal(received, before, "the receiver was not called again");
  });

  it("prompts nobody", async () => {
    const forkId = await replay(mixedId);
    const questions = await host.client.get(`/v1/host/parley/runs/${forkId}/interrupts`);
    assert.deepEqual(questions.body.interrupts, []);
  });

  it("begins at 0 when nothing else is said", async () => {
    const snapshot = await host.client.snapshot(await replay(mixedId));
    assert.deepEqual([snapshot.forkMode, snapshot.fromSeq, snapshot.sourceRunId], ["replay", 0, mixedId]);
  });

  it("can be replayed itself", async () => {
    await assertSame(await replay(await replay(mixedId, 5), 3), mixedId, "second generation");
  });

  it("of a run that was cancelled before its effect fails: replay_source_missing, and nothing is performed", async () => {
    const before = received;
    const definition = workflow("conformance-replay-side-effect-own", {
      nodes: [
        { id: "wait", typeId: "core.delay", config: { delayMs: 60_000 } },
        { id: "effect", typeId: "local.parley.testEffect", config: { url: "http://127.0.0.1:9/", class: "keyed" } },
      ],
      edges: [{ from: "wait", to: "effect" }],
    });
    await host.client.register(definition);
    const sourceId = await host.client.createRun(definition.id);
    await host.client.post(`/v1/runs/${sourceId}/cancel`);
    await host.client.ended(sourceId);
    const forkId = await replay(sourceId);
    const snapshot = await host.client.snapshot(forkId);
    assert.equal(snapshot.status, "failed");
    assert.equal(snapshot.error.code, "replay_source_missing");
    const log = await host.client.log(forkId);
    const failed = log.find(({ type }) => type === "node.failed");
    assert.equal(failed?.nodeId, "effect");
    assert.equal(failed?.payload.error.code, "replay_source_missing");
    const diverged = log.find(({ type }) => type === "replay.diverged");
    assert.ok(diverged && diverged.sequence < log.length - 1, "told before the end");
    assert.deepEqual(Object.keys(diverged.payload).sort(), [
      "atSequence",
      "divergenceKind",
      "divergencePoint",
      "originalEventId",
      "replayEventId",
      "sourceRunId",
    ]);
    assert.equal(received, before);
  });

  it("shows its divergence in debug streams only", async () => {
    const sourceId = await host.client.createRun("conformance-cancellable");
    await host.client.post(`/v1/runs/${sourceId}/cancel`);
    const forkId = await replay(sourceId);
    const types = async (mode: string) => {
      const stream = await host.client.events(forkId, `?streamMode=${mode}`);
      return (await stream.all(5_000)).map(({ event }) => event);
    };
    assert.ok((await types("debug")).includes("replay.diverged"));
    assert.ok(!(await types("updates")).includes("replay.diverged"));
  });

  it("cannot be answered, paused into the world or steered: it takes a cancel at most", async () => {
    const forkId = await replay(mixedId, 2);
    assertRefused(await host.client.answer(forkId, "gate", { action: "accept" }), 404, "interrupt_not_found");
  });
});
