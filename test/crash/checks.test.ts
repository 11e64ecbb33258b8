// The crash suite itself: what it must notice, it notices. A suite that finds nothing is worth something only then.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkEffects } from "../../bench/chaos/check-effects.ts";
import { checkThread } from "../../bench/chaos/check-messages.ts";
import { checkAnswers, checkIntents, checkLog } from "../../bench/chaos/check-runs.ts";
import type { Body } from "../../bench/chaos/client.ts";
import { Ledger, type MessageIntent, type RunIntent } from "../../bench/chaos/ledger.ts";
import { planKills } from "../../bench/chaos/plan.ts";
import { createRandom } from "../../bench/chaos/random.ts";
import { Receiver, type ReceiverMode, type SeenEffect } from "../../bench/chaos/receiver.ts";
import type { Scenario } from "../../bench/chaos/scenario.ts";
import { scenariosOf } from "../../bench/chaos/workflows.ts";
import { completed, event, kinds, run, started } from "./evidence.ts";

const scenarios = scenariosOf("http://127.0.0.1:1");
const scenario = (workflowId: string) => scenarios.find((one) => one.workflowId === workflowId) as Scenario;

describe("the check of a log", () => {
  for (const { name, evidence, found } of [
    { name: "accepts a whole one", evidence: run([started, completed]), found: [] },
    { name: "notices a gap", evidence: run([started, event(2, "run.completed")]), found: ["broken"] },
    { name: "notices a missing start", evidence: run([event(0, "node.started"), completed]), found: ["broken"] },
    {
      name: "notices two terminal events",
      evidence: run([started, completed, event(2, "run.completed")]),
      found: ["duplicated"],
    },
    {
      name: "notices an event after the end",
      evidence: run([started, completed, event(2, "node.completed", {}, "a")]),
      found: ["broken"],
    },
    {
      name: "notices a step that ran twice",
      evidence: run([
        started,
        event(1, "node.completed", {}, "a"),
        event(2, "node.completed", {}, "a"),
        event(3, "run.completed"),
      ]),
      found: ["duplicated"],
    },
    {
      name: "notices an event that was written twice",
      evidence: run([started, { ...started, sequence: 1 }, event(2, "run.completed")]),
      found: ["duplicated"],
    },
  ]) {
    it(name, () =>
      assert.deepEqual(
        kinds((findings) => checkLog(evidence, findings)),
        found,
      ),
    );
  }
});

describe("the check of creates", () => {
  const intent = (acknowledged: string[]): RunIntent => {
    return { tag: "t-1", scenario: scenario("chaos-noop"), key: "key-1", acknowledged };
  };
  const one = run([started, completed]);
  for (const { name, runs, acknowledged, found } of [
    { name: "accepts what is there once", runs: [one], acknowledged: ["run_1", "run_1"], found: [] },
    { name: "accepts an unacknowledged run that is not there", runs: [], acknowledged: [], found: [] },
    { name: "notices an acknowledged run that is gone", runs: [], acknowledged: ["run_1"], found: ["lost"] },
    {
      name: "notices two runs of one request",
      runs: [one, { ...one, runId: "run_2" }],
      acknowledged: ["run_1"],
      found: ["duplicated"],
    },
    {
      name: "notices a run that never ended",
      runs: [run([started], "running")],
      acknowledged: ["run_1"],
      found: ["lost"],
    },
    {
      name: "notices a run that ended otherwise than its workflow says",
      runs: [run([started, event(1, "run.failed", { error: { code: "x" } })], "failed")],
      acknowledged: ["run_1"],
      found: ["broken"],
    },
  ]) {
    it(name, () => {
      const byId = new Map(runs.map((evidence) => [evidence.runId, evidence]));
      assert.deepEqual(
        kinds((findings) => checkIntents(byId, [intent(acknowledged)], findings)),
        found,
      );
    });
  }
});

