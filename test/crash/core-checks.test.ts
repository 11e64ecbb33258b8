// The checks of forks, children, conversations, pauses, the schedule and channels: what they must notice, they notice.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkChannels } from "../../bench/chaos/check-channels.ts";
import { checkChildren } from "../../bench/chaos/check-children.ts";
import { checkEffects } from "../../bench/chaos/check-effects.ts";
import { checkForks } from "../../bench/chaos/check-forks.ts";
import { checkPauses } from "../../bench/chaos/check-pauses.ts";
import { checkAnswers, checkIntents, type RunEvidence } from "../../bench/chaos/check-runs.ts";
import { checkSchedule } from "../../bench/chaos/check-schedule.ts";
import { checkTalks } from "../../bench/chaos/check-talks.ts";
import { checkWebhooks } from "../../bench/chaos/check-webhooks.ts";
import type { Body, Client } from "../../bench/chaos/client.ts";
import { Findings } from "../../bench/chaos/findings.ts";
import { Hooks } from "../../bench/chaos/hooks.ts";
import { type ForkIntent, Ledger, type TalkIntent, type ToldSlot } from "../../bench/chaos/ledger.ts";
import { Receiver } from "../../bench/chaos/receiver.ts";
import type { Scenario } from "../../bench/chaos/scenario.ts";
import { scenariosOf } from "../../bench/chaos/workflows.ts";
import { isAtRest } from "../../bench/chaos/world.ts";
import { byId, completed, event, kinds, run, started } from "./evidence.ts";

const scenarios = scenariosOf("http://127.0.0.1:1");
const scenario = (workflowId: string) => scenarios.find((one) => one.workflowId === workflowId) as Scenario;
const failed = (sequence: number, code: string) => event(sequence, "run.failed", { error: { code } });

describe("the check of forks", () => {
  const worked = event(1, "node.completed", { outputs: {} }, "a");
  const log = [started, worked, event(2, "run.completed")];
  const source = run(log);
  const fork = (mode: "branch" | "replay", events: Body[], more: Partial<RunEvidence> = {}) =>
    run(events, "completed", "chaos-noop", {
      runId: "run_2",
      fork: { sourceRunId: "run_1", mode, fromSeq: 2 },
      ...more,
    });
  const intent = (more: Partial<ForkIntent>): ForkIntent => ({
    key: "k",
    sourceRunId: "run_1",
    mode: "branch",
    fromSeq: 2,
    seenEvents: 3,
    sourceEnded: true,
    acknowledged: ["run_2"],
    ...more,
  });
  const check = (runs: RunEvidence[], more: Partial<ForkIntent> = {}) =>
    kinds((findings) => checkForks(byId(source, ...runs), [intent(more)], scenarios, findings));
  const otherwise = [started, { ...worked, payload: { outputs: { more: 1 } } }, event(2, "run.completed")];
  const wentOn: Partial<ForkIntent> = { mode: "replay", sourceEnded: false, seenEvents: 2 };

  it("accepts a branch that lived on", () => assert.deepEqual(check([fork("branch", log)]), []));
  it("accepts a replay that came to the same", () => {
    assert.deepEqual(check([fork("replay", log)], { mode: "replay" }), []);
  });
  it("accepts that the replay of a run that went on has no record of its end", () => {
    const events = [started, worked, failed(2, "replay_source_missing")];
    assert.deepEqual(check([fork("replay", events, { status: "failed" })], wentOn), []);
  });
  it("notices that an acknowledged fork is gone", () => assert.deepEqual(check([]), ["lost"]));
  it("notices a second fork of one key", () => {
    const twins = [fork("branch", log), fork("branch", log, { runId: "run_3" })];
    assert.deepEqual(check(twins, { acknowledged: ["run_2", "run_3"] }), ["duplicated"]);
  });
  it("notices a fork that nobody was told of", () => {
    const twins = [fork("branch", log), fork("branch", log, { runId: "run_3" })];
    assert.deepEqual(check(twins), ["duplicated"]);
  });
  it("notices a fork of something else", () => {
    assert.deepEqual(check([fork("branch", log)], { fromSeq: 1 }), ["broken"]);
  });
  it("notices a history that is not the source's", () => {
    assert.deepEqual(check([fork("branch", otherwise)]), ["broken"]);
  });
  it("notices a branch that never ended", () => {
    assert.deepEqual(check([fork("branch", log.slice(0, 2), { status: "pending" })]), ["lost"]);
  });
  it("notices a branch that ended as its workflow does not", () => {
    const events = [started, worked, failed(2, "x")];
    assert.deepEqual(check([fork("branch", events, { status: "failed" })]), ["broken"]);
  });
  it("notices a replay that came to something else, and to another end", () => {
    const replayed = { fork: { sourceRunId: "run_1", mode: "replay", fromSeq: 0 } } as const;
    const asked = { mode: "replay", fromSeq: 0 } as const;
    assert.deepEqual(check([fork("replay", otherwise, replayed)], asked), ["broken"]);
    const events = [started, worked, failed(2, "x")];
    assert.deepEqual(check([fork("replay", events, { ...replayed, status: "failed" })], asked), ["broken", "broken"]);
  });
  it("notices that the replay of a run that went on left out what was seen before", () => {
    const events = [started, failed(1, "replay_source_missing")];
    const replayed = { status: "failed", fork: { sourceRunId: "run_1", mode: "replay", fromSeq: 0 } } as const;
    assert.deepEqual(check([fork("replay", events, replayed)], { ...wentOn, fromSeq: 0 }), ["broken"]);
  });
  it("leaves the run that was asked for by the same tag alone", () => {
    const intents = [{ tag: "t-1", scenario: scenario("chaos-noop"), key: "k", acknowledged: ["run_1"] }];
    const runs = byId(source, fork("branch", log));
    assert.deepEqual(
      kinds((findings) => checkIntents(runs, intents, findings)),
      [],
    );
  });
});

