// A client of one daemon, as the conformance suite needs it. Every answer it sees is checked on the way:
//
//   C1. Whatever is not 2xx or 304 is the closed error envelope, as JSON.
//   C2. No answer repeats the bearer it was asked with.
//   C3. Run snapshots and events fit the published schemas (where those are present).

import assert from "node:assert/strict";
import { type RequestOptions, type Response, request } from "./http.ts";
import { noteEventType } from "./record.ts";
import { conforms, eventConforms } from "./schemas.ts";
import { openStream, type SseStream } from "./sse.ts";

/** One event of a log, as read from the wire. */
export interface LoggedEvent {
  eventId: string;
  runId: string;
  type: string;
  sequence: number;
  timestamp: string;
  nodeId?: string;
  causationId?: string;
  engineVersion?: string;
  // biome-ignore lint/suspicious/noExplicitAny: black-box tests read whatever the wire carries
  payload: any;
}

export interface CreateRunOptions {
  inputs?: object;
  headers?: Record<string, string>;
  /** More members of the body. */
  body?: object;
}

/** Bound of every wait for a run; the contract's own bound for fixtures is 5 s. */
const RUN_DEADLINE_MS = 5_000;
const terminal = new Set(["completed", "failed", "cancelled"]);

export class Client {
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** Another caller of the same daemon. */
  as(key: string): Client {
    return new Client(this.url, key);
  }

  async call(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.key}`, ...options.headers };
    const response = await request(method, this.url + path, { ...options, headers });
    checkAnswer(`${method} ${path}`, response, headers.authorization);
    return response;
  }

  get(path: string, headers?: Record<string, string>): Promise<Response> {
    return this.call("GET", path, headers ? { headers } : {});
  }

  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response> {
    return this.call("POST", path, { body: body ?? {}, ...(headers && { headers }) });
  }

  /** Without any credential. */
  async anonymous(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const response = await request(method, this.url + path, options);
    checkAnswer(`${method} ${path}`, response);
    return response;
  }

  /** Starts a run that must be accepted; its id. */
  async createRun(workflowId: string, options: CreateRunOptions = {}): Promise<string> {
    const body = { workflowId, ...(options.inputs && { inputs: options.inputs }), ...options.body };
    const response = await this.post("/v1/runs", body, options.headers);
    assert.equal(response.status, 201, response.text);
    return response.body.runId as string;
  }

  // biome-ignore lint/suspicious/noExplicitAny: see LoggedEvent
  async snapshot(runId: string): Promise<any> {
    const response = await this.get(`/v1/runs/${runId}`);
    assert.equal(response.status, 200, response.text);
    conforms("run-snapshot", response.body);
    return response.body;
  }

  /** The whole log so far, checked against the schemas and for gaps. */
  async log(runId: string): Promise<LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for (;;) {
      const after = events.at(-1)?.sequence;
      const query = after === undefined ? "limit=1000" : `limit=1000&lastSequence=${after}`;
      const page = await this.#poll(runId, query);
      events.push(...page.events);
      if (page.isComplete || page.events.length < 1000) break;
    }
    assert.deepEqual(
      events.map((event) => event.sequence),
      events.map((_, at) => at),
      "sequences count from 0 without gaps",
    );
    for (const event of events) {
      eventConforms(event);
      noteEventType(event.type);
    }
    return events;
  }

  /** Waits, by long poll, until the run waits for someone or is over; its status. */
  async settled(runId: string, deadlineMs = RUN_DEADLINE_MS): Promise<string> {
    return this.#statusWhere(runId, (status) => terminal.has(status) || status.startsWith("waiting-"), deadlineMs);
  }

  /** Waits, by long poll, until the run is over; its status. */
  async ended(runId: string, deadlineMs = RUN_DEADLINE_MS): Promise<string> {
    return this.#statusWhere(runId, (status) => terminal.has(status), deadlineMs);
  }

  async #statusWhere(runId: string, fits: (status: string) => boolean, deadlineMs: number): Promise<string> {
    const deadline = performance.now() + deadlineMs;
    let query = "limit=1000&timeout=1";
    for (;;) {
      const page = await this.#poll(runId, query);
      if (fits(page.runStatus)) return page.runStatus;
      if (performance.now() > deadline) throw new Error(`run ${runId} stayed ${page.runStatus} for ${deadlineMs} ms`);
      const last = page.events.at(-1);
      if (last) query = `limit=1000&timeout=1&lastSequence=${last.sequence}`;
    }
  }

  async #poll(runId: string, query: string) {
    const response = await this.get(`/v1/runs/${runId}/events/poll?${query}`);
    assert.equal(response.status, 200, response.text);
    return response.body as {
      events: LoggedEvent[];
      isComplete: boolean;
      lastEventSeq: number;
      runStatus: string;
    };
  }

  /** Answers the question of a node. */
  answer(runId: string, nodeId: string, resumeValue: unknown, headers?: Record<string, string>): Promise<Response> {
    return this.post(`/v1/runs/${runId}/interrupts/${nodeId}`, { resumeValue }, headers);
  }

  /** Registers a definition that must be accepted; its id. */
  async register(definition: { id: string }): Promise<string> {
    const response = await this.post("/v1/workflows", definition);
    assert.ok(response.status === 201 || response.status === 200, response.text);
    return definition.id;
  }

  /** Opens a stream that must be one. */
  async stream(path: string, headers: Record<string, string> = {}): Promise<SseStream> {
    const stream = await openStream(this.url + path, { authorization: `Bearer ${this.key}`, ...headers });
    if (stream.status !== 200) await stream.closed;
    assert.equal(stream.status, 200, stream.text);
    assert.match(String(stream.headers["content-type"]), /^text\/event-stream/);
    return stream;
  }

  /** Opens a run's events. */
  events(runId: string, query = "", headers: Record<string, string> = {}): Promise<SseStream> {
    return this.stream(`/v1/runs/${runId}/events${query}`, headers);
  }
}

function checkAnswer(label: string, response: Response, authorization?: string): void {
  if (authorization !== undefined) {
    const bearer = authorization.replace(/^Bearer /, "");
    const echoed = `${JSON.stringify(response.headers)}${response.status >= 400 ? response.text : ""}`;
    if (bearer.length > 8) assert.ok(!echoed.includes(bearer), `${label} repeats the credential`);
  }
  if ((response.status >= 200 && response.status < 300) || response.status === 304) return;
  assert.match(String(response.headers["content-type"]), /^application\/json/, `${label} ${response.status}`);
  assertEnvelope(response.body, label);
}

/** The closed envelope: `error` (a code), `message`, `details?`, nothing else (runs.md §16.1). */
export function assertEnvelope(body: unknown, label = "envelope"): void {
  assert.ok(typeof body === "object" && body !== null, `${label}: no JSON object`);
  const { error, message, details, ...rest } = body as Record<string, unknown>;
  assert.deepEqual(rest, {}, `${label}: members that the envelope does not have`);
  assert.match(String(error), /^[A-Za-z]+(_[A-Za-z]+)*$/, `${label}: error is a code`);
  assert.ok(typeof message === "string" && message.length > 0, `${label}: message`);
  if (details !== undefined) assert.ok(typeof details === "object" && details !== null, `${label}: details`);
  conforms("error-envelope", body);
}

/** Asserts status and code of a refusal; its details. */
export function assertRefused(response: Response, status: number, code: string): Record<string, unknown> {
  assert.deepEqual({ status: response.status, error: response.body?.error }, { status, error: code }, response.text);
  return response.body.details ?? {};
}
