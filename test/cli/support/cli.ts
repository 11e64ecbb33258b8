// The command line in this process, with a home, streams and a clock of its own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Host } from "#cli/host.ts";
import { main } from "#cli/main.ts";

export const TEST_KEY = "pk_test";

/** A home in which a daemon seems to run at this address: its process is ours. */
export function makeHome(context: TestContext, url?: string): string {
  const home = mkdtempSync(join(tmpdir(), "parley-cli-"));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, "data"));
  writeFileSync(join(home, "key"), `${TEST_KEY}\n`);
  if (url !== undefined) announce(home, url);
  return home;
}

export function announce(home: string, url: string, pid = process.pid): void {
  writeFileSync(join(home, "data", "daemon.json"), JSON.stringify({ url, pid, version: "9.9.9", startedAt: "now" }));
}

export interface CliOptions {
  home: string;
  env?: Record<string, string>;
  cwd?: string;
  /** What stands on stdin; it ends after that. Or a stream that the test writes to. */
  stdin?: string | PassThrough;
  /** Somebody sits there. */
  terminal?: boolean;
  /** Waits take no time; the clock goes forward by what was waited. */
  fastClock?: boolean;
  /** What the clock on the wall shows; default: the beginning of 2026. */
  wallMs?: number;
  /** Size of the terminal. */
  columns?: number;
  rows?: number;
  /** Called at the start; what it is given makes the terminal another width. */
  onStart?: (resize: (columns: number) => void) => void;
  /** Called with all of stdout whenever there is more of it. */
  onOutput?: (soFar: string) => void;
}

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Carries out one command line. */
export async function cli(args: string[], options: CliOptions): Promise<Ended> {
  const stdout = Object.assign(new PassThrough(), {
    isTTY: options.terminal === true,
    ...(options.columns !== undefined && { columns: options.columns }),
    ...(options.rows !== undefined && { rows: options.rows }),
  });
  const stderr = Object.assign(new PassThrough(), { isTTY: options.terminal === true });
  let shown = "";
  stdout.on("data", (chunk) => {
    shown += String(chunk);
    options.onOutput?.(shown);
  });
  options.onStart?.((columns) => Object.assign(stdout, { columns }).emit("resize"));
  const written = text(stderr);
  const code = await main(args, hostOf(options, stdout, stderr));
  stdout.end();
  stderr.end();
  return { code, out: shown, err: await written };
}

function hostOf(options: CliOptions, stdout: Host["stdout"], stderr: Host["stderr"]): Host {
  let nowMs = 0;
  let random = 0;
  return {
    env: { PARLEY_HOME: options.home, ...options.env },
    cwd: options.cwd ?? options.home,
    userHome: options.home,
    stdin: stdinOf(options),
    stdout,
    stderr,
    wallMs: () => options.wallMs ?? Date.parse("2026-01-01T00:00:00.000Z"),
    nowMs: () => (options.fastClock ? nowMs : performance.now()),
    sleep: async (ms, signal) => {
      nowMs += ms;
      await wait(options.fastClock ? 0 : realMs(ms), undefined, { signal });
    },
    randomHex: (bytes) => {
      random += 1;
      return random.toString(16).padStart(bytes * 2, "0");
    },
  };
}

/** Pauses between attempts are short; a deadline is what it says. */
function realMs(ms: number): number {
  return ms < 2000 ? Math.min(ms, 5) : ms;
}

function stdinOf({ stdin = "", terminal }: CliOptions): Host["stdin"] {
  const stream = typeof stdin === "string" ? new PassThrough() : stdin;
  if (typeof stdin === "string") stream.end(stdin);
  return Object.assign(stream, { isTTY: terminal === true });
}

/** The objects of a `--json` output. */
export function jsonLines(output: string): Record<string, unknown>[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
