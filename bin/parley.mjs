#!/usr/bin/env node

// The launcher: finds a Node that can run parley, and what is missing around it, then gives the word to the command.
// Plain JavaScript for Node >= 18, because whoever calls it may have an old one.
//
//   A recent Node goes on in this process. An old one runs the bundled Node as a child: signals are forwarded, the
//   child's end is ours, and the child stops when we are gone (the IPC channel between us closes).

import { lstatSync, mkdirSync } from "node:fs";
import * as module from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BootstrapError, ensureInstalled } from "../scripts/bootstrap.mjs";
import { endLike, runChild } from "../scripts/child.mjs";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS, findNode, isRecentEnough, NO_NODE_MESSAGE } from "../scripts/node24.mjs";
import { findOwnModulesByPath } from "../scripts/own-modules.mjs";

const launcher = fileURLToPath(import.meta.url);
const root = dirname(dirname(launcher));
/** What needs a home at rest, or makes one busy, is the daemon's own code; everything else speaks HTTP to it. */
const DAEMON_COMMANDS = ["up", "doctor", "restore"];

/** Longer than the daemon takes to stop. */
const STOP_MS = 10_000;
/** After the start, when everything is loaded. */
const FLUSH_MS = 3000;

const argv = process.argv.slice(2);
if (await isComplete()) {
  if (isRecentEnough(process.versions.node)) await runHere();
  else await runWithRecentNode();
}

/** npm does this before `npm start`, but not with `ignore-scripts`, and nobody does it before `npx parley`. */
async function isComplete() {
  try {
    await ensureInstalled(root);
    return true;
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return false;
  }
}

async function runWithRecentNode() {
  const node = findNode(root);
  if (node === undefined) {
    process.stderr.write(NO_NODE_MESSAGE);
    process.exitCode = 1;
    return;
  }
  endLike(
    await runChild(node, [...DAEMON_FLAGS, launcher, ...argv], {
      env: { ...process.env, ...DAEMON_ENVIRONMENT },
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    }),
  );
}

async function runHere() {
  applyDaemonFlags();
  stopWithLauncher();
  enableCompileCache();
  findOwnModulesByPath();
  const entry = DAEMON_COMMANDS.includes(argv[0]) && !asksForHelp() ? "../src/daemon.ts" : "../src/cli/main.ts";
  const { main } = await import(entry);
  const code = await main(argv);
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(code);
}

/** Both are read when the process starts, so it is replaced by itself with them. */
function applyDaemonFlags() {
  const areApplied =
    DAEMON_FLAGS.every((flag) => process.execArgv.includes(flag)) &&
    Object.entries(DAEMON_ENVIRONMENT).every(([name, value]) => process.env[name] === value);
  if (argv[0] !== "up" || asksForHelp() || areApplied || process.channel || !process.execve) return;
  const args = [process.execPath, ...DAEMON_FLAGS, ...process.execArgv, launcher, ...argv];
  process.execve(process.execPath, args, { ...process.env, ...DAEMON_ENVIRONMENT });
}

function asksForHelp() {
  return argv.includes("--help") || argv.includes("-h");
}

/** Ends this process in good order when the launcher that started it is gone. */
function stopWithLauncher() {
  if (process.channel === undefined) return;
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), STOP_MS).unref();
  });
  process.channel.unref();
}

/** A warm start reads compiled code instead of stripping and compiling some hundred files. */
function enableCompileCache() {
  const { FAILED } = module.constants.compileCacheStatus;
  const folders = [() => join(root, "node_modules", ".cache", "parley"), ownTemporaryFolder];
  const worked = folders.some((folderOf) => {
    const folder = folderOf();
    return folder !== undefined && module.enableCompileCache(folder).status !== FAILED;
  });
  // Else it is written at the exit only, which a killed daemon does not reach.
  if (worked) setTimeout(() => module.flushCompileCache(), FLUSH_MS).unref();
}

/** Code is read from there: a folder that someone else prepared in the common one is not taken. */
function ownTemporaryFolder() {
  const folder = join(tmpdir(), `parley-cache-${process.getuid?.() ?? "user"}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const status = lstatSync(folder);
    const isOwn = process.getuid === undefined || status.uid === process.getuid();
    return status.isDirectory() && isOwn && (status.mode & 0o022) === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Pipes may take what was written later than `write` returns. */
function drained(stream) {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    for (const event of ["drain", "close", "error"]) stream.once(event, resolve);
  });
}
