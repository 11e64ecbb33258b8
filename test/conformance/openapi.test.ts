// The served OpenAPI document and the served routes are the same thing.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { request } from "../support/http.ts";
import { useDaemon } from "../support/suite.ts";

/** Routes that the contracts name for this host (runs.md §1.2, host-surfaces.md §7.1). */
const contracted = [
  "get /.well-known/openwop",
  "get /v1/openapi.json",
  "get /healthz",
  "get /readyz",
  "post /v1/runs",
  "get /v1/runs",
  "get /v1/runs/{runId}",
  "post /v1/runs/{runId}:fork",
  "get /v1/runs/{runId}:diff",
  "get /v1/runs/{runId}/ancestry",
  "get /v1/host/parley/runs/{runId}/state",
  "get /v1/runs/{runId}/events",
  "get /v1/runs/{runId}/events/poll",
  "post /v1/runs/{runId}/cancel",
  "post /v1/runs/{runId}:cancel",
  "post /v1/runs/{runId}:pause",
  "post /v1/runs/{runId}:resume",
  "post /v1/runs:bulk-cancel",
  "post /v1/runs/{runId}/annotations",
  "get /v1/runs/{runId}/annotations",
  "get /v1/runs/{runId}/artifacts/{artifactId}",
  "get /v1/runs/{runId}/debug-bundle",
  "post /v1/runs/{runId}/interrupts/{nodeId}",
  "get /v1/interrupts/{token}",
  "post /v1/interrupts/{token}",
  "get /v1/host/parley/interrupts",
  "post /v1/host/parley/interrupts/{interruptId}/delegate",
  "get /v1/host/parley/runs/{runId}/interrupts",
  "post /v1/workflows",
  "get /v1/workflows",
  "get /v1/workflows/{workflowId}",
  "post /v1/workflows:validate",
  "post /v1/webhooks",
  "get /v1/webhooks",
  "delete /v1/webhooks/{webhookId}",
  "get /v1/trigger-subscriptions",
  "get /v1/trigger-subscriptions/{subscriptionId}",
  "patch /v1/trigger-subscriptions/{subscriptionId}",
  "get /v1/host/parley/webhooks/{webhookId}/deliveries",
  "get /v1/host/parley/webhooks/{webhookId}/changes",
  "post /v1/host/parley/webhooks/{webhookId}/redrive",
  "post /v1/host/parley/threads/{threadId}/messages",
  "get /v1/host/parley/threads",
  "get /v1/host/parley/threads/{threadId}",
  "get /v1/host/parley/threads/{threadId}/messages",
  "get /v1/host/parley/threads/{threadId}/stream",
  "post /v1/host/parley/threads/{threadId}/stop",
  "post /v1/host/parley/messages/{messageId}/retry",
  "get /v1/host/parley/messages/{messageId}/trace",
  "get /v1/host/parley/roster",
  "get /v1/host/parley/models",
  "put /v1/host/parley/models/default",
  "post /v1/host/parley/models/test",
  "post /v1/host/parley/session",
  "get /v1/host/parley/session",
  "delete /v1/host/parley/session",
  "post /v1/host/parley/admin/console-link",
  "post /v1/host/parley/admin/keys/rotate",
  "post /v1/host/parley/admin/backup",
  "get /v1/host/parley/admin/doctor",
  "get /v1/host/parley/schedules",
  "post /v1/host/parley/schedules",
  "get /v1/host/parley/schedules/{scheduleId}",
  "delete /v1/host/parley/schedules/{scheduleId}",
  "post /v1/host/parley/schedules/{scheduleId}/pause",
  "post /v1/host/parley/schedules/{scheduleId}/resume",
  "post /v1/host/parley/schedules/{scheduleId}/run-now",
  "get /v1/host/parley/dead-letters",
  "get /v1/host/parley/dead-letters/{runId}",
  "post /v1/host/parley/dead-letters/{runId}/redrive",
  "post /v1/host/parley/runs/{runId}/compensate",
];

/** Public by contract; everything else must name a scope. Tokens in the path or the body are credentials of their own. */
const open = new Set([
  "get /.well-known/openwop",
  "get /v1/openapi.json",
  "get /healthz",
  "get /readyz",
  "get /v1/interrupts/{token}",
  "post /v1/interrupts/{token}",
  "post /v1/host/parley/session",
]);

