// P-6: while turns are busy and messages wait behind them, everything else is answered at once.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Body, Client } from "../../../bench/chaos/client.ts";
import { createRandom } from "../../../bench/chaos/random.ts";
import { furnish } from "../../../bench/chaos-chat/home.ts";
import { ChatModel } from "../../../bench/chaos-chat/model.ts";
import { ToolReceiver } from "../../../bench/chaos-chat/receiver.ts";
import { messageText, TESTER, type TurnKind } from "../../../bench/chaos-chat/turns.ts";
import { testDaemon } from "../home.ts";

const THREADS = "/v1/host/parley/threads";
const BUSY_THREADS = 12;
const WAITING_PER_THREAD = 3;
const ROUNDS = 20;
/** What people accept as "at once" (P-6); in fact it is a few milliseconds. */
const AT_ONCE_MS = 1_000;
const MODEL_DEADLINE_MS = 10_000;

describe("a daemon with busy turns", () => {
  it("says how they stand, lists threads and stops a turn, each in under a second", { timeout: 60_000 }, async () => {
    const receiver = new ToolReceiver();
    const model = new ChatModel(createRandom(1), await receiver.listen());
    await using parley = await testDaemon();
    const { daemon, client } = parley;
    try {
      await furnish(daemon.home, await model.listen());
      await daemon.start();
      const stuck = await say(client, "stuck-0", "stuck", 0);
      const busy = await fillWithWork(client);
      await called(model, busy.length);

      const times: Record<string, number> = {};
      for (let round = 0; round < ROUNDS; round += 1) {
        await time(times, "GET runs/{id}", () => client.send("GET", `/v1/runs/${stuck.runId}`), isAnswered(200));
        await time(times, "GET threads", () => client.send("GET", THREADS), isAnswered(200));
        await time(times, "POST messages", () => post(client, "stuck-0", "plain", round + 1), isAnswered(202));
      }
      assert.equal((await client.get(`/v1/runs/${stuck.runId}`)).status, "running");
      await time(times, "POST stop", () => client.send("POST", `${THREADS}/stuck-0/stop`), isAnswered(200));
      assert.equal((await client.get(`/v1/runs/${stuck.runId}`)).status, "cancelled");

      for (const [what, ms] of Object.entries(times)) assert.ok(ms < AT_ONCE_MS, `${what} took ${ms} ms`);
    } finally {
      await daemon.kill();
      await Promise.all([model.close(), receiver.close()]);
    }
  });
});

async function fillWithWork(client: Client): Promise<Body[]> {
  const kinds: TurnKind[] = ["slow", "tools", "rounds"];
  const said = Array.from({ length: BUSY_THREADS * WAITING_PER_THREAD }, (_, at) =>
    say(client, `busy-${at % BUSY_THREADS}`, kinds[at % kinds.length] as TurnKind, at),
  );
  return Promise.all(said);
}

function post(client: Client, threadId: string, kind: TurnKind, number: number) {
  const text = messageText(kind, `${threadId}-${number}`);
  return client.send("POST", `${THREADS}/${threadId}/messages`, { body: { text, agent: TESTER } });
}

async function say(client: Client, threadId: string, kind: TurnKind, number: number): Promise<Body> {
  const reply = await post(client, threadId, kind, number);
  assert.ok(reply.outcome === "answered" && reply.status === 202, JSON.stringify(reply));
  return reply.body;
}

/** Waits until turns are under way: the model was called. */
async function called(model: ChatModel, most: number): Promise<void> {
  const untilMs = Date.now() + MODEL_DEADLINE_MS;
  while (model.count < Math.min(BUSY_THREADS, most)) {
    if (Date.now() > untilMs) throw new Error(`the model was called ${model.count} times only`);
    await setTimeout(5);
  }
}

type Sent = Awaited<ReturnType<Client["send"]>>;

function isAnswered(status: number): (sent: Sent) => boolean {
  return (sent) => sent.outcome === "answered" && sent.status === status;
}

/** Keeps the longest time of each kind of request. */
async function time(
  times: Record<string, number>,
  what: string,
  send: () => Promise<Sent>,
  isRight: (sent: Sent) => boolean,
): Promise<void> {
  const beganMs = performance.now();
  const sent = await send();
  times[what] = Math.max(times[what] ?? 0, performance.now() - beganMs);
  assert.ok(isRight(sent), `${what}: ${JSON.stringify(sent).slice(0, 300)}`);
}
