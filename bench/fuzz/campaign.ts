// The campaign: what is asked, and what every answer must be.
//
//   F1. No 5xx but the planned ones: 501 of a capability that is not offered, 503 with Retry-After.
//   F2. Every answer comes within the deadline; the host answers its health all the while.
//   F3. Nothing that belongs to another tenant is in any answer.
//   F4. Whatever is refused is refused in the envelope.
//   F5. Afterwards the host finds nothing wrong with its store.

import http from "node:http";
import { assertEnvelope } from "#test/support/client.ts";
import type { Random } from "../chaos/random.ts";
import { documentOf } from "./documents.ts";
import { type FuzzRequest, type Route, requestOf } from "./requests.ts";

export interface Target {
  url: string;
  key: string;
  routes: readonly Route[];
  /** Ids that exist for this key, and ids of another tenant. */
  ids: readonly string[];
  /** A word that stands in everything the other tenant owns. */
  canary: string;
}

export interface Report {
  requests: number;
  documents: number;
  accepted: number;
  statuses: Record<string, number>;
  slowestMs: number;
  findings: string[];
}

const DEADLINE_MS = 10_000;
/** A long poll may wait as long as it was asked to. */
const LONG_POLL_MS = 70_000;
const IN_FLIGHT = 16;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

export async function fuzz(
  target: Target,
  counts: { requests: number; documents: number },
  random: Random,
  say: (line: string) => void,
): Promise<Report> {
  const report: Report = { ...counts, accepted: 0, statuses: {}, slowestMs: 0, findings: [] };
  await each(counts.requests, async (at) => {
    const one = random.fork(`request ${at}`);
    judge(report, target, at, await ask(target.url, requestOf(target.routes, one, target.ids, target.key)));
    if (at % 2_000 === 1_999) say(`${at + 1} requests, ${report.findings.length} findings`);
  });
  await each(counts.documents, async (at) => {
    await playDocument(report, target, at, random.fork(`document ${at}`));
    if (at % 1_000 === 999) say(`${at + 1} documents, ${report.findings.length} findings`);
  });
  const doctor = await ask(target.url, call(target, "GET", "/v1/host/parley/admin/doctor?deep=true"));
  const { findings = [] } = (json(doctor) ?? {}) as { findings?: { severity: string; message: string }[] };
  if (doctor.status !== 200) report.findings.push(`the doctor answered ${doctor.status}`);
  for (const { severity, message } of findings) {
    if (severity === "error") report.findings.push(`doctor: ${message}`);
  }
  agent.destroy();
  return report;
}

async function each(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const at = next;
      next += 1;
      await work(at);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Registers a document; starts what was accepted, looks at it and ends it. */
async function playDocument(report: Report, target: Target, at: number, random: Random): Promise<void> {
  const document = documentOf(at, random);
  const registered = await ask(target.url, call(target, "POST", "/v1/workflows", document));
  judge(report, target, at, registered);
  if (registered.status !== 200 && registered.status !== 201) return;
  report.accepted += 1;
  const { id: workflowId } = document as { id: string };
  const created = await ask(target.url, call(target, "POST", "/v1/runs", { workflowId, inputs: {} }));
  judge(report, target, at, created);
  const { runId } = (json(created) ?? {}) as { runId?: string };
  if (runId === undefined) return;
  const follow = [
    call(target, "GET", `/v1/runs/${runId}/events/poll?timeout=1`),
    call(target, "GET", `/v1/runs/${runId}`),
    call(target, "POST", `/v1/runs/${runId}/interrupts/n0`, { resumeValue: { action: "accept" } }),
    call(target, "POST", `/v1/runs/${runId}/cancel`, {}),
  ];
  for (const request of follow) judge(report, target, at, await ask(target.url, request));
}

function call({ key }: Target, method: string, target: string, body?: unknown): FuzzRequest {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return { method, target, headers, ...(body !== undefined && { text: JSON.stringify(body) }) };
}

interface Outcome {
  request: FuzzRequest;
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  tookMs: number;
  failure?: string;
}

/** A stream is read until its first bytes. */
function ask(url: string, request: FuzzRequest): Promise<Outcome> {
  const startedMs = performance.now();
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const end = (partial: Partial<Outcome>) =>
      resolve({ request, status: 0, headers: {}, text: "", tookMs: performance.now() - startedMs, ...partial });
    const body = request.text === undefined ? undefined : Buffer.from(request.text);
    const headers = { ...request.headers, ...(body && { "content-length": String(body.length) }) };
    const path = request.target.replace(/[^\x21-\x7e]/g, encodeURIComponent);
    const outgoing = http.request({ hostname, port, path, method: request.method, headers, agent }, (incoming) => {
      const parts: Buffer[] = [];
      const done = () =>
        end({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(parts).toString() });
      incoming.on("data", (part: Buffer) => {
        parts.push(part);
        if (!String(incoming.headers["content-type"]).startsWith("text/event-stream")) return;
        incoming.destroy();
        done();
      });
      incoming.on("end", done);
      incoming.on("error", done);
      if (String(incoming.headers["content-type"]).startsWith("text/event-stream"))
        setTimeout(() => incoming.destroy(), 50);
      incoming.on("close", done);
    });
    outgoing.setTimeout(LONG_POLL_MS, () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", (error: NodeJS.ErrnoException) => end({ failure: error.code ?? error.message }));
    outgoing.end(body);
  });
}

function judge(report: Report, target: Target, at: number, outcome: Outcome): void {
  const { request, status, headers, text, tookMs, failure } = outcome;
  const find = (what: string) =>
    report.findings.push(`#${at} ${request.method} ${request.target.slice(0, 200)}: ${what}`);
  report.statuses[status] = (report.statuses[status] ?? 0) + 1;
  const waits = /\/poll(?:\?|$)/.test(request.target) || /admin/.test(request.target);
  if (!waits) report.slowestMs = Math.max(report.slowestMs, Math.round(tookMs));
  if (tookMs > (waits ? LONG_POLL_MS : DEADLINE_MS)) find(`took ${Math.round(tookMs)} ms`);
  // The server closes the connection on what is not HTTP, or too large.
  if (failure !== undefined && failure !== "ECONNRESET" && failure !== "EPIPE") find(failure);
  if (status >= 500 && !isPlanned(status, headers)) find(`answered ${status}: ${text.slice(0, 300)}`);
  if (text.includes(target.canary)) find("showed what belongs to another tenant");
  if (status >= 400 && request.method !== "HEAD") checkEnvelope(text, find);
}

function isPlanned(status: number, headers: http.IncomingHttpHeaders): boolean {
  return status === 501 || (status === 503 && headers["retry-after"] !== undefined);
}

function checkEnvelope(text: string, find: (what: string) => void): void {
  try {
    assertEnvelope(JSON.parse(text));
  } catch (error) {
    // Node answers what is not HTTP by itself, without a body.
    if (text !== "")
      find(`no envelope: ${text.slice(0, 200)} (${error instanceof Error ? error.message.slice(0, 100) : ""})`);
  }
}

function json({ text }: Outcome): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
