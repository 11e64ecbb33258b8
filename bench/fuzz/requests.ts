// Requests over every route of the host's own OpenAPI document: a fitting one, then a few changes to it.

import type { Random } from "../chaos/random.ts";
import { fitting, hostileStrings, mutated, type Value } from "./values.ts";

export interface Route {
  method: string;
  path: string;
  parameters: { name: string; in: string }[];
  body?: Record<string, unknown>;
}

export interface FuzzRequest {
  method: string;
  /** With its query. */
  target: string;
  headers: Record<string, string>;
  text?: string | Buffer;
}

/** Routes that would end the campaign or change the host under it. */
const SPARED = [/admin\/keys\/rotate$/, /admin\/backup$/, /admin\/console-link$/, /models\/default$/, /test\/reset$/];

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: { "application/json": { schema: Record<string, unknown> } } };
}

export function routesOf(document: { paths: Record<string, Record<string, Operation>> }): Route[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(() => !SPARED.some((spared) => spared.test(path)))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters ?? [],
        ...(operation.requestBody && { body: operation.requestBody.content["application/json"].schema }),
      })),
  );
}

/** One request with up to three things wrong with it. */
export function requestOf(routes: readonly Route[], random: Random, ids: readonly string[], key: string): FuzzRequest {
  const route = random.pick(routes);
  const request: FuzzRequest = {
    method: route.method,
    target: targetOf(route, random, ids),
    headers: { authorization: `Bearer ${key}`, ...headersOf(route, random, ids) },
  };
  if (route.body || random.chance(0.05)) {
    request.headers["content-type"] = "application/json";
    request.text = JSON.stringify(bodyOf(route, random, ids));
  }
  for (let left = random.int(0, 3); left > 0; left -= 1) random.pick(breaks)(request, random);
  return request;
}

function bodyOf(route: Route, random: Random, ids: readonly string[]): Value {
  let body = fitting(route.body ?? { type: "object" }, random, ids);
  for (let left = random.int(0, 3); left > 0; left -= 1) body = mutated(body, random);
  return body;
}

function targetOf(route: Route, random: Random, ids: readonly string[]): string {
  const path = route.path.replace(/\{[^}]+\}/g, () => encodeURIComponent(wellFormed(idOf(random, ids))));
  const query = route.parameters
    .filter((parameter) => parameter.in === "query" && random.chance(0.4))
    .map(({ name }) => `${name}=${encodeURIComponent(wellFormed(queryValue(random, ids)))}`);
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}

function idOf(random: Random, ids: readonly string[]): string {
  return random.chance(0.8) ? random.pick(ids) : random.pick(hostileStrings) || "x";
}

function queryValue(random: Random, ids: readonly string[]): string {
  return random.chance(0.5)
    ? random.pick(["0", "1", "10", "-1", "values", "updates", "pending", "1e9"])
    : idOf(random, ids);
}

/** A URL cannot carry half a surrogate pair. */
function wellFormed(text: string): string {
  return text.toWellFormed().slice(0, 2_000);
}

function headersOf(route: Route, random: Random, ids: readonly string[]): Record<string, string> {
  const wanted = route.parameters.filter((parameter) => parameter.in === "header" && random.chance(0.2));
  return Object.fromEntries(wanted.map(({ name }) => [name.toLowerCase(), sendable(idOf(random, ids))]));
}

/** Node refuses to send what no header may hold. */
function sendable(text: string): string {
  return text.replace(/[^\t\x20-\x7e]/g, "?").slice(0, 4_000);
}

const breaks: readonly ((request: FuzzRequest, random: Random) => void)[] = [
  (request, random) => {
    request.method = random.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]);
  },
  (request) => {
    if (typeof request.text === "string") request.text = request.text.slice(0, Math.floor(request.text.length / 2));
  },
  (request, random) => {
    request.headers["content-type"] = random.pick([
      "text/plain",
      "application/xml",
      "application/json; charset=utf-16",
      "",
    ]);
  },
  (request, random) => {
    request.headers.accept = random.pick(["text/event-stream", "application/json", "*/*", "image/png", ";;"]);
  },
  (request, random) => {
    request.headers.authorization = random.pick(["Bearer", "Bearer x", "Basic eDp5", `Bearer ${"a".repeat(3_000)}`]);
  },
  (request, random) => {
    request.target = `/${random.pick(["", "/", "v2/", "v1", "./", "%2e%2e/"])}${request.target}`;
  },
  (request, random) => {
    request.target += random.pick(["/", ":", ":nothing", "?", "%", "%zz", "?a=1&a=2", "#x", "?limit=NaN"]);
  },
  (request, random) => {
    request.text = Buffer.from(Array.from({ length: random.int(1, 300) }, () => random.int(0, 255)));
    request.headers["content-type"] = "application/json";
  },
  (request, random) => {
    request.text = `${"[".repeat(random.int(1, 3_000))}`;
  },
  (request, random) => {
    request.headers["idempotency-key"] = random.pick(["fuzz-1", "fuzz-2", "k".repeat(300), " "]);
  },
  (request, random) => {
    request.headers.traceparent = random.pick(["00-zz", `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, "00-0-0-0"]);
  },
];
