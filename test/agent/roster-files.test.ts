import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { rosterHome, shippedFolders, worker } from "./roster-support.ts";
import { temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

function shippedEntry(name: string) {
  const entry = parse(readFileSync(join(shippedFolders.agents, `${name}.yaml`), "utf8"));
  return entry as Record<string, unknown> & { manifest: Record<string, unknown> };
}

describe("a home's file", () => {
  it("adds an agent of one's own, with what it leaves out filled in", async () => {
    const home = rosterHome(folder);
    const file = home.agent("mira", worker("mira"));
    const { roster, lines } = await home.open();
    const { prompt, manifestHash, ...mira } = roster.get("host:mira") ?? assert.fail("mira is not there");
    assert.deepEqual(mira, {
      rosterId: "host:mira",
      role: "worker",
      persona: "mira",
      agentId: "local.home.mira",
      modelClass: "general",
      model: "default",
      tools: [],
      workers: [],
      delegates: [],
      bounds: { maxRounds: 8, maxTokens: 60_000, maxWallMs: 300_000 },
      origin: "home",
      file,
    });
    assert.deepEqual([prompt.ref, prompt.text], ["systemPrompt", "You are mira."]);
    assert.match(manifestHash, /^[0-9a-f]{64}$/);
    assert.deepEqual([roster.list().length, roster.problems(), lines], [5, [], []]);
  });

  it("takes the place of a shipped entry with its id, whatever the file is called", async () => {
    const home = rosterHome(folder);
    const { manifest, ...entry } = shippedEntry("scribe");
    home.agent("my-writer", {
      ...entry,
      model: "small",
      bounds: { rounds: 2 },
      manifest: { ...manifest, persona: "Ada" },
    });
    const { roster } = await home.open();
    const { persona, model, bounds, origin, agentId, prompt } = roster.get("host:scribe") ?? assert.fail();
    assert.deepEqual(
      { persona, model, bounds, origin, agentId, ref: prompt.ref },
      {
        persona: "Ada",
        model: "small",
        bounds: { maxRounds: 2, maxTokens: 60_000, maxWallMs: 300_000 },
        origin: "home",
        agentId: "private.parley.agents.scribe",
        ref: "prompts/scribe.md",
      },
    );
    assert.equal(roster.list().length, 4);
  });

  it("of a prompt takes the place of the shipped one", async () => {
    const home = rosterHome(folder);
    home.prompt("chief.md", "\nYou lead.\n");
    const { roster } = await home.open();
    const chief = roster.get("host:chief");
    assert.deepEqual(
      [chief?.prompt.text, chief?.prompt.ref, chief?.origin],
      ["You lead.", "prompts/chief.md", "shipped"],
    );
  });

  it("that is no entry is passed over", async () => {
    const home = rosterHome(folder);
    writeFileSync(join(home.folders.agents, "README.md"), "# mine");
    writeFileSync(join(home.folders.agents, ".mira.yaml.swp"), "x");
    writeFileSync(join(home.folders.agents, ".mira.yaml"), "x");
    assert.deepEqual((await home.open()).roster.problems(), []);
  });
});

/** Each file is wrong in one way; the message says where, what, and what is allowed. */
const wrongFiles: { name: string; content: object | string; key: string; says: RegExp }[] = [
  { name: "is no YAML", content: "id: [", key: "", says: /not valid YAML/ },
  { name: "is empty", content: "", key: "id", says: /id: is missing; allowed: host: and a name/ },
  {
    name: "is a list",
    content: "- 1",
    key: "",
    says: /a list is not allowed; allowed: a section with the keys id, role/,
  },
  { name: "has an unknown key", content: worker("x", { modle: "a" }), key: "modle", says: /did you mean `model`/ },
  {
    name: "has an unknown key in the manifest",
    content: worker("x", {}, { toolAllowList: [] }),
    key: "manifest.toolAllowList",
    says: /did you mean `manifest\.toolAllowlist`/,
  },
  {
    name: "has a key of the manifest at the top",
    content: worker("x", { persona: "X" }),
    key: "persona",
    says: /did you mean `manifest\.persona`/,
  },
  {
    name: "asks for what this version does not act on",
    content: worker("x", {}, { memoryShape: { longTerm: true } }),
    key: "manifest.memoryShape",
    says: /does not act on; remove it/,
  },
  {
    name: "has an id without host:",
    content: worker("x", { id: "x" }),
    key: "id",
    says: /"x" is not allowed; allowed: host:/,
  },
  {
    name: "has an id with dots",
    content: worker("x", { id: "host:a.b" }),
    key: "id",
    says: /allowed: host: and a name/,
  },
  {
    name: "has an unknown role",
    content: worker("x", { role: "boss" }),
    key: "role",
    says: /"boss" is not allowed; allowed: one of conversation, supervisor, worker/,
  },
  { name: "is a supervisor alone", content: worker("x", { role: "supervisor" }), key: "workers", says: /at least one/ },
  {
    name: "is a worker with workers",
    content: worker("x", { workers: ["host:scribe"] }),
    key: "workers",
    says: /is a key of supervisors, and the role is worker/,
  },
  {
    name: "is a supervisor who delegates",
    content: worker("x", { role: "supervisor", workers: ["host:scribe"], delegates: ["host:chief"] }),
    key: "delegates",
    says: /is a key of conversation agents, and the role is supervisor/,
  },
  {
    name: "has an unknown model",
    content: worker("x", { model: "smal" }),
    key: "model",
    says: /"smal" is no model of the configuration; allowed: default, small; did you mean small\?/,
  },
  {
    name: "has no time",
    content: worker("x", { bounds: { seconds: 0 } }),
    key: "bounds.seconds",
    says: /0 is not allowed; allowed: a whole number from 1 to 86400/,
  },
  {
    name: "has a shipped agent's id in its manifest",
    content: worker("x", {}, { agentId: "private.parley.agents.x" }),
    key: "manifest.agentId",
    says: /allowed: local\.home\.<name>/,
  },
  {
    name: "gives a shipped agent another manifest id",
    content: worker("scribe"),
    key: "manifest.agentId",
    says: /is not the id that host:scribe has; allowed: private\.parley\.agents\.scribe/,
  },
  {
    name: "has an unknown model class",
    content: worker("x", {}, { modelClass: "chat" }),
    key: "manifest.modelClass",
    says: /one of reasoning, writing, coding/,
  },
  {
    name: "lists an unknown tool",
    content: worker("x", {}, { toolAllowlist: ["openwop:parley.time", "openwop:parley.tiem"] }),
    key: "manifest.toolAllowlist[1]",
    says: /is no tool of this host; allowed: openwop:parley\.time, .*did you mean openwop:parley\.time\?/,
  },
  {
    name: "lists the tool for delegating",
    content: worker("x", {}, { toolAllowlist: ["openwop:parley.delegate"] }),
    key: "manifest.toolAllowlist[0]",
    says: /comes with the key delegates/,
  },
  {
    name: "lists a tool twice",
    content: worker("x", {}, { toolAllowlist: ["openwop:parley.time", "openwop:parley.time"] }),
    key: "manifest.toolAllowlist[1]",
    says: /stands here twice/,
  },
  {
    name: "has two prompts",
    content: worker("x", {}, { systemPromptRef: "prompts/chief.md" }),
    key: "manifest",
    says: /exactly one of systemPrompt and systemPromptRef/,
  },
  {
    name: "has no prompt",
    content: worker("x", {}, { systemPrompt: undefined }),
    key: "manifest",
    says: /exactly one of/,
  },
  {
    name: "has an empty prompt",
    content: worker("x", {}, { systemPrompt: " \n" }),
    key: "manifest.systemPrompt",
    says: /is empty/,
  },
  {
    name: "names a prompt that is not there",
    content: worker("x", {}, { systemPrompt: undefined, systemPromptRef: "prompts/none.md" }),
    key: "manifest.systemPromptRef",
    says: /"prompts\/none\.md" names a prompt that is in none of the folders/,
  },
  ...["../key", "prompts/../../key", "/etc/passwd", "prompts/../chief.md", "prompts/a/b.md", "prompts/.md"].map(
    (ref) => ({
      name: `names the prompt ${ref}`,
      content: worker("x", {}, { systemPrompt: undefined, systemPromptRef: ref }),
      key: "manifest.systemPromptRef",
      says: /is not allowed; allowed: prompts\/<name>\.md/,
    }),
  ),
  {
    name: "names a worker that does not exist",
    content: worker("x", { role: "supervisor", workers: ["host:scribe", "host:reseacher"] }),
    key: "workers[1]",
    says: /"host:reseacher" is no agent of the roster; allowed: .*did you mean host:researcher\?/,
  },
  {
    name: "directs a conversation agent",
    content: worker("x", { role: "supervisor", workers: ["host:assistant"] }),
    key: "workers[0]",
    says: /is a conversation agent, which no supervisor directs; allowed: /,
  },
  {
    name: "delegates to itself",
    content: worker("x", { role: "conversation", delegates: ["host:x"] }),
    key: "delegates[0]",
    says: /leads in a circle: host:x → host:x/,
  },
  {
    name: "makes the default agent a worker",
    content: { ...worker("assistant"), manifest: shippedEntry("assistant").manifest },
    key: "role",
    says: /is the default agent and must be a conversation agent; allowed: conversation/,
  },
];

describe("a file that", () => {
  for (const { name, content, key, says } of wrongFiles) {
    it(`${name} is named with its key and changes nothing`, async () => {
      const home = rosterHome(folder);
      const file = home.agent("wrong", content);
      const { roster, lines } = await home.open();
      const [problem, ...others] = roster.problems().filter((one) => one.key === key);
      assert.ok(problem, `told: ${JSON.stringify(roster.problems())}`);
      assert.deepEqual(others, []);
      assert.equal(problem.file, file);
      assert.ok(problem.message.includes(file), problem.message);
      assert.match(problem.message, says);
      assert.deepEqual(
        roster.list().map(({ rosterId, origin }) => `${rosterId} ${origin}`),
        ["assistant", "chief", "researcher", "scribe"].map((id) => `host:${id} shipped`),
      );
      assert.ok(
        lines.some(
          ({ level, fields }) => level === "warn" && "problem" in fields && fields.problem === problem.message,
        ),
        "it is logged",
      );
    });
  }

  it("is wrong in several ways is told all of them, with their lines", async () => {
    const home = rosterHome(folder);
    home.agent("x", "id: x\nrole: boss\nmanifest:\n  persona: X\n  tools: []\n");
    const { roster } = await home.open();
    assert.deepEqual(
      roster.problems().map(({ key, line }) => `${key}:${line}`),
      ["id:1", "role:2", "manifest.agentId:3", "manifest.modelClass:3", "manifest.tools:5"],
    );
  });

  it("has the id of another file of the folder is told which", async () => {
    const home = rosterHome(folder);
    const first = home.agent("a", worker("mira"));
    const second = home.agent("b", worker("mira", {}, { persona: "second" }));
    const { roster } = await home.open();
    assert.equal(roster.get("host:mira")?.file, first);
    assert.deepEqual(
      roster.problems().map(({ file, key, message }) => [file, key, message.includes(`is the id of ${first} already`)]),
      [[second, "id", true]],
    );
  });

  it("gives one manifest id two meanings is not taken", async () => {
    const home = rosterHome(folder);
    home.agent("a", worker("mira"));
    home.agent("b", worker("nora", {}, { agentId: "local.home.mira" }));
    const { roster } = await home.open();
    assert.deepEqual([roster.get("host:mira")?.persona, roster.get("host:nora")], ["mira", undefined]);
    assert.match(roster.problems()[0]?.message ?? "", /id of another manifest already, that of host:mira/);
  });

  it("shares a whole manifest with another is taken", async () => {
    const home = rosterHome(folder);
    home.agent("a", worker("mira"));
    home.agent("b", { ...worker("mira"), id: "host:nora" });
    const { roster } = await home.open();
    assert.equal(roster.get("host:nora")?.agentId, "local.home.mira");
    assert.deepEqual(roster.problems(), []);
  });
});

describe("a prompt that", () => {
  for (const { name, text, says } of [
    { name: "is empty", text: " \n", says: /is empty/ },
    { name: "is no text", text: Buffer.from([0xff, 0xfe]), says: /not a text in UTF-8/ },
    { name: "is too large", text: "x".repeat(64 * 1024 + 1), says: /is larger than 65536 bytes/ },
  ]) {
    it(`${name} leaves the shipped one standing`, async () => {
      const home = rosterHome(folder);
      const file = home.prompt("chief.md", text);
      const { roster } = await home.open();
      assert.match(roster.get("host:chief")?.prompt.text ?? "", /^You are the chief\./);
      assert.deepEqual(
        roster.problems().map((problem) => problem.file),
        [file],
      );
      assert.match(roster.problems()[0]?.message ?? "", says);
    });
  }
});

describe("a circle of two agents", () => {
  it("is told with its way, and only the agents in it go back", async () => {
    const home = rosterHome(folder);
    home.agent("a", worker("a", { role: "supervisor", workers: ["host:b"] }));
    home.agent("b", worker("b", { role: "supervisor", workers: ["host:scribe", "host:a"] }));
    home.agent("c", worker("c"));
    const { roster } = await home.open();
    assert.deepEqual(
      [roster.get("host:a"), roster.get("host:b"), roster.get("host:c")?.persona],
      [undefined, undefined, "c"],
    );
    assert.match(roster.problems()[0]?.message ?? "", /workers\[0\]: leads in a circle: host:a → host:b → host:a/);
  });
});

describe("a broken installation", () => {
  it("is told with every problem instead of starting half (O3)", async () => {
    const home = rosterHome(folder);
    const shipped = rosterHome(folder);
    await assert.rejects(home.open(shipped.folders), /shipped roster in .* is broken; install parley again/);
    shipped.agent("assistant", worker("assistant", { role: "worker" }, { agentId: "private.parley.agents.assistant" }));
    shipped.agent("other", worker("other"));
    await assert.rejects(home.open(shipped.folders), (error: Error) => {
      assert.match(error.message, /must be a conversation agent/);
      assert.match(error.message, /allowed: private\.parley\.agents\.other/);
      return true;
    });
  });

  it("does not come from a home without the folders", async () => {
    const home = rosterHome(folder);
    const bare = { agents: join(home.folders.agents, "none"), prompts: join(home.folders.prompts, "none") };
    mkdirSync(home.folders.agents, { recursive: true });
    Object.assign(home.folders, bare);
    const { roster, lines } = await home.open();
    assert.equal(roster.list().length, 4);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ["the folder cannot be watched", "the folder cannot be watched"],
    );
  });
});
