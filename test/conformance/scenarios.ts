// Runs that, together, emit every event type this host can emit over HTTP. Stream tests fold them through every mode.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Client } from "../support/client.ts";
import { chain, workflow } from "../support/definitions.ts";

export interface Scenario {
  name: string;
  /** Starts the run and brings it to its end; its id. */
  play(client: Client): Promise<string>;
}

export const scenarios: Scenario[] = [
  {
    name: "a run of three steps",
    play: async (client) => over(client, await client.createRun("conformance-multi-node")),
  },
  { name: "a failing run", play: async (client) => over(client, await client.createRun("conformance-failure")) },
  {
    name: "an approval",
    play: async (client) => {
      const runId = await client.createRun("conformance-approval");
      await client.settled(runId);
      assert.equal((await client.answer(runId, "gate", { action: "accept" })).status, 200);
      return over(client, runId);
    },
  },
  {
    name: "a clarification",
    play: async (client) => {
      const runId = await client.createRun("conformance-clarification");
      await client.settled(runId);
      assert.equal((await client.answer(runId, "ask", { answers: { q1: "green" } })).status, 200);
      return over(client, runId);
    },
  },
  {
    name: "a cancelled timer",
    play: async (client) => {
      const runId = await client.createRun("conformance-cancellable");
      await client.post(`/v1/runs/${runId}/cancel`);
      return over(client, runId);
    },
  },
  {
    name: "a pause",
    play: async (client) => {
      const runId = await client.createRun("conformance-delay", { inputs: { delayMs: 50 } });
      assert.equal((await client.post(`/v1/runs/${runId}:pause`, { drainPolicy: "immediate" })).status, 202);
      assert.equal((await client.post(`/v1/runs/${runId}:resume`)).status, 202);
      return over(client, runId);
    },
  },
  {
    name: "an artifact",
    play: async (client) => {
      const config = { artifactType: "report", data: { rows: 1 } };
      const emitting = workflow("conformance-artifact", {
        nodes: [{ id: "make", typeId: "conformance.artifact.emit", config }],
      });
      await client.register(emitting);
      return over(client, await client.createRun(emitting.id));
    },
  },
  {
    name: "variables and a way not taken",
    play: async (client) => {
      await client.register(choosing);
      return over(client, await client.createRun(choosing.id));
    },
  },
  {
    name: "more nodes than the run may start",
    play: async (client) => {
      const definition = chain("conformance-six", "core.noop", ["n1", "n2", "n3", "n4", "n5", "n6"]);
      await client.register(definition);
      const body = { configurable: { recursionLimit: 3 } };
      return over(client, await client.createRun(definition.id, { body }));
    },
  },
  {
    name: "channels whose triggers go round in a circle",
    play: async (client) => {
      await client.register(circle);
      return over(client, await client.createRun(circle.id));
    },
  },
  {
    name: "a parent whose child asks",
    play: async (client) => {
      const runId = await client.createRun("conformance-interrupt-parent-child-cancel");
      await client.settled(runId);
      const [child] = (await client.snapshot(runId)).childRuns;
      assert.equal((await client.answer(child.runId, "child-gate", { action: "accept" })).status, 200);
      return over(client, runId);
    },
  },
  {
    name: "a supervisor and its worker",
    play: async (client) => over(client, await client.createRun("conformance-multi-agent-handoff")),
  },
  {
    name: "a decision below the floor",
    play: async (client) => {
      const runId = await client.createRun("conformance-multi-agent-confidence-escalation");
      await client.settled(runId);
      assert.equal((await client.answer(runId, "supervisor", { answers: { confirm: "stop" } })).status, 200);
      return over(client, runId);
    },
  },
  { name: "an effect that fails once and is tried again", play: playRetry },
  {
    name: "a turn of the assistant",
    play: (client) => playTurn(client, "hello"),
  },
  { name: "a turn that uses a tool", play: (client) => playTurn(client, "calculate 6 * 7") },
];

const circle = workflow("conformance-circle", {
  nodes: [
    { id: "begin", typeId: "core.channelWrite", config: { channelName: "ping", value: 1 } },
    { id: "x", typeId: "core.channelWrite", config: { channelName: "pong", value: 1 } },
    { id: "y", typeId: "core.channelWrite", config: { channelName: "ping", value: 1 } },
  ],
  triggers: [
    { id: "on-ping", type: "channel-write", nodeId: "x", config: { channel: "ping" } },
    { id: "on-pong", type: "channel-write", nodeId: "y", config: { channel: "pong" } },
  ],
});

const choosing = workflow("conformance-choosing", {
  nodes: [
    { id: "set", typeId: "core.setVariable", config: { name: "way", value: "left" } },
    { id: "left", typeId: "core.noop" },
    { id: "right", typeId: "core.noop" },
  ],
  edges: [
    { from: "set", to: "left", condition: { type: "equals", left: "outputs.value", right: "left" } },
    { from: "set", to: "right", condition: { type: "equals", left: "outputs.value", right: "right" } },
  ],
});

/** Answers 503 to the first call of every run, 200 to the next. */
async function playRetry(client: Client): Promise<string> {
  let calls = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    calls += 1;
    response.writeHead(calls === 1 ? 503 : 200, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const definition = workflow("conformance-retry", {
      nodes: [
        {
          id: "call",
          typeId: "local.parley.testEffect",
          config: { url, class: "keyed" },
          settings: { retry: { maxAttempts: 3, backoffMs: 5 } },
        },
      ],
    });
    await client.register(definition);
    return await over(client, await client.createRun(definition.id));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function playTurn(client: Client, text: string): Promise<string> {
  const path = `/v1/host/parley/threads/scenario-${process.pid}-${performance.now()}/messages`;
  const { status, body } = await client.post(path, { text });
  assert.equal(status, 202);
  return over(client, body.runId);
}

async function over(client: Client, runId: string): Promise<string> {
  await client.ended(runId);
  return runId;
}
