import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { treeOf } from "#cli/roster.ts";
import type { RosterEntry } from "#protocol/roster.ts";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, openDouble } from "./support/double.ts";

function agent(name: string, rest: Partial<RosterEntry> = {}): RosterEntry {
  return {
    rosterId: `host:${name}`,
    role: "worker",
    persona: name.toUpperCase(),
    agentId: `private.parley.agents.${name}`,
    model: "default",
    tools: [],
    workers: [],
    delegates: [],
    origin: "shipped",
    versions: { manifest: "a".repeat(64), prompt: "b".repeat(64) },
    ...rest,
  };
}

const roster = [
  agent("assistant", {
    role: "conversation",
    delegates: ["host:chief"],
    tools: ["openwop:parley.time", "openwop:parley.calculator"],
    description: "Talks with people.",
  }),
  agent("chief", { role: "supervisor", workers: ["host:researcher", "host:scribe"] }),
  agent("researcher"),
  agent("scribe"),
];

async function agents(t: TestContext, args: string[], problems: object[] = []) {
  const double = await openDouble(t, { "GET /v1/host/parley/roster": always({ roster, problems }) });
  return cli(["agents", ...args], { home: makeHome(t, double.url) });
}

describe("parley agents list", () => {
  it("shows a tree of who may hand work to whom", async (t) => {
    const { code, out } = await agents(t, ["list"]);
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        "AGENT           ROLE          MODEL    TOOLS  PROMPT        WHAT FOR",
        "assistant       conversation  default  2      bbbbbbbbbbbb  Talks with people.",
        "└ chief         supervisor    default  0      bbbbbbbbbbbb  CHIEF",
        "  ├ researcher  worker        default  0      bbbbbbbbbbbb  RESEARCHER",
        "  └ scribe      worker        default  0      bbbbbbbbbbbb  SCRIBE",
        "",
      ].join("\n"),
    );
  });

  it("names the files that are not in use, and ends with 1", async (t) => {
    const { code, err } = await agents(t, ["list"], [{ file: "agents/x.yaml", message: "role: unknown" }]);
    assert.equal(code, 1);
    assert.equal(err, "problem: agents/x.yaml: role: unknown\n");
  });

  it("names the file once where the problem itself says file and line", async (t) => {
    const { err } = await agents(t, ["list"], [{ file: "agents/x.yaml", message: "agents/x.yaml:3: role: unknown" }]);
    assert.equal(err, "problem: agents/x.yaml:3: role: unknown\n");
  });

  it("prints the roster as one object with --json", async (t) => {
    const { out } = await agents(t, ["list", "--json"]);
    assert.deepEqual(jsonLines(out), [{ roster, problems: [] }]);
  });
});

describe("parley agents show", () => {
  it("shows role, persona, model, tools and versions", async (t) => {
    const { code, out } = await agents(t, ["show", "assistant"]);
    assert.equal(code, 0);
    for (const line of [
      /^agent +host:assistant$/m,
      /^persona +ASSISTANT$/m,
      /^role +conversation$/m,
      /^model +default$/m,
      /^sends to +chief$/m,
      /^prompt +b{64}$/m,
      /^openwop:parley\.time$/m,
    ]) {
      assert.match(out, line);
    }
  });

  it("finds an agent by its whole id too", async (t) => {
    const { out } = await agents(t, ["show", "host:chief", "--json"]);
    assert.deepEqual(jsonLines(out), [roster[1]]);
  });

  it("says who there is when there is no such agent", async (t) => {
    const { code, err } = await agents(t, ["show", "nobody"]);
    assert.equal(code, 1);
    assert.match(err, /There are: assistant, chief, researcher, scribe/);
  });
});

describe("the tree of a roster", () => {
  const namesOf = (entries: RosterEntry[]) => treeOf(entries).map(({ entry, stem }) => stem + entry.rosterId);

  it("shows an agent under each one that sends to it", () => {
    const entries = [agent("a", { workers: ["host:c"] }), agent("b", { workers: ["host:c"] }), agent("c")];
    assert.deepEqual(namesOf(entries), ["host:a", "└ host:c", "host:b", "└ host:c"]);
  });

  it("leaves out who is not there", () => {
    assert.deepEqual(namesOf([agent("a", { workers: ["host:gone"] })]), ["host:a"]);
  });

  it("ends in a circle, and shows everybody in it", () => {
    const entries = [agent("a", { delegates: ["host:b"] }), agent("b", { delegates: ["host:a"] })];
    assert.deepEqual(namesOf(entries), ["host:a", "└ host:b"]);
  });
});
