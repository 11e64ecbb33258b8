// The measuring client where the published one is not at hand: the legs that the bench reads, with the same report.
//
//   node bench/client.ts --base=http://127.0.0.1:4747 --key=KEY --legs=runs,log,approval,fanout,idem [--n --concurrency
//     --repeat --warmup --subs --rounds --timeout-ms]

import { randomUUID } from "node:crypto";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { distribution } from "./stats.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    base: text,
    key: text,
    legs: text,
    n: text,
    concurrency: text,
    repeat: text,
    warmup: text,
    subs: text,
    rounds: text,
    "timeout-ms": text,
  },
});
const base = values.base ?? "";
const authorization = `Bearer ${values.key ?? ""}`;
const number = (value: string | undefined, fallback: number) => Number(value ?? fallback);
const n = number(values.n, 1_000);
const concurrency = number(values.concurrency, 16);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64, scheduling: "lifo" });
const streamAgent = new http.Agent({ keepAlive: true, maxSockets: 4096, scheduling: "lifo" });

const STREAM_DEADLINE_MS = number(values["timeout-ms"], 20_000);
const ALONE = 200;
const APPROVALS_ALONE = 50;

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: { runId?: string; status?: string; currentNodeId?: string };
  bytes: number;
}

function createRun(workflowId: string, inputs?: object, headers: Record<string, string> = {}): Promise<Answer> {
  return ask("POST", "/v1/runs", inputs ? { workflowId, inputs } : { workflowId }, headers);
}

function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const data = body === undefined ? "" : JSON.stringify(body);
  const sent = body && { "content-type": "application/json", "content-length": Buffer.byteLength(data) };
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { authorization, ...sent, ...headers } };
    const outgoing = http.request(base + path, options, (incoming) => {
      let received = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        received += chunk;
      });
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: JSON.parse(received) as Answer["body"],
          bytes: received.length,
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(data);
  });
}

async function startRun(workflowId: string, inputs?: object, headers?: Record<string, string>): Promise<string> {
  const { status, body } = await createRun(workflowId, inputs, headers);
  if (status !== 201 || body.runId === undefined) throw new Error(`${workflowId} was refused with ${status}`);
  return body.runId;
}

interface End {
  /** Type of the terminal event. */
  type: string;
  /** Wall clock at receipt, and the event's own. */
  receivedMs: number;
  eventMs: number;
}

const TERMINAL = /event: (run\.(?:completed|failed|cancelled))\ndata: (.*)\n/;

/** Follows a run's stream to its terminal event. */
function untilEnd(runId: string, onOpen?: () => void): Promise<End> {
  return new Promise((resolve, reject) => {
    const options = { agent: streamAgent, headers: { authorization, accept: "text/event-stream" } };
    const outgoing = http.get(`${base}/v1/runs/${runId}/events`, options, (incoming) => {
      onOpen?.();
      let received = "";
      let end: End | undefined;
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        received += chunk;
        const found = end ? null : TERMINAL.exec(received);
        if (!found) return;
        const { timestamp } = JSON.parse(found[2] ?? "{}") as { timestamp: string };
        const receivedMs = performance.timeOrigin + performance.now();
        end = { type: found[1] ?? "", receivedMs, eventMs: Date.parse(timestamp) };
      });
      incoming.on("end", () => (end ? resolve(end) : reject(new Error(`the stream of ${runId} ended early`))));
    });
    outgoing.setTimeout(STREAM_DEADLINE_MS, () => outgoing.destroy(new Error(`the stream of ${runId} stayed silent`)));
    outgoing.on("error", reject);
  });
}