const scopes: Record<string, string> = {
  "post /v1/runs": "runs:create",
  "get /v1/runs": "runs:read",
  "get /v1/runs/{runId}": "runs:read",
  "post /v1/runs/{runId}:fork": "runs:create",
  "get /v1/runs/{runId}:diff": "runs:read",
  "get /v1/runs/{runId}/ancestry": "runs:read",
  "get /v1/host/parley/runs/{runId}/state": "runs:read",
  "get /v1/runs/{runId}/events": "runs:read",
  "get /v1/runs/{runId}/events/poll": "runs:read",
  "post /v1/runs/{runId}/cancel": "runs:cancel",
  "post /v1/runs/{runId}:cancel": "runs:cancel",
  "post /v1/runs/{runId}:pause": "runs:cancel",
  "post /v1/runs/{runId}:resume": "runs:cancel",
  "post /v1/runs:bulk-cancel": "runs:cancel",
  "post /v1/runs/{runId}/annotations": "runs:create",
  "get /v1/runs/{runId}/annotations": "runs:read",
  "get /v1/runs/{runId}/artifacts/{artifactId}": "artifacts:read",
  "get /v1/runs/{runId}/debug-bundle": "runs:read",
  "post /v1/runs/{runId}/interrupts/{nodeId}": "approvals:respond",
  "get /v1/host/parley/interrupts": "runs:read",
  "post /v1/host/parley/interrupts/{interruptId}/delegate": "approvals:respond",
  "get /v1/host/parley/runs/{runId}/interrupts": "runs:read",
  "post /v1/workflows": "workflows:write",
  "get /v1/workflows": "manifest:read",
  "get /v1/workflows/{workflowId}": "manifest:read",
  "post /v1/webhooks": "webhooks:manage",
  "get /v1/webhooks": "webhooks:manage",
  "delete /v1/webhooks/{webhookId}": "webhooks:manage",
  "get /v1/trigger-subscriptions": "webhooks:manage",
  "get /v1/trigger-subscriptions/{subscriptionId}": "webhooks:manage",
  "patch /v1/trigger-subscriptions/{subscriptionId}": "webhooks:manage",
  "get /v1/host/parley/webhooks/{webhookId}/deliveries": "webhooks:manage",
  "get /v1/host/parley/webhooks/{webhookId}/changes": "webhooks:manage",
  "post /v1/host/parley/webhooks/{webhookId}/redrive": "webhooks:manage",
  "post /v1/host/parley/threads/{threadId}/messages": "runs:create",
  "get /v1/host/parley/threads": "runs:read",
  "get /v1/host/parley/threads/{threadId}": "runs:read",
  "get /v1/host/parley/threads/{threadId}/messages": "runs:read",
  "get /v1/host/parley/threads/{threadId}/stream": "runs:read",
  "post /v1/host/parley/threads/{threadId}/stop": "runs:cancel",
  "post /v1/host/parley/messages/{messageId}/retry": "runs:create",
  "get /v1/host/parley/messages/{messageId}/trace": "runs:read",
  "get /v1/host/parley/roster": "runs:read",
  "get /v1/host/parley/models": "admin:manage",
  "put /v1/host/parley/models/default": "admin:manage",
  "post /v1/host/parley/models/test": "admin:manage",
  "get /v1/host/parley/session": "manifest:read",
  "delete /v1/host/parley/session": "manifest:read",
  "post /v1/host/parley/admin/console-link": "admin:manage",
  "post /v1/host/parley/admin/keys/rotate": "admin:manage",
  "post /v1/host/parley/admin/backup": "admin:manage",
  "get /v1/host/parley/admin/doctor": "admin:manage",
  "get /v1/host/parley/schedules": "runs:read",
  "post /v1/host/parley/schedules": "workflows:write",
  "get /v1/host/parley/schedules/{scheduleId}": "runs:read",
  "delete /v1/host/parley/schedules/{scheduleId}": "workflows:write",
  "post /v1/host/parley/schedules/{scheduleId}/pause": "workflows:write",
  "post /v1/host/parley/schedules/{scheduleId}/resume": "workflows:write",
  "post /v1/host/parley/schedules/{scheduleId}/run-now": "runs:create",
  "get /v1/host/parley/dead-letters": "runs:read",
  "get /v1/host/parley/dead-letters/{runId}": "runs:read",
  "post /v1/host/parley/dead-letters/{runId}/redrive": "runs:create",
  "post /v1/host/parley/runs/{runId}/compensate": "admin:manage",
};

interface Operation {
  name: string;
  method: string;
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: the document as the wire has it
  spec: any;
}

