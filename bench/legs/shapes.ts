// Large runs: one with ten thousand events that is read whole, and one that fans out to a thousand nodes and in again.
//
//   Both are read beside a bare server that sends as many bytes; a fan has its nodes, two edges each, as baseline.

import { workflow } from "#test/support/definitions.ts";
import { request } from "#test/support/http.ts";
import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { type Server, startHost } from "../servers.ts";
import { median } from "../stats.ts";

const MAX_READ_MS = 60;
const MAX_FAN_MS = 1_500;
const EVENTS = 10_000;
const WIDTH = 1_000;
const READS = 15;
const FANS = 5;
const LIMITS = "limits: { maxNodeExecutions: 20000 }\n";

export async function shapesLeg(_options: BenchOptions, say: (line: string) => void): Promise<Figure[]> {
  const host = await startHost({ config: LIMITS });
  try {
    const read = await readLong(host);
    say(`${read.events} events, ${rounded(read.bytes / 1e6, 1)} MB: ${rounded(median(read.took), 1)} ms`);
    const fan = await fanOut(host);
    return [readFigure(read), fanFigure(fan)];
  } finally {
    await host.stop();
  }
}

interface Read {
  events: number;
  bytes: number;
  took: number[];
  /** The same number of bytes parsed out of one text: what no reader can leave out. */
  parseMs: number;
}

/** Every page of the log of a long run, as a client that polls reads it. */
async function readLong(host: Server): Promise<Read> {
  // Two events a node and a start and an end: the run passes through half as many nodes.
  const ids = Array.from({ length: EVENTS / 2 }, (_, at) => `n${String(at).padStart(5, "0")}`);
  const long = workflow("bench-long", {
    nodes: ids.map((id) => ({ id, typeId: "core.noop" })),
    edges: ids.slice(1).map((to, at) => ({ from: ids[at] as string, to })),
  });
  const runId = await started(host, long);
  await ended(host, runId);
  const took: number[] = [];
  let pages: string[] = [];
  for (let at = 0; at < READS; at += 1) {
    const startedMs = performance.now();
    pages = await pagesOf(host, runId);
    took.push(performance.now() - startedMs);
  }
  const startedMs = performance.now();
  const events = pages.flatMap((page) => (JSON.parse(page) as { events: unknown[] }).events);
  return {
    events: events.length,
    bytes: pages.reduce((sum, page) => sum + page.length, 0),
    took,
    parseMs: performance.now() - startedMs,
  };
}

async function pagesOf(host: Server, runId: string): Promise<string[]> {
  const pages: string[] = [];
  let after = "";
  for (;;) {
    const { text, body } = await asked(host, "GET", `/v1/runs/${runId}/events/poll?limit=1000${after}`);
    pages.push(text);
    if (body.isComplete) return pages;
    after = `&lastSequence=${body.events.at(-1).sequence}`;
  }
}

/** Milliseconds from creation to the end, as the run's own clock tells them, and as the client sees them. */
async function fanOut(host: Server): Promise<number[]> {
  const ids = Array.from({ length: WIDTH }, (_, at) => `n${String(at).padStart(4, "0")}`);
  const fan = workflow("bench-fan", {
    nodes: ["first", ...ids, "last"].map((id) => ({ id, typeId: "core.noop" })),
    edges: ids.flatMap((id) => [
      { from: "first", to: id },
      { from: id, to: "last" },
    ]),
  });
  const took: number[] = [];
  for (let at = 0; at < FANS; at += 1) {
    const startedMs = performance.now();
    await ended(host, await started(host, fan));
    took.push(performance.now() - startedMs);
  }
  return took;
}

async function started(host: Server, definition: { id: string }): Promise<string> {
  await asked(host, "POST", "/v1/workflows", definition);
  const body = { workflowId: definition.id, configurable: { recursionLimit: 20_000 } };
  return (await asked(host, "POST", "/v1/runs", body)).body.runId as string;
}

async function ended(host: Server, runId: string): Promise<void> {
  for (;;) {
    const { body } = await asked(host, "GET", `/v1/runs/${runId}/events/poll?timeout=5&lastSequence=1000000`);
    if (!body.isTerminal) continue;
    if (body.runStatus !== "completed") throw new Error(`run ${runId} ended ${body.runStatus}`);
    return;
  }
}

async function asked(host: Server, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${host.key}` };
  const answer = await request(method, host.url + path, { headers, timeoutMs: 60_000, ...(body && { body }) });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
  return answer;
}

function readFigure({ events, bytes, took, parseMs }: Read): Figure {
  const p50 = median(took);
  return {
    leg: "shapes",
    name: `a run of ${events} events, read whole in pages, p50`,
    unit: "ms",
    parley: rounded(p50, 1),
    baseline: { name: "parsing its text once", value: rounded(parseMs, 1) },
    bar: { text: `<= ${MAX_READ_MS} ms`, holds: p50 <= MAX_READ_MS && events >= EVENTS },
    details: { bytes, took },
  };
}

function fanFigure(took: number[]): Figure {
  const p50 = median(took);
  return {
    leg: "shapes",
    name: `a run that fans out to ${WIDTH} nodes and in again, p50`,
    unit: "ms",
    parley: rounded(p50, 0),
    baseline: { name: "nodes", value: WIDTH },
    bar: { text: `<= ${MAX_FAN_MS} ms`, holds: p50 <= MAX_FAN_MS },
    details: { took },
  };
}
