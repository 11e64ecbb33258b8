// Reference pages are held against the code. `UPDATE_DOCS=1 npm test -- reference` writes them anew.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { scopes } from "#app/scopes.ts";
import type { HttpDeps } from "#http/context.ts";
import { discoveryDocument } from "#http/discovery.ts";
import { createHttpServer } from "#http/server.ts";
import { createSequentialIds } from "#platform/ids.ts";
import { capabilityFlags } from "#protocol/capabilities.ts";
import { errorCodes } from "#protocol/errors.ts";
import { eventPayloads } from "#protocol/event-payloads.ts";
import { admissionOf, eventTypes, parleyEventTypes } from "#protocol/events.ts";

/** The part of a page between `<!-- name -->` and `<!-- /name -->`. */
function holds(page: string, name: string, expected: string): void {
  const file = new URL(`../../docs/${page}`, import.meta.url);
  const text = readFileSync(file, "utf8");
  const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open) + open.length, text.indexOf(close)];
  assert.ok(from >= open.length && to >= from, `${page} has no part ${name}`);
  if (process.env.UPDATE_DOCS === "1") writeFileSync(file, text.slice(0, from) + expected + text.slice(to));
  else
    assert.equal(
      text.slice(from, to),
      expected,
      `docs/${page} is behind the code: UPDATE_DOCS=1 npm test -- reference`,
    );
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

/** A server nobody asks: its routes are what the page lists. */
function routesOfServer() {
  const operations = { capacity: {}, metrics: { public: false } };
  const app = { logger: {}, ids: createSequentialIds() };
  const deps = { app, operations, validate: () => [], maxRequestBodyBytes: 1024 };
  return createHttpServer(deps as unknown as HttpDeps).routes;
}

describe("the reference pages say what the code says", () => {
  it("errors", () => {
    const rows = Object.entries(errorCodes).map(([code, { status, message }]) => [`\`${code}\``, `${status}`, message]);
    holds("errors.md", "codes", table(["Code", "Status", "Default message"], rows));
  });

  it("events", () => {
    const types = [...Object.keys(eventTypes), ...parleyEventTypes];
    const written = (type: string) => (Object.hasOwn(eventPayloads, type) ? "yes" : "");
    const rows = types.map((type) => [`\`${type}\``, admissionOf(type), written(type)]);
    holds("events.md", "types", table(["Type", "Shown in (besides debug)", "Written by this version"], rows));
  });

  it("routes", () => {
    const rows = routesOfServer().map((route) => [
      `\`${route.method.toUpperCase()} ${route.path}\``,
      route.access === "public" || route.access === "token" ? route.access : `\`${route.access}\``,
      route.summary,
    ]);
    holds("http.md", "routes", table(["Route", "Access", "What"], rows));
  });
});

describe("the discovery document", () => {
  /** Members that say who and which version speaks; everything else is a claim. */
  const identity = [
    "protocolVersion",
    "implementation",
    "engineVersion",
    "eventLogSchemaVersion",
    "supportedTransports",
    "supportedEnvelopes",
    "schemaVersions",
    "limits",
    "parley",
  ];

  it("claims exactly the flags of the table when everything is on", () => {
    const document = discoveryDocument({
      version: "1",
      limits: { maxNodeExecutions: 1, maxRunDurationMs: 1_000, maxRequestBodyBytes: 1 },
      receiptLifeMs: 1_000,
      observability: { exportProtocols: ["http/json", "http/protobuf"] },
      hostId: "host",
      compensation: true,
      fixtures: () => ["conformance-noop"],
      testing: { forceEngineVersionRange: { min: 0, max: 1 }, mockProviders: ["stream-text"] },
    });
    const claims = Object.keys(document).filter((member) => !identity.includes(member));
    assert.deepEqual(claims.sort(), Object.keys(capabilityFlags).sort());
  });
});

describe("every route", () => {
  const routes = routesOfServer();

  it("says who may use it", () => {
    for (const { access, path } of routes) {
      assert.ok(["public", "token", ...scopes].includes(access), `${path} has the access ${access}`);
    }
  });

  it("has a summary and an operation id of its own", () => {
    assert.ok(routes.every((route) => route.summary !== ""));
    const ids = routes.map((route) => route.operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("is public only where the contract says so", () => {
    const open = routes.filter((route) => route.access === "public").map((route) => route.path);
    assert.deepEqual(open.sort(), ["/.well-known/openwop", "/healthz", "/readyz", "/v1/openapi.json"]);
  });
});