describe("the OpenAPI document", () => {
  const host = useDaemon();
  // biome-ignore lint/suspicious/noExplicitAny: the document as the wire has it
  let document: any;
  let operations: Operation[];

  before(async () => {
    document = (await host.client.anonymous("GET", "/v1/openapi.json")).body;
    operations = Object.entries(document.paths as Record<string, Record<string, unknown>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, spec]) => ({
        name: `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        spec,
      })),
    );
  });

  it("is OpenAPI 3.1 with a title and a version", () => {
    assert.match(document.openapi, /^3\.1\.\d+$/);
    assert.ok(document.info.title && document.info.version);
  });

  it("lists every route of the contracts, and no route they do not know", () => {
    assert.deepEqual(operations.map(({ name }) => name).sort(), [...contracted].sort());
  });

  it("names a scope for each route that is not public", () => {
    for (const { name, spec } of operations) {
      assert.ok(Array.isArray(spec.security), `${name} says nothing about its credential`);
      const named = spec.security.flatMap((entry: Record<string, string[]>) => Object.values(entry).flat());
      if (open.has(name)) assert.deepEqual(spec.security, [], name);
      else assert.equal(named.length, 1, `${name} has no scope`);
      if (scopes[name] !== undefined) assert.deepEqual(named, [scopes[name]], name);
    }
  });

  it("has unique operation ids, summaries, and every path parameter", () => {
    const ids = operations.map(({ spec }) => spec.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { name, path, spec } of operations) {
      assert.match(spec.operationId, /^[a-z][A-Za-z0-9]*$/, name);
      assert.ok(spec.summary, `${name} has a summary`);
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, parameter]) => parameter);
      const described = (spec.parameters ?? []).filter((entry: { in: string }) => entry.in === "path");
      assert.deepEqual(
        described.map((entry: { name: string }) => entry.name),
        inPath,
        name,
      );
    }
  });

  it("describes the query parameters and headers that routes understand", () => {
    const named = (name: string, place: string) => {
      const operation = operations.find((candidate) => candidate.name === name);
      const parameters = (operation?.spec.parameters ?? []).filter((entry: { in: string }) => entry.in === place);
      return parameters.map((entry: { name: string }) => entry.name.toLowerCase()).sort();
    };
    assert.deepEqual(named("get /v1/runs", "query"), ["cursor", "limit", "status", "tag", "workflowid"]);
    assert.deepEqual(named("get /v1/runs/{runId}/events/poll", "query"), ["lastsequence", "limit", "timeout"]);
    for (const parameter of ["streammode", "bufferms"]) {
      assert.ok(named("get /v1/runs/{runId}/events", "query").includes(parameter), parameter);
    }
    assert.ok(named("get /v1/runs/{runId}/events", "header").includes("last-event-id"));
    assert.ok(named("post /v1/runs", "header").includes("idempotency-key"));
  });

  it("shows the stream as text/event-stream", () => {
    for (const name of ["get /v1/runs/{runId}/events", "get /v1/host/parley/threads/{threadId}/stream"]) {
      const operation = operations.find((candidate) => candidate.name === name);
      assert.ok(operation?.spec.responses["200"].content["text/event-stream"], name);
    }
  });

  it("answers errors with the envelope, everywhere", () => {
    for (const { name, spec } of operations) {
      for (const [status, response] of Object.entries(spec.responses as Record<string, { content?: unknown }>)) {
        if (/^[123]/.test(status)) continue;
        assert.match(JSON.stringify(response.content ?? {}), /ErrorEnvelope/, `${name} ${status}`);
      }
      const documented = Object.keys(spec.responses);
      assert.ok(
        documented.some((status) => !/^[123]/.test(status)),
        `${name} documents no error`,
      );
      assert.ok(
        documented.some((status) => /^2/.test(status)),
        `${name} documents no success`,
      );
    }
    const envelope = document.components.schemas.ErrorEnvelope;
    assert.equal(envelope.additionalProperties, false);
    assert.deepEqual(Object.keys(envelope.properties).sort(), ["details", "error", "message"]);
  });

  it("has no reference into nothing", () => {
    for (const [, pointer] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      assert.match(pointer as string, /^#\//);
      // biome-ignore lint/suspicious/noExplicitAny: walking the document
      let place: any = document;
      for (const part of (pointer as string).slice(2).split("/"))
        place = place?.[part.replace(/~1/g, "/").replace(/~0/g, "~")];
      assert.ok(place, `${pointer} leads nowhere`);
    }
  });

  it("agrees with the host: each route asks for a credential exactly when it says so", async () => {
    for (const { name, method, path } of operations) {
      const { status, body } = await request(
        method,
        host.client.url + filled(path),
        method === "POST" ? { body: {} } : {},
      );
      if (open.has(name)) assert.notEqual(status, 401, name);
      else assert.deepEqual([status, body.error], [401, "unauthenticated"], name);
    }
  });

  it("agrees with the host: what a route answers is documented", async () => {
    for (const { name, method, path, spec } of operations) {
      if (name.includes("/rotate") || name.includes("/stream")) continue;
      const response = await host.client.call(method, filled(path), method === "POST" ? { body: {} } : {});
      const documented = Object.keys(spec.responses);
      assert.ok(
        documented.includes(String(response.status)) || (response.status >= 400 && documented.includes("default")),
        `${name} answered ${response.status}, documented are ${documented.join(", ")}`,
      );
    }
  });
});

function filled(path: string): string {
  return path.replace(/\{[^}]+\}/g, "nothing");
}
