// Seams that look into a run: its log, its variables, its spans, its debug bundle (operations.md §10.2).

import type { FastifyInstance } from "fastify";
import { debugBundle } from "#app/debug-bundle.ts";
import { readVariables, writeVariables } from "#app/run-variables.ts";
import { readEventPage } from "#app/runs.ts";
import { visibleRun } from "#app/visibility.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import Type, { AnyObject } from "#protocol/type.ts";
import { callOf, type HttpDeps, queryText, sendJson } from "../../context.ts";
import { SEAMS, type SeamDeps } from "./seam.ts";

const MAX_EVENTS = 100_000;
const Events = Type.Object({ events: Type.Array(AnyObject) }, { $id: "SeamEvents" });
const Variables = Type.Object({ variables: AnyObject }, { additionalProperties: false, $id: "SeamVariables" });
const Spans = Type.Object({ spans: Type.Array(AnyObject) }, { $id: "SeamSpans" });
const ExportRequest = Type.Object(
  { runId: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false, $id: "SeamBundleRequest" },
);

type OfRun = { Params: { runId: string }; Querystring: Record<string, unknown> };

export function introspectionSeams(app: FastifyInstance, deps: HttpDeps, seams: SeamDeps): void {
  if (seams.isOn("SEAM_ENABLED")) runSeams(app, deps);
  if (seams.isOn("OTEL_SCRAPE")) spanSeam(app, deps, seams);
  if (seams.isOn("DEBUG_BUNDLE_EXPORT")) bundleSeam(app, deps);
}

function runSeams(app: FastifyInstance, deps: HttpDeps): void {
  app.get<OfRun>(
    `${SEAMS}/test/runs/:runId/events`,
    {
      schema: { operationId: "seamRunEvents", response: { 200: Events } },
      config: {
        access: "runs:read",
        summary: "Test seam: a run's log",
        query: {
          type: "Only events of this type.",
          nodeId: "Only events of this node.",
          causationId: "Only events with this cause.",
          correlationId: "Only events with this id, or this cause.",
        },
      },
    },
    async (request, reply) => {
      const row = await visibleRun(deps.app, callOf(request), request.params.runId);
      const page = await readEventPage(deps.app, row, { afterSequence: -1, limit: MAX_EVENTS });
      const { events } = JSON.parse(String(page.body)) as { events: RunEvent[] };
      return sendJson(reply, { events: events.filter(filterOf(request.query)) });
    },
  );

  app.get<OfRun>(
    `${SEAMS}/test/runs/:runId/variables`,
    {
      schema: { operationId: "seamReadVariables", response: { 200: Variables } },
      config: { access: "runs:read", summary: "Test seam: a run's variables" },
    },
    async (request, reply) =>
      sendJson(reply, { variables: await readVariables(deps.app, callOf(request), request.params.runId) }),
  );

  app.post<{ Params: { runId: string }; Body: { variables: JsonObject } }>(
    `${SEAMS}/test/runs/:runId/variables`,
    {
      schema: { operationId: "seamSetVariables", body: Variables, response: { 200: Variables } },
      config: { access: "runs:create", summary: "Test seam: set variables of a run that goes on" },
    },
    async (request, reply) => {
      if (request.body === undefined) throw new ParleyError("validation_error", { field: "variables" });
      const { runId } = request.params;
      const variables = await writeVariables(deps.app, callOf(request), runId, request.body.variables);
      return sendJson(reply, { variables });
    },
  );
}

function filterOf(query: Record<string, unknown>): (event: RunEvent) => boolean {
  const type = queryText(query, "type");
  const nodeId = queryText(query, "nodeId");
  const causationId = queryText(query, "causationId");
  const correlationId = queryText(query, "correlationId");
  return (event) =>
    (type === undefined || event.type === type) &&
    (nodeId === undefined || event.nodeId === nodeId) &&
    (causationId === undefined || event.causationId === causationId) &&
    (correlationId === undefined || event.causationId === correlationId || isCorrelated(event, correlationId));
}

function isCorrelated({ payload }: RunEvent, correlationId: string): boolean {
  return payload.correlationId === correlationId;
}

function spanSeam(app: FastifyInstance, deps: HttpDeps, seams: SeamDeps): void {
  app.get<{ Querystring: Record<string, unknown> }>(
    `${SEAMS}/test/otel/spans`,
    {
      schema: { operationId: "seamSpans", response: { 200: Spans } },
      config: {
        access: "runs:read",
        summary: "Test seam: the spans of a run so far",
        query: { runId: "The run.", name: "Only spans of this name.", envelopeId: "Only spans of this envelope." },
      },
    },
    async (request, reply) => {
      const runId = queryText(request.query, "runId");
      const message = "runId is required.";
      if (runId === undefined) throw new ParleyError("validation_error", { field: "runId" }, { message });
      await visibleRun(deps.app, callOf(request), runId);
      const name = queryText(request.query, "name");
      const envelopeId = queryText(request.query, "envelopeId");
      const spans = await seams.spansOf(runId);
      const wanted = spans.filter(
        (span) =>
          (name === undefined || span.name === name) &&
          (envelopeId === undefined || span.attributes["openwop.envelope.id"] === envelopeId),
      );
      return sendJson(reply, { spans: wanted });
    },
  );
}

function bundleSeam(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: { runId: string } }>(
    `${SEAMS}/test/debug-bundle/export`,
    {
      schema: { operationId: "seamDebugBundle", body: ExportRequest, response: { 200: AnyObject } },
      config: { access: "runs:read", summary: "Test seam: a run's debug bundle" },
    },
    async (request, reply) => {
      if (request.body === undefined) throw new ParleyError("validation_error", { field: "runId" });
      const { runId } = request.body;
      const host = { name: "parley", version: deps.discovery.version, vendor: "parley" };
      const bundle = await debugBundle(deps.app, callOf(request), { runId, host, maxEvents: MAX_EVENTS });
      return reply.type("application/json; charset=utf-8").send(bundle);
    },
  );
}
