// A browser, as far as the session routes can tell: a cookie jar of one cookie, and the headers that pages send.

import assert from "node:assert/strict";
import type { Client } from "../support/client.ts";
import { type Response, request } from "../support/http.ts";

export const sessionPath = "/v1/host/parley/session";
const linkPath = "/v1/host/parley/admin/console-link";

/** A fresh one-time link of the running daemon. */
export async function openLink(operator: Client): Promise<{ url: string; token: string }> {
  const response = await operator.post(linkPath);
  assert.equal(response.status, 201, response.text);
  const url = response.body.url as string;
  const [base, token] = url.split("/#token=");
  assert.equal(base, operator.url);
  assert.match(token ?? "", /^[A-Za-z0-9_-]{43}$/);
  return { url, token: token as string };
}

export function signIn(url: string, token: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return request("POST", url + sessionPath, { body: { token }, headers });
}

/** The cookie of a sign-in that must succeed, as `name=value`. */
export async function signedIn(operator: Client): Promise<string> {
  const { token } = await openLink(operator);
  const response = await signIn(operator.url, token);
  assert.equal(response.status, 204, response.text);
  return cookieOf(response);
}

export function cookieOf(response: Response): string {
  return (response.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
}

/** A request of the console's own page. */
export function asPage(url: string, cookie: string, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { cookie, origin: url, "sec-fetch-site": "same-origin" };
  return request(method, url + path, { headers, ...(body !== undefined && { body }) });
}

/** Whether the session still stands. */
export async function isSignedIn(url: string, cookie: string): Promise<boolean> {
  const { status } = await asPage(url, cookie, "GET", sessionPath);
  assert.ok(status === 200 || status === 401, String(status));
  return status === 200;
}
