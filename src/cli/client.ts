// The way to the daemon: typed HTTP, and what happens when the daemon goes away in the middle.
//
//   C1. A request is sent again only when sending it twice is harmless: reads, and writes that carry an id by which the
//       daemon knows them again.
//   C2. Whoever is not there at the first contact is not waited for: the command ends at once. A daemon that was there
//       and went away (a restart) is waited for, with its new address and key.
//   C3. Every wait has an end: `graceMs` without contact.

import { ApiError, CommandError, type Envelope, Unreachable } from "./failures.ts";
import type { Endpoint } from "./home.ts";
import type { Host } from "./host.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Request {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Query;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Sending it twice does what sending it once does (C1). */
  repeatable: boolean;
  /** How long to go on without contact; default {@link DEFAULT_GRACE_MS}. */
  graceMs?: number;
  /** How long one answer may take; default {@link ANSWER_TIMEOUT_MS}. */
  answerMs?: number;
  signal?: AbortSignal;
}

export const DEFAULT_GRACE_MS = 30_000;
/** An answer that takes longer will not come. */
const ANSWER_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** The connection failed before a whole answer was read. */
export class LostConnection extends Error {
  /** `refused`: nothing was sent. Otherwise the request may have been carried out. */
  readonly refused: boolean;
  constructor(message: string, refused: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = "LostConnection";
    this.refused = refused;
  }
}

export interface ClientOptions {
  host: Host;
  /** Asked before every attempt (C2). */
  locate: () => Endpoint;
  /** Ends every request and every wait. */
  closing: AbortSignal;
}

export class Client {
  readonly #options: ClientOptions;
  #contacted = false;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The answer's JSON body. @throws ApiError, Unreachable */
  async json<T>(request: Request): Promise<T> {
    return this.#persist(request, async () => {
      const response = await this.#attempt(request, AbortSignal.timeout(request.answerMs ?? ANSWER_TIMEOUT_MS));
      const text = await readText(response);
      if (!response.ok) throw new ApiError(response.status, envelopeOf(response, text));
      return parseBody<T>(text);
    });
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.json<T>({ method: "GET", path, query, repeatable: true });
  }

  /** A write under a fresh Idempotency-Key, so that it can be repeated. */
  post<T>(
    path: string,
    body: unknown,
    extra: Partial<Pick<Request, "headers" | "graceMs" | "signal">> = {},
  ): Promise<T> {
    const headers = { ...extra.headers, "Idempotency-Key": this.#options.host.randomHex(16) };
    return this.json<T>({ method: "POST", path, body, repeatable: true, ...extra, headers });
  }

  /** Sets what stands at `path`; doing so twice does what doing it once does. */
  put<T>(path: string, body: unknown): Promise<T> {
    return this.json<T>({ method: "PUT", path, body, repeatable: true });
  }

  /** Removes what stands at `path`, under a fresh Idempotency-Key. @throws ApiError, Unreachable */
  async delete(path: string): Promise<void> {
    const headers = { "Idempotency-Key": this.#options.host.randomHex(16) };
    const request = { method: "DELETE", path, headers, repeatable: true } as const;
    await this.#persist(request, async () => {
      const response = await this.#attempt(request, AbortSignal.timeout(ANSWER_TIMEOUT_MS));
      const text = await readText(response);
      if (!response.ok) throw new ApiError(response.status, envelopeOf(response, text));
    });
  }

  /** An open stream: the answer is there, its body is still coming. @throws ApiError, Unreachable */
  async open(request: Request): Promise<ReadableStream<Uint8Array>> {
    return this.#persist(request, async () => {
      const response = await this.#attempt(request, request.signal);
      if (!response.ok) throw new ApiError(response.status, envelopeOf(response, await readText(response)));
      if (!response.body) throw new LostConnection("The stream has no body.", false);
      return response.body;
    });
  }

  async #attempt(request: Request, signal: AbortSignal | undefined): Promise<Response> {
    const { url, key } = this.#options.locate();
    const signals = [this.#options.closing, signal, request.signal].filter((one) => one !== undefined);
    try {
      const response = await fetch(url + request.path + searchOf(request.query), {
        method: request.method,
        headers: {
          Authorization: `Bearer ${key}`,
          ...(request.body !== undefined && { "Content-Type": "application/json" }),
          ...request.headers,
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        signal: AbortSignal.any(signals),
        redirect: "error",
      });
      this.#contacted = true;
      return response;
    } catch (error) {
      throw this.#lost(error, url, request);
    }
  }

  /** What a failed fetch means; our own end and the caller's stay what they are. */
  #lost(error: unknown, url: string, request: Request): unknown {
    if (this.#options.closing.aborted || request.signal?.aborted) return error;
    const code = causeCode(error);
    const refused = code !== undefined && neverSent.has(code);
    if (!refused) this.#contacted = true;
    return new LostConnection(`Nobody answers at ${url}${code === undefined ? "" : ` (${code})`}.`, refused, error);
  }

  /** Tries until there is an answer, within the rules C1 to C3. */
  async #persist<T>(request: Request, attempt: () => Promise<T>): Promise<T> {
    const { host, closing } = this.#options;
    const graceMs = request.graceMs ?? DEFAULT_GRACE_MS;
    const endMs = host.nowMs() + graceMs;
    const signal = request.signal ? AbortSignal.any([closing, request.signal]) : closing;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        const waitMs = this.#waitBeforeRepeat(request, error, pauseMs);
        if (waitMs === undefined) throw asUnreachable(error);
        if (host.nowMs() + waitMs > endMs) throw asUnreachable(error, graceMs);
        await host.sleep(waitMs, signal);
      }
    }
  }

  /** Milliseconds until the request may be sent again; undefined = it may not. */
  #waitBeforeRepeat(request: Request, error: unknown, pauseMs: number): number | undefined {
    if (error instanceof ApiError) {
      const again = request.repeatable && passing.has(error.envelope.error);
      return again ? Math.max(pauseMs, retryAfterMs(error)) : undefined;
    }
    const gone = error instanceof LostConnection || error instanceof Unreachable;
    return gone && this.#contacted && request.repeatable ? pauseMs : undefined;
  }
}

