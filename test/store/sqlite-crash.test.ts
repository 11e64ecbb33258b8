// P-1: what was answered is there after a kill -9, and what is there is whole.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Store } from "#ports/store.ts";
import { checkStore } from "#store/check.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";

const fixture = fileURLToPath(new URL("./fixtures/accept-until-killed.ts", import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-crash-"));
  path = join(folder, "parley.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Lets a process accept until it is killed; the numbers it was answered for. */
async function acceptUntilKilled(options: { point?: string; passes?: number; first?: number; killAfter?: number }) {
  const { point = "", passes = 1, first = 0, killAfter = Number.POSITIVE_INFINITY } = options;
  const child = spawn(process.execPath, [fixture, path, point, String(passes), String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.split("\n").length > killAfter) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.on("close", (_code, by) => resolve(by)));
  assert.equal(signal, "SIGKILL");
  return output
    .split("\n")
    .filter((line) => line !== "" && output.includes(`${line}\n`))
    .map(Number);
}

/** The numbers that are there; everything about each of them is. */
async function storedNumbers(store: Store): Promise<number[]> {
  assert.deepEqual(await checkStore(store), []);
  const ids = await store.listRunIds(1_000_000);
  const numbers = ids.map((id) => Number(id.slice("run_m".length))).sort((a, b) => a - b);
  for (const number of numbers) {
    assert.equal((await store.readMessage("default", `m${number}`))?.text, `text ${number}`);
    assert.equal((await store.readLog(`run_m${number}`, 0))[0]?.lastSequence, 2);
    assert.equal((await store.readOutbox(`obx_${number}`))?.state, "queued");
    assert.notEqual(await store.readDedup("s", `k${number}`), undefined);
  }
  assert.equal((await store.listDedup(1_000_000)).length, numbers.length);
  return numbers;
}

describe("a process that is killed", () => {
  for (const { point, unanswered } of [
    { point: "store.before-write", unanswered: "absent" },
    { point: "store.before-commit", unanswered: "absent" },
    { point: "store.after-commit", unanswered: "present" },
  ]) {
    it(`at ${point} has stored all it answered; the group under way is ${unanswered}`, async () => {
      const answered = await acceptUntilKilled({ point, passes: 20 });
      const store = await openSqliteStore({ path });
      const stored = await storedNumbers(store);
      await store.close();
      assert.ok(answered.length > 0);
      for (const number of answered) assert.ok(stored.includes(number), `${number} was answered and is lost`);
      assert.equal(stored.length - answered.length, unanswered === "present" ? 8 : 0);
    });
  }

  it("again and again, at any moment, loses nothing and leaves nothing half done", async () => {
    const answered: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      answered.push(...(await acceptUntilKilled({ first: round * 100_000, killAfter: 40 + 97 * round })));
    }
    const store = await openSqliteStore({ path });
    const stored = new Set(await storedNumbers(store));
    await store.close();
    assert.deepEqual(
      answered.filter((number) => !stored.has(number)),
      [],
    );
  });
});
