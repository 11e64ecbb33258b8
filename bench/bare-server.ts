// The baseline where the published one is not at hand: plain node:http, maps in memory, nothing checked, nothing kept.
// It answers just what the client of this folder asks.
//
//   node bench/bare-server.ts [port]

import { createServer, type ServerResponse } from "node:http";

interface BareRun {
  runId: string;
  status: string;
  currentNodeId?: string;
  events: object[];
  frames: string[];
  readers: ServerResponse[];
}

const KEPT_RUNS = 50_000;
const runs = new Map<string, BareRun>();
const answered = new Map<string, string>();
let created = 0;

const waiting: Record<string, { status: string; nodeId: string }> = {
  "conformance-approval": { status: "waiting-approval", nodeId: "gate" },
  "conformance-clarification": { status: "waiting-input", nodeId: "ask" },
};

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () =>
    answer(request.method ?? "", request.url ?? "", request.headers, Buffer.concat(parts).toString(), response),
  );
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`bare server on http://127.0.0.1:${address.port}`);
});

function answer(
  method: string,
  url: string,
  headers: Record<string, string | string[] | undefined>,
  body: string,
  response: ServerResponse,
): void {
  const [route = ""] = url.split("?");
  if (method === "POST" && route === "/v1/runs")
    return create(String(headers["idempotency-key"] ?? ""), body, response);
  const [, , , runId = "", rest, last] = route.split("/");
  const run = runs.get(runId);
  if (!run) return json(response, 404, { error: "not_found", message: "no such run" });
  if (last === "poll")
    return json(response, 200, { runId, events: run.events, isComplete: run.status === "completed" });
  if (rest === "events") return stream(run, response);
  if (rest === "interrupts") {
    json(response, 200, { status: "resolved" });
    return void setImmediate(finish, run);
  }
  json(response, 200, { runId, status: run.status, currentNodeId: run.currentNodeId });
}

function create(key: string, body: string, response: ServerResponse): void {
  const known = key === "" ? undefined : answered.get(key);
  if (known !== undefined) {
    response.setHeader("openwop-idempotent-replay", "true");
    return json(response, 201, { runId: known, status: "pending" });
  }
  const { workflowId, inputs } = JSON.parse(body) as { workflowId: string; inputs?: { delayMs?: number } };
  created += 1;
  const runId = `run-${created}`;
  if (key !== "") answered.set(key, runId);
  const run: BareRun = { runId, status: "running", events: [], frames: [], readers: [] };
  runs.set(runId, run);
  runs.delete(`run-${created - KEPT_RUNS}`);
  log(run, "run.started");
  begin(run, workflowId, inputs?.delayMs ?? 0);
  json(response, 201, { runId, status: "pending" });
}

function begin(run: BareRun, workflowId: string, delayMs: number): void {
  const gate = waiting[workflowId];
  if (gate) {
    run.status = gate.status;
    run.currentNodeId = gate.nodeId;
  } else if (workflowId === "conformance-delay") {
    setTimeout(finish, delayMs, run);
  } else {
    finish(run);
  }
}

function finish(run: BareRun): void {
  run.status = "completed";
  const before = run.frames.length;
  log(run, "node.completed");
  log(run, "run.completed");
  const text = run.frames.slice(before).join("");
  for (const reader of run.readers.splice(0)) reader.end(text);
}

function stream(run: BareRun, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (run.status === "completed") {
    response.end(run.frames.join(""));
    return;
  }
  response.write(run.frames.join(""));
  run.readers.push(response);
}

function log(run: BareRun, type: string): void {
  const sequence = run.frames.length;
  const event = {
    eventId: `${run.runId}-${sequence}`,
    runId: run.runId,
    sequence,
    type,
    timestamp: new Date().toISOString(),
    payload: {},
  };
  run.events.push(event);
  run.frames.push(`id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function json(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    .end(text);
}
