// What a command needs from the machine it runs on. Tests bring their own.

import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  userHome: string;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: Sink;
  stderr: Sink;
  /** What a clock on the wall shows, in milliseconds since 1970: for deadlines that the daemon names. */
  wallMs(): number;
  /** Milliseconds of a clock that only goes forward. */
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Lower-case hex of that many random bytes. */
  randomHex(bytes: number): string;
}

/** A stream that takes text, perhaps a terminal. */
export type Sink = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

export function thisHost(): Host {
  return {
    env: process.env,
    cwd: process.cwd(),
    userHome: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    wallMs: () => Date.now(),
    nowMs: () => performance.now(),
    sleep: (ms, signal) => wait(ms, undefined, { signal }),
    randomHex: (bytes) => randomBytes(bytes).toString("hex"),
  };
}
