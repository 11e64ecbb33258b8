// Annotations of a run (streams-webhooks.md §6).

import type { FastifyInstance } from "fastify";
import { annotateRun, listAnnotations } from "#app/annotations.ts";
import { Annotation, AnnotationList, CreateAnnotation } from "#protocol/annotations.ts";
import { callOf, type HttpDeps, sendAnswer, sendJson } from "../context.ts";

const path = "/v1/runs/:runId([^:/]+)/annotations";

export function annotationRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: { runId: string }; Body: CreateAnnotation }>(
    path,
    {
      schema: { operationId: "annotateRun", body: CreateAnnotation, response: { 201: Annotation } },
      config: { access: "runs:create", summary: "Say something of a run, in whatever state it is" },
    },
    async (request, reply) =>
      sendAnswer(reply, await annotateRun(deps.app, callOf(request), request.params.runId, request.body)),
  );

  app.get<{ Params: { runId: string } }>(
    path,
    {
      schema: { operationId: "listAnnotations", response: { 200: AnnotationList } },
      config: { access: "runs:read", summary: "What was said of a run, oldest first" },
    },
    async (request, reply) => sendJson(reply, await listAnnotations(deps.app, callOf(request), request.params.runId)),
  );
}
