// The daemon as a child process that is started, killed and started again on the same home and port.
//
//   D1. The child leads a process group of its own; a kill ends the whole group, so launcher and daemon die together.
//   D2. The port is chosen by the first start and kept, so that clients come back to the same address.
//   D3. Nothing survives the harness: its exit kills the group, also when it is interrupted.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "..", "..");
/** Node 24, whichever `node` runs the harness. */
export const nodeBinary = join(root, "node_modules", ".bin", "node");
export const parleyLauncher = join(root, "bin", "parley.mjs");

const READY_DEADLINE_MS = 30_000;
/** A daemon that killed itself is gone at once; its launcher must not linger. */
const EXIT_DEADLINE_MS = 10_000;
/** By default they end a process without its `exit` event. */
const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const KEPT_LOG_CHARACTERS = 20_000;

export interface Ready {
  url: string;
  pid: number;
  readyMs: number;
}

export interface StartOptions {
  /** `name` or `name:hit` of a stop point: the daemon kills itself there. */
  stopAt?: string;
  /** Put before the command, e.g. strace and its arguments. */
  wrapper?: readonly string[];
}

export class Daemon {
  readonly home: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #ready: Ready | undefined;
  #port = "0";
  #key = "";
  #log = "";
  #up = Promise.withResolvers<void>();
  readonly #endWithHarness = () => this.#signalGroup("SIGKILL");

  constructor(home: string, env: Record<string, string> = {}) {
    this.home = home;
    this.#env = env;
  }

  /** Resolves when the daemon listens, or when it is gone before that. */
  async start(options: StartOptions = {}): Promise<"ready" | "died"> {
    if (this.#child) throw new Error("the daemon runs already");
    const child = this.#spawn(options);
    this.#child = child;
    process.once("exit", this.#endWithHarness);
    for (const signal of INTERRUPTIONS) process.once(signal, exitOnSignal);
    this.#exited = once(child, "exit").then(() => this.#gone(child));
    const ready = await Promise.race([this.#readyLine(child), this.#exited, readyDeadline()]);
    if (ready === "late") {
      this.#signalGroup("SIGKILL");
      throw new Error(`the daemon was not ready within ${READY_DEADLINE_MS} ms:\n${this.#log}`);
    }
    if (!ready || !this.running) return "died";
    this.#ready = ready;
    this.#port = new URL(ready.url).port;
    this.#key = readFileSync(join(this.home, "key"), "utf8").trim();
    this.#up.resolve();
    return "ready";
  }

  #spawn({ stopAt, wrapper = [] }: StartOptions): ChildProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PARLEY_"));
    const command = [...wrapper, nodeBinary, parleyLauncher, "up", "--json"];
    const child = spawn(command[0] as string, command.slice(1), {
      cwd: root,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...Object.fromEntries(inherited),
        PARLEY_HOME: this.home,
        PARLEY_PORT: this.#port,
        PARLEY_TEST_SEAMS: "1",
        ...(stopAt !== undefined && { PARLEY_STOP_AT: stopAt }),
        ...this.#env,
      },
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-KEPT_LOG_CHARACTERS);
    });
    return child;
  }

  async #readyLine(child: ChildProcess): Promise<Ready | undefined> {
    if (!child.stdout) return undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      const found = parseReady(line);
      if (!found) continue;
      // Whatever else it prints must not fill the pipe.
      child.stdout.resume();
      return found;
    }
    // The pipe closed: the exit decides.
    return new Promise(() => undefined);
  }

  #gone(child: ChildProcess): undefined {
    if (this.#child !== child) return undefined;
    // What a dead launcher left behind dies with its group.
    this.#signalGroup("SIGKILL");
    process.off("exit", this.#endWithHarness);
    for (const signal of INTERRUPTIONS) process.off(signal, exitOnSignal);
    this.#child = undefined;
    if (this.#ready) this.#up = Promise.withResolvers<void>();
    this.#ready = undefined;
    return undefined;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  /** Kills launcher and daemon with SIGKILL, now; resolves when they are gone. */
  async kill(): Promise<void> {
    this.#signalGroup("SIGKILL");
    await this.exited();
  }

  /** Asks the daemon to end by SIGTERM; returns the launcher's exit code and how long it took. */
  async stop(): Promise<{ code: number | null; tookMs: number }> {
    const child = this.#child;
    if (!child) return { code: null, tookMs: 0 };
    const beganMs = Date.now();
    // A wrapper would keep the signal for itself.
    process.kill(this.#ready?.pid ?? (child.pid as number), "SIGTERM");
    await this.exited();
    return { code: child.exitCode, tookMs: Date.now() - beganMs };
  }

  /** Resolves when the process is gone, killing it when it does not go within `deadlineMs`; true = it went by itself. */
  async exited(deadlineMs = EXIT_DEADLINE_MS): Promise<boolean> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), deadlineMs);
    const outcome = await Promise.race([this.#exited, late.promise]);
    clearTimeout(timer);
    if (outcome !== "late") return true;
    this.#signalGroup("SIGKILL");
    await this.#exited;
    return false;
  }

  /** Resolves as soon as the daemon listens (again). */
  up(): Promise<void> {
    return this.#up.promise;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Where to reach it; undefined while it is down. */
  get target(): { url: string; key: string } | undefined {
    return this.#ready && { url: this.#ready.url, key: this.#key };
  }

  get ready(): Ready | undefined {
    return this.#ready;
  }

  /** The last lines it wrote to stderr, over all starts. */
  get log(): string {
    return this.#log;
  }
}

function exitOnSignal(): void {
  process.exit(1);
}

function parseReady(line: string): Ready | undefined {
  try {
    const { event, url, pid, readyMs } = JSON.parse(line) as Ready & { event: string };
    return event === "ready" ? { url, pid, readyMs } : undefined;
  } catch {
    return undefined;
  }
}

function readyDeadline(): Promise<"late"> {
  return new Promise((resolve) => setTimeout(() => resolve("late"), READY_DEADLINE_MS).unref());
}
