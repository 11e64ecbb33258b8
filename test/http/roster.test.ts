// Who works here (host-surfaces.md §7.1, `roster`).

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { useDaemon } from "../support/suite.ts";

const rosterPath = "/v1/host/parley/roster";
const HASH = /^[0-9a-f]{64}$/;

describe("the roster", () => {
  const host = useDaemon({});
  const read = async () => {
    const { status, body } = await host.client.get(rosterPath);
    assert.equal(status, 200);
    return body as {
      roster: {
        rosterId: string;
        origin: string;
        versions: Record<string, string>;
        workers: string[];
        delegates: string[];
        prompt?: unknown;
      }[];
      problems: { file: string; message: string }[];
    };
  };

  it("lists the shipped agents, who hands work to whom, and the versions that serve", async () => {
    const { roster, problems } = await read();
    assert.deepEqual(problems, []);
    const ids = roster.map(({ rosterId }) => rosterId);
    assert.deepEqual(ids, ["host:assistant", "host:chief", "host:researcher", "host:scribe"]);
    for (const { origin, versions, workers, delegates } of roster) {
      assert.equal(origin, "shipped");
      for (const name of ["manifest", "prompt", "workflow"]) assert.match(versions[name] ?? "", HASH, name);
      for (const colleague of [...workers, ...delegates]) assert.ok(ids.includes(colleague), colleague);
    }
    assert.ok(roster.every((agent) => agent.prompt === undefined));
  });

  it("names a file of the home that was not taken, and keeps what was there", async () => {
    const before = await read();
    const shipped = new URL("../../agents/scribe.yaml", import.meta.url);
    const broken = (await readFile(shipped, "utf8")).replace("role:", "rolle:");
    await writeFile(path.join(host.daemon.home, "agents", "scribe.yaml"), broken);
    const deadline = performance.now() + 5_000;
    let now = await read();
    while (now.problems.length === 0 && performance.now() < deadline) now = await read();
    assert.match(now.problems[0]?.file ?? "", /scribe\.yaml$/);
    assert.ok((now.problems[0]?.message.length ?? 0) > 10);
    assert.deepEqual(now.roster, before.roster);
  });
});
