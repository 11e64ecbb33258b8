// Workflows: register, validate, read, list (runs.md §1.3).

import type { FastifyInstance } from "fastify";
import { registerWorkflow, validateWorkflow } from "#app/register-workflow.ts";
import { listWorkflows, readWorkflow } from "#app/workflows.ts";
import type { Json } from "#protocol/json.ts";
import { WorkflowList, WorkflowRegistered } from "#protocol/runs.ts";
import Type from "#protocol/type.ts";
import { WorkflowDefinition } from "#protocol/workflows.ts";
import { callOf, type HttpDeps, matchesEtag, sendAnswer, sendJson, sendNotModified } from "../context.ts";

// The document is checked by the use case, which reports every problem and not only the first.
const AnyDocument = Type.Object({}, { additionalProperties: true, $id: "WorkflowDocument" });
const Validated = Type.Object(
  { valid: Type.Boolean(), problems: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })) },
  { $id: "WorkflowValidation" },
);

export function workflowRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Json }>(
    "/v1/workflows",
    {
      schema: {
        operationId: "registerWorkflow",
        body: AnyDocument,
        response: { 200: WorkflowRegistered, 201: WorkflowRegistered },
      },
      config: { access: "workflows:write", summary: "Register a workflow or a new version of it" },
    },
    async (request, reply) => sendAnswer(reply, await registerWorkflow(deps.app, callOf(request), request.body)),
  );

  app.post<{ Body: Json }>(
    "/v1/workflows::validate",
    {
      schema: { operationId: "validateWorkflow", body: AnyDocument, response: { 200: Validated } },
      config: { access: "manifest:read", summary: "Check a workflow; nothing is stored" },
    },
    async (request, reply) => sendJson(reply, validateWorkflow(deps.app, request.body)),
  );

  app.get(
    "/v1/workflows",
    {
      schema: { operationId: "listWorkflows", response: { 200: WorkflowList } },
      config: { access: "manifest:read", summary: "List registered workflows" },
    },
    async (request, reply) => sendJson(reply, await listWorkflows(deps.app, callOf(request))),
  );

  app.get<{ Params: { workflowId: string } }>(
    "/v1/workflows/:workflowId",
    {
      schema: { operationId: "getWorkflow", response: { 200: WorkflowDefinition } },
      config: { access: "manifest:read", summary: "Read a workflow's current definition" },
    },
    async (request, reply) => {
      const { json, hash } = await readWorkflow(deps.app, callOf(request), request.params.workflowId);
      const etag = `"${hash}"`;
      reply.header("etag", etag);
      if (matchesEtag(request, etag)) return sendNotModified(reply);
      return reply.type("application/json; charset=utf-8").send(json);
    },
  );
}