describe("the check of what a fork does outside", () => {
  const effect = [
    started,
    event(1, "node.completed", { outputs: { output: { receipt: "eff_1" } } }, "effect"),
    event(2, "run.completed"),
  ];
  const check = (fork: RunEvidence["fork"], isCalled: boolean) => {
    const ledger = new Ledger();
    ledger.runs.push({ tag: "t-1", scenario: scenario("chaos-keyed-ok"), key: undefined, acknowledged: [] });
    const receiver = new Receiver();
    const call = { runId: "run_1", nodeId: "effect", mode: "ok", lastCalledMs: 500, confused: false } as const;
    if (isCalled) receiver.seen.set("eff_1", { effectId: "eff_1", ...call, calls: 1, performed: 1 });
    const runs = byId(run(effect, "completed", "chaos-keyed-ok", fork ? { fork } : {}));
    return kinds((findings) => checkEffects(runs, ledger, receiver, findings));
  };
  const branch = (fromSeq: number) => ({ sourceRunId: "run_0", mode: "branch", fromSeq }) as const;
  const replay = { sourceRunId: "run_0", mode: "replay", fromSeq: 0 } as const;

  it("accepts that a replay performs nothing", () => assert.deepEqual(check(replay, false), []));
  it("notices an effect of a replay", () => assert.deepEqual(check(replay, true), ["duplicated"]));
  it("accepts that a branch does not repeat what its history did", () => assert.deepEqual(check(branch(2), false), []));
  it("notices that a branch did not perform what it says", () => assert.deepEqual(check(branch(1), false), ["lost"]));

  it("accepts that a branch was interrupted by a kill before it wrote anything of its own", () => {
    const cutOff = (killedAtMs: number[]) => {
      const ledger = new Ledger();
      ledger.runs.push({ tag: "t-1", scenario: scenario("chaos-unkeyed-ok"), key: undefined, acknowledged: [] });
      ledger.killedAtMs.push(...killedAtMs);
      const interrupted = event(9, "node.failed", { error: { code: "interrupted" } }, "effect");
      const events = [started, event(1, "node.started", {}, "effect"), interrupted];
      const createdAt = new Date(4_000).toISOString();
      const runs = byId(run(events, "failed", "chaos-unkeyed-ok", { createdAt, fork: branch(2) }));
      return kinds((findings) => checkEffects(runs, ledger, new Receiver(), findings));
    };
    assert.deepEqual(cutOff([5_000]), []);
    assert.deepEqual(cutOff([2_000]), ["broken"]);
  });

  it("notices a webhook of a replay", async () => {
    const hooks = new Hooks();
    const told = { eventId: "evt_2", runId: "run_1", sequence: 2, type: "run.completed", arrivals: 1, place: 0 };
    hooks.told.set("evt_2", { ...told, nonces: new Set(["n"]) });
    const findings = new Findings();
    await checkWebhooks(byId(run(effect, "completed", "chaos-noop", { fork: replay })), hooks, findings, 0);
    assert.deepEqual(
      findings.list.map(({ kind }) => kind),
      ["broken"],
    );
  });

  it("counts an answer in a branch apart from the one in its history", () => {
    const resolved = (sequence: number, comment: string) =>
      event(sequence, "interrupt.resolved", { resumeValue: { comment } }, "gate");
    const tries = [{ comment: "b", status: 200 }];
    const answers = [{ interruptId: "int_2", runId: "run_1", nodeId: "gate", tries }];
    const events = [started, resolved(1, "a"), resolved(2, "b")];
    const found = (evidence: RunEvidence) => kinds((findings) => checkAnswers(byId(evidence), answers, findings));
    assert.deepEqual(found(run(events, "completed", "chaos-approve", { fork: branch(2) })), []);
    assert.deepEqual(found(run(events, "completed", "chaos-approve")), ["duplicated"]);
  });
});

