// parley backup

import { resolve } from "node:path";
import type { Handler } from "../command.ts";
import { exitCodes } from "../failures.ts";

/** A big database takes its time to copy. */
const BACKUP_ANSWER_MS = 10 * 60_000;

export const backup: Handler = async ({ terminal, host, options, client, arguments: [given] }) => {
  // A path means what it means where it was typed, not where the daemon was started.
  const body = given === undefined ? {} : { path: resolve(host.cwd, given) };
  const path = "/v1/host/parley/admin/backup";
  const made = await client.json<{ path: string; bytes: number }>({
    method: "POST",
    path,
    body,
    repeatable: false,
    answerMs: BACKUP_ANSWER_MS,
  });
  if (options.flag("json")) terminal.json(made);
  else terminal.out(`${made.path}  ${sizeOf(made.bytes)}`);
  return exitCodes.completed;
};

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
