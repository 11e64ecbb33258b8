// The checks of the chat's crash suite notice what they are there for: from sound evidence, one thing at a time is
// taken away, doubled or bent.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { invocationId } from "#engine/context.ts";
import type { RunEvidence } from "../../../bench/chaos/check-runs.ts";
import type { Body } from "../../../bench/chaos/client.ts";
import { type FindingKind, Findings } from "../../../bench/chaos/findings.ts";
import { Follower } from "../../../bench/chaos/follower.ts";
import type { Life } from "../../../bench/chaos/killing.ts";
import { checkReaders } from "../../../bench/chaos-chat/check-readers.ts";
import { checkTools } from "../../../bench/chaos-chat/check-tools.ts";
import { checkTurns } from "../../../bench/chaos-chat/check-turns.ts";
import { checkUsage } from "../../../bench/chaos-chat/check-usage.ts";
import type { Evidence } from "../../../bench/chaos-chat/evidence.ts";
import type { Person } from "../../../bench/chaos-chat/people.ts";
import type { SeenCall } from "../../../bench/chaos-chat/receiver.ts";
import { answerText, messageText } from "../../../bench/chaos-chat/turns.ts";
import { EPOCH } from "../evidence.ts";

const THREAD = "chat-0";
const RUN = "run_1";
const AT = new Date(1_000_000).toISOString();
const UNKEYED = "openwop:parley.test-unkeyed";

/** What a case may bend. */
interface Bendable extends Omit<Evidence, "runs" | "threads" | "seen" | "model" | "lives" | "killedAtMs" | "people"> {
  run: RunEvidence;
  thread: Body[];
  seen: Map<string, SeenCall>;
  model: { calls: Map<string, number>; count: number; problems: string[] };
  lives: Life[];
  killedAtMs: number[];
  person: Pick<Person, "said" | "cards" | "noticed" | "follower">;
}

function event(type: string, sequence: number, payload: Body): Body {
  return { type, sequence, nodeId: "turn", timestamp: AT, eventId: `evt_${sequence}`, payload };
}

/** One message, one call that must not be repeated, one answer: all as it should be. */
function sound(): Bendable {
  const follower = new Follower({ daemon: undefined as never }, THREAD);
  follower.seen.push("msg_1", "msg_2");
  follower.positions.push(1, 2);
  const text = messageText("tools", "t1");
  const acknowledged = [{ messageId: "msg_1", runId: RUN, duplicate: false }];
  const said = { threadId: THREAD, kind: "tools", tag: "t1", text, clientMessageId: "c", acknowledged } as const;
  return {
    run: {
      runId: RUN,
      workflowId: "agent-tester",
      status: "completed",
      createdAt: EPOCH,
      tags: [],
      events: [
        event("agent.toolCalled", 1, { callId: "c0_0", toolName: UNKEYED, inputs: { note: "wanted" } }),
        event("agent.toolReturned", 2, { callId: "c0_0", toolName: UNKEYED, status: "ok" }),
        event("provider.usage", 3, {}),
        event("run.completed", 4, {}),
      ],
    },
    thread: [
      { messageId: "msg_1", role: "user", text, runId: RUN, at: AT },
      { messageId: "msg_2", role: "agent", text: answerText("t1"), runId: RUN, inReplyTo: "msg_1", at: AT },
    ],
    seen: new Map([
      ["k1", { key: "k1", runId: RUN, callId: "c0_0", mode: "ok", note: "wanted", posts: 1, applied: 1 }],
    ]),
    model: { calls: new Map([[invocationId("default", RUN, "turn", 0, "model:default"), 1]]), count: 1, problems: [] },
    lives: [{ readyMs: 999_000 }],
    killedAtMs: [],
    person: {
      said: [{ ...said, acknowledged: [...acknowledged], acknowledgedMs: 998_000 }],
      cards: new Map(),
      noticed: [],
      follower,
    },
  };
}

async function findingsIn({ run, thread, person, ...rest }: Bendable): Promise<Findings> {
  const evidence = { ...rest, people: [person], runs: new Map([[RUN, run]]), threads: new Map([[THREAD, thread]]) };
  const findings = new Findings();
  checkTurns(evidence as unknown as Evidence, findings);
  checkTools(evidence as unknown as Evidence, findings);
  checkUsage(evidence as unknown as Evidence, findings);
  await checkReaders(evidence as unknown as Evidence, findings);
  return findings;
}

const interrupted = { status: "error", error: { code: "interrupted", message: "" } };
const seenCall = (one: Bendable) => one.seen.get("k1") as SeenCall;

