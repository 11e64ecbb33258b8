// docs/agents.md: every file in it is taken as it stands, and its tables name every key and every tool there is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parse } from "yaml";
import { entrySchema } from "#agent/roster/entry-schema.ts";
import { builtInTools } from "#agent/tools/built-in.ts";
import type { RosterList } from "#protocol/roster.ts";
import { eventually } from "#test/support/host.ts";
import { repoRoot } from "#test/support/paths.ts";
import { useDaemon } from "#test/support/suite.ts";
import { threadsPath } from "#test/support/threads.ts";

const text = readFileSync(join(repoRoot, "docs", "agents.md"), "utf8");
const files = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);
const ids: string[] = files.map((file) => parse(file).id);

/** The first cells of the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const section = text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));
}

describe("docs/agents.md", () => {
  const host = useDaemon({});
  const roster = async () => (await host.client.get("/v1/host/parley/roster")).body as RosterList;

  before(async () => {
    for (const [at, file] of files.entries()) await writeFile(join(host.daemon.home, "agents", `${at}.yaml`), file);
    const areTaken = async () => {
      const own = (await roster()).roster.filter(({ origin, versions }) => origin === "home" && versions.workflow);
      return own.length === files.length;
    };
    await eventually(areTaken, "a running daemon takes the files");
  });

  it("shows files that have nothing wrong with them", async () => {
    const { roster: agents, problems } = await roster();
    assert.deepEqual(problems, []);
    const own = agents.filter(({ origin }) => origin === "home").map(({ rosterId }) => rosterId);
    assert.deepEqual(own, ids.toSorted());
  });

  it("shows somebody to talk with", async () => {
    const { status, body } = await host.client.post(`${threadsPath}/kitchen/messages`, {
      text: "hello",
      agent: "host:cook",
    });
    assert.equal(status, 202);
    assert.equal(await host.client.ended(body.runId), "completed");
    const { messages } = (await host.client.get(`${threadsPath}/kitchen`)).body;
    assert.equal(messages.at(-1).agent, "host:cook");
  });

  it("names every key", () => {
    const { manifest, ...own } = entrySchema.properties as Record<string, { properties?: object }>;
    const inManifest = Object.keys(manifest?.properties ?? {}).map((key) => `manifest.${key}`);
    const named = rowsUnder("Every key").map(([, key]) => key);
    assert.deepEqual(named.toSorted(), [...Object.keys(own), "manifest", ...inManifest].toSorted());
  });

  it("names every tool, and whether a person is asked first", () => {
    const tools = builtInTools({ clock: { nowMs: () => 0 } as never, timeZone: () => "UTC", workspace: "/" });
    const named = rowsUnder("Every tool").map(([, tool, , asks]) => [tool, asks !== "no"]);
    assert.deepEqual(
      named,
      tools.map(({ toolId, needsApproval }) => [toolId, needsApproval]),
    );
  });
});
