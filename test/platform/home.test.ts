import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readDaemonFile, removeDaemonFile, writeDaemonFile } from "#platform/daemon-file.ts";
import { type Home, homeAt, homeRoot, prepareHome } from "#platform/home.ts";
import { mintKey, operatorKey, replaceKey } from "#platform/key.ts";
import { modeOf, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

function newHome(): Home {
  return homeAt(join(mkdtempSync(join(folder, "case-")), "home"));
}

function preparedHome(): Home {
  const home = newHome();
  prepareHome(home);
  return home;
}

describe("the root of the home", () => {
  for (const { name, env, root } of [
    { name: "is ~/.parley by default", env: {}, root: join(homedir(), ".parley") },
    { name: "is ~/.parley with an empty PARLEY_HOME", env: { PARLEY_HOME: "" }, root: join(homedir(), ".parley") },
    { name: "is PARLEY_HOME", env: { PARLEY_HOME: "/srv/parley/" }, root: "/srv/parley" },
    {
      name: "starts at the working directory when relative",
      env: { PARLEY_HOME: "x" },
      root: join(process.cwd(), "x"),
    },
  ]) {
    it(name, () => assert.equal(homeRoot(env), root));
  }
});

describe("preparing a home", () => {
  it("makes all of its folders for the owner alone, whatever the umask (H1)", () => {
    for (const umask of [0o000, 0o077, 0o777]) {
      const home = newHome();
      mkdirSync(join(home.root, ".."), { recursive: true });
      const before = process.umask(umask);
      try {
        prepareHome(home);
      } finally {
        process.umask(before);
      }
      assert.deepEqual(readdirSync(home.root).sort(), ["agents", "data", "prompts", "workflows", "workspace"]);
      assert.deepEqual(readdirSync(home.data).sort(), ["backups", "logs"]);
      for (const path of [home.root, home.data, home.logs, home.backups, home.workspace])
        assert.equal(modeOf(path), "700");
    }
  });

  it("closes a folder that was open", () => {
    const home = newHome();
    mkdirSync(home.root);
    chmodSync(home.root, 0o755);
    prepareHome(home);
    assert.equal(modeOf(home.root), "700");
  });

  it("can be repeated and leaves what is there (H2)", () => {
    const home = preparedHome();
    writeFileSync(home.config, "server: {}\n");
    prepareHome(home);
    assert.equal(readFileSync(home.config, "utf8"), "server: {}\n");
  });

  it("does not write a configuration", () => assert.equal(existsSync(preparedHome().config), false));

  it("refuses a home that is a file", () => {
    const home = newHome();
    writeFileSync(home.root, "");
    assert.throws(() => prepareHome(home), {
      name: "HomeUnusableError",
      message: `The home cannot be used: ${home.root} is, or lies below, something that is not a folder. Correct that, or set PARLEY_HOME to a folder of your own.`,
    });
  });

  it("refuses a home that it may not write", {
    skip: process.getuid?.() !== 0 && "needs root to become somebody else",
  }, () => {
    const home = newHome();
    mkdirSync(home.root);
    for (const path of [folder, join(home.root, "..")]) chmodSync(path, 0o755);
    const script = `
      process.setuid(65534);
      const { homeAt, prepareHome } = await import(${JSON.stringify(import.meta.resolve("#platform/home.ts"))});
      try { prepareHome(homeAt(${JSON.stringify(home.root)})); } catch (error) { console.log(error.name, error.message); }
    `;
    const told = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    assert.match(
      told,
      /^HomeUnusableError The home cannot be used: \/.* belongs to someone else, or may not be written\./,
    );
  });
});

describe("the operator's key", () => {
  const KEY = /^pk_[0-9a-z]{10}_[A-Za-z0-9_-]{43}$/;

  it("is made once, in a file for the owner alone", () => {
    const home = preparedHome();
    const made = operatorKey(home, {});
    assert.match(made.value, KEY);
    assert.deepEqual([made.source, modeOf(home.key)], ["made", "600"]);
    assert.deepEqual(operatorKey(home, {}), { value: made.value, source: "file", exposed: false });
  });

  it("comes from PARLEY_API_KEY before the file, and makes none", () => {
    const home = preparedHome();
    assert.deepEqual(operatorKey(home, { PARLEY_API_KEY: "given" }), {
      value: "given",
      source: "environment",
      exposed: false,
    });
    assert.equal(existsSync(home.key), false);
  });

  it("in a file that others can read is told to be exposed", () => {
    const home = preparedHome();
    operatorKey(home, {});
    chmodSync(home.key, 0o644);
    assert.equal(operatorKey(home, {}).exposed, true);
  });

  it("is made anew when a crash left an empty file", () => {
    const home = preparedHome();
    writeFileSync(home.key, "");
    assert.equal(operatorKey(home, {}).source, "made");
  });

  it("is never made over something that is no key", () => {
    const home = preparedHome();
    writeFileSync(home.key, "two words\n");
    assert.throws(() => operatorKey(home, {}), { name: "HomeUnusableError" });
    assert.equal(readFileSync(home.key, "utf8"), "two words\n");
  });

  it("can be replaced as a whole", () => {
    const home = preparedHome();
    const before = operatorKey(home, {}).value;
    const fresh = mintKey();
    writeFileSync(`${home.key}.new`, "left by a crash");
    replaceKey(home.key, fresh);
    assert.notEqual(fresh, before);
    assert.deepEqual([operatorKey(home, {}).value, modeOf(home.key)], [fresh, "600"]);
    assert.deepEqual(
      readdirSync(home.root).filter((name) => name.startsWith("key")),
      ["key"],
    );
  });
});

describe("daemon.json", () => {
  const info = { url: "http://127.0.0.1:4747", pid: 4711, version: "1.2.3", startedAt: "2026-01-01T00:00:00.000Z" };

  it("tells where the daemon listens, to the owner alone, until it stops", () => {
    const home = preparedHome();
    assert.equal(readDaemonFile(home), undefined);
    writeDaemonFile(home, info);
    assert.deepEqual(readDaemonFile(home), info);
    assert.equal(modeOf(home.daemonFile), "600");
    removeDaemonFile(home);
    removeDaemonFile(home);
    assert.deepEqual(readdirSync(home.data).sort(), ["backups", "logs"]);
  });

  for (const text of ["", "{", "null", "[]", '{"url":"x"}', '{"url":1,"pid":1,"version":"","startedAt":""}']) {
    it(`is not believed when it reads ${text || "nothing"}`, () => {
      const home = preparedHome();
      writeFileSync(home.daemonFile, text);
      assert.equal(readDaemonFile(home), undefined);
    });
  }
});
