// The line to a provider: a `fetch` for its SDK that sends only what it should and reads only so much.
//
//   W1. Only the headers named here leave the machine. SDKs also take headers from environment variables and describe
//       the machine they run on.
//   W2. A redirect is not followed: it would carry the key elsewhere.
//   W3. A body is bounded: in all, and between two events, which is what an SDK holds in memory.
//   W4. A whole answer where a stream was asked for is handed on as a stream of one event: some servers do not stream.
//   W5. What went wrong is kept as it was: SDKs wrap it until nobody can tell, and leave out half of an error's body.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { GarbageError, type Refusal, type Service } from "./failures.ts";
import { httpFetch } from "./http-fetch.ts";

/** What became of the request, as far as the line knows. */
export type LineState =
  | { state: "open" }
  /** The provider said no, by a status. */
  | { state: "refused"; refusal: Refusal }
  /** The first thing that failed. `answering`: after the answer had begun, so the request was certainly sent. */
  | { state: "failed"; error: unknown; answering: boolean };

export interface Line {
  fetch: typeof fetch;
  state(): LineState;
  /** Whether the stream came to the `[DONE]` that ends streams in OpenAI's language. SDKs keep it to themselves. */
  saidDone(): boolean;
}

const SENT_HEADERS = [
  "accept",
  "content-type",
  "authorization",
  "x-api-key",
  "anthropic-version",
  "idempotency-key",
  "traceparent",
  "tracestate",
];
const KEY_HEADERS = ["authorization", "x-api-key"];
/** An answer of 1 MiB in pieces of a few letters, each in its own JSON frame, stays below. */
const MAX_STREAM_BYTES = 128 * 1024 * 1024;
const MAX_EVENT_BYTES = 2 * 1024 * 1024;
const MAX_ERROR_BODY_BYTES = 64 * 1024;
/** `data: [DONE]` and the line break before it. */
const DONE_LENGTH = 13;

/** One line is for one call. Without a key, the placeholder that the SDK wants for one is taken out. */
export function openLine(service: Service): Line {
  let state: LineState = { state: "open" };
  const done = new DoneWatch();
  const keepFailure = (error: unknown, answering: boolean) => {
    // That is us, or the SDK closing the stream for what stood in it.
    const isAbort = error instanceof Error && error.name === "AbortError";
    if (state.state === "open" && !isAbort) state = { state: "failed", error, answering };
  };
  return {
    state: () => state,
    saidDone: () => done.wasSeen,
    async fetch(input, init) {
      let response: Response;
      try {
        response = await httpFetch(String(input), {
          method: init?.method ?? "GET",
          headers: headersOf(init?.headers, service),
          body: typeof init?.body === "string" ? init.body : undefined,
          signal: init?.signal ?? undefined,
        });
      } catch (error) {
        keepFailure(error, false);
        throw error;
      }
      if (!response.ok) {
        state = { state: "refused", refusal: await refusalOf(response) };
        return new Response(null, { status: response.status });
      }
      const tooMuch = () => new GarbageError(`${service.name} sent more than any answer needs; it was dropped.`);
      const maxBytes = isDocument(response) ? MAX_EVENT_BYTES : MAX_STREAM_BYTES;
      const safe = bounded(response, maxBytes, (error) => keepFailure(error, true), tooMuch, done);
      try {
        return await streamOf(safe, service);
      } catch (error) {
        keepFailure(error, true);
        throw error;
      }
    },
  };
}

/** Looks for `[DONE]` at the beginning of a line, wherever the parts of a stream end. */
class DoneWatch {
  wasSeen = false;
  /** A stream begins with a line. */
  #tail = "\n";

  look(part: Uint8Array<ArrayBuffer>): void {
    if (this.wasSeen) return;
    const text = `${this.#tail}${Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1")}`;
    this.wasSeen = /[\r\n]data: ?\[DONE\]/.test(text);
    this.#tail = text.slice(-DONE_LENGTH);
  }
}

function headersOf(given: RequestInit["headers"], service: Service): Headers {
  const all = new Headers(given);
  const headers = new Headers({ "user-agent": "parley" });
  for (const name of SENT_HEADERS) {
    const value = all.get(name);
    if (value !== null && (service.key !== undefined || !KEY_HEADERS.includes(name))) headers.set(name, value);
  }
  return headers;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const { status, headers } = response;
  const tooMuch = () => new Error("longer than an error needs to be");
  try {
    const text = await bounded(response, MAX_ERROR_BODY_BYTES, () => undefined, tooMuch).text();
    return { status, headers, body: JSON.parse(text) as Json };
  } catch {
    // No JSON, too long, or cut off: the status says enough.
    return { status, headers, body: undefined };
  }
}

function isDocument({ headers }: Response): boolean {
  return /html|application\/json/i.test(headers.get("content-type") ?? "");
}

/** The same response, or what came instead of a stream as one. Rejects with {@link GarbageError}. */
async function streamOf(response: Response, { host }: Service): Promise<Response> {
  if (!isDocument(response)) return response;
  const whole = wholeAnswer(await response.text());
  if (whole) {
    const frame = `event: ${whole.type === "error" ? "error" : "message"}\ndata: ${JSON.stringify(whole)}\n\n`;
    return new Response(frame, { headers: { "content-type": "text/event-stream" } });
  }
  throw new GarbageError(
    `${host} answered with a page instead of a model's answer. Is the base URL whole (often it ends in /v1)?`,
  );
}

/** An answer or an error in either language; undefined for any other document, which comes from somebody else. */
function wholeAnswer(text: string): JsonObject | undefined {
  try {
    const body: Json = JSON.parse(text);
    if (!isJsonObject(body)) return undefined;
    const isAnswer = Array.isArray(body.choices) || (body.type === "message" && Array.isArray(body.content));
    return isAnswer || isJsonObject(body.error) || typeof body.error === "string" ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The same response; reading ends in an error beyond a bound. Cancelling it closes the connection. */
function bounded(
  response: Response,
  maxBytes: number,
  onError: (error: unknown) => void,
  tooMuch: () => Error,
  watch?: DoneWatch,
): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  let total = 0;
  let sinceEvent = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (isCancelled) return;
        if (done) return controller.close();
        total += value.length;
        watch?.look(value);
        sinceEvent = bytesAfterEvent(value) ?? sinceEvent + value.length;
        if (total > maxBytes || sinceEvent > MAX_EVENT_BYTES) throw tooMuch();
        controller.enqueue(value);
      } catch (error) {
        if (isCancelled) return;
        onError(error);
        controller.error(error);
        reader.cancel(error).catch(() => undefined);
      }
    },
    cancel(reason) {
      isCancelled = true;
      return reader.cancel(reason);
    },
  });
  const { status, headers } = response;
  return new Response(body, { status, headers });
}

/** How much stands after the last empty line, which ends an event; undefined when there is none. */
function bytesAfterEvent(part: Uint8Array<ArrayBuffer>): number | undefined {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  const end = Math.max(bytes.lastIndexOf("\n\n"), bytes.lastIndexOf("\n\r\n"));
  return end === -1 ? undefined : bytes.length - end;
}
