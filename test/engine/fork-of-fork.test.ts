// Forks of runs that were cut short: branches of branches, replays of branches, replays of runs that still go on. A fork
// may begin at any event, also in the middle of what its source wrote in one go.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnded } from "#engine/state.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { branch, replay, said } from "./replay-support.ts";
import { Driver, edge, environmentOf, node, startOf, workflow } from "./support.ts";

const done = (value: JsonObject) => ({ outcome: "done", value }) as const;

/** Variables, channels, a conversation, a question, a sleep and an effect, one after the other. */
const definition = workflow(
  [
    node("set", "core.setVariable", { config: { name: "color", value: "red" } }),
    node("write", "core.channelWrite", { config: { channelName: "notes" }, inputs: { value: text("first") } }),
    node("convo", "core.conversationGate", { config: { prompt: "Well?" } }),
    node("gate", "core.approvalGate", { config: { title: "Go on?", timeoutMs: 10_000 } }),
    node("wait", "core.delay", { config: { delayMs: 5_000 } }),
    node("call", "test.effect", { settings: { retry: { maxAttempts: 3, backoffMs: 100 } } }),
    node("again", "core.channelWrite", { config: { channelName: "notes" }, inputs: { value: text("last") } }),
  ],
  [
    edge("set", "write"),
    edge("write", "convo"),
    edge("convo", "gate"),
    edge("gate", "wait"),
    edge("wait", "call"),
    edge("call", "again"),
  ],
  { channels: { notes: { reducer: "append" }, conversation: { reducer: "message" } } },
);

function text(value: string) {
  return { type: "static", value } as const;
}

/** Does whatever the run waits for, each step a little later, until it is over. */
function driveOn(run: Driver): Driver {
  for (let step = 0; step < 50 && !run.ended; step += 1) {
    run.nowMs += 300;
    if (run.state.waiting.has("convo")) talk(run);
    else if (run.state.waiting.has("gate")) run.answer("gate", { action: "accept", decidedBy: "anna" });
    else if (run.effects.size > 0) run.settle("call", done({ n: 2 }));
    else assert.ok(run.fireNext(), "nothing is left that would go on");
  }
  assert.equal(run.state.phase, "completed");
  return run;
}

function talk(run: Driver): void {
  if ((run.state.nodes.get("convo")?.conversation?.turns.length ?? 0) > 2) {
    run.answer("convo", { operation: "close", outcome: "agreed" });
  } else {
    run.answer("convo", { operation: "exchange", turn: { role: "user", content: "yes" } });
  }
}

const source = driveOn(new Driver(definition, startOf({ topic: "forks" })).begin());

describe("a branch from the middle of things", () => {
  for (const [fromSeq, { type, nodeId }] of source.log.entries()) {
    const live = driveOn(branch(source, fromSeq));

    it(`from ${fromSeq} (${type} ${nodeId ?? ""}) closes each conversation once, and says nothing after it`, () => {
      const told = Map.groupBy(
        live.log.filter((event) => event.type.startsWith("conversation.")),
        ({ payload }) => payload.conversationId,
      );
      for (const events of told.values()) {
        const closings = events.filter((event) => event.type === "conversation.closed");
        assert.ok(closings.length <= 1);
        if (closings[0]) assert.equal(events.at(-1), closings[0]);
      }
      assert.equal(live.state.nodes.get("convo")?.outputs?.output, "agreed");
    });

    it(`from ${fromSeq} (${type} ${nodeId ?? ""}) is replayed as it was`, () => {
      for (const replayFrom of [0, fromSeq, live.log.length - 1]) {
        const fork = replay(live, replayFrom);
        assert.deepEqual(said(fork.log), said(live.log));
        assert.deepEqual(timesOf(fork.log), timesOf(live.log));
        assert.deepEqual([...fork.state.channels], [...live.state.channels]);
        assert.equal(fork.state.phase, live.state.phase);
      }
    });
  }
});

function timesOf(log: readonly RunEvent[]): string[] {
  return log.map(({ timestamp }) => timestamp);
}

const pauses = [
  { drainPolicy: "drain-current-node", at: "call" },
  { drainPolicy: "immediate", at: "call" },
  { drainPolicy: "immediate", at: "wait" },
] as const;

describe("a replay of a run that is paused, was paused or is about to be", () => {
  for (const { drainPolicy, at } of pauses) {
    const run = pausedAt(at, drainPolicy);

    it(`(${drainPolicy} at ${at}) tells the pauses, and ends as the source did`, () => {
      for (let fromSeq = 0; fromSeq < run.log.length; fromSeq += 1) {
        const fork = replay(run, fromSeq);
        assert.deepEqual(said(fork.log), said(run.log));
        assert.equal(fork.state.phase, "completed");
      }
    });

    it(`(${drainPolicy} at ${at}) comes to an end wherever the record breaks off`, () => {
      for (let length = 1; length <= run.log.length; length += 1) {
        const soFar = Object.assign(Object.create(run) as Driver, { log: run.log.slice(0, length) });
        for (const fromSeq of [0, length - 1, length]) {
          const fork = replay(soFar, fromSeq);
          assert.ok(isEnded(fork.state), `${length} events, replayed from ${fromSeq}`);
          assert.deepEqual(said(fork.log.slice(0, length)), said(soFar.log));
        }
      }
    });
  }
});

describe("a replay of a long run that another process went on with", () => {
  const LENGTH = 100;
  const ids = Array.from({ length: LENGTH }, (_, at) => `n${at}`);
  const chain = workflow(
    ids.map((id) => node(id)),
    ids.slice(1).map((id, at) => edge(ids[at] as string, id)),
  );

  for (const fromSeq of [0, 1, 17, 100, 128, 129, 130, 150]) {
    it(`from ${fromSeq} is told of it where the source was`, () => {
      const run = new Driver(chain);
      run.give({ type: "start" });
      run.bootMs = run.nowMs + 1_000;
      run.nowMs += 2_000;
      run.give({ type: "continue" });
      assert.ok(run.ended && run.types.includes("workflow.restored"));
      const fork = replay(run, fromSeq);
      assert.deepEqual(said(fork.log), said(run.log));
      assert.deepEqual(timesOf(fork.log), timesOf(run.log));
    });
  }
});

/** A run that was paused where a node was at work, resumed, and went on to its end. */
function pausedAt(nodeId: string, drainPolicy: "drain-current-node" | "immediate"): Driver {
  const nodes = [
    node("wait", "core.delay", { config: { delayMs: 5_000 } }),
    node("call", "test.effect"),
    node("beside", "test.effect"),
    node("after"),
  ];
  const edges = [edge("wait", "call"), edge("wait", "beside"), edge("call", "after")];
  const run = new Driver(workflow(nodes, edges), startOf(), environmentOf()).begin();
  if (nodeId === "call") run.fireNext();
  run.nowMs += 10;
  run.give({ type: "pause", drainPolicy, by: "anna" });
  run.nowMs += 10;
  const settleAll = () => {
    for (const name of ["call", "beside"]) {
      if (run.state.nodes.get(name)?.status === "running") run.settle(name, done({ n: 1 }));
    }
  };
  if (drainPolicy === "drain-current-node") settleAll();
  run.nowMs += 100;
  run.give({ type: "resume", by: "anna" });
  settleAll();
  if (!run.ended) run.fireNext();
  settleAll();
  assert.equal(run.state.phase, "completed");
  return run;
}
