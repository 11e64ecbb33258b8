// A command in a pseudo terminal of the operating system, made by `script` of util-linux.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../../bin/parley.mjs", import.meta.url));
const DEADLINE_MS = 20_000;

/** Why there can be no pseudo terminal here; false: there can. */
export const noPty: string | false = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout)
  ? false
  : "needs script of util-linux";

export interface PtySession {
  /** Everything that was written to the terminal, with its control sequences. */
  written(): string;
  sees(what: RegExp): Promise<void>;
  types(text: string): void;
  ended: Promise<number | null>;
}

/** Starts `parley …` in a terminal of 60 columns and 20 rows. It does not outlive the test. */
export function openPty(t: TestContext, home: string, args: string[], env: Record<string, string> = {}): PtySession {
  const command = [process.execPath, launcher, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols 60 rows 20; exec ${command}`, "/dev/null"], {
    env: { ...process.env, PARLEY_HOME: home, TERM: "xterm", SHELL: "/bin/sh", ...env },
  });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
  });
  return {
    written: () => text,
    sees: (what) =>
      waitFor(
        child,
        () => what.test(text),
        () => `${what} in:\n${JSON.stringify(text)}`,
      ),
    types: (keys) => void child.stdin.write(keys),
    ended: once(child, "exit").then(([code]) => code as number | null),
  };
}

async function waitFor(child: ChildProcessWithoutNullStreams, holds: () => boolean, what: () => string): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  while (!holds()) {
    if (Date.now() > endMs || child.exitCode !== null) throw new Error(`never seen: ${what()}`);
    await wait(20);
  }
}
