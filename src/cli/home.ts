// Where the daemon is and which key to show it.
//
//   Nothing is cached: a daemon that was restarted may listen elsewhere and may have another key.

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { CommandError, Unreachable, UsageError } from "./failures.ts";
import type { Host } from "./host.ts";

export interface Endpoint {
  /** Without a slash at the end. */
  url: string;
  key: string;
}

/** What `data/daemon.json` says of a running daemon. */
export interface DaemonFile {
  url: string;
  pid: number;
  version?: string;
  startedAt?: string;
}

/** What the command line said, before the environment and the home. */
export interface Overrides {
  url: string | undefined;
  key: string | undefined;
}

export function homeOf(host: Host): string {
  const named = host.env.PARLEY_HOME;
  return named ? resolve(host.cwd, named) : join(host.userHome, ".parley");
}

/**
 * @throws Unreachable when no daemon runs for the home.
 * @throws CommandError when there is no key.
 */
export function locate(host: Host, overrides: Overrides): Endpoint {
  const home = homeOf(host);
  if (overrides.url !== undefined) {
    const url = checkedUrl(overrides.url);
    return { url, key: overrides.key ?? keyFor(url, host, home) };
  }
  const daemon = runningDaemon(home);
  if (!daemon) throw notRunning(home);
  return { url: daemon.url.replace(/\/+$/, ""), key: overrides.key ?? keyOf(host, home) };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(`--url must be an http:// or https:// address, not "${text}".`);
  }
  return url.href.replace(/\/+$/, "");
}

/** The home's key opens everything here: it is not sent to other machines unless somebody says so. */
function keyFor(url: string, host: Host, home: string): string {
  if (host.env.PARLEY_API_KEY) return host.env.PARLEY_API_KEY;
  if (isLoopback(new URL(url).hostname)) return keyOf(host, home);
  throw new UsageError(
    "Another machine needs a key of its own: give --key or PARLEY_API_KEY.",
    "The key of this home is sent to this machine only.",
  );
}

/** Whether a URL's host name means this machine. */
export function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

export interface FoundKey {
  key: string;
  from: "PARLEY_API_KEY" | "file";
}

/** PARLEY_API_KEY, else the home's key file; undefined without both. */
export function findKey(host: Host, home: string): FoundKey | undefined {
  if (host.env.PARLEY_API_KEY) return { key: host.env.PARLEY_API_KEY, from: "PARLEY_API_KEY" };
  const key = readIfThere(join(home, "key"))?.trim();
  return key ? { key, from: "file" } : undefined;
}

export function keyOf(host: Host, home: string): string {
  const found = findKey(host, home);
  if (found) return found.key;
  throw new CommandError(
    `There is no key in ${join(home, "key")}, and PARLEY_API_KEY is not set.`,
    "The first start of the daemon makes the key: npm start   (or: parley up)",
  );
}

/** The daemon of this home, if its process lives. */
export function runningDaemon(home: string): DaemonFile | undefined {
  const text = readIfThere(join(home, "data", "daemon.json"));
  const file = text === undefined ? undefined : parseDaemonFile(text);
  return file && isAlive(file.pid) ? file : undefined;
}

function parseDaemonFile(text: string): DaemonFile | undefined {
  try {
    const value = JSON.parse(text) as Partial<DaemonFile> | null;
    const sound = typeof value?.url === "string" && URL.canParse(value.url) && Number.isInteger(value.pid);
    return sound ? (value as DaemonFile) : undefined;
  } catch {
    // A daemon that is just starting or ending may have written half of it.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process: it lives.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function notRunning(home: string): Unreachable {
  return new Unreachable(`parley is not running for ${home}. Start it with: npm start   (or: parley up)`);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
