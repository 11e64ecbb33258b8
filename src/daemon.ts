// The daemon: what runs on this machine, and how it starts and stops. Started only by bin/parley.mjs.
//
//   up        start and serve until a signal
//   doctor    check a home at rest (a running one is asked over HTTP)
//   restore   put a backup in the place of the store

type EntryPoint = (argv: string[]) => Promise<number>;

/** Each loads what it needs itself: what a start does not use, it does not wait for. */
const entryPoints: Readonly<Record<string, () => Promise<EntryPoint>>> = {
  up: async () => (await import("./daemon/up.ts")).up,
  doctor: async () => (await import("./daemon/doctor.ts")).doctor,
  restore: async () => (await import("./daemon/restore.ts")).restore,
};

/** Runs an entry point; resolves to the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = "up", ...rest] = argv;
  const load = Object.hasOwn(entryPoints, name) ? entryPoints[name] : undefined;
  if (!load) throw new Error(`daemon.ts has no entry point ${name}`);
  const run = await load();
  return run(rest);
}
