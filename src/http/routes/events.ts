// A run's events: SSE, JSON and long poll over the same log (streams-webhooks.md §1, §3).

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readEventPage } from "#app/runs.ts";
import { visibleRun } from "#app/visibility.ts";
import { ParleyError } from "#protocol/errors.ts";
import { EventPage } from "#protocol/runs.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import { runTopic } from "#runtime/feed.ts";
import { isStillGood } from "../authentication.ts";
import { callOf, type HttpDeps, queryInteger } from "../context.ts";
import type { SseConnections } from "../sse.ts";
import { parseModes } from "../stream-modes.ts";

const MAX_BUFFER_MS = 5_000;
const DEFAULT_POLL_LIMIT = 100;
const MAX_POLL_LIMIT = 1_000;
/** A JSON list holds the whole log; longer ones are read by poll. */
const MAX_LISTED_EVENTS = 100_000;
const DEFAULT_POLL_SECONDS = 30;

type EventsRequest = FastifyRequest<{ Params: { runId: string }; Querystring: Record<string, unknown> }>;

export function eventRoutes(app: FastifyInstance, deps: HttpDeps, connections: SseConnections): void {
  app.get(
    "/v1/runs/:runId([^:/]+)/events",
    {
      schema: { operationId: "streamRunEvents", response: { 200: EventPage } },
      config: {
        access: "runs:read",
        summary: "A run's events, live as SSE, or as JSON",
        stream: true,
        query: {
          streamMode: "updates (default), values, messages, debug, or a list of them.",
          bufferMs: "0 to 5000: collect that long, then send one batch.",
        },
        headers: { "Last-Event-ID": "Resume behind this sequence." },
      },
    },
    async (request: EventsRequest, reply) => {
      // The order of the gates is part of the contract (§1.1), whatever Accept says.
      const row = await visibleRun(deps.app, callOf(request), request.params.runId);
      const modes = parseModes(modeOf(request.query));
      const bufferMs = queryInteger(request.query, "bufferMs", { fallback: 0, min: 0, max: MAX_BUFFER_MS });
      if (wantsJson(request.headers.accept)) {
        const page = await readEventPage(deps.app, row, { afterSequence: -1, limit: MAX_LISTED_EVENTS });
        return reply.type("application/json; charset=utf-8").send(page.body);
      }
      const after = lastEventId(request.headers["last-event-id"]);
      const wanted = { runId: row.start.runId, modes, bufferMs, after };
      let leave: (() => void) | undefined;
      const mayRead = () => isStillGood(deps, request);
      const connection = connections.open(reply, mayRead, () => leave?.());
      try {
        if (isTerminalStatus(row.status)) {
          await deps.runStreams.replay(wanted, connection);
          return reply;
        }
        leave = await deps.runStreams.subscribe(wanted, connection);
        if (connection.ended) leave();
      } catch (error) {
        deps.app.logger.error({ error, runId: row.start.runId }, "a stream could not begin");
        connection.end();
      }
      return reply;
    },
  );

  app.get(
    "/v1/runs/:runId([^:/]+)/events/poll",
    {
      schema: { operationId: "pollRunEvents", response: { 200: EventPage } },
      config: {
        access: "runs:read",
        summary: "A run's events, by long poll",
        query: {
          lastSequence: "Events behind this one; without it from the start.",
          timeout: "Seconds to wait when there are none, 1 to 60, default 30.",
          limit: "1 to 1000, default 100.",
        },
      },
    },
    (request: EventsRequest, reply) => poll(deps, request, reply),
  );
}

async function poll(deps: HttpDeps, request: EventsRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { query, params } = request;
  const call = callOf(request);
  const before = await visibleRun(deps.app, call, params.runId);
  const given = query.lastSequence === undefined ? "since" : "lastSequence";
  const range = { fallback: -1, min: 0, max: Number.MAX_SAFE_INTEGER };
  const afterSequence = queryInteger(query, given, range);
  const limit = queryInteger(query, "limit", { fallback: DEFAULT_POLL_LIMIT, min: 1, max: MAX_POLL_LIMIT });
  const seconds = queryInteger(query, "timeout", { fallback: DEFAULT_POLL_SECONDS, min: 1, max: 60 });
  // Listening begins before the read, so that an event between both is not missed.
  const wait = isTerminalStatus(before.status) ? undefined : listenOnce(deps, params.runId, seconds * 1000, request);
  try {
    const first = await readEventPage(deps.app, before, { afterSequence, limit });
    if (first.count > 0 || !wait) return reply.type("application/json; charset=utf-8").send(first.body);
    await wait.heard;
    const after = await visibleRun(deps.app, call, params.runId);
    const page = await readEventPage(deps.app, after, { afterSequence, limit });
    return reply.type("application/json; charset=utf-8").send(page.body);
  } finally {
    wait?.stop();
  }
}

function listenOnce(deps: HttpDeps, runId: string, timeoutMs: number, request: FastifyRequest) {
  let stop: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    const unlisten = deps.app.feed.listen(runTopic(runId), () => resolve());
    const timer = setTimeout(resolve, timeoutMs);
    request.raw.once("close", resolve);
    const onStopping = () => resolve();
    deps.stopping.signal.addEventListener("abort", onStopping, { once: true });
    stop = () => {
      deps.stopping.signal.removeEventListener("abort", onStopping);
      unlisten();
      clearTimeout(timer);
      request.raw.off("close", resolve);
    };
  });
  return { heard, stop };
}

/** `mode` is an alias of `streamMode`, which wins. */
function modeOf(query: Record<string, unknown>): string | undefined {
  const given = query.streamMode ?? query.mode;
  return given === undefined ? undefined : String(given);
}

/** JSON only when it is asked for and an event stream is not. */
function wantsJson(accept: string | undefined): boolean {
  return accept?.includes("application/json") === true && !accept.includes("text/event-stream");
}

export function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  throw new ParleyError("validation_error", { field: "Last-Event-ID" }, { message: "Last-Event-ID must be a number." });
}
