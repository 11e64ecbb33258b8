// The OpenAPI document, made of the very schemas that the routes validate with.

import type { RouteOptions } from "fastify";
import type { JsonObject } from "#protocol/json.ts";
import { ErrorEnvelope } from "#protocol/runs.ts";
import type { RouteAccess } from "./context.ts";

/** What the document needs to know of a route. */
export interface RouteNote {
  method: string;
  /** As in OpenAPI: `/v1/runs/{runId}`. */
  path: string;
  access: RouteAccess;
  summary: string;
  operationId: string;
  body?: object;
  responses: Record<string, object>;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  stream: boolean;
}

/** Notes a route as it is registered; HEAD twins are left out. */
export function noteOf(route: RouteOptions): RouteNote[] {
  const methods = [route.method].flat().filter((method) => method !== "HEAD");
  const config = route.config ?? {};
  const schema = (route.schema ?? {}) as { operationId?: string; body?: object; response?: Record<string, object> };
  return methods.map((method) => ({
    method: method.toLowerCase(),
    path: openApiPath(route.url),
    access: config.access ?? "public",
    summary: config.summary ?? "",
    operationId: schema.operationId ?? `${method} ${route.url}`,
    ...(schema.body && { body: schema.body }),
    responses: schema.response ?? {},
    query: config.query ?? {},
    headers: {
      ...(method !== "GET" &&
        config.access !== "token" && { "Idempotency-Key": "The same key repeats the first answer." }),
      ...config.headers,
    },
    stream: config.stream ?? false,
  }));
}

function openApiPath(url: string): string {
  // `::` is a literal colon in a route.
  return url
    .split("::")
    .map((part) => part.replaceAll(/:([A-Za-z]+)(\([^)]*\))?/g, "{$1}"))
    .join(":");
}

export function openApiDocument(version: string, routes: readonly RouteNote[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    operations[route.method] = operationOf(route);
    paths[route.path] = operations;
  }
  return {
    openapi: "3.1.0",
    info: { title: "parley", version, license: { name: "Apache-2.0" } },
    paths: paths as JsonObject,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: { ErrorEnvelope: plain(ErrorEnvelope) },
    },
  };
}

function operationOf(route: RouteNote): JsonObject {
  const responses: Record<string, JsonObject> = {
    default: {
      description: "The error envelope.",
      content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorEnvelope" } } },
    },
  };
  const stream = route.stream ? { "text/event-stream": { schema: { type: "string" } } } : {};
  for (const [status, schema] of Object.entries(route.responses)) {
    if (status === "204") {
      responses[status] = { description: "Success, without a body." };
      continue;
    }
    const content = { "application/json": { schema: plain(schema) }, ...stream };
    responses[status] = { description: "Success.", content };
  }
  if (route.stream && !responses["200"]) responses["200"] = { description: "The stream.", content: stream };
  const parameters = parametersOf(route);
  const secured = route.access !== "public" && route.access !== "token";
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: { content: { "application/json": { schema: plain(route.body) } } },
    }),
    responses,
    security: secured ? [{ bearer: [route.access] }] : [],
  };
}

function parametersOf(route: RouteNote): JsonObject[] {
  const schema = { type: "string" };
  const optional = (place: string, described: Readonly<Record<string, string>>) =>
    Object.entries(described).map(([name, description]) => ({ name, in: place, description, schema }));
  const inPath = [...route.path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => ({
    name: name as string,
    in: "path",
    required: true,
    schema,
  }));
  return [...inPath, ...optional("query", route.query), ...optional("header", route.headers)];
}

/** The schema as plain JSON, without its `$id`: the document is one file. */
function plain(schema: object): JsonObject {
  const { $id: _, ...rest } = JSON.parse(JSON.stringify(schema)) as JsonObject;
  return rest;
}
