// A daemon killed in the middle of a fork goes on with it: nothing of the history is missing or stands twice.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { checkStore } from "../../bench/chaos/check-store.ts";
import { Findings } from "../../bench/chaos/findings.ts";
import { Client, type LoggedEvent } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";

const TIMEOUT_MS = 240_000;
const RUN_DEADLINE_MS = 30_000;
const NODES = 320;

/** One after the other, so that the log needs several pages. */
const long = workflow("crash-fork-long", {
  nodes: [
    ...Array.from({ length: NODES }, (_, at) => ({ id: `n${at}`, typeId: "core.noop" })),
    { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?" } },
  ],
  edges: Array.from({ length: NODES }, (_, at) => ({ from: `n${at}`, to: at + 1 < NODES ? `n${at + 1}` : "gate" })),
});

const said = (log: LoggedEvent[]) =>
  log.map(({ type, nodeId, sequence, timestamp }) => ({ sequence, type, nodeId, timestamp }));
const clientOf = ({ url, key }: Daemon) => new Client(url, key);

describe("a daemon killed in the middle of forks", () => {
  it("ends each of them as if nothing had been", { timeout: TIMEOUT_MS }, async () => {
    let daemon = await startDaemon({ seams: true });
    try {
      const { runId, log } = await makeSource(clientOf(daemon));
      // The last event of the gate's question: a branch from here is still open when it stands.
      const fromSeq = log.findIndex(({ type }) => type === "approval.received");
      let cut = 0;
      for (let hit = 4; hit <= 40; hit += 6) {
        await daemon.stop();
        const { home } = daemon;
        daemon = await startDaemon({ home, seams: true, env: { PARLEY_STOP_AT: `store.after-commit:${hit}` } }).catch(
          () => startDaemon({ home, seams: true }),
        );
        const forks = [{ mode: "replay", fromSeq: 300 }, { mode: "branch", fromSeq }, { mode: "replay" }];
        const ask = () =>
          Promise.allSettled(forks.map((body, at) => fork(clientOf(daemon), runId, body, `${hit}-${at}`)));
        await ask();
        await Promise.race([daemon.exited, untilDone(clientOf(daemon), await ask())]);
        await daemon.kill();
        cut += cutForks(home);
        daemon = await startDaemon({ home, seams: true });
        const client = clientOf(daemon);
        const ids = (await ask()).map((made) =>
          made.status === "fulfilled" ? made.value : assert.fail(String(made.reason)),
        );
        await assertWhole(client, ids, { runId, log, fromSeq });
      }
      assert.ok(cut > 0, "a fork was cut in the middle");
      await daemon.stop();
      const findings = new Findings();
      await checkStore(daemon.home, findings);
      assert.deepEqual(findings.list, []);
    } finally {
      await daemon.dispose();
    }
  });
});

/** Forks of which some events stand, but not all. */
function cutForks(home: string): number {
  const database = new DatabaseSync(join(home, "data", "parley.db"));
  try {
    const sql = "SELECT count(*) AS cut FROM runs WHERE unfinished = 1 AND last_seq >= 0";
    return Number(database.prepare(sql).get()?.cut);
  } finally {
    database.close();
  }
}

async function makeSource(client: Client): Promise<{ runId: string; log: LoggedEvent[] }> {
  await client.register(long);
  const runId = await client.createRun(long.id);
  assert.equal(await client.settled(runId, RUN_DEADLINE_MS), "waiting-approval");
  assert.equal((await client.answer(runId, "gate", { action: "accept" })).status, 200);
  assert.equal(await client.ended(runId), "completed");
  return { runId, log: await client.log(runId) };
}

async function fork(client: Client, runId: string, body: object, key: string): Promise<string> {
  const response = await client.post(`/v1/runs/${runId}:fork`, body, { "idempotency-key": key });
  assert.equal(response.status, 201, response.text);
  return response.body.runId;
}

/** The daemon may be gone before: then it was killed, as it should be. */
async function untilDone(client: Client, made: PromiseSettledResult<string>[]): Promise<void> {
  const ids = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  await Promise.all(ids.map((id) => client.settled(id, RUN_DEADLINE_MS))).catch(() => undefined);
}

async function assertWhole(
  client: Client,
  [late = "", branch = "", whole = ""]: string[],
  { log, fromSeq }: { runId: string; log: LoggedEvent[]; fromSeq: number },
): Promise<void> {
  for (const id of [late, whole]) {
    assert.equal(await client.ended(id, RUN_DEADLINE_MS), "completed");
    assert.deepEqual(said(await client.log(id)), said(log));
  }
  if ((await client.settled(branch, RUN_DEADLINE_MS)) !== "completed") {
    const open = await client.get(`/v1/host/parley/runs/${branch}/interrupts`);
    assert.equal(open.body.interrupts.length, 1, "it asks once");
    await client.answer(branch, "gate", { action: "accept" });
    assert.equal(await client.ended(branch, RUN_DEADLINE_MS), "completed");
  }
  assert.deepEqual(said((await client.log(branch)).slice(0, fromSeq)), said(log.slice(0, fromSeq)));
}
