// A small installation of parley for the tests of what starts it: the real launcher and scripts around a command and
// a daemon of our own.

import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { after } from "node:test";
import { temporaryFolder } from "./support.ts";

const parley = join(import.meta.dirname, "..", "..");
const folder = temporaryFolder();
const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
after(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Prints who it is, then does what its second word says. */
const COMMAND = `
  import { setTimeout as wait } from "node:timers/promises";
  export async function main(argv: string[]): Promise<number> {
    const self = { entry: ENTRY, argv, pid: process.pid, node: process.versions.node };
    const stopped = argv[1] === "wait" ? untilStopped() : undefined;
    process.stdout.write(JSON.stringify(self) + "\\n");
    switch (argv[1]) {
      case "wait": {
        await Promise.race([stopped, wait(60_000)]);
        process.stdout.write("stopped by " + (await stopped) + "\\n");
        return Number(argv[2] ?? 0);
      }
      case "exit":
        return Number(argv[2]);
      case "kill":
        process.kill(process.pid, argv[2]);
        await wait(60_000);
        return 0;
      case "write":
        process.stdout.write("x".repeat(Number(argv[2])) + "\\n");
        return 0;
      case "throw":
        throw new Error("a fault of the command");
      default:
        return 0;
    }
  }
  function untilStopped(): Promise<string> {
    return new Promise((resolve) => {
      for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(name, () => resolve(name));
    });
  }
`;

/** A new installation; `bundled`: the platform package of Node is there. */
export function newInstallation({ bundled = true }: { bundled?: boolean } = {}): string {
  const root = mkdtempSync(join(folder, "installation-"));
  cpSync(join(parley, "bin", "parley.mjs"), join(root, "bin", "parley.mjs"));
  for (const script of ["bootstrap.mjs", "child.mjs", "node24.mjs", "own-modules.mjs"]) {
    cpSync(join(parley, "scripts", script), join(root, "scripts", script));
  }
  mkdirSync(join(root, "src", "cli"), { recursive: true });
  mkdirSync(join(root, "node_modules"));
  writeFileSync(join(root, "package.json"), '{"type":"module","dependencies":{}}');
  writeFileSync(join(root, "src", "cli", "main.ts"), COMMAND.replace("ENTRY", '"cli"'));
  writeFileSync(join(root, "src", "daemon.ts"), COMMAND.replace("ENTRY", '"daemon"'));
  const name = `node-${process.platform}-${process.arch}`;
  if (bundled) symlinkSync(join(parley, "node_modules", name), join(root, "node_modules", name));
  return root;
}

/** A Node that is too old for parley but old enough for the launcher, if this machine has one. */
export function oldNode(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((one) => join(one, "node")).find((path) => [18, 20, 22].includes(majorOf(path)));
}

function majorOf(path: string): number {
  try {
    return Number.parseInt(
      execFileSync(path, ["-p", "process.versions.node"], { encoding: "utf8", stdio: "pipe" }),
      10,
    );
  } catch {
    return 0;
  }
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Run {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** The next line on stdout. */
  line(): Promise<string>;
  /** Resolves when the process is gone and nobody holds its output any more. */
  ended: Promise<Outcome>;
}

/** Starts a process that does not outlive the tests. */
export function start(command: string, args: string[], env: Record<string, string> = {}, cwd = folder): Run {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(command, args, { cwd, env: { ...inherited, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let stdout = "";
  let stderr = "";
  let taken = 0;
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    async line() {
      while (stdout.indexOf("\n", taken) < 0) {
        await Promise.race([
          once(child.stdout, "data"),
          ended.then(() => Promise.reject(new Error(`no line: ${stderr}`))),
        ]);
      }
      const end = stdout.indexOf("\n", taken);
      const line = stdout.slice(taken, end);
      taken = end + 1;
      return line;
    },
    ended,
  };
}
