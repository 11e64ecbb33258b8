// The roster of a running daemon: files of the home count at once, a broken one is told and changes nothing.

import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { startDaemon } from "../support/daemon.ts";
import { eventually } from "../support/host.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon({});

const agent = (persona: string) => `
id: host:clerk
role: conversation
model: default
bounds: { rounds: 4, tokens: 1000000, seconds: 60 }
manifest:
  agentId: local.home.clerk
  persona: ${persona}
  modelClass: general
  systemPrompt: You are the clerk.
  toolAllowlist: []
`;

async function listed() {
  const { body } = await host.client.get("/v1/host/parley/roster");
  const clerk = body.roster.find((entry: { rosterId: string }) => entry.rosterId === "host:clerk");
  return { clerk, problems: body.problems as { file: string; message: string }[] };
}

describe("an agent's file in the home", () => {
  const file = () => path.join(host.daemon.home, "agents", "clerk.yaml");

  it("counts as soon as it is written, and the agent can be talked to", async () => {
    await writeFile(file(), agent("Clerk"));
    await eventually(async () => (await listed()).clerk?.versions.workflow !== undefined, "the clerk is listed");
    const body = { text: "hello", agent: "host:clerk" };
    const { status, body: accepted } = await host.client.post("/v1/host/parley/threads/t/messages", body);
    assert.equal(status, 202);
    await host.client.ended(accepted.runId);
    const { agent: ref } = await host.client.snapshot(accepted.runId);
    assert.deepEqual([ref.agentId, ref.name], ["local.home.clerk", "Clerk"]);
  });

  it("keeps its last good version when it is broken, and says so in the roster and to the doctor", async () => {
    const before = (await listed()).clerk;
    await writeFile(file(), agent("Clerk").replace("role: conversation", "role: emperor"));
    await eventually(async () => (await listed()).problems.length > 0, "the problem is told");
    const { clerk, problems } = await listed();
    assert.deepEqual(clerk, before);
    assert.match(problems[0]?.message ?? "", /role.*conversation, supervisor/s);
    const { body } = await host.client.get("/v1/host/parley/admin/doctor");
    const finding = body.findings.find((entry: { check: string }) => entry.check === "agents");
    assert.equal(finding.level, "warn");
  });
});

describe("an agent whose file goes away", () => {
  for (const { name, isRunning } of [
    { name: "while the daemon runs", isRunning: true },
    { name: "while no daemon is there to see it", isRunning: false },
  ]) {
    it(`cannot be started any more: ${name}`, async () => {
      const first = await startDaemon({});
      const file = path.join(first.home, "agents", "clerk.yaml");
      await writeFile(file, agent("Clerk"));
      const exists = async (url: string, key: string) =>
        (await new Client(url, key).get("/v1/workflows/agent-clerk")).status === 200;
      await eventually(() => exists(first.url, first.key), "the clerk's workflow stands");
      if (!isRunning) await first.stop();
      await rm(file);
      const second = isRunning ? first : await startDaemon({ home: first.home });
      await eventually(async () => !(await exists(second.url, second.key)), "the clerk's workflow is gone");
      await second.dispose();
      if (second !== first) await first.dispose();
    });
  }
});
