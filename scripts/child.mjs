// A child process in the place of this one: signals go down, the outcome comes up. Plain JavaScript for Node >= 18.

import { spawn } from "node:child_process";
import { constants } from "node:os";

const FORWARDED = ["SIGTERM", "SIGINT", "SIGHUP"];

/**
 * Runs a command to its end and forwards the signals that come in meanwhile.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<{code: number | null, signal: NodeJS.Signals | null}>} rejects when it cannot be started
 */
export function runChild(command, args, options) {
  const child = spawn(command, args, options);
  const forward = (signal) => {
    // A terminal sends Ctrl-C to all of its foreground group: the child has it already, and two may mean "at once".
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
}

/**
 * Ends this process as the child ended: with its exit code, or by its signal.
 * @param {{code: number | null, signal: NodeJS.Signals | null}} outcome
 */
export function endLike({ code, signal }) {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  // Delivery takes a moment, and some signals do not end a process that was told to ignore them.
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 1000);
}