describe("the check of answers", () => {
  const resolved = (sequence: number, comment: string) =>
    event(sequence, "interrupt.resolved", { resumeValue: { comment } }, "gate");
  const check = (tries: { comment: string; status: number | undefined }[], ...events: Body[]) => {
    const runs = new Map([["run_1", run([started, ...events])]]);
    const answers = [{ interruptId: "int_1", runId: "run_1", nodeId: "gate", tries }];
    return kinds((findings) => checkAnswers(runs, answers, findings));
  };
  const won = { comment: "a", status: 200 };
  const lost = { comment: "b", status: 409 };

  it("accepts one winner that the log took", () => assert.deepEqual(check([won, lost], resolved(1, "a")), []));
  it("accepts a winner whose line broke", () => {
    assert.deepEqual(check([{ comment: "a", status: undefined }, lost], resolved(1, "a")), []);
  });
  it("notices two winners", () => {
    assert.deepEqual(check([won, { comment: "b", status: 200 }], resolved(1, "a")), ["duplicated"]);
  });
  it("notices a winner the log does not know", () => assert.deepEqual(check([won, lost]), ["lost"]));
  it("notices that the log took another answer", () => {
    assert.deepEqual(check([won, lost], resolved(1, "b")), ["broken"]);
  });
  it("notices a question resolved twice", () => {
    assert.deepEqual(check([won, lost], resolved(1, "a"), resolved(2, "a")), ["duplicated"]);
  });
});

describe("the check of effects", () => {
  const check = (
    workflowId: string,
    events: Body[],
    status: string,
    calls: number,
    killedAtMs: number[] = [],
    other?: SeenEffect,
  ) => {
    const ledger = new Ledger();
    ledger.runs.push({ tag: "t-1", scenario: scenario(workflowId), key: undefined, acknowledged: ["run_1"] });
    ledger.killedAtMs.push(...killedAtMs);
    const receiver = new Receiver();
    if (calls > 0) receiver.seen.set("eff_1", seen(scenario(workflowId).effects.effect?.mode as ReceiverMode, calls));
    if (other) receiver.seen.set(other.effectId, other);
    const runs = new Map([["run_1", run(events, status, workflowId)]]);
    return kinds((findings) => checkEffects(runs, ledger, receiver, findings));
  };
  const seen = (mode: ReceiverMode, calls: number): SeenEffect => ({
    effectId: "eff_1",
    runId: "run_1",
    nodeId: "effect",
    mode,
    calls,
    lastCalledMs: 500,
    performed: 1,
    confused: false,
  });
  const done = [
    started,
    event(1, "node.completed", { outputs: { output: { receipt: "eff_1" } } }, "effect"),
    event(2, "run.completed"),
  ];
  const cutOff = (code: string) => [
    started,
    event(1, "node.failed", { error: { code } }, "effect"),
    event(2, "run.failed", { error: { code: "interrupted" } }),
  ];

  it("accepts a keyed effect that was repeated under its identity", () => {
    assert.deepEqual(check("chaos-keyed-ok", done, "completed", 3), []);
  });
  it("notices a keyed effect that never happened", () => {
    assert.deepEqual(check("chaos-keyed-ok", done, "completed", 0), ["lost"]);
  });
  it("notices a second call of an unkeyed effect", () => {
    assert.deepEqual(check("chaos-unkeyed-ok", done, "completed", 2), ["duplicated"]);
  });
  it("accepts an unkeyed effect that a kill cut off", () => {
    assert.deepEqual(check("chaos-unkeyed-ok", cutOff("interrupted"), "failed", 1, [1_000]), []);
  });
  it("notices an effect called under two identities", () => {
    assert.deepEqual(check("chaos-keyed-ok", done, "completed", 1, [], { ...seen("ok", 1), effectId: "eff_2" }), [
      "duplicated",
    ]);
  });
  it("notices a call after the node had completed", () => {
    assert.deepEqual(check("chaos-keyed-ok", done, "completed", 0, [], { ...seen("ok", 2), lastCalledMs: 1_500 }), [
      "duplicated",
    ]);
  });
  it("notices an interruption that nothing caused", () => {
    assert.deepEqual(check("chaos-unkeyed-ok", cutOff("interrupted"), "failed", 1, [60_000]), ["broken"]);
  });
});