describe("the check of children", () => {
  const planned = (sequence: number, childRunId: string) =>
    event(sequence, "parley.child.planned", { childRunId }, "call");
  const parent = (...events: Body[]) =>
    run([started, ...events, event(9, "run.completed")], "completed", "chaos-parent-delay");
  const child = (runId: string, status = "completed", parentRunId = "run_1") =>
    run([started, event(1, `run.${status}`)], status, "chaos-child-delay", { runId, parentRunId, tags: [] });
  const check = (...runs: RunEvidence[]) => kinds((findings) => checkChildren(byId(...runs), scenarios, findings));

  it("accepts one child that was planned", () => assert.deepEqual(check(parent(planned(1, "c1")), child("c1")), []));
  it("notices a child that nobody planned", () => {
    assert.deepEqual(check(parent(planned(1, "c1")), child("c1"), child("c2")), ["duplicated"]);
  });
  it("notices a child that never came", () => assert.deepEqual(check(parent(planned(1, "c1"))), ["lost"]));
  it("notices a parent that started none", () => assert.deepEqual(check(parent()), ["lost"]));
  it("notices a node that started two", () => {
    const twice = parent(planned(1, "c1"), planned(2, "c2"));
    assert.deepEqual(check(twice, child("c1"), child("c2")), ["duplicated"]);
  });
  it("notices a child that was planned twice", () => {
    const twice = parent(planned(1, "c1"), planned(2, "c1"));
    assert.deepEqual(check(twice, child("c1")), ["duplicated", "duplicated"]);
  });
  it("notices a child without its parent", () => assert.deepEqual(check(child("c1")), ["broken"]));
  it("notices a child that did not end before its parent", () => {
    assert.deepEqual(check(parent(planned(1, "c1")), child("c1", "running")), ["lost", "broken"]);
  });
  it("notices a child that ended as its workflow does not", () => {
    assert.deepEqual(check(parent(planned(1, "c1")), child("c1", "cancelled")), ["broken"]);
  });
});

