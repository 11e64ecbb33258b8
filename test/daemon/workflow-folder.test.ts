import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { eventually } from "../support/host.ts";

const steps = (version: string) => `name: Steps\nversion: "${version}"\nnodes:\n  - { id: a, typeId: core.noop }\n`;

describe("workflows in the home's folder", () => {
  let daemon: Daemon;
  let client: Client;
  const file = () => join(daemon.home, "workflows", "steps.yaml");
  const version = async () => (await client.get("/v1/workflows/steps")).body.version as string | undefined;

  before(async () => {
    daemon = await startDaemon();
    client = new Client(daemon.url, daemon.key);
    mkdirSync(join(daemon.home, "workflows"), { recursive: true });
  });
  after(() => daemon.dispose());

  it("are taken in when they appear, with what the file leaves out filled in", async () => {
    writeFileSync(file(), steps("1"));
    await eventually(async () => (await version()) === "1", "the workflow appeared");
    assert.equal(await client.ended(await client.createRun("steps")), "completed");
  });

  it("are read again when they change", async () => {
    writeFileSync(file(), steps("2"));
    await eventually(async () => (await version()) === "2", "the new version appeared");
  });

  it("keep their last good version when the file is broken", async () => {
    writeFileSync(file(), "name: Steps\nnodes: [ { id: a, typeId: core.nothing } ]\n");
    writeFileSync(join(daemon.home, "workflows", "other.yaml"), steps("3"));
    await eventually(async () => (await client.get("/v1/workflows/other")).status === 200, "the other file was read");
    assert.equal(await version(), "2");
  });
});