describe("the check of a thread", () => {
  const intent = (acknowledged: MessageIntent["acknowledged"]): MessageIntent => {
    return { threadId: "kitchen", text: "Probe.", clientMessageId: "c-1", acknowledged };
  };
  const receipt = { messageId: "msg_1", runId: "run_1", duplicate: false };
  const question = { messageId: "msg_1", role: "user", text: "Probe.", runId: "run_1" };
  const answer = { messageId: "msg_2", role: "agent", text: 'You said: "Probe."', runId: "run_1", inReplyTo: "msg_1" };
  const runs = new Map([["run_1", run([started, completed])]]);
  for (const { name, stored, acknowledged, found } of [
    { name: "accepts a message and its answer", stored: [question, answer], acknowledged: [receipt], found: [] },
    { name: "accepts that an unacknowledged message is absent", stored: [], acknowledged: [], found: [] },
    { name: "notices that an acknowledged message is gone", stored: [], acknowledged: [receipt], found: ["lost"] },
    { name: "notices that it was not answered", stored: [question], acknowledged: [receipt], found: ["lost"] },
    {
      name: "notices an apology in place of the answer",
      stored: [question, { ...answer, role: "system", text: "Sorry." }],
      acknowledged: [receipt],
      found: ["lost"],
    },
    {
      name: "notices a second answer",
      stored: [question, answer, { ...answer, messageId: "msg_3" }],
      acknowledged: [receipt],
      found: ["duplicated"],
    },
    {
      name: "notices that it stands twice",
      stored: [
        question,
        answer,
        { ...question, messageId: "msg_3" },
        { ...answer, messageId: "msg_4", inReplyTo: "msg_3" },
      ],
      acknowledged: [receipt],
      found: ["duplicated"],
    },
    {
      name: "notices a repetition that was taken for a new message",
      stored: [question, answer],
      acknowledged: [receipt, receipt],
      found: ["duplicated"],
    },
    {
      name: "notices a message that nobody sent",
      stored: [question, answer, { messageId: "msg_3", role: "user", text: "Who?", runId: "run_1" }],
      acknowledged: [receipt],
      found: ["broken"],
    },
  ]) {
    it(name, () => {
      assert.deepEqual(
        kinds((findings) => checkThread("kitchen", stored, [intent(acknowledged)], runs, findings)),
        found,
      );
    });
  }
});

describe("the receiver", () => {
  const call = async (base: string, mode: ReceiverMode) => {
    const body = JSON.stringify({ effectId: "eff_1", runId: "run_1", nodeId: "effect", attempt: 0 });
    const init = { method: "POST", headers: { "idempotency-key": "eff_1" }, body };
    const answered = fetch(`${base}/${mode}`, init).then(async (response) => {
      await response.text();
      return response.status;
    });
    return answered.catch(() => "broken line");
  };
  for (const { mode, answers, performed } of [
    { mode: "ok", answers: [200, 200], performed: 1 },
    { mode: "slow", answers: [200, 200], performed: 1 },
    { mode: "flaky", answers: [503, 200], performed: 1 },
    { mode: "failing", answers: [503, 503], performed: 0 },
    { mode: "drop", answers: ["broken line", 200], performed: 1 },
    { mode: "cut", answers: ["broken line", 200], performed: 1 },
  ] as const) {
    it(`answers ${answers.join(", then ")} as "${mode}", and knows the effect again`, async () => {
      const receiver = new Receiver();
      const base = await receiver.listen();
      assert.deepEqual([await call(base, mode), await call(base, mode)], answers);
      const [effect, ...more] = receiver.seen.values();
      assert.deepEqual([effect?.calls, effect?.performed, more.length], [2, performed, 0]);
      await receiver.close();
    });
  }
});

describe("a seed", () => {
  it("makes the same kills again", () => {
    assert.deepEqual(planKills(50, createRandom(7)), planKills(50, createRandom(7)));
    assert.notDeepEqual(planKills(50, createRandom(7)), planKills(50, createRandom(8)));
  });
});