describe("the check of conversations", () => {
  const opened = event(1, "conversation.opened", { conversationId: "c", initialTurn: { turnIndex: 0 } }, "convo");
  const said = (turnIndex: number, exchangeKey: string, content = `Turn ${exchangeKey}.`) =>
    event(turnIndex + 1, "conversation.exchanged", { conversationId: "c", turn: { turnIndex, exchangeKey, content } });
  const over = (turnIndex: number) =>
    event(turnIndex + 1, "conversation.closed", { conversationId: "c", finalTurn: { turnIndex } }, "convo");
  const turn = (key: string, isAcknowledged = true) => ({ key, content: `Turn ${key}.`, isAcknowledged });
  const check = (turns: TalkIntent["turns"], events: Body[], closed = 0) => {
    const talks = [{ interruptId: "int_1", runId: "run_1", nodeId: "convo", turns, closed }];
    return kinds((findings) => checkTalks(byId(run([started, ...events])), talks, findings));
  };

  it("accepts turns in their order", () => {
    assert.deepEqual(check([turn("a"), turn("b")], [opened, said(1, "a"), said(2, "b"), over(3)], 1), []);
  });
  it("accepts an unacknowledged turn, said or not", () => {
    assert.deepEqual(check([turn("a", false)], [opened]), []);
    assert.deepEqual(check([turn("a", false)], [opened, said(1, "a")]), []);
  });
  it("notices an acknowledged turn that is gone", () => assert.deepEqual(check([turn("a")], [opened]), ["lost"]));
  it("notices a turn that was said twice", () => {
    assert.deepEqual(check([turn("a", false)], [opened, said(1, "a"), said(2, "a")]), ["duplicated"]);
  });
  it("notices other words", () => {
    assert.deepEqual(check([turn("a")], [opened, said(1, "a", "Something else.")]), ["broken"]);
  });
  it("notices another order", () => {
    assert.deepEqual(check([turn("a"), turn("b")], [opened, said(1, "b"), said(2, "a")]), ["broken"]);
  });
  it("notices a gap", () => assert.deepEqual(check([turn("a")], [opened, said(2, "a")]), ["broken"]));
  it("notices a close that is gone", () => assert.deepEqual(check([], [opened], 1), ["lost"]));
  it("notices two closes", () => {
    assert.deepEqual(check([], [opened, over(1), over(2)], 2), ["duplicated", "duplicated"]);
  });
  it("notices that the run is gone", () => {
    const talks = [{ interruptId: "int_1", runId: "run_1", nodeId: "convo", turns: [], closed: 0 }];
    assert.deepEqual(
      kinds((findings) => checkTalks(byId(), talks, findings)),
      ["lost"],
    );
  });
});

describe("the check of pauses", () => {
  const check = (types: string[], paused: string[], resumed: string[]) => {
    const runs = byId(run([started, ...types.map((type, at) => event(at + 1, type))]));
    const pauses = new Map([["run_1", { paused: new Set(paused), resumed: new Set(resumed) }]]);
    return kinds((findings) => checkPauses(runs, pauses, findings));
  };

  it("accepts a pause and its end", () => {
    assert.deepEqual(check(["run.paused", "run.resumed", "run.completed"], ["a"], ["b"]), []);
  });
  it("accepts a pause that was withdrawn", () => {
    assert.deepEqual(check(["parley.run.pause-requested", "parley.run.pause-withdrawn"], ["a"], ["b"]), []);
  });
  it("notices an acknowledged pause that is gone", () => assert.deepEqual(check([], ["a"], []), ["lost"]));
  it("notices an acknowledged resumption that is gone", () => {
    assert.deepEqual(check(["run.paused"], ["a"], ["b"]), ["lost"]);
  });
  it("notices a resumption that happened twice", () => {
    const types = ["run.paused", "run.resumed", "run.paused", "run.resumed"];
    assert.deepEqual(check(types, ["a", "c"], ["b"]), ["duplicated"]);
  });
  it("notices that a paused run did something", () => {
    assert.deepEqual(check(["run.paused", "node.completed", "run.resumed"], ["a"], ["b"]), ["broken"]);
  });
});

