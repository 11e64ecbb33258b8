// A person at the terminal and the real daemon, with the agents it ships and the offline model.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { jsonLines } from "./support/cli.ts";
import { parley, startDaemon } from "./support/daemon.ts";
import { sitAt } from "./support/person.ts";

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "parley-cli-"));
}

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

const TASK = "plan a picnic and save the plan as a note";

describe("a chat with the shipped agents", () => {
  const home = makeFolder();
  const atEnd: (() => unknown)[] = [];
  const call = (...args: string[]) => parley(home, args);

  before(async () => {
    await startDaemon({ after: (end) => atEnd.push(end as () => unknown) }, home);
  });
  after(async () => {
    for (const end of atEnd) await end();
    rmSync(home, { recursive: true, force: true });
  });

  it("asks before a note is written, shows what would be written, and goes on after an approval", async (t) => {
    const person = sitAt(t, home, ["chat", "--thread", "approve"], { columns: 200 });
    await person.sees("Thread approve.");
    person.enters(TASK);
    await person.sees(/approve \/ reject \/ edit \/ later \[1\] ▸$/);
    assert.match(person.screen(), /│ {5}name: "picnic"\n│ {5}text:\n│ {7}# Plan for a picnic\n/);
    person.enters("a");
    await person.sees("Question 1 is approved.");
    await person.sees("saved the plan as notes/picnic.md");
    person.enters("/trace");
    await person.sees("The answer stands in the thread");
    person.enters("/quit");
    assert.equal((await person.ended).code, 0);
    assert.match(readFileSync(join(home, "workspace/default/notes/picnic.md"), "utf8"), /picnic/);
  });

  it("tells the assistant when it was refused, and answers anew with /retry", async (t) => {
    const person = sitAt(t, home, ["chat", "--thread", "refuse"], { columns: 200 });
    await person.sees("Thread refuse.");
    person.enters(TASK);
    await person.sees("later [1] ▸");
    person.enters("r not today");
    await person.sees("Question 1 is rejected.");
    await person.sees(/assistant ▸ \S/);
    await person.sees(/\nyou ▸$/);
    assert.doesNotMatch(person.screen(), /saved the plan as/);
    person.enters("/retry");
    await person.sees("later [2] ▸");
    person.enters("/stop");
    await person.sees("The turn was stopped.");
    await person.sees("parley ▸ Stopped: this message was not answered.");
    await person.sees(/\nyou ▸$/);
    person.enters("hello");
    await person.sees("assistant ▸ Hello!");
    person.pressesCtrlD();
    assert.equal((await person.ended).code, 0);
  });

  it("takes a typed answer for the question it was asked", async (t) => {
    const person = sitAt(t, home, ["chat", "--thread", "clarify", "--agent", "chief"], { columns: 200 });
    await person.sees("Thread clarify.");
    person.enters("plan something");
    await person.sees(/clarification 1 ▸ What shall I plan\?\nanswer \[1\] ▸$/);
    person.enters("a picnic");
    await person.sees("Question 1 is answered.");
    person.enters("/stop");
    person.pressesCtrlD();
    await person.ended;
  });

  it("--once ends with 3, prints the card and how to answer; the answer is in the thread after that", async () => {
    const { code, out, err } = await call("chat", "--once", TASK, "--thread", "once", "--timeout", "30");
    assert.deepEqual({ code, out }, { code: 3, out: "" });
    const [, line = ""] = /^ {2}parley (interrupts answer \S+ \S+ --accept)$/m.exec(err) ?? assert.fail(err);
    assert.equal((await call(...line.split(" "))).code, 0);
    const said = async () => (await call("threads", "show", "once")).out;
    const endMs = Date.now() + 10_000;
    while (!(await said()).includes("saved the plan as")) assert.ok(Date.now() < endMs, "the turn goes on");
    const [page] = jsonLines((await call("threads", "show", "once", "--json")).out);
    const messages = page?.messages as { messageId: string; role: string }[];
    assert.deepEqual(
      messages.map(({ role }) => role),
      ["user", "agent"],
    );
    const trace = await call("trace", messages[1]?.messageId ?? "", "--json");
    const { steps } = JSON.parse(trace.out) as { steps: { kind: string }[] };
    const kinds = steps.map(({ kind }) => kind);
    for (const kind of ["received", "stored", "run", "step", "outbox", "delivered"])
      assert.ok(kinds.includes(kind), kind);
  });

  it("--once ends with 4 when the turn is stopped", async (t) => {
    const stopper = sitAt(t, home, ["chat", "--thread", "stop"], { columns: 200 });
    await stopper.sees("Thread stop.");
    stopper.enters(TASK);
    await stopper.sees("later [1] ▸");
    const asking = call("chat", "--once", "hello", "--thread", "stop", "--timeout", "30");
    await stopper.sees("somebody ▸ hello");
    // It waits behind the turn that waits for a person.
    const [queued] = jsonLines((await call("runs", "list", "--status", "pending", "--json")).out);
    assert.equal((await call("runs", "cancel", String(queued?.runId))).code, 0);
    assert.deepEqual(await asking.then(({ code, out }) => ({ code, out })), { code: 4, out: "" });
    await stopper.sees("parley ▸ Stopped: this message was not answered.");
    stopper.pressesCtrlD();
    await stopper.ended;
  });

  it("lists the agents that are shipped", async () => {
    const { code, out } = await call("agents", "list");
    assert.equal(code, 0);
    assert.match(out, /^assistant .*\n└ chief .*\n {2}├ researcher .*\n {2}└ scribe /m);
  });

  it("sets the offline model up, and says that its answers are prepared", async () => {
    const { code, out } = await call("setup", "--provider", "offline");
    assert.equal(code, 0);
    assert.match(out, /parley answers with prepared answers, without a model, from now on\.\n$/);
  });

  it("keeps nothing of a model that cannot be reached", async () => {
    const address = ["--base-url", "http://127.0.0.1:9/v1", "--model", "none"];
    const { code, err } = await call("setup", "--provider", "openai-compatible", ...address);
    assert.equal(code, 1);
    assert.match(err, /The model did not answer: /);
    assert.match((await call("chat", "--once", "hello", "--thread", "after-setup")).out, /^Hello!/);
  });
});

describe("a chat when the daemon is killed", () => {
  for (const at of ["accept.committed", "effect.started", "effect.performed"]) {
    it(`shows the answer once after the restart: ${at}`, async (t) => {
      const home = makeFolder();
      t.after(() => rmSync(home, { recursive: true, force: true }));
      const first = await startDaemon(t, home, { PARLEY_STOP_AT: at });
      const person = sitAt(t, home, ["chat"], { columns: 200 });
      await person.sees("Thread cli.");
      person.enters("hello");
      await first.ended;
      await startDaemon(t, home);
      await person.sees("assistant ▸ Hello!");
      person.enters("what did i just say?");
      await person.sees('Before this you said: "hello"');
      person.enters("/quit");
      assert.equal((await person.ended).code, 0);
      assert.equal(times(person.screen(), "assistant ▸ Hello!"), 1);
      assert.equal(times(person.screen(), "you ▸ hello"), 1);
      assert.doesNotMatch(person.screen(), /connection/);
    });
  }
});
