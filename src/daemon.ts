// The daemon: what runs on this machine, and how it starts and stops. Started only by bin/parley.mjs.
//
//   up        start and serve until a signal
//   doctor    check a home at rest (a running one is asked over HTTP)
//   restore   put a backup in the place of the store

import { doctor } from "./daemon/doctor.ts";
import { restore } from "./daemon/restore.ts";
import { up } from "./daemon/up.ts";

const commands: Readonly<Record<string, (argv: string[]) => Promise<number>>> = { up, doctor, restore };

/** Runs an entry point; resolves to the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = "up", ...rest] = argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Error(`daemon.ts has no entry point ${name}`);
  return command(rest);
}
