// The two servers that are compared: a daemon in a fresh home, and a bare node:http server that answers the same
// requests and stores nothing. The bare one shows what Node, the client and this machine allow at most.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { type Daemon, startDaemon } from "#test/support/daemon.ts";
import { ownFixtures, repoRoot, sharedBench, sharedFixtures } from "#test/support/paths.ts";

export interface Server {
  name: "parley" | "bare";
  url: string;
  key: string;
  pid: number;
  /** From spawn to the line that says it listens. */
  readyMs: number;
  stop(): Promise<void>;
}

export const fixtures = sharedFixtures ?? ownFixtures;

/** What to start a daemon with: an existing home, an OpenAI-compatible model. */
export interface HostSettings {
  home?: string;
  /** Its base URL. */
  model?: string;
  /** More of `parley.yaml`. */
  config?: string;
}

/** A daemon, in a home of its own unless one is named. */
export async function startHost({
  home,
  model,
  config: more = "",
}: HostSettings = {}): Promise<Server & { daemon: Daemon }> {
  const models =
    model === undefined ? "" : `models: { default: { provider: openai, model: fake-1, baseUrl: "${model}" } }\n`;
  const config = models + more;
  const daemon = await startDaemon({
    fixtures,
    ...(home !== undefined && { home }),
    ...(config !== "" && { config }),
  });
  const { url, key, pid, readyMs } = daemon;
  return { name: "parley", url, key, pid, readyMs, daemon, stop: () => daemon.dispose() };
}

const published = sharedBench === undefined ? undefined : path.join(sharedBench, "ceiling.mjs");
const bareScript =
  published !== undefined && existsSync(published) ? published : path.join(repoRoot, "bench/bare-server.ts");

/** The published bare server when it is there, else our own. */
export async function startBare(): Promise<Server> {
  const startedAt = performance.now();
  const port = await freePort();
  const child = spawn(process.execPath, [bareScript, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line", { signal: AbortSignal.timeout(10_000) })) as [string];
  const url = /http:\/\/[\d.:]+/.exec(line)?.[0];
  if (url === undefined || child.pid === undefined) throw new Error(`the bare server said: ${line}`);
  return {
    name: "bare",
    url,
    key: "any",
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}

export interface FakeModel {
  /** With `/v1`. */
  url: string;
  stop(): Promise<void>;
}

/** A model that answers at once, in a process of its own. */
export async function startFakeModel(): Promise<FakeModel> {
  const script = path.join(repoRoot, "bench/fake-model.ts");
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line", { signal: AbortSignal.timeout(10_000) })) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Resident memory of a process in bytes (VmRSS). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`no VmRSS of process ${pid}`);
  return Number(kib) * 1024;
}
