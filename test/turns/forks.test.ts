// Forks of what agents did: turns with tools, approvals, delegation and supervisors, from every event, in both modes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forkRun } from "#app/fork-run.ts";
import type { Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { createRandom, type Random } from "../../bench/chaos/random.ts";
import { eventually } from "../support/host.ts";
import { anyAnswerTo, CHIEF, officeRoster, officeTools, randomProvider } from "./random-office.ts";
import { type Chat, openChat } from "./support.ts";

const calm = () => openMemoryStore({ random: () => 0, maxTurns: 0 });
const TIMEOUT_MS = 120_000;

/** Answers whatever is asked in the tenant until the run is over. */
async function finish(chat: Chat, store: Store, random: Random, runId: string): Promise<void> {
  await eventually(async () => {
    if ((await store.readRun(runId))?.endedMs !== undefined) return true;
    const open = await store.listOpenInterrupts({ tenantId: "default" }, { limit: 20 });
    for (const { runId: asking, nodeId, kind, data } of open.items) {
      const value = anyAnswerTo(random, kind, data) ?? { answers: { answer: "this one" } };
      await chat.answer(asking, nodeId, value).catch(() => undefined);
    }
    return false;
  }, `the end of ${runId}`);
}

const said = (log: readonly RunEvent[]) =>
  log.map(({ type, nodeId, sequence, timestamp, payload: { runId: _own, ...payload } }) => ({
    sequence,
    type,
    nodeId,
    timestamp,
    payload,
  }));

describe("forks of the runs of a random office", () => {
  for (let seed = 1; seed <= 16; seed += 1) {
    it(`replay as they were, and branch beside the chat (seed ${seed})`, { timeout: TIMEOUT_MS }, async () => {
      const random = createRandom(seed);
      let asked = 0;
      const provider = randomProvider(random.fork("model"), () => {
        asked += 1;
      });
      const store = calm();
      const chat = await openChat(store, { roster: officeRoster, provider, tools: officeTools });
      const { runId } = await chat.say("go", "m1", seed % 3 === 0 ? CHIEF : undefined);
      await finish(chat, store, random, runId);
      const messages = (await chat.messages()).length;
      const calls = asked;
      const family = (await store.listRunIds(50)).slice();

      const fork = async (source: string, body: Parameters<typeof forkRun>[3]): Promise<string> =>
        JSON.parse((await forkRun(chat.host.app, chat.host.call, source, body)).body).runId;

      for (const source of family) {
        const log = await chat.log(source);
        for (let fromSeq = 0; fromSeq < log.length; fromSeq += 1) {
          const replayed = await fork(source, { mode: "replay", fromSeq });
          await chat.ended(replayed);
          const label = `${source} from ${fromSeq} (${log[fromSeq]?.type})`;
          assert.deepEqual(said(await chat.log(replayed)), said(log), label);
        }
      }
      assert.equal(asked, calls, "no replay asked a model");
      assert.equal((await chat.messages()).length, messages, "no replay wrote to the chat");

      const log = await chat.log(runId);
      for (let fromSeq = 0; fromSeq < log.length; fromSeq += 3) {
        const branched = await fork(runId, { mode: "branch", fromSeq });
        await finish(chat, store, random, branched);
        const label = `branch from ${fromSeq} (${log[fromSeq]?.type})`;
        const lived = await chat.log(branched);
        assert.deepEqual(said(lived.slice(0, fromSeq)), said(log.slice(0, fromSeq)), label);
        assert.match(lived.at(-1)?.type ?? "", /^run\.(completed|failed)$/, label);
        const open = await store.listOpenInterrupts({ tenantId: "default", runId: branched }, { limit: 1 });
        assert.deepEqual(open.items, [], label);
      }
      assert.equal((await chat.messages()).length, messages, "no branch wrote to the chat");
      assert.equal((await store.readThread("default", "t1"))?.activeRunId, undefined, "no branch holds the lane");
      assert.deepEqual(await chat.log(runId), log, "the source stands as it stood");
      await chat.stop();
    });
  }
});
