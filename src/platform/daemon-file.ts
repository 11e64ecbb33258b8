// daemon.json: where the running daemon of a home listens. A hint for the CLI and for messages; whether a daemon
// runs is known by the lock alone, and a killed one leaves its file behind.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Home } from "./home.ts";

export interface DaemonInfo {
  /** Base address, for instance `http://127.0.0.1:4747`. */
  url: string;
  pid: number;
  version: string;
  /** RFC 3339. */
  startedAt: string;
}

/** Replaces the file as a whole: a reader sees the old or the new one. Call it when the daemon listens. */
export function writeDaemonFile(home: Home, info: DaemonInfo): void {
  const fresh = `${home.daemonFile}.${info.pid}.tmp`;
  writeFileSync(fresh, `${JSON.stringify(info)}\n`, { mode: 0o600 });
  renameSync(fresh, home.daemonFile);
}

/** Undefined: none, or nothing usable. */
export function readDaemonFile(home: Home): DaemonInfo | undefined {
  try {
    const info: unknown = JSON.parse(readFileSync(home.daemonFile, "utf8"));
    return isDaemonInfo(info) ? info : undefined;
  } catch {
    return undefined;
  }
}

/** Call it at the stop, under the lock. */
export function removeDaemonFile(home: Home): void {
  rmSync(home.daemonFile, { force: true });
}

function isDaemonInfo(info: unknown): info is DaemonInfo {
  if (typeof info !== "object" || info === null) return false;
  const { url, pid, version, startedAt } = info as Partial<Record<keyof DaemonInfo, unknown>>;
  return (
    typeof url === "string" && Number.isInteger(pid) && typeof version === "string" && typeof startedAt === "string"
  );
}
