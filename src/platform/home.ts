// The home: the folder in which one daemon keeps everything.
//
//   <home>            0700
//     parley.yaml     configuration, written by the operator alone
//     key             0600, what the CLI sends (key.ts)
//     agents/ prompts/ workflows/   overlay the shipped ones
//     workspace/      all that tools may see
//     data/           0700
//       parley.db     the store          lock.db      held while a daemon runs (lock.ts)
//       daemon.json   where it listens   logs/        parley.log and older ones
//       backups/
//
//   H1. Folders are open to their owner alone, whatever the umask: content of chats lies in there.
//   H2. Preparing is repeatable and touches nothing that is right already.

import { accessSync, chmodSync, constants, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Absolute paths of a home. */
export interface Home {
  root: string;
  config: string;
  key: string;
  agents: string;
  prompts: string;
  workflows: string;
  workspace: string;
  data: string;
  database: string;
  lock: string;
  daemonFile: string;
  logs: string;
  backups: string;
}

/** The home cannot be used. The message names the path, the reason and the way out. */
export class HomeUnusableError extends Error {
  readonly path: string;
  constructor(path: string, reason: string, cause?: unknown) {
    super(
      `The home cannot be used: ${path} ${reason}. Correct that, or set PARLEY_HOME to a folder of your own.`,
      cause === undefined ? undefined : { cause },
    );
    this.name = "HomeUnusableError";
    this.path = path;
  }
}

/** Root of the home: `PARLEY_HOME` (a relative path starts at the working directory), else `~/.parley`. */
export function homeRoot(env: Readonly<Record<string, string | undefined>>): string {
  return env.PARLEY_HOME ? resolve(env.PARLEY_HOME) : join(homedir(), ".parley");
}

export function homeAt(root: string): Home {
  const data = join(root, "data");
  return {
    root,
    config: join(root, "parley.yaml"),
    key: join(root, "key"),
    agents: join(root, "agents"),
    prompts: join(root, "prompts"),
    workflows: join(root, "workflows"),
    workspace: join(root, "workspace"),
    data,
    database: join(data, "parley.db"),
    lock: join(data, "lock.db"),
    daemonFile: join(data, "daemon.json"),
    logs: join(data, "logs"),
    backups: join(data, "backups"),
  };
}

/** Makes the folders that are missing, with their modes. Throws {@link HomeUnusableError}. */
export function prepareHome(home: Home): void {
  for (const folder of [
    home.root,
    home.data,
    home.logs,
    home.backups,
    home.agents,
    home.prompts,
    home.workflows,
    home.workspace,
  ]) {
    prepareFolder(folder);
  }
}

const OWNER_ONLY = 0o700;

function prepareFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
    // mkdir's mode passes through the umask, and a folder that was there may have any.
    if ((statSync(path).mode & 0o777) !== OWNER_ONLY) chmodSync(path, OWNER_ONLY);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new HomeUnusableError(path, reasonOf(error as NodeJS.ErrnoException), error);
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EEXIST":
    case "ENOTDIR":
      return "is, or lies below, something that is not a folder";
    case "EACCES":
    case "EPERM":
      return "belongs to someone else, or may not be written";
    case "EROFS":
      return "lies on a read-only file system";
    case "ENOSPC":
      return "lies on a file system that is full";
    default:
      return `cannot be made (${error.code})`;
  }
}
