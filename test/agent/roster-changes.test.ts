import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Roster } from "#agent/roster.ts";
import { rosterHome, worker } from "./roster-support.ts";
import { temporaryFolder, until } from "./support.ts";

const folder = temporaryFolder();

function countChanges(roster: Roster): { count: number } {
  const changes = { count: 0 };
  roster.onChange(() => {
    changes.count += 1;
  });
  return changes;
}

describe("a roster whose files change", () => {
  it("has a new agent as soon as its file is there, and tells its listeners", async () => {
    const home = rosterHome(folder);
    const { roster } = await home.open();
    const changes = countChanges(roster);
    home.agent("mira", worker("mira"));
    await until(() => roster.get("host:mira") !== undefined, "the new agent");
    assert.equal(changes.count, 1);
  });

  it("loses an agent with its file, and goes back to the shipped one where it was an overlay", async () => {
    const home = rosterHome(folder);
    const own = home.agent("mira", worker("mira"));
    const overlay = home.agent(
      "scribe",
      worker("scribe", {}, { agentId: "private.parley.agents.scribe", persona: "Ada" }),
    );
    const { roster } = await home.open();
    assert.equal(roster.get("host:scribe")?.persona, "Ada");
    rmSync(own);
    rmSync(overlay);
    await until(() => roster.get("host:mira") === undefined, "the removal");
    assert.equal(roster.get("host:scribe")?.persona, "Scribe");
    assert.deepEqual(roster.problems(), []);
  });

  it("takes a prompt that is replaced as editors do it, and gives it another hash", async () => {
    const home = rosterHome(folder);
    const file = home.prompt("chief.md", "one");
    const { roster } = await home.open();
    const before = roster.get("host:chief");
    writeFileSync(`${file}~`, "two");
    renameSync(`${file}~`, file);
    await until(() => roster.get("host:chief")?.prompt.text === "two", "the new prompt");
    assert.notEqual(roster.get("host:chief")?.prompt.hash, before?.prompt.hash);
    assert.equal(before?.prompt.text, "one", "who holds the old version keeps it");
  });

  it("goes on watching when a whole folder is put in the place of another", async () => {
    const home = rosterHome(folder);
    home.agent("mira", worker("mira"));
    const { roster } = await home.open();
    renameSync(home.folders.agents, `${home.folders.agents}-before`);
    await until(() => roster.get("host:mira") === undefined, "the removal");
    mkdirSync(home.folders.agents);
    home.agent("nora", worker("nora"));
    await until(() => roster.get("host:nora") !== undefined, "the agent of the new folder");
    home.agent("nora", worker("nora", {}, { persona: "Nora the second" }));
    await until(() => roster.get("host:nora")?.persona === "Nora the second", "a change in the new folder");
    assert.deepEqual(roster.problems(), []);
  });

  it("keeps the last good entry of a file that breaks, and forgets the problem when it is mended (O2)", async () => {
    const home = rosterHome(folder);
    home.agent("mira", worker("mira", { bounds: { rounds: 3 } }));
    const { roster, lines } = await home.open();
    const changes = countChanges(roster);
    home.agent("mira", "id: host:mira\nrole: boss\n");
    await until(() => roster.problems().length > 0, "the problem");
    assert.equal(roster.get("host:mira")?.bounds.maxRounds, 3);
    assert.equal(changes.count, 1, "listeners hear of problems too");
    assert.ok(lines.some(({ message }) => message === "a roster file was not taken; the last good entry stays"));
    home.agent("mira", worker("mira", { bounds: { rounds: 5 } }));
    await until(() => roster.problems().length === 0, "the end of the problem");
    assert.equal(roster.get("host:mira")?.bounds.maxRounds, 5);
  });

  it("takes an agent from another file when its own is broken", async () => {
    const home = rosterHome(folder);
    home.agent("mira", worker("mira"));
    const { roster } = await home.open();
    home.agent("mira", "id: [");
    const file = home.agent("other", worker("mira", {}, { persona: "Other" }));
    await until(() => roster.get("host:mira")?.persona === "Other", "the other file's agent");
    assert.equal(roster.get("host:mira")?.file, file);
  });

  it("keeps the last good prompt when it breaks", async () => {
    const home = rosterHome(folder);
    home.prompt("mira.md", "You are good.");
    home.agent("mira", worker("mira", {}, { systemPrompt: undefined, systemPromptRef: "prompts/mira.md" }));
    const { roster } = await home.open();
    home.prompt("mira.md", "");
    await until(() => roster.problems().length > 0, "the problem");
    assert.equal(roster.get("host:mira")?.prompt.text, "You are good.");
  });

  it("keeps an agent that others still name when its file goes (O1)", async () => {
    const home = rosterHome(folder);
    home.agent("lead", worker("lead", { role: "supervisor", workers: ["host:mira"] }));
    const file = home.agent("mira", worker("mira"));
    const { roster } = await home.open();
    rmSync(file);
    await until(() => roster.problems().length > 0, "the problem");
    assert.equal(roster.get("host:mira")?.persona, "mira");
    assert.match(
      roster.problems()[0]?.message ?? "",
      /lead\.yaml.*workers\[0\]: "host:mira" is no agent of the roster/,
    );
    home.agent("lead", worker("lead", { role: "supervisor", workers: ["host:scribe"] }));
    await until(() => roster.get("host:mira") === undefined, "the removal");
    assert.deepEqual(roster.problems(), []);
  });

  it("keeps the object of an agent whose file says the same as before", async () => {
    const home = rosterHome(folder);
    home.agent("mira", worker("mira"));
    const { roster } = await home.open();
    const [mira, chief] = [roster.get("host:mira"), roster.get("host:chief")];
    home.agent("mira", `# a comment\n${JSON.stringify(worker("mira"))}`);
    home.agent("nora", worker("nora"));
    await until(() => roster.get("host:nora") !== undefined, "the other agent");
    assert.equal(roster.get("host:mira"), mira);
    assert.equal(roster.get("host:chief"), chief);
  });

  it("tells the other listeners when one fails, and nobody who has gone", async () => {
    const home = rosterHome(folder);
    const { roster, lines } = await home.open();
    const heard: string[] = [];
    roster.onChange(() => {
      throw new Error("I fail");
    });
    const leave = roster.onChange(() => heard.push("gone"));
    roster.onChange(() => heard.push("there"));
    leave();
    home.agent("mira", worker("mira"));
    await until(() => heard.length > 0, "the change");
    assert.deepEqual(heard, ["there"]);
    assert.ok(lines.some(({ level, message }) => level === "error" && message === "a listener of the roster failed"));
  });

  it("stays as it is once it is closed", async () => {
    const home = rosterHome(folder);
    const { roster } = await home.open();
    const other = (await home.open()).roster;
    roster.close();
    home.agent("mira", worker("mira"));
    await until(() => other.get("host:mira") !== undefined, "the change in the other roster");
    assert.equal(roster.get("host:mira"), undefined);
    assert.equal(roster.list().length, 4);
  });
});
