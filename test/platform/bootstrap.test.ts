import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { newInstallation, oldNode, start } from "./installation.ts";

/** The launcher and the bootstrap run on whatever Node there is. */
const node = oldNode() ?? process.execPath;

const lockFile = {
  lockfileVersion: 3,
  packages: {
    "": { dependencies: { dep: "1.0.0" } },
    "node_modules/dep": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/tool": { version: "2.0.0", integrity: "sha512-b", dev: true },
    "node_modules/other-platform": { version: "3.0.0", integrity: "sha512-c", optional: true },
  },
};

/** Stands in for npm: installs the packages of the lock file, and never runs twice at once. */
const NPM = `
  import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
  appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
  console.log("npm talks");
  if (process.env.FAKE_NPM_FAILS) process.exit(7);
  writeFileSync("npm-running", "", { flag: "wx" });
  rmSync("node_modules", { recursive: true, force: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  for (const path of Object.keys(packages).filter((one) => one !== "" && !packages[one].optional)) {
    mkdirSync(path, { recursive: true });
    writeFileSync(path + "/package.json", "{}");
  }
  rmSync("npm-running");
`;

/** A fresh clone: everything but node_modules. */
function newClone(): string {
  const root = newInstallation();
  rmSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{"type":"module","dependencies":{"dep":"1.0.0"}}');
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lockFile));
  mkdirSync(join(root, "npm"));
  writeFileSync(join(root, "npm", "npm-cli.js"), NPM);
  return root;
}

function bootstrap(root: string, env: Record<string, string> = {}) {
  const npm = { npm_execpath: join(root, "npm", "npm-cli.js"), npm_node_execpath: process.execPath };
  return start(node, [join(root, "scripts", "bootstrap.mjs")], { ...npm, ...env }).ended;
}

function callsOf(root: string): string[] {
  const path = join(root, "npm-calls");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

/** As npm leaves a folder in which it installed. */
function installByHand(root: string, packages: Record<string, object>): void {
  for (const path of Object.keys(packages)) {
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, "package.json"), "{}");
  }
  writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
}

describe("the bootstrap", { timeout: 60_000 }, () => {
  it("installs a fresh clone by npm ci, and says so on stderr alone (B3)", async () => {
    const root = newClone();
    const { code, stdout, stderr } = await bootstrap(root);
    assert.deepEqual([code, stdout], [0, ""]);
    assert.equal(stderr, "parley: installing what is missing (once) …\nnpm talks\n");
    assert.deepEqual(callsOf(root), ["ci --prefer-offline --no-audit --no-fund --no-update-notifier --loglevel=error"]);
  });

  it("does nothing when that was done (B1)", async () => {
    const root = newClone();
    await bootstrap(root);
    assert.deepEqual(await bootstrap(root), { code: 0, signal: null, stdout: "", stderr: "" });
    assert.equal(callsOf(root).length, 1);
  });

  for (const { name, change } of [
    {
      name: "the lock file changed",
      change: (root: string) =>
        writeFileSync(join(root, "package-lock.json"), JSON.stringify({ ...lockFile, name: "x" })),
    },
    {
      name: "a package was removed",
      change: (root: string) => rmSync(join(root, "node_modules", "dep"), { recursive: true }),
    },
    {
      name: "node_modules was removed",
      change: (root: string) => rmSync(join(root, "node_modules"), { recursive: true }),
    },
  ]) {
    it(`installs again when ${name}`, async () => {
      const root = newClone();
      await bootstrap(root);
      change(root);
      await bootstrap(root);
      assert.equal(callsOf(root).length, 2);
    });
  }

  it("accepts what was installed by hand (B1)", async () => {
    const root = newClone();
    const { "": _, "node_modules/other-platform": __, ...packages } = lockFile.packages;
    installByHand(root, packages);
    assert.equal((await bootstrap(root)).stderr, "");
    assert.deepEqual(callsOf(root), []);
  });

  it("accepts an installation without tools where tools are left out", async () => {
    const root = newClone();
    installByHand(root, { "node_modules/dep": lockFile.packages["node_modules/dep"] });
    await bootstrap(root, { npm_config_omit: "dev" });
    assert.deepEqual(callsOf(root), []);
    rmSync(join(root, "node_modules", ".parley-installed"));
    await bootstrap(root);
    assert.equal(callsOf(root).length, 1);
  });

  it("installs over a package of another version", async () => {
    const root = newClone();
    const packages = { ...lockFile.packages, "node_modules/dep": { version: "0.9.0", integrity: "sha512-z" } };
    installByHand(root, packages);
    await bootstrap(root);
    assert.equal(callsOf(root).length, 1);
  });

  it("says what failed and how to go on", async () => {
    const root = newClone();
    const { code, stdout, stderr } = await bootstrap(root, { FAKE_NPM_FAILS: "1" });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /the installation failed: `npm ci` ended with exit code 7/);
    assert.ok(stderr.includes(`cd ${root} && npm ci`));
    assert.equal((await bootstrap(root)).code, 0);
  });

  it("says so when there is no npm", async () => {
    const { code, stderr } = await bootstrap(newClone(), { npm_execpath: "", PATH: "/nonexistent" });
    assert.equal(code, 1);
    assert.match(stderr, /npm could not be started/);
  });

  it("runs once when two start together; the other waits (B2)", async () => {
    const root = newClone();
    const outcomes = await Promise.all([bootstrap(root), bootstrap(root), bootstrap(root)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.code),
      [0, 0, 0],
    );
    assert.equal(callsOf(root).length, 1);
    assert.deepEqual(readdirSync(join(root, ".parley")), []);
  });

  it("takes over from one that was killed", async () => {
    const root = newClone();
    const lock = join(root, ".parley", "install.lock");
    mkdirSync(lock, { recursive: true });
    writeFileSync(join(lock, "holder"), "someone");
    utimesSync(lock, new Date(0), new Date(0));
    const { code, stderr } = await bootstrap(root);
    assert.equal(code, 0);
    assert.match(stderr, /^parley: waiting for another installation/);
    assert.deepEqual(readdirSync(join(root, ".parley")), []);
  });
});

describe("the launcher of a fresh clone", { timeout: 60_000 }, () => {
  const launch = (root: string, env: Record<string, string> = {}) => {
    const npm = { npm_execpath: join(root, "npm", "npm-cli.js"), npm_node_execpath: process.execPath };
    return start(process.execPath, [join(root, "bin", "parley.mjs"), "runs", "exit", "4"], { ...npm, ...env }).ended;
  };

  it("installs first, as npm does with scripts ignored", async () => {
    const root = newClone();
    const { code, stdout } = await launch(root);
    assert.equal(code, 4);
    assert.equal(stdout.trim().split("\n").length, 1);
    assert.equal(callsOf(root).length, 1);
  });

  it("does not go on when that failed", async () => {
    const { code, stdout } = await launch(newClone(), { FAKE_NPM_FAILS: "1" });
    assert.deepEqual([code, stdout], [1, ""]);
  });
});
