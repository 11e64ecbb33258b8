// Resident memory: of an idle daemon, and what waiting runs add to it.

import { setTimeout as sleep } from "node:timers/promises";
import { request } from "#test/support/http.ts";
import { type Figure, MB, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { residentBytes, type Server, startBare, startHost } from "../servers.ts";

const MAX_IDLE_MB = 130;
const MAX_ADDED_MB = 20;
const WAITING_WORKFLOW = "conformance-approval";
const FINISHED_WORKFLOW = "conformance-noop";

export async function idleLeg(options: BenchOptions): Promise<Figure[]> {
  const host = await startHost();
  const bare = await startBare();
  try {
    await sleep(options.restMs);
    const bytes = await residentBytes(host.pid);
    return [
      {
        leg: "idle",
        name: `resident memory, idle for ${options.restMs / 1_000} s`,
        unit: "MB",
        parley: rounded(bytes / MB, 1),
        baseline: { name: "bare server", value: rounded((await residentBytes(bare.pid)) / MB, 1) },
        bar: { text: `<= ${MAX_IDLE_MB} MB`, holds: bytes <= MAX_IDLE_MB * MB },
        details: { bytes },
      },
    ];
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
}

export async function waitingLeg(options: BenchOptions): Promise<Figure[]> {
  const waiting = await growthOf(() => startHost(), WAITING_WORKFLOW, options);
  // The same number of runs that ended: what the traffic alone leaves behind (warm code, heap that was not given back).
  const finished = await growthOf(() => startHost(), FINISHED_WORKFLOW, options);
  const bare = await growthOf(startBare, WAITING_WORKFLOW, options);
  return [
    {
      leg: "waiting",
      name: `memory added to an idle process by ${options.waitingRuns} waiting runs`,
      unit: "MB",
      parley: rounded(waiting.addedBytes / MB, 1),
      baseline: { name: "bare server", value: rounded(bare.addedBytes / MB, 1) },
      compared: { name: "by as many finished runs, MB", value: rounded(finished.addedBytes / MB, 1) },
      bar: { text: `<= ${MAX_ADDED_MB} MB`, holds: waiting.addedBytes <= MAX_ADDED_MB * MB },
      details: { waiting, finished, bare },
    },
  ];
}

interface Growth {
  idleBytes: number;
  afterBytes: number;
  addedBytes: number;
}

/** A fresh process, idle, then with the runs, each time after a rest. */
async function growthOf(start: () => Promise<Server>, workflowId: string, options: BenchOptions): Promise<Growth> {
  const server = await start();
  try {
    await sleep(options.restMs);
    const idleBytes = await residentBytes(server.pid);
    await createRuns(server, workflowId, options);
    await sleep(options.restMs);
    const afterBytes = await residentBytes(server.pid);
    return { idleBytes, afterBytes, addedBytes: afterBytes - idleBytes };
  } finally {
    await server.stop();
  }
}

async function createRuns(server: Server, workflowId: string, options: BenchOptions): Promise<void> {
  let left = options.waitingRuns;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const headers = { authorization: `Bearer ${server.key}` };
      const { status, text } = await request("POST", `${server.url}/v1/runs`, { body: { workflowId }, headers });
      if (status !== 201) throw new Error(`${server.name} refused a run: ${status} ${text.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
}
