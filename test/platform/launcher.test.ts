import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { newInstallation, oldNode, type Run, start } from "./installation.ts";

const LIMIT_MS = 30_000;
const old = oldNode();
const recentMajor = Number.parseInt(process.versions.node, 10);

interface Self {
  entry: string;
  argv: string[];
  pid: number;
  node: string;
}

async function selfOf(run: Run): Promise<Self> {
  return JSON.parse(await run.line());
}

for (const { title, node, isChild } of [
  { title: "the launcher on a recent Node", node: process.execPath, isChild: false },
  { title: "the launcher on an old Node", node: old, isChild: true },
]) {
  describe(title, { skip: node === undefined && "this machine has no old Node", timeout: LIMIT_MS * 4 }, () => {
    const root = newInstallation();
    const launch = (...argv: string[]) => start(node ?? "", [join(root, "bin", "parley.mjs"), ...argv]);

    it(isChild ? "runs the bundled one as a child" : "goes on in its own process", async () => {
      const run = launch("runs", "exit", "0");
      const self = await selfOf(run);
      assert.equal(Number.parseInt(self.node, 10), recentMajor);
      assert.equal(self.pid !== run.pid, isChild);
      assert.deepEqual(self.argv, ["runs", "exit", "0"]);
      assert.deepEqual([(await run.ended).code, (await run.ended).stderr], [0, ""]);
    });

    for (const code of [0, 1, 2, 5]) {
      it(`ends with the command's exit code ${code}`, async () => {
        assert.equal((await launch("runs", "exit", String(code)).ended).code, code);
      });
    }

    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      it(`hands ${signal} on, and waits for a graceful end`, async () => {
        const run = launch("up", "wait", "3");
        await run.line();
        run.kill(signal);
        assert.equal(await run.line(), `stopped by ${signal}`);
        assert.equal((await run.ended).code, 3);
      });
    }

    it("is stopped by a signal to the serving process as well", async () => {
      const run = launch("up", "wait");
      process.kill((await selfOf(run)).pid, "SIGTERM");
      assert.equal((await run.ended).code, 0);
    });

    it("ends by the signal that ended the command", async () => {
      assert.equal((await launch("runs", "kill", "SIGKILL").ended).signal, "SIGKILL");
    });

    it("shows a fault of the command and ends with 1", async () => {
      const { code, stderr } = await launch("runs", "throw").ended;
      assert.equal(code, 1);
      assert.match(stderr, /a fault of the command/);
    });

    it("loses no output at the end", async () => {
      const { stdout } = await launch("runs", "write", "3000000").ended;
      assert.equal(stdout.split("\n")[1]?.length, 3_000_000);
    });

    for (const { argv, entry } of [
      { argv: ["up", "--json"], entry: "daemon" },
      { argv: ["doctor"], entry: "daemon" },
      { argv: ["restore", "file"], entry: "daemon" },
      { argv: ["up", "--help"], entry: "cli" },
      { argv: ["doctor", "-h"], entry: "cli" },
      { argv: ["help", "up"], entry: "cli" },
      { argv: ["runs", "list"], entry: "cli" },
      { argv: [], entry: "cli" },
    ]) {
      it(`gives "parley ${argv.join(" ")}" to the ${entry}`, async () => {
        const run = launch(...argv);
        const self = await selfOf(run);
        assert.deepEqual([self.entry, self.argv], [entry, argv]);
        await run.ended;
      });
    }

    it("says which file is missing when parley itself is broken", async () => {
      const broken = newInstallation();
      rmSync(join(broken, "src", "cli", "main.ts"));
      const { code, stderr } = await start(node ?? "", [join(broken, "bin", "parley.mjs")]).ended;
      assert.equal(code, 1);
      assert.match(stderr, /ERR_MODULE_NOT_FOUND/);
    });
  });
}

describe("a launcher that was killed", {
  skip: old === undefined && "this machine has no old Node",
  timeout: LIMIT_MS,
}, () => {
  it("takes its child with it: the child stops in good order", async () => {
    const run = start(old ?? "", [join(newInstallation(), "bin", "parley.mjs"), "up", "wait"]);
    await run.line();
    run.kill("SIGKILL");
    // The output ends when nobody holds it any more: neither the launcher nor its child.
    const { signal, stdout } = await run.ended;
    assert.equal(signal, "SIGKILL");
    assert.match(stdout, /stopped by SIGTERM\n$/);
  });
});

describe("the search for a recent Node", { skip: old === undefined && "this machine has no old Node" }, () => {
  const emptyPath = "/nonexistent";

  it("takes one from PATH when none is bundled", async () => {
    const args = [join(newInstallation({ bundled: false }), "bin", "parley.mjs"), "runs"];
    const run = start(old ?? "", args, { PATH: `${emptyPath}:${join(process.execPath, "..")}` });
    assert.equal((await selfOf(run)).node, process.versions.node);
    await run.ended;
  });

  it("says what to do when there is none", async () => {
    const args = [join(newInstallation({ bundled: false }), "bin", "parley.mjs"), "up"];
    const { code, stdout, stderr } = await start(old ?? "", args, { PATH: emptyPath }).ended;
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /parley needs Node 24 or later and found none .*\n.*npm ci/);
  });
});

describe("the compile cache", () => {
  it("lies in the installation", async () => {
    const root = newInstallation();
    await start(process.execPath, [join(root, "bin", "parley.mjs"), "runs"]).ended;
    assert.ok(readdirSync(join(root, "node_modules", ".cache", "parley")).length > 0);
  });

  it("lies in a folder of the user's own when the installation cannot be written", async () => {
    const root = newInstallation();
    writeFileSync(join(root, "node_modules", ".cache"), "in the way, as on a read-only file system");
    const { code } = await start(process.execPath, [join(root, "bin", "parley.mjs"), "runs"], { TMPDIR: root }).ended;
    assert.equal(code, 0);
    assert.ok(existsSync(join(root, `parley-cache-${process.getuid?.()}`)));
  });
});
