// Installs what is missing, once: so that `npm start` and `npm test` work on a bare clone. Plain JavaScript for
// Node >= 18, because the Node that parley runs on is one of the things to install.
//
//   B1. Complete means: node_modules carries the stamp of this package-lock.json. Without a stamp npm's own record is
//       compared with the lock file, so that an installation by hand is not repeated.
//   B2. One installation at a time: a lock folder whose holder keeps touching it; one left behind is taken over.
//   B3. Nothing is written on stdout: it may be read by a program.
//   B4. The web console is built where its sources are: when there is no build, and by `npm start` and `npm test` also
//       when the build is older than they. Without it parley works, so a build that fails is told, not thrown.

import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runChild } from "./child.mjs";
import { DAEMON_FLAGS, findNode } from "./node24.mjs";

/** Something a person has to put right; the message says what. */
export class BootstrapError extends Error {}

/**
 * Makes node_modules complete. Does nothing, quickly, when it is.
 * @param {string} root folder of parley
 * @throws {BootstrapError}
 */
export async function ensureInstalled(root) {
  if (!isInstalled(root)) await installOnce(root);
  if (!existsSync(join(root, "console", "dist", "index.html"))) await ensureConsole(root);
}

/** Builds the web console if its sources are newer than the last build. */
async function ensureConsole(root) {
  const script = join(root, "scripts", "build-console.mjs");
  // Neither in a package that brings its build nor without the development dependencies.
  if (!existsSync(join(root, "console", "src")) || !existsSync(join(root, "node_modules", "esbuild"))) return;
  try {
    const { buildConsole, isConsoleStale } = await import(pathToFileURL(script).href);
    if (isConsoleStale(root)) await buildConsole(root);
  } catch (error) {
    process.stderr.write(`parley: the web console could not be built (${error.message}); everything else works.\n`);
  }
}

async function installOnce(root) {
  const lock = await takeLock(root);
  try {
    // Someone else may have done it while we waited.
    if (!isInstalled(root)) await install(root);
  } finally {
    lock.release();
  }
}

/** @param {string} root @returns {boolean} */
export function isInstalled(root) {
  const lockText = readIfThere(join(root, "package-lock.json"));
  if (lockText === undefined) return true; // no clone: a package manager put this here
  const stamp = stampOf(lockText);
  if (readIfThere(stampFile(root)) === stamp) return hasDependencies(root);
  if (!matchesRecord(root, JSON.parse(lockText))) return false;
  writeStamp(root, stamp);
  return true;
}

/** What the lock file names is taken from npm's cache without asking the registry; only errors are worth reading. */
const QUIETLY = ["--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

async function install(root) {
  process.stderr.write("parley: installing what is missing (once) …\n");
  rmSync(stampFile(root), { force: true });
  const [command, ...args] = npmCommand();
  const outcome = await runChild(command, [...args, "ci", ...QUIETLY], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  }).catch((error) => {
    throw new BootstrapError(`npm could not be started (${error.message}). Install npm, then run: npm ci`);
  });
  if (outcome.code !== 0) throw new BootstrapError(failureText(root, outcome));
  writeStamp(root, stampOf(readFileSync(join(root, "package-lock.json"), "utf8")));
  await warmCompileCache(root);
}

/** Only makes the first start quicker: what goes wrong here is told by that start, if it matters. */
async function warmCompileCache(root) {
  const node = findNode(root);
  const script = join(root, "scripts", "warm.mjs");
  if (node === undefined || !existsSync(script)) return;
  await runChild(node, [...DAEMON_FLAGS, script], { cwd: root, stdio: "ignore" }).catch(() => undefined);
}

/** The npm that runs us, on the Node it runs on: the one in node_modules is about to be replaced. */
function npmCommand() {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  return npm !== undefined && /npm-cli\.c?js$/.test(npm) ? [node ?? process.execPath, npm] : ["npm"];
}

function failureText(root, { code, signal }) {
  return [
    `parley: the installation failed: \`npm ci\` ended with ${signal ?? `exit code ${code}`}; its messages are above.`,
    "Usual reasons: no way to the package registry (see: npm config get registry), a full disk, or a folder that",
    `may not be written. Put that right, then start again, or run by hand: cd ${root} && npm ci`,
  ].join("\n");
}

function stampFile(root) {
  return join(root, "node_modules", ".parley-installed");
}

function stampOf(lockText) {
  return createHash("sha256").update(`${process.platform}-${process.arch}\n${lockText}`).digest("hex");
}

function writeStamp(root, stamp) {
  try {
    writeFileSync(stampFile(root), stamp);
  } catch {
    // A read-only installation: it is compared again next time.
  }
}

/** A cheap look for folders that were removed by hand. */
function hasDependencies(root) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.keys(dependencies).every((name) => existsSync(join(root, "node_modules", name, "package.json")));
}

/** npm's record of what it installed holds every package that this machine needs, in the locked version. */
function matchesRecord(root, lock) {
  const recordText = readIfThere(join(root, "node_modules", ".package-lock.json"));
  if (recordText === undefined) return false;
  const { packages: installed = {} } = JSON.parse(recordText);
  return Object.entries(lock.packages ?? {}).every(([path, wanted]) => {
    if (path === "" || wanted.optional || wanted.devOptional || (wanted.dev && omitsDev())) return true;
    const found = installed[path];
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return false;
    return existsSync(join(root, path, "package.json"));
  });
}

function omitsDev() {
  return process.env.NODE_ENV === "production" || /\bdev\b/.test(process.env.npm_config_omit ?? "");
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const TOUCH_MS = 1000;
const STALE_MS = 15_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Outside node_modules, which an installation empties; git ignores the folder. */
async function takeLock(root) {
  const folder = join(root, ".parley");
  const lock = join(folder, "install.lock");
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (let told = false; !tryLock(folder, lock); told = true) {
    if (!told) process.stderr.write("parley: waiting for another installation in this folder …\n");
    if (Date.now() > deadline) throw new BootstrapError(`parley: another installation holds ${lock} for too long.`);
    takeOverStale(lock);
    await wait(200);
  }
  const touching = setInterval(() => touch(lock), TOUCH_MS);
  return {
    release() {
      clearInterval(touching);
      // With those that were moved away: whoever saw their holders has looked again since.
      for (const name of readdirSync(folder).filter((entry) => entry.startsWith("install.lock"))) {
        rmSync(join(folder, name), { recursive: true, force: true });
      }
    },
  };
}

function tryLock(folder, lock) {
  try {
    mkdirSync(folder, { recursive: true });
    mkdirSync(lock);
    writeFileSync(join(lock, "holder"), randomUUID());
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw new BootstrapError(`parley: ${folder} cannot be written (${error.code}), so nothing can be installed here.`);
  }
}

function touch(lock) {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // Taken over, because this process was stopped for long: npm notices what is missing.
  }
}

/**
 * Moves a lock away that nobody touches. The target is named after the holder that was seen, and stays: a second one
 * who saw the same holder fails to move the lock that the first one made since.
 */
function takeOverStale(lock) {
  try {
    const holder = readIfThere(join(lock, "holder")) ?? "unknown";
    if (Date.now() - statSync(lock).mtimeMs < STALE_MS) return;
    renameSync(lock, `${lock}.stale-${holder}`);
  } catch {
    // It is gone, or someone else took it over.
  }
}

async function run() {
  try {
    const root = join(dirname(fileURLToPath(import.meta.url)), "..");
    await ensureInstalled(root);
    await ensureConsole(root);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await run();