/** What `fetch` says of ports that it never calls (WHATWG Fetch, "bad port"): among them 1, 22, 25 and 6000. */
const BAD_PORT = "bad port";

/** Connection errors after which the request was certainly not carried out. */
const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  BAD_PORT,
]);

/** Refusals that pass by themselves. */
const passing = new Set(["service_unavailable", "rate_limited", "idempotency_in_flight"]);

function retryAfterMs({ envelope }: ApiError): number {
  const { retryAfterMs: ms, retryAfter: seconds } = envelope.details ?? {};
  if (typeof ms === "number") return ms;
  return typeof seconds === "number" ? seconds * 1000 : 0;
}

/** What the command ends with. `waitedMs` is set when the daemon was waited for. */
function asUnreachable(error: unknown, waitedMs?: number): unknown {
  if (!(error instanceof LostConnection || error instanceof Unreachable)) return error;
  if (waitedMs !== undefined) {
    const seconds = Math.round(waitedMs / 1000);
    return new Unreachable(`parley went away and was not back within ${seconds} s. ${error.message}`, undefined, error);
  }
  if (error instanceof Unreachable) return error;
  const doubt = error.refused ? "" : " The request may have been carried out.";
  return new Unreachable(error.message + doubt, undefined, error);
}

/** The body as text; a connection that breaks while it is read is lost like any other. */
async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw new LostConnection("The connection broke in the middle of an answer.", false, error);
  }
}

function parseBody<T>(text: string): T {
  try {
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    throw new CommandError(`The answer is not JSON (${(error as Error).message}). Is this the address of a parley?`);
  }
}

/** The error envelope, or one made of what there is when something else stands between us and the daemon. */
function envelopeOf(response: Response, text: string): Envelope {
  try {
    const body = JSON.parse(text) as Partial<Envelope> | null;
    if (typeof body?.error === "string" && typeof body.message === "string") return body as Envelope;
  } catch {
    // Not JSON: no daemon of ours wrote this.
  }
  const message = `The answer was HTTP ${response.status} without a reason that parley would give.`;
  return { error: `http_${response.status}`, message };
}

function causeCode(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: unknown; message?: string; errors?: { code?: unknown }[] } };
  if (cause?.message === BAD_PORT) return BAD_PORT;
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  if (typeof code === "string") return code;
  return (error as Error).name === "TimeoutError" ? "no answer in time" : undefined;
}

function searchOf(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

/** Path with its variable parts encoded: `` path`/v1/runs/${id}` ``. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((whole, part, index) => whole + part + encodeURIComponent(values[index] ?? ""), "");
}
