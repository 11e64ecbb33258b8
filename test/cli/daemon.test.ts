// The command against the real daemon, as a user has it.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { jsonLines } from "./support/cli.ts";
import { type Outcome, parley, startDaemon } from "./support/daemon.ts";

const files: Record<string, string> = {
  "hello.yaml": `
nodes:
  - id: greet
    typeId: core.identity
    inputs: { name: { type: variable, variableName: name } }
variables:
  - { name: name, type: string, required: true }
`,
  "gate.yaml": "nodes: [{ id: gate, typeId: core.approvalGate, config: { title: Ship it? } }]",
  "ask.json": JSON.stringify({
    nodes: [
      { id: "ask", typeId: "core.clarificationGate", config: { questions: [{ id: "day", question: "Which day?" }] } },
    ],
  }),
  "fail.yaml": "nodes: [{ id: bad, typeId: core.fail, config: { message: No luck. } }]",
  "slow.yaml": "nodes: [{ id: wait, typeId: core.delay, config: { delayMs: 600000 } }]",
  "wrong.yaml": "nodes: [{ id: a, typeId: no.such.type }]",
};

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "parley-cli-"));
}

/** The id in what `parley run` prints. */
function runIdOf({ out }: Outcome): string {
  return /^▸ run\.id = (run_\w+)$/m.exec(out)?.[1] ?? assert.fail(`no run id in ${out}`);
}

describe("parley with a running daemon", () => {
  const home = makeFolder();
  const atEnd: (() => unknown)[] = [];
  const file = (name: string) => join(home, name);
  const call = (...args: string[]) => parley(home, args);

  before(async () => {
    for (const [name, content] of Object.entries(files)) writeFileSync(file(name), content);
    await startDaemon({ after: (end) => atEnd.push(end as () => unknown) }, home);
  });
  after(async () => {
    for (const end of atEnd) await end();
    rmSync(home, { recursive: true, force: true });
  });

  it("runs a file and prints id, status, cost and trace", async () => {
    const { code, out, err } = await call("run", file("hello.yaml"), "--input", "name=Ada", "--trace");
    assert.equal(code, 0);
    assert.match(
      out,
      /^▸ run\.id = run_\w+\n▸ status = succeeded\n▸ cost = unknown · 0 tok\n▸ trace = [0-9a-f]{32}\n$/,
    );
    assert.equal(err, "  ✓ greet\n");
  });

  it("prints the run as one object with --json", async () => {
    const { out } = await call("run", file("hello.yaml"), "--input", "name=Ada", "--json");
    assert.partialDeepStrictEqual(jsonLines(out), [
      { status: "completed", workflowId: "hello", inputs: { name: "Ada" } },
    ]);
  });

  for (const { name, args, code, says } of [
    { name: "1 for a run that failed", args: ["run", "fail.yaml"], code: 1, says: /error: No luck\. / },
    { name: "2 for an input that is missing", args: ["run", "hello.yaml"], code: 2, says: /field: inputs\.name/ },
    {
      name: "2 for a definition that is wrong",
      args: ["workflows", "validate", "wrong.yaml"],
      code: 2,
      says: /no\.such\.type/,
    },
    { name: "2 for an unknown command", args: ["chta"], code: 2, says: /Did you mean "chat"/ },
    {
      name: "3 for a run that waits for somebody",
      args: ["run", "gate.yaml"],
      code: 3,
      says: /parley interrupts answer/,
    },
    { name: "1 for a run that is not there", args: ["runs", "show", "run_none"], code: 1, says: /parley runs list/ },
  ]) {
    it(`ends with ${name}`, async () => {
      const args_ = args.map((word) => (Object.hasOwn(files, word) ? file(word) : word));
      const ended = await call(...args_);
      assert.equal(ended.code, code);
      assert.match(ended.err, says);
    });
  }

  it("ends with 4 when the run is cancelled while it is watched", async () => {
    const watching = call("run", file("slow.yaml"), "--json");
    const runId = await waitForRun("slow");
    assert.equal((await call("runs", "cancel", runId)).out, `${runId}  cancelled\n`);
    assert.equal((await watching).code, 4);
  });

  /** The id of a running run of the workflow, as soon as there is one. */
  async function waitForRun(workflowId: string): Promise<string> {
    for (;;) {
      const { out } = await call("runs", "list", "--workflow", workflowId, "--status", "running", "--json");
      const [run] = jsonLines(out);
      if (run) return String(run.runId);
    }
  }

  it("answers an approval", async () => {
    const runId = runIdOf(await call("run", file("gate.yaml")));
    assert.match((await call("interrupts", "list", "--run", runId)).out, /approval "Ship it\?"/);
    const answered = await call("interrupts", "answer", runId, "gate", "--accept", "--feedback", "fine");
    assert.deepEqual(answered, { code: 0, out: `${runId}  succeeded\n`, err: "" });
    const again = await call("interrupts", "answer", runId, "gate", "--accept");
    assert.equal(again.code, 1);
    assert.match(again.err, /Somebody answered first/);
  });

  it("answers a question, and shows what happened", async () => {
    const runId = runIdOf(await call("run", file("ask.json")));
    assert.equal((await call("interrupts", "answer", runId, "ask", "--answer", "day=monday")).code, 0);
    assert.match((await call("runs", "show", runId)).out, /^status {4}succeeded$/m);
    const updates = jsonLines((await call("runs", "events", runId, "--json")).out).map(({ type }) => type);
    const followed = jsonLines((await call("runs", "events", runId, "--follow", "--json")).out).map(({ type }) => type);
    assert.deepEqual(updates, followed, "the stored log, filtered here, is what the stream shows");
    assert.ok(updates.includes("interrupt.resolved"));
    const everything = jsonLines((await call("runs", "events", runId, "--stream-mode", "debug", "--json")).out);
    assert.deepEqual(
      everything.map(({ sequence }) => sequence),
      everything.map((_, index) => index),
    );
  });

  it("registers, lists and shows workflows", async () => {
    assert.match(
      (await call("workflows", "add", file("slow.yaml"))).out,
      /^slow {2}0\.0\.0-dev {2}[0-9a-f]{12} {2}(registered|unchanged)\n$/,
    );
    assert.match((await call("workflows", "list")).out, /^slow +0\.0\.0-dev +api/m);
    assert.partialDeepStrictEqual(JSON.parse((await call("workflows", "show", "slow")).out), {
      id: "slow",
      nodes: [{ id: "wait" }],
    });
  });

  it("chats", async () => {
    const once = await call("chat", "--once", "hello");
    assert.deepEqual({ code: once.code, err: once.err }, { code: 0, err: "" });
    assert.match(once.out, /^Hello! .*\n$/);
    const piped = await parley(home, ["chat"], { stdin: "what did i just say?\n" });
    assert.match(piped.out, /^assistant ▸ Before this you said: "hello"\n$/);
  });

  it("makes a backup", async () => {
    const path = join(home, "copy.db");
    assert.partialDeepStrictEqual(jsonLines((await call("backup", path, "--json")).out), [{ path }]);
    assert.ok(statSync(path).size > 0);
  });

  it("rotates the key: the old one is refused with a hint, the home's file goes on", async () => {
    const old = (await call("key", "show")).out.trim();
    const { code, out } = await call("key", "rotate");
    assert.equal(code, 0);
    assert.equal((await call("key", "show")).out, out);
    const refused = await parley(home, ["runs", "list"], { env: { PARLEY_API_KEY: old } });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /The key was rotated/);
    assert.equal((await call("runs", "list")).code, 0);
  });

  it("shows help of the commands that the daemon's own code carries out", async () => {
    for (const name of ["up", "doctor", "restore"]) {
      const { code, out } = await call(name, "--help");
      assert.equal(code, 0);
      assert.match(out, new RegExp(`^parley ${name}: `));
    }
  });
});