const cases: readonly { name: string; kind: FindingKind; says: RegExp; bend(one: Bendable): void }[] = [
  {
    name: "a message that is gone",
    kind: "lost",
    says: /was acknowledged as msg_1 and is gone/,
    bend: ({ thread }) => void thread.splice(0, 1),
  },
  {
    name: "a message that was never answered",
    kind: "lost",
    says: /was never answered/,
    bend: ({ thread }) => void thread.splice(1, 1),
  },
  {
    name: "a message whose run never ended",
    kind: "lost",
    says: /never ended/,
    bend({ run }) {
      run.status = "running";
    },
  },
  {
    name: "two answers to one message",
    kind: "duplicated",
    says: /was answered 2 times/,
    bend({ thread, person: { follower } }) {
      thread.push({ ...thread[1], messageId: "msg_3" });
      follower.seen.push("msg_3");
      follower.positions.push(3);
    },
  },
  {
    name: "another's answer",
    kind: "broken",
    says: /got another's answer/,
    bend({ thread }) {
      thread[1].text = answerText("t2");
    },
  },
  {
    name: "a failed turn whose sender was told nothing",
    kind: "lost",
    says: /0 notices say so/,
    bend({ run, thread }) {
      run.status = "failed";
      thread.splice(1, 1);
    },
  },
  {
    name: "an interrupted call that nobody was told of",
    kind: "lost",
    says: /1 calls were interrupted, 0 notices say so/,
    bend({ run, killedAtMs }) {
      Object.assign(run.events[1].payload, interrupted);
      killedAtMs.push(1_000_000);
    },
  },
  {
    name: "an end that comes too late after a boot",
    kind: "lost",
    says: /had not ended 10000 ms after a boot/,
    bend({ lives, person: { said } }) {
      lives[0] = { readyMs: 989_000 };
      Object.assign(said[0] as object, { acknowledgedMs: 988_000 });
    },
  },
  {
    name: "an unkeyed call that was made twice",
    kind: "duplicated",
    says: /2 posts of an unkeyed call/,
    bend(one) {
      seenCall(one).posts = 2;
    },
  },
  {
    name: "one call under two keys",
    kind: "duplicated",
    says: /2 idempotency keys/,
    bend: (one) => void one.seen.set("k2", { ...seenCall(one), key: "k2" }),
  },
  {
    name: "a call that is reported and was not made",
    kind: "lost",
    says: /is reported as done, and was not/,
    bend: ({ seen }) => seen.clear(),
  },
  {
    name: "a call of which no log knows",
    kind: "broken",
    says: /of which no log knows/,
    bend: (one) => void one.seen.set("k2", { ...seenCall(one), key: "k2", callId: "c9_9" }),
  },
  {
    name: "a call without an end",
    kind: "lost",
    says: /nobody says what came of c0_0/,
    bend: ({ run }) => void run.events.splice(1, 1),
  },
  {
    name: "a call that a person refused",
    kind: "broken",
    says: /was refused, and done/,
    bend({ run }) {
      run.events[0].payload.inputs.note = "unwanted";
    },
  },
  {
    name: "an approved tool that nobody agreed to",
    kind: "broken",
    says: /nobody agreed to it/,
    bend({ run }) {
      run.events[0].payload.toolName = "openwop:parley.test-keyed-approved";
    },
  },
  {
    name: "an interruption without a cause",
    kind: "broken",
    says: /nothing interrupted it/,
    bend: ({ run }) => void Object.assign(run.events[1].payload, interrupted),
  },
  {
    name: "a call of the model that no log counts",
    kind: "lost",
    says: /the model was called 1 times, the log has 0 and 0 unknown/,
    bend: ({ run }) => void run.events.splice(2, 1),
  },
  {
    name: "a call of the model that belongs to no run",
    kind: "broken",
    says: /belong to no run/,
    bend: ({ model }) => void model.calls.set("foreign", 1),
  },
  {
    name: "a prompt that a provider refuses",
    kind: "broken",
    says: /content is empty/,
    bend: ({ model }) => void model.problems.push("the prompt of k: content is empty"),
  },
  {
    name: "a reader who heard a message twice",
    kind: "duplicated",
    says: /heard a message twice/,
    bend({ person: { follower } }) {
      follower.seen.push("msg_2");
      follower.positions.push(2);
    },
  },
  {
    name: "a reader who missed a position",
    kind: "broken",
    says: /heard position 3 as number 2/,
    bend({ person: { follower } }) {
      follower.positions[1] = 3;
    },
  },
  {
    name: "a card that was taken twice",
    kind: "duplicated",
    says: /was answered 2 times with 200/,
    bend({ person: { cards } }) {
      cards.set("int_1", { interruptId: "int_1", runId: RUN, action: "accept", statuses: [200, undefined, 200] });
    },
  },
];

describe("the checks of the chat's crash suite", () => {
  it("find nothing wrong with sound evidence", async () => {
    assert.deepEqual((await findingsIn(sound())).list, []);
  });

  for (const { name, kind, says, bend } of cases) {
    it(`notice ${name}`, async () => {
      const evidence = sound();
      bend(evidence);
      const { list } = await findingsIn(evidence);
      const shown = JSON.stringify(list);
      assert.ok(
        list.some((finding) => finding.kind === kind && says.test(finding.message)),
        shown,
      );
    });
  }
});
