import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { readDaemonFile, writeDaemonFile } from "#platform/daemon-file.ts";
import { type Home, homeAt, prepareHome } from "#platform/home.ts";
import { acquireLock } from "#platform/lock.ts";
import { modeOf, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

function preparedHome(): Home {
  const home = homeAt(mkdtempSync(join(folder, "home-")));
  prepareHome(home);
  return home;
}

/** A process that holds the lock of the home; resolves when it has it. */
async function holder(home: Home, thenMs = 60_000): Promise<ChildProcess> {
  const script = `
    const { acquireLock } = await import(${JSON.stringify(import.meta.resolve("#platform/lock.ts"))});
    const { homeAt } = await import(${JSON.stringify(import.meta.resolve("#platform/home.ts"))});
    const lock = acquireLock(homeAt(${JSON.stringify(home.root)}));
    console.log("held");
    setTimeout(() => lock.release(), ${thenMs});
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  assert.equal(line, "held");
  return child;
}

describe("the lock of a home", () => {
  it("is free again after its release, and released twice does nothing", () => {
    const home = preparedHome();
    const lock = acquireLock(home);
    lock.release();
    lock.release();
    acquireLock(home).release();
    assert.equal(modeOf(home.lock), "600");
  });

  it("refuses a second holder of the same process", () => {
    const home = preparedHome();
    const lock = acquireLock(home);
    assert.throws(() => acquireLock(home, { timeoutMs: 0 }), { name: "HomeBusyError" });
    lock.release();
  });

  it("refuses another process, and names the one that has it", async () => {
    const home = preparedHome();
    const child = await holder(home);
    const pid = child.pid ?? 0;
    writeDaemonFile(home, { url: "http://127.0.0.1:4747", pid, version: "1", startedAt: "2026-01-01T00:00:00Z" });
    assert.throws(() => acquireLock(home, { timeoutMs: 50 }), {
      name: "HomeBusyError",
      pid,
      url: "http://127.0.0.1:4747",
      message: `The daemon with process id ${pid} at http://127.0.0.1:4747 is running on the home ${home.root}. Stop it first, or set PARLEY_HOME to another folder.`,
    });
  });

  it("is free at once when its holder was killed", async () => {
    const home = preparedHome();
    const child = await holder(home);
    child.kill("SIGKILL");
    await once(child, "exit");
    acquireLock(home, { timeoutMs: 0 }).release();
  });

  it("is waited for while the holder goes away", async () => {
    const home = preparedHome();
    await holder(home, 300);
    acquireLock(home).release();
  });

  it("removes the word that a killed daemon left", () => {
    const home = preparedHome();
    writeDaemonFile(home, { url: "http://127.0.0.1:1", pid: 1, version: "1", startedAt: "2026-01-01T00:00:00Z" });
    const lock = acquireLock(home);
    assert.equal(readDaemonFile(home), undefined);
    lock.release();
  });

  it("says so when its file is no lock file", () => {
    const home = preparedHome();
    writeFileSync(home.lock, "something else entirely, long enough to be looked at as a database header".repeat(20));
    assert.throws(() => acquireLock(home), { name: "HomeUnusableError", path: home.lock });
  });
});