describe("parley chat --once when the daemon is killed", () => {
  for (const { at, name } of [
    { at: "accept.committed", name: "after it took the message, before it said so" },
    { at: "effect.started", name: "when the turn had begun" },
    { at: "effect.performed", name: "when the answer was there, but not yet kept" },
  ]) {
    it(`prints the answer once: ${name}`, async (t) => {
      const home = makeFolder();
      t.after(() => rmSync(home, { recursive: true, force: true }));
      const first = await startDaemon(t, home, { PARLEY_STOP_AT: at });
      const asking = parley(home, ["chat", "--once", "hello", "--timeout", "50"]);
      await first.ended;
      const second = await startDaemon(t, home);
      const { code, out } = await asking;
      assert.equal(code, 0);
      assert.match(out, /^Hello! .*\n$/);
      assert.deepEqual(await rolesIn(home, second.url), ["user", "agent"]);
    });
  }

  /** Who said something in the thread, in order. */
  async function rolesIn(home: string, url: string): Promise<string[]> {
    const headers = { authorization: `Bearer ${readFileSync(join(home, "key"), "utf8").trim()}` };
    const response = await fetch(`${url}/v1/host/parley/threads/cli`, { headers });
    const { messages } = (await response.json()) as { messages: { role: string }[] };
    return messages.map(({ role }) => role);
  }
});

describe("parley without a daemon", () => {
  async function emptyHome(t: TestContext): Promise<string> {
    const home = makeFolder();
    t.after(() => rmSync(home, { recursive: true, force: true }));
    return home;
  }

  it("ends with 5 and says how to start one, also after one has ended", async (t) => {
    const home = await emptyHome(t);
    const says = `parley is not running for ${home}. Start it with: npm start   (or: parley up)\n`;
    assert.deepEqual(await parley(home, ["runs", "list"]), { code: 5, out: "", err: says });
    const daemon = await startDaemon(t, home);
    assert.equal(await daemon.stop(), 0);
    assert.deepEqual(await parley(home, ["chat", "--once", "hello"]), { code: 5, out: "", err: says });
  });

  it("shows help and version", async (t) => {
    const home = await emptyHome(t);
    assert.match((await parley(home, ["help"])).out, /^parley: chat with durable agents/);
    assert.match((await parley(home, ["version"])).out, /^parley \d+\.\d+\.\d+ /);
  });
});
