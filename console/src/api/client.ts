// Requests to the daemon. Every request has a deadline, and fails in one of two ways:
//
//   ApiError      the daemon answered no: `message` is a sentence for the person who asked
//   Unreachable   nobody answered: the request may or may not have arrived

import { noteServerTime } from "../ui/time.ts";
import type { Json } from "./types.ts";

export const BASE = "/v1/host/parley";

/** Where a run is; what is done with it stands behind. */
export function pathOfRun(runId: string): string {
  return `/v1/runs/${encodeURIComponent(runId)}`;
}

const DEADLINE_MS = 15_000;

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("parley did not answer. It may be restarting; check the terminal where it runs.", { cause });
    this.name = "Unreachable";
  }
}

/** Who wants to know how requests go. */
export interface ApiWatcher {
  onAnswer(): void;
  onUnreachable(): void;
  /** The session is over: somebody signed out, or the key was changed. */
  onSignedOut(): void;
}

export interface Api {
  get<Body>(path: string, headers?: Record<string, string>, deadlineMs?: number): Promise<Body>;
  /** `body` goes as JSON; resolves with undefined when the answer has no body. */
  send<Body>(method: "POST" | "PUT" | "DELETE", path: string, body?: Json, deadlineMs?: number): Promise<Body>;
}

export function createApi(watcher: ApiWatcher): Api {
  async function request<Body>(path: string, init: RequestInit, deadlineMs: number): Promise<Body> {
    const response = await fetch(path, { ...init, signal: AbortSignal.timeout(deadlineMs) }).catch((error) => {
      watcher.onUnreachable();
      throw new Unreachable(error);
    });
    noteServerTime(response.headers.get("date"));
    watcher.onAnswer();
    if (response.ok) return (await bodyOf(response)) as Body;
    const error = await errorOf(response);
    if (error.status === 401) watcher.onSignedOut();
    throw error;
  }
  return {
    get: (path, headers = {}, deadlineMs = DEADLINE_MS) =>
      request(path, { headers: { accept: "application/json", ...headers } }, deadlineMs),
    send: (method, path, body, deadlineMs = DEADLINE_MS) => {
      // Without a body there is no content type either: a strict server refuses empty JSON.
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      return request(path, { method, headers, ...content }, deadlineMs);
    },
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text().catch((error) => {
    throw new Unreachable(error);
  });
  return text === "" ? undefined : JSON.parse(text);
}

async function errorOf(response: Response): Promise<ApiError> {
  const { error, message } = (await response.json().catch(() => ({}))) as { error?: string; message?: string };
  const fallback = `parley refused this (${response.status}).`;
  return new ApiError(response.status, error ?? "unknown", message ?? fallback);
}

/** What to tell the person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