describe("the check of the schedule", () => {
  const at = (second: number) => new Date(second * 1_000).toISOString();
  const fired = (second: number, runId = `run_${second}`): ToldSlot => ({
    scheduledAt: at(second),
    outcome: "run",
    runId,
  });
  const skipped = (from: number, to: number): ToldSlot => ({
    scheduledAt: at(from),
    throughAt: at(to),
    outcome: "skipped-late",
  });
  const tick = (runId: string, status = "completed") =>
    run([started, event(1, `run.${status}`)], status, "chaos-tick", { runId, tags: [] });
  const check = (slots: ToldSlot[], ...runs: RunEvidence[]) => {
    const ledger = new Ledger();
    for (const slot of slots) ledger.noteSlot(slot);
    return kinds((findings) => checkSchedule(byId(...runs), ledger.slots, findings));
  };

  it("accepts seconds that ran and seconds that were skipped", () => {
    const slots = [fired(1), fired(1), skipped(2, 4), fired(5)];
    assert.deepEqual(check(slots, tick("run_1"), tick("run_5")), []);
  });
  it("notices a missing second", () => {
    assert.deepEqual(check([fired(1), fired(3)], tick("run_1"), tick("run_3")), ["lost"]);
  });
  it("notices a second that was accounted for twice", () => {
    assert.deepEqual(check([skipped(1, 3), fired(3)], tick("run_3")), ["duplicated"]);
  });
  it("notices that a slot is told otherwise later", () => {
    assert.deepEqual(check([{ scheduledAt: at(1), outcome: "skipped-late" }, fired(1)], tick("run_1")), ["duplicated"]);
  });
  it("notices a run of no slot", () => {
    assert.deepEqual(check([fired(1)], tick("run_1"), tick("run_2")), ["duplicated"]);
  });
  it("notices a run of two slots", () => {
    assert.deepEqual(check([fired(1), fired(2, "run_1")], tick("run_1")), ["duplicated"]);
  });
  it("notices a run that is gone", () => assert.deepEqual(check([fired(1)]), ["lost"]));
  it("notices a run that did not end", () => assert.deepEqual(check([fired(1)], tick("run_1", "running")), ["lost"]));
  it("notices a slot that failed, and one without its run", () => {
    const slots = [
      { scheduledAt: at(1), outcome: "failed" },
      { scheduledAt: at(2), outcome: "run" },
    ];
    assert.deepEqual(check(slots), ["broken", "broken"]);
  });
});

describe("the check of channels", () => {
  const written = (sequence: number, channel: string, reducer: string, value: unknown) =>
    event(sequence, "channel.written", { channel, reducer, value });
  const whole = [
    written(1, "notes", "append", "one"),
    written(2, "count", "counter", 1),
    written(3, "notes", "append", "two"),
    written(4, "count", "counter", 2),
    written(5, "latest", "replace", "done"),
  ];
  const holds = { notes: ["one", "two"], count: 3, latest: "done" };
  const check = (events: Body[], channels: Body) => {
    const runs = byId(run([started, ...events, completed], "completed", "chaos-channels"));
    return kinds((findings) => checkChannels(runs, new Map([["run_1", channels]]), scenarios, findings));
  };

  it("accepts what the log wrote", () => assert.deepEqual(check(whole, holds), []));
  it("notices that something else is shown", () => {
    assert.deepEqual(check(whole, { ...holds, count: 4 }), ["broken"]);
  });
  it("notices a write that is missing", () => {
    assert.deepEqual(check(whole.slice(1), { ...holds, notes: ["two"] }), ["broken"]);
  });
  it("notices a write that happened twice", () => {
    const twice = [written(0, "count", "counter", 1), ...whole];
    assert.deepEqual(check(twice, { ...holds, count: 4 }), ["broken"]);
  });
});

describe("the look whether everything has come to its end", () => {
  /** One run, whose status changes after every request. */
  const clientOf = (...statuses: string[]) => {
    let asked = 0;
    const get = async (path: string) => {
      const status = statuses[Math.min(asked, statuses.length - 1)];
      asked += 1;
      const wanted = new URL(path, "http://host").searchParams.get("status") ?? status;
      return { runs: wanted === status ? [{ runId: "run_1", status }] : [] };
    };
    return { get } as unknown as Client;
  };

  it("sees a run that is open", async () => assert.equal(await isAtRest(clientOf("running")), false));
  it("sees a run that goes on while one status after the other is asked for", async () => {
    assert.equal(
      await isAtRest(clientOf("waiting-approval", "waiting-approval", "waiting-approval", "running")),
      false,
    );
  });
  it("sees that it ended", async () => assert.equal(await isAtRest(clientOf("completed")), true));
});
