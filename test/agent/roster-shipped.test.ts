import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parse } from "yaml";
import type { Roster, RosterAgent } from "#agent/roster.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import type { JsonObject } from "#protocol/json.ts";
import { needs, repoRoot, sharedSchemas } from "../support/paths.ts";
import { conforms } from "../support/schemas.ts";
import { rosterHome, shippedFolders } from "./roster-support.ts";
import { temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
let roster: Roster;
const agent = (name: string) => roster.get(`host:${name}`) as RosterAgent;

before(async () => {
  roster = (await rosterHome(folder).open()).roster;
});

describe("the shipped roster", () => {
  it("has four agents, in the order of their ids", () => {
    assert.deepEqual(
      roster.list().map(({ rosterId, role, agentId }) => ({ rosterId, role, agentId })),
      [
        { rosterId: "host:assistant", role: "conversation", agentId: "private.parley.agents.assistant" },
        { rosterId: "host:chief", role: "supervisor", agentId: "private.parley.agents.chief" },
        { rosterId: "host:researcher", role: "worker", agentId: "private.parley.agents.researcher" },
        { rosterId: "host:scribe", role: "worker", agentId: "private.parley.agents.scribe" },
      ],
    );
    assert.deepEqual(roster.problems(), []);
  });

  it("lets the assistant answer where nobody else is named", () => {
    assert.equal(roster.defaultAgent(), agent("assistant"));
  });

  it("delegates from the assistant to the chief, and from there to the workers", () => {
    assert.deepEqual(agent("assistant").delegates, ["host:chief"]);
    assert.deepEqual(agent("chief").workers, ["host:researcher", "host:scribe"]);
  });

  it("lets the scribe alone change something", () => {
    const writers = roster.list().filter(({ tools }) => tools.includes("openwop:parley.notes.write"));
    assert.deepEqual(
      writers.map(({ rosterId }) => rosterId),
      ["host:scribe"],
    );
  });

  it("describes an agent completely", () => {
    const file = join(shippedFolders.agents, "scribe.yaml");
    const { manifest } = parse(readFileSync(file, "utf8"));
    const text = readFileSync(join(shippedFolders.prompts, "scribe.md"), "utf8").trim();
    assert.deepEqual(agent("scribe"), {
      rosterId: "host:scribe",
      role: "worker",
      persona: "Scribe",
      description: manifest.description,
      agentId: "private.parley.agents.scribe",
      modelClass: "writing",
      model: "default",
      tools: ["openwop:parley.notes.write", "openwop:parley.notes.read"],
      workers: [],
      delegates: [],
      bounds: { maxRounds: 8, maxTokens: 60_000, maxWallMs: 300_000 },
      prompt: { ref: "prompts/scribe.md", text, hash: sha256Hex(text) },
      manifestHash: sha256Hex(canonicalJson(manifest)),
      origin: "shipped",
      file,
    });
  });

  it("has manifests of the published form", { skip: needs(sharedSchemas, "agent-manifest") }, () => {
    for (const { file } of roster.list()) conforms("agent-manifest", parse(readFileSync(file, "utf8")).manifest);
  });
});

describe("the chief's prompt", () => {
  const examples = () =>
    agent("chief")
      .prompt.text.split("\n")
      .filter((line) => line.startsWith("    {"))
      .map((line) => JSON.parse(line) as { decision: JsonObject & { kind: string }; task?: string; answer?: string });

  it("shows each kind of decision, with what belongs to it", () => {
    const shown = examples().map(({ decision, ...rest }) => [decision.kind, ...Object.keys(rest)]);
    assert.deepEqual(shown, [["next-worker", "task"], ["ask-user"], ["terminate", "answer"]]);
  });

  it("shows decisions of the published form", { skip: needs(sharedSchemas, "orchestrator-decision") }, () => {
    for (const { decision } of examples()) conforms("orchestrator-decision", decision);
  });

  it("names the workflows of its workers, and no others", () => {
    const named = new Set(agent("chief").prompt.text.match(/agent-[a-z]+/g));
    assert.deepEqual(
      [...named],
      agent("chief").workers.map((rosterId) => rosterId.replace("host:", "agent-")),
    );
  });
});

describe("the folders of agents and prompts", () => {
  it("hold a prompt for every shipped agent", () => {
    for (const { prompt } of roster.list()) {
      assert.equal(prompt.text, readFileSync(join(repoRoot, prompt.ref), "utf8").trim());
    }
  });
});
