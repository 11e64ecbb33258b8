// The real daemon and the real command, as processes started by the launcher.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../../bin/parley.mjs", import.meta.url));

function environment(home: string, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PARLEY_API_KEY: _key, PARLEY_HOME: _home, ...rest } = process.env;
  return { ...rest, PARLEY_HOME: home, PARLEY_PORT: "0", PARLEY_TEST_SEAMS: "1", NO_COLOR: "1", ...more };
}

export interface Daemon {
  url: string;
  /** Ends it in good order; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Resolves when it has ended, for whatever reason. */
  ended: Promise<unknown>;
}

/** Starts a daemon and waits until it is ready. It does not outlive the test. */
export async function startDaemon(
  context: Pick<TestContext, "after">,
  home: string,
  more: Record<string, string> = {},
): Promise<Daemon> {
  const child = spawn(process.execPath, [launcher, "up", "--json"], {
    env: environment(home, more),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
    return child.exitCode;
  };
  context.after(stop);
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  return { url, stop, ended };
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line;
  throw new Error("the daemon ended before it was ready");
}

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** Starts `parley …`; resolves when it has ended. */
export async function parley(
  home: string,
  args: string[],
  options: { stdin?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [launcher, ...args], { env: environment(home, options.env), timeout: 60_000 });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  child.stdin.on("error", () => undefined).end(options.stdin ?? "");
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, out: await out, err: await err };
}
