// Runs outlive the process that ran them: killed in the middle, they go on, and nothing happens twice (runs.md §4.4).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures } from "../support/paths.ts";
import { waitingRun } from "../support/questions.ts";
import { type ReceivedCall, type Receiver, startReceiver } from "../support/receiver.ts";
import { needsOwnDaemon } from "../support/suite.ts";
import { logged } from "./channel-support.ts";
import { calling, childOf, gate } from "./children-support.ts";

const effect = (id: string, url: string, kind: "keyed" | "unkeyed") =>
  workflow(id, { nodes: [{ id: "call", typeId: "local.parley.testEffect", config: { url, class: kind } }] });

describe("a daemon that is killed", { skip: needsOwnDaemon() }, () => {
  const options: DaemonOptions = { fixtures: ownFixtures, seams: true };
  const receivers: Receiver[] = [];
  let first: Daemon;
  let second: Daemon;
  let client: Client;
  const runs = { delayed: "", waiting: "", parent: "", child: "", keyed: "", unkeyed: "" };
  let keyedCall: ReceivedCall;
  let keyed: Receiver;
  let unkeyed: Receiver;

  before(async () => {
    keyed = await startReceiver();
    unkeyed = await startReceiver();
    receivers.push(keyed, unkeyed);
    first = await startDaemon(options);
    const early = new Client(first.url, first.key);
    for (const one of [
      gate,
      calling("conformance-recovered-parent", gate.id),
      effect("conformance-recovered-keyed", keyed.url, "keyed"),
      effect("conformance-recovered-unkeyed", unkeyed.url, "unkeyed"),
    ]) {
      await early.register(one);
    }
    runs.delayed = await early.createRun("conformance-delay", { inputs: { delayMs: 2_500 } });
    runs.waiting = await waitingRun(early, "conformance-approval");
    runs.parent = await waitingRun(early, "conformance-recovered-parent");
    runs.child = await childOf(early, runs.parent);
    runs.keyed = await early.createRun("conformance-recovered-keyed");
    keyedCall = await keyed.next();
    runs.unkeyed = await early.createRun("conformance-recovered-unkeyed");
    await unkeyed.next();
    await first.kill();
    second = await startDaemon({ ...options, home: first.home });
    client = new Client(second.url, second.key);
  });

  after(async () => {
    await second?.dispose();
    await first?.dispose();
    for (const receiver of receivers) await receiver.close();
  });

  it("goes on with every run, and says so when the run next advances", async () => {
    const asleep = await client.log(runs.waiting);
    assert.deepEqual(logged(asleep, "workflow.restored"), [], "nothing is told of a run that only waits");
    assert.equal((await client.snapshot(runs.waiting)).status, "waiting-approval");
    assert.equal((await client.answer(runs.waiting, "gate", { action: "accept" })).status, 200);
    assert.equal(await client.ended(runs.waiting), "completed");
    assert.equal(await client.ended(runs.delayed, 10_000), "completed");
    for (const runId of [runs.waiting, runs.delayed]) {
      const log = await client.log(runId);
      const [restored, ...more] = logged(log, "workflow.restored");
      assert.deepEqual(more, []);
      assert.equal(typeof restored?.payload.engineVersion, "string");
      assert.ok((restored?.payload.fromSnapshotSeq ?? Number.NaN) < (restored?.sequence ?? 0));
    }
    const log = await client.log(runs.delayed);
    const [started, completed] = [logged(log, "node.started")[0], logged(log, "node.completed")[0]];
    const waitedMs = Date.parse(completed?.timestamp ?? "") - Date.parse(started?.timestamp ?? "");
    assert.ok(waitedMs >= 2_499, `the timer counts from its beginning: ${waitedMs} ms`);
  });

  it("makes a keyed call again under the same identity", async () => {
    const again = await keyed.next();
    assert.ok(again.key);
    assert.equal(again.key, keyedCall.key);
    again.answer(200);
    assert.equal(await client.ended(runs.keyed), "completed");
    const log = await client.log(runs.keyed);
    assert.equal(logged(log, "node.completed").length, 1);
  });

  it("does not repeat a call that must not be", async () => {
    assert.equal(await client.ended(runs.unkeyed), "failed");
    assert.equal((await client.snapshot(runs.unkeyed)).error.code, "interrupted");
    assert.equal(unkeyed.count, 1);
  });

  it("finds the child that it had before, and starts no other", async () => {
    assert.equal((await client.answer(runs.child, "gate", { action: "accept" })).status, 200);
    assert.equal(await client.ended(runs.parent), "completed");
    assert.deepEqual((await client.snapshot(runs.parent)).childRuns, [{ runId: runs.child, status: "completed" }]);
    assert.equal(logged(await client.log(runs.parent), "node.dispatched").length, 1);
  });
});
