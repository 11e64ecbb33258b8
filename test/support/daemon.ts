// A real daemon in a home of its own, started through the launcher as a user starts it.
//
//   D1. Every daemon has its own temporary home and a port chosen by the system; nothing is shared between suites.
//   D2. Every wait has a deadline; what the daemon wrote to stderr is part of the error.
//   D3. `stop` and `kill` return when the process is gone; a home that we made is removed by `dispose`.
//   D4. A daemon does not outlive its test: it stops when the channel between both closes, and is killed when it hangs.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../../scripts/node24.mjs";
import { launcher } from "./paths.ts";

export interface DaemonOptions {
  /** An existing home, for a second start; otherwise a new temporary one. */
  home?: string;
  /** Folder of workflow documents to seed (`PARLEY_FIXTURES`). */
  fixtures?: string;
  /** Test seams: the operator key becomes a test key. */
  seams?: boolean;
  /** Text of the home's `parley.yaml`. */
  config?: string;
  /** More environment, e.g. `PARLEY_STOP_AT`. */
  env?: Record<string, string>;
}

export interface Daemon {
  readonly url: string;
  /** The operator key. */
  readonly key: string;
  readonly home: string;
  /** Of the daemon itself, not of its launcher. */
  readonly pid: number;
  readonly version: string;
  /** From spawn to the ready line, measured here. */
  readonly readyMs: number;
  /** Resolves with the launcher's exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  stderr(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | string>;
  /** SIGKILL to the daemon. */
  kill(): Promise<void>;
  /** Stops it and removes a home that was made for it. */
  dispose(): Promise<void>;
}

const START_DEADLINE_MS = 15_000;
const STOP_DEADLINE_MS = 10_000;

/** Starts a daemon and waits for its ready line. Throws with its stderr when it does not come up. */
export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  const home = options.home ?? (await mkdtemp(path.join(os.tmpdir(), "parley-test-")));
  if (options.config !== undefined) await writeFile(path.join(home, "parley.yaml"), options.config);
  const startedAt = performance.now();
  // As `npm start` runs it; the launcher cannot add the flag where it has an IPC channel to keep.
  const child = spawn(process.execPath, [...DAEMON_FLAGS, launcher, "up", "--json"], {
    env: { ...environmentFor(home, options), ...DAEMON_ENVIRONMENT },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const exited = exitOf(child);
  const log = collect(child);
  const ready = await readyLine(child, exited, log);
  const readyMs = performance.now() - startedAt;
  const key = options.env?.PARLEY_API_KEY ?? (await readFile(path.join(home, "key"), "utf8")).trim();
  const stop = async () => {
    child.kill("SIGTERM");
    try {
      return await within(exited, STOP_DEADLINE_MS, () => `the daemon did not stop:\n${log()}`);
    } catch (error) {
      signal(ready.pid, "SIGKILL");
      throw error;
    }
  };
  return {
    ...ready,
    key,
    home,
    readyMs,
    exited,
    stderr: log,
    stop,
    async kill() {
      signal(ready.pid, "SIGKILL");
      await within(exited, STOP_DEADLINE_MS, () => "the launcher outlived its daemon");
    },
    async dispose() {
      try {
        if (child.exitCode === null && child.signalCode === null) await stop();
      } finally {
        if (options.home === undefined) await rm(home, { recursive: true, force: true });
      }
    },
  };
}

/** Runs the launcher to its end, for starts that must be refused. */
export async function runToExit(options: DaemonOptions & { home: string }, args: string[] = ["up", "--json"]) {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: environmentFor(options.home, options),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const log = collect(child);
  let stdout = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  const code = await within(exitOf(child), START_DEADLINE_MS, () => `no end in sight:\n${log()}`);
  return { code, stdout, stderr: log() };
}

function environmentFor(home: string, options: DaemonOptions): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("PARLEY_") && name !== "NODE_TEST_CONTEXT",
  );
  return {
    ...Object.fromEntries(inherited),
    PARLEY_HOME: home,
    PARLEY_PORT: "0",
    ...(options.fixtures !== undefined && { PARLEY_FIXTURES: options.fixtures }),
    ...(options.seams && { PARLEY_TEST_SEAMS: "1" }),
    ...options.env,
  };
}

interface Ready {
  url: string;
  pid: number;
  version: string;
}

async function readyLine(child: ChildProcess, exited: Promise<unknown>, log: () => string): Promise<Ready> {
  if (!child.stdout) throw new Error("the daemon has no stdout");
  const lines = createInterface({ input: child.stdout });
  const found = new Promise<Ready>((resolve) => {
    lines.on("line", (line) => {
      const message = parsed(line);
      if (message?.event === "ready") resolve(message as unknown as Ready);
    });
  });
  const ended = exited.then((code) => Promise.reject(new Error(`the daemon ended with ${code}:\n${log()}`)));
  try {
    const ready = Promise.race([found, ended]);
    return await within(ready, START_DEADLINE_MS, () => `no ready line:\n${log()}`);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const MAX_LOG = 16_384;

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text = (text + chunk).slice(-MAX_LOG);
  });
  return () => text;
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  const [code, signalName] = (await once(child, "exit")) as [number | null, string | null];
  return code ?? signalName ?? "unknown";
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Already gone: it ended by itself, which the caller sees in `exited`.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The value, or an error when it does not come in time. */
export async function within<T>(value: Promise<T>, ms: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message()} (${ms} ms)`)), ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
