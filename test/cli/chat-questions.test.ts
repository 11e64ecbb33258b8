import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type Chatting, chatting, leave, openTurns } from "./support/chatting.ts";
import { type Answerer, always, refuse } from "./support/double.ts";
import { question } from "./support/echo-thread.ts";

describe("a question in a chat", () => {
  const note = { name: "picnic", text: "Bring\u202e bread." };
  const held = question({
    interruptId: "int_1",
    kind: "approval",
    expiresAt: "2026-01-01T00:30:00.000Z",
    data: {
      title: "Writing note picnic",
      description: "Scribe needs your agreement before doing this.",
      actions: ["accept", "reject", "edit-accept"],
      artifactType: "tool-call",
      artifactData: {
        items: [{ callId: "c1", toolName: "openwop:parley.notes.write", arguments: note, argsHash: "x" }],
      },
    },
  });
  const second = question({
    interruptId: "int_2",
    nodeId: "other",
    kind: "approval",
    data: { title: "Send mail?", actions: ["accept", "reject"] },
  });
  const when = question({
    interruptId: "int_3",
    kind: "clarification",
    data: {
      questions: [
        { id: "day", question: "Which day?" },
        { id: "people", question: "How many people?", schema: { type: "integer" } },
      ],
    },
  });
  const which = question({
    interruptId: "int_5",
    kind: "clarification",
    data: { questions: [{ id: "day", question: "Which day?" }] },
  });
  const answered = always({ runId: "run_1", nodeId: "turn", status: "running" });
  const open = (...interrupts: object[]) => ({ "GET /v1/host/parley/runs/run_1/interrupts": always({ interrupts }) });
  const turnRoute = "POST /v1/runs/run_1/interrupts/turn";

  /** Somebody who has been asked. */
  async function asked(t: TestContext, item: object, routes: Record<string, Answerer>) {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread, routes });
    person.enters("plan it");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    thread.send({ event: "interrupt", data: item });
    return { person, thread, turns };
  }

  function bodies(person: Chatting): unknown[] {
    return person.daemon.to("/v1/runs/run_1/interrupts/turn").map(({ body }) => body);
  }

  it("is shown with each call's exact arguments and its deadline, and nothing in it hides", async (t) => {
    const { person } = await asked(t, held, open(held));
    await person.sees("approve / reject / edit / later [1] ▸");
    const card = person.screen().slice(person.screen().indexOf("approval 1"));
    assert.equal(
      card,
      [
        "approval 1 ▸ Writing note picnic",
        "│ Scribe needs your agreement before doing this.",
        "│   openwop:parley.notes.write",
        '│     name: "picnic"',
        '│     text: "Bring\\u202e bread."',
        "│ Open until 2026-01-01 00:30:00Z (30 min left).",
        "approve / reject / edit / later [1] ▸",
      ].join("\n"),
    );
    await leave(person);
  });

  for (const { line, resumeValue, says } of [
    { line: "a", resumeValue: { action: "accept" }, says: "Question 1 is approved." },
    { line: "approve", resumeValue: { action: "accept" }, says: "Question 1 is approved." },
    { line: "/approve 1 fine", resumeValue: { action: "accept", feedback: "fine" }, says: "Question 1 is approved." },
    { line: "r not today", resumeValue: { action: "reject", feedback: "not today" }, says: "Question 1 is rejected." },
    { line: "/reject no", resumeValue: { action: "reject", feedback: "no" }, says: "Question 1 is rejected." },
    {
      line: 'edit-accept {"items":[]}',
      resumeValue: { action: "edit-accept", editedArtifactData: { items: [] } },
      says: "Question 1 is approved with your change.",
    },
    {
      line: "edit text=Bring cheese = much.",
      resumeValue: {
        action: "edit-accept",
        editedArtifactData: {
          items: [{ callId: "c1", arguments: { name: "picnic", text: "Bring cheese = much." } }],
        },
      },
      says: "Question 1 is approved with your change.",
    },
    {
      line: '/edit 1 {"name": "lunch", "text": "1"}',
      resumeValue: {
        action: "edit-accept",
        editedArtifactData: { items: [{ callId: "c1", arguments: { name: "lunch", text: "1" } }] },
      },
      says: "Question 1 is approved with your change.",
    },
  ]) {
    it(`is decided by: ${line}`, async (t) => {
      const { person } = await asked(t, held, { ...open(held), [turnRoute]: answered });
      await person.sees("later [1] ▸");
      person.enters(line);
      await person.sees(says);
      assert.deepEqual(bodies(person), [{ resumeValue }]);
      await person.sees(/\nyou ▸$/);
      await leave(person);
    });
  }

  it("stays open at `later`, comes again with /status, and lets other things be said meanwhile", async (t) => {
    const models = { models: { default: { provider: "scripted", model: "offline", hasKey: false } }, offline: true };
    const { person, turns } = await asked(t, held, {
      ...open(held),
      [turnRoute]: answered,
      "GET /v1/host/parley/models": always(models),
    });
    await person.sees("later [1] ▸");
    person.enters("later");
    await person.sees(/Question 1 stays open\.[^\n]*\nyou ▸$/);
    person.enters("a");
    await person.waitsUntil(() => turns.length === 2, "a bare letter is a message now");
    person.enters("/status");
    await person.sees(/approve \/ reject \/ edit \/ later \[1\] ▸$/);
    person.enters("a");
    await person.sees("Question 1 is approved.");
    await leave(person);
  });

  for (const line of ["edit", "edit title=x", "edit {nonsense", "edit-accept nonsense"]) {
    it(`is not decided by: ${line}; nor is that said to the assistant`, async (t) => {
      const { person, turns } = await asked(t, held, open(held));
      await person.sees("later [1] ▸");
      person.enters(line);
      await person.sees(/Nothing was decided\.|Give the edited data as JSON/);
      await person.sees(/later \[1\] ▸$/);
      await leave(person);
      assert.deepEqual(bodies(person), []);
      assert.equal(turns.length, 1);
    });
  }

  for (const { outcome, says } of [
    { outcome: "expired", says: "Question 1 has expired: nobody answered in time." },
    { outcome: "gone", says: "Question 1 ended with its turn." },
    { outcome: "cancelled", says: "Question 1 ended with its turn." },
    { outcome: "accept", says: "Question 1 was approved by ada." },
    { outcome: "reject", says: "Question 1 was rejected by ada." },
    { outcome: "edit-accept", says: "Question 1 was approved with changes by ada." },
    { outcome: "refine", says: "Question 1 was sent back by ada." },
    { outcome: "resolved", says: "Question 1 was answered by ada." },
  ]) {
    it(`is no longer asked once it is over, and it is told how: ${outcome}`, async (t) => {
      const { person, thread } = await asked(t, held, open(held));
      await person.sees("later [1] ▸");
      const resolvedBy = ["expired", "gone", "cancelled"].includes(outcome) ? "system" : "ada";
      thread.send({
        event: "interrupt.resolved",
        data: { interruptId: "int_1", runId: "run_1", nodeId: "turn", resolvedBy, outcome },
      });
      await person.sees(says);
      await person.sees(/\nyou ▸$/);
      await leave(person);
    });
  }

  it("holds up what is said meanwhile, and that is told", async (t) => {
    const { person, turns } = await asked(t, held, open(held));
    await person.sees("later [1] ▸");
    person.enters("make it for five people");
    await person.sees("(queued until question 1 is decided)");
    await person.waitsUntil(() => turns.length === 2, "the message is there");
    assert.equal(turns[1]?.text, "make it for five people");
    await leave(person);
  });

  it("takes a sentence for something to say", async (t) => {
    const { person, turns } = await asked(t, held, open(held));
    await person.sees("later [1] ▸");
    person.enters("accept my apologies, what is this?");
    await person.waitsUntil(() => turns.length === 2, "the sentence was sent");
    assert.deepEqual(bodies(person), []);
    await leave(person);
  });

  it("is not decided by a paste", async (t) => {
    const { person, turns } = await asked(t, held, open(held));
    await person.sees("later [1] ▸");
    person.types("a\ra\r");
    await person.waitsUntil(() => turns.length === 2, "the paste was sent");
    assert.deepEqual(bodies(person), []);
    await leave(person);
  });

  it("is asked after the one before it; a number answers out of turn", async (t) => {
    const { person, thread } = await asked(t, held, {
      ...open(held, second),
      "POST /v1/runs/run_1/interrupts/other": answered,
      [turnRoute]: answered,
    });
    thread.send({ event: "interrupt", data: second });
    await person.sees("approval 2 ▸ Send mail?");
    await person.sees(/later \[1\] ▸$/);
    person.enters("/reject 2 never");
    await person.sees("Question 2 is rejected.");
    assert.partialDeepStrictEqual(person.daemon.to("/v1/runs/run_1/interrupts/other")[0]?.body, {
      resumeValue: { action: "reject", feedback: "never" },
    });
    person.enters("a");
    await person.sees("Question 1 is approved.");
    await leave(person);
  });

  it("is not decided by a line that was begun for another one", async (t) => {
    const { person, thread } = await asked(t, held, open(held, second));
    thread.send({ event: "interrupt", data: second });
    await person.sees("approval 2 ▸ Send mail?");
    person.types("a");
    await person.sees("later [1] ▸ a");
    const over = { interruptId: "int_1", runId: "run_1", nodeId: "turn", resolvedBy: "ada", outcome: "resolved" };
    thread.send({ event: "interrupt.resolved", data: over });
    await person.sees("Question 1 was answered by ada.");
    await person.sees("later [2] ▸ a");
    person.enters("");
    await person.sees(/Enter sends it now\.\napprove \/ reject \/ later \[2\] ▸ a$/);
    assert.deepEqual(person.daemon.to("/v1/runs/run_1/interrupts/other"), []);
    person.pressesCtrlD();
    person.pressesCtrlC();
    person.pressesCtrlC();
    await person.ended;
  });

  it("is not answered by a line that was begun before it came, unless that is entered again", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread, routes: { ...open(which), [turnRoute]: answered } });
    person.enters("plan it");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    person.types("and hurry");
    await person.sees("you ▸ and hurry");
    thread.send({ event: "interrupt", data: which });
    await person.sees("answer [1] ▸ and hurry");
    person.enters("");
    await person.sees(/Enter sends it now\.\nanswer \[1\] ▸ and hurry$/);
    assert.deepEqual(bodies(person), []);
    person.enters(" on monday");
    await person.sees("Question 1 is answered.");
    assert.deepEqual(bodies(person), [{ resumeValue: { answers: { day: "and hurry on monday" } } }]);
    await leave(person);
  });

  it("cannot be put off when the next message would answer it", async (t) => {
    const { person } = await asked(t, which, open(which));
    await person.sees("answer [1] ▸");
    person.enters("later");
    await person.sees("What you say next answers this question.");
    await leave(person);
  });

  it("that waited before is asked at once", async (t) => {
    const routes = {
      "GET /v1/host/parley/interrupts": always({ interrupts: [{ ...held, threadId: "other" }, which] }),
    };
    const { person } = await chatting(t, { routes });
    await person.sees(/clarification 1 ▸ Which day\?\nanswer \[1\] ▸$/);
    assert.doesNotMatch(person.screen(), /approval/);
    await leave(person);
  });

  it("is answered one by one when it asks several things", async (t) => {
    const { person } = await asked(t, when, { ...open(when), [turnRoute]: answered });
    await person.sees("│ 2. How many people?");
    await person.sees(/answer 1 of 2 \[1\] ▸$/);
    person.enters("monday");
    await person.sees(/answer 2 of 2 \[1\] ▸$/);
    person.enters("4");
    await person.sees("Question 1 is answered.");
    assert.deepEqual(bodies(person), [{ resumeValue: { answers: { day: "monday", people: 4 } } }]);
    await leave(person);
  });

  it("is asked anew when the daemon does not take the answer", async (t) => {
    const refused: Answerer = (_request, response) =>
      refuse(response, 422, { error: "validation_error", message: "Answer people: must be integer." });
    const { person } = await asked(t, when, { ...open(when), [turnRoute]: refused });
    await person.sees("answer 1 of 2 [1] ▸");
    person.enters("monday");
    await person.sees("answer 2 of 2 [1] ▸");
    person.enters("many");
    await person.waitsUntil(() => bodies(person).length === 1, "the answer was sent");
    await person.sees(/answer 1 of 2 \[1\] ▸$/);
    person.enters("/quit");
    assert.match((await person.ended).err, /Answer people: must be integer\./);
  });

  it("is not answered when its node asks something else by now", async (t) => {
    const newer = question({
      interruptId: "int_9",
      kind: "approval",
      data: { title: "Delete all?", actions: ["accept"] },
    });
    const { person } = await asked(t, held, { ...open(newer), [turnRoute]: answered });
    await person.sees("later [1] ▸");
    person.enters("a");
    await person.sees("Question 1 is no longer open; nothing was decided.");
    assert.deepEqual(bodies(person), []);
    await leave(person);
  });

  it("says how to answer what cannot be answered here", async (t) => {
    const custom = question({ interruptId: "int_4", kind: "custom", data: { customKind: "pick", payload: { of: 3 } } });
    const { person } = await asked(t, custom, {});
    await person.sees("parley interrupts answer run_1 turn --value JSON");
    await person.sees(/\nyou ▸$/);
    await leave(person);
  });
});