async function pool(
  count: number,
  atOnce: number,
  task: () => Promise<void>,
): Promise<{ perSecond: number; failed: number }> {
  const startedMs = performance.now();
  let left = count;
  let failed = 0;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await task().catch(() => {
        failed += 1;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return { perSecond: ((count - failed) * 1_000) / (performance.now() - startedMs), failed };
}

async function runsLeg() {
  const took: number[] = [];
  let notCompleted = 0;
  const one = async (into: number[]) => {
    const startedMs = performance.now();
    const end = await untilEnd(await startRun("conformance-noop"));
    into.push(performance.now() - startedMs);
    if (end.type !== "run.completed") notCompleted += 1;
  };
  await pool(number(values.warmup, n), concurrency, () => one([]));
  notCompleted = 0;
  const rates: { perSecond: number; failed: number }[] = [];
  for (let at = 0; at < number(values.repeat, 1); at += 1) rates.push(await pool(n, concurrency, () => one(took)));
  const alone: number[] = [];
  await pool(Math.min(n, ALONE), 1, () => one(alone));
  rates.sort((a, b) => a.perSecond - b.perSecond);
  const middle = rates[Math.floor((rates.length - 1) / 2)];
  return {
    per_second: middle?.perSecond ?? 0,
    failed: rates.reduce((sum, rate) => sum + rate.failed, 0),
    not_completed: notCompleted,
    completed_ms: distribution(took),
    one_at_a_time_ms: distribution(alone),
  };
}

async function logLeg() {
  const runId = await startRun("conformance-noop");
  await untilEnd(runId);
  const took: number[] = [];
  let bytes = 0;
  const { perSecond, failed } = await pool(n * 2, concurrency, async () => {
    const startedMs = performance.now();
    const answer = await ask("GET", `/v1/runs/${runId}/events/poll`);
    if (answer.status !== 200) throw new Error(`events/poll answered ${answer.status}`);
    bytes = answer.bytes;
    took.push(performance.now() - startedMs);
  });
  return { per_second: perSecond, errors: failed, bytes_per_read: bytes, read_ms: distribution(took) };
}

/** From creation over the question to the end. The answer is given when the stream is open. */
async function approve(whole: number[], resolved: number[]): Promise<void> {
  const startedMs = performance.now();
  const runId = await startRun("conformance-approval");
  let node: string | undefined;
  for (let waitMs = 2; node === undefined; waitMs = Math.min(50, waitMs * 1.5)) {
    const { body } = await ask("GET", `/v1/runs/${runId}`);
    if (body.status?.startsWith("waiting")) node = body.currentNodeId ?? "gate";
    else await sleep(waitMs);
  }
  let answeredMs = 0;
  const end = await untilEnd(runId, () => {
    answeredMs = performance.now();
    const resumeValue = { action: "accept" };
    ask("POST", `/v1/runs/${runId}/interrupts/${node}`, { resumeValue }).catch(() => undefined);
  });
  if (end.type !== "run.completed") throw new Error(`the run ended with ${end.type}`);
  resolved.push(performance.now() - answeredMs);
  whole.push(performance.now() - startedMs);
}

async function approvalLeg() {
  const { failed } = await pool(Math.max(20, Math.round(n / 4)), concurrency, () => approve([], []));
  const whole: number[] = [];
  const resolved: number[] = [];
  const alone = await pool(APPROVALS_ALONE, 1, () => approve(whole, resolved));
  return {
    errors: failed + alone.failed,
    one_at_a_time: { resolve_to_terminal_ms: distribution(resolved), whole_ms: distribution(whole) },
  };
}

async function fanoutLeg() {
  const subscribers = number(values.subs, 200);
  const open: number[] = [];
  const lag: number[] = [];
  let failed = 0;
  const rounds = number(values.rounds, 3);
  for (let round = 0; round < rounds; round += 1) {
    const runId = await startRun("conformance-delay", { delayMs: 1_000 + subscribers * 5 });
    const openedMs = performance.now();
    const follow = () => untilEnd(runId, () => open.push(performance.now() - openedMs));
    const ends = await Promise.allSettled(Array.from({ length: subscribers }, follow));
    for (const end of ends) {
      if (end.status === "fulfilled") lag.push(end.value.receivedMs - end.value.eventMs);
      else failed += 1;
    }
    await sleep(200);
  }
  const set = { subscribers, rounds, missed: rounds * subscribers - lag.length - failed, failed };
  return { sets: [{ ...set, open_ms: distribution(open), event_to_receipt_ms: distribution(lag) }] };
}

async function idemLeg() {
  const headers = { "idempotency-key": randomUUID() };
  const runId = await startRun("conformance-noop", undefined, headers);
  let wrong = 0;
  const { perSecond } = await pool(n * 2, concurrency, async () => {
    const again = await createRun("conformance-noop", undefined, headers);
    if (again.body.runId !== runId || again.headers["openwop-idempotent-replay"] !== "true") wrong += 1;
  });
  const race = { keys: 20, parallel: 10, keys_with_more_than_one_run: 0, answers_not_2xx: 0 };
  for (let at = 0; at < race.keys; at += 1) {
    const key = { "idempotency-key": randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: race.parallel }, () => createRun("conformance-noop", undefined, key)),
    );
    const accepted = answers.filter((answer) => answer.status === 201);
    race.answers_not_2xx += answers.length - accepted.length;
    if (new Set(accepted.map((answer) => answer.body.runId)).size !== 1) race.keys_with_more_than_one_run += 1;
  }
  return { per_second: perSecond, wrong_run_id: wrong, concurrent_first_use: race };
}

const known: Record<string, () => Promise<object>> = {
  runs: runsLeg,
  log: logLeg,
  approval: approvalLeg,
  fanout: fanoutLeg,
  idem: idemLeg,
};
const report: { legs: Record<string, object> } = { legs: {} };
for (const name of (values.legs ?? "runs").split(","))
  report.legs[name] = (await known[name]?.()) ?? { skipped: "no such leg" };
process.stdout.write(`${JSON.stringify(report)}\n`);
agent.destroy();
streamAgent.destroy();
