// Interrupts: answer by node or token, inspect, pending lists (interrupts-conversations.md §7).

import type { FastifyInstance } from "fastify";
import { delegateInterrupt } from "#app/interrupt-delegate.ts";
import { listPending } from "#app/interrupt-lists.ts";
import { answerByNode, answerByToken, inspectByToken } from "#app/interrupts.ts";
import { visibleRun } from "#app/visibility.ts";
import { ParleyError } from "#protocol/errors.ts";
import {
  DelegateInterrupt,
  InspectedInterrupt,
  InterruptDelegated,
  InterruptResolved,
  PendingInterrupt,
  ResolveInterrupt,
} from "#protocol/interrupts.ts";
import type { Json } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import { callOf, type HttpDeps, queryPage, queryText, sendAnswer, sendJson } from "../context.ts";

const PendingList = Type.Object(
  { interrupts: Type.Array(PendingInterrupt), nextCursor: Type.Optional(Type.String()) },
  { $id: "PendingInterruptList" },
);
const RunInterrupts = Type.Object(
  { runId: Type.String(), interrupts: Type.Array(PendingInterrupt) },
  { $id: "RunInterrupts" },
);

type Resume = { resumeValue: Json };

export function interruptRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: { runId: string; nodeId: string }; Body: Resume }>(
    "/v1/runs/:runId([^:/]+)/interrupts/:nodeId",
    {
      schema: { operationId: "resolveInterrupt", body: ResolveInterrupt, response: { 200: InterruptResolved } },
      config: { access: "approvals:respond", summary: "Answer the open question of a node" },
    },
    async (request, reply) =>
      sendAnswer(reply, await answerByNode(deps.app, callOf(request), request.params, request.body.resumeValue)),
  );

  app.get<{ Params: { token: string } }>(
    "/v1/interrupts/:token",
    {
      schema: { operationId: "inspectInterrupt", response: { 200: InspectedInterrupt } },
      config: { access: "token", summary: "Inspect a question by its signed token" },
    },
    async (request, reply) => sendJson(reply, await inspectByToken(deps.app, request.params.token)),
  );

  app.post<{ Params: { token: string }; Body: Resume }>(
    "/v1/interrupts/:token",
    {
      schema: { operationId: "resolveInterruptByToken", body: ResolveInterrupt, response: { 200: InterruptResolved } },
      config: { access: "token", summary: "Answer a question by its signed token" },
    },
    async (request, reply) =>
      sendAnswer(reply, await answerByToken(deps.app, request.params.token, request.body.resumeValue)),
  );

  app.post<{ Params: { interruptId: string }; Body: DelegateInterrupt }>(
    "/v1/host/parley/interrupts/:interruptId/delegate",
    {
      schema: { operationId: "delegateInterrupt", body: DelegateInterrupt, response: { 200: InterruptDelegated } },
      config: { access: "approvals:respond", summary: "Hand an approval on to one more person" },
    },
    async (request, reply) =>
      sendAnswer(reply, await delegateInterrupt(deps.app, callOf(request), request.params.interruptId, request.body)),
  );

  app.get<{ Params: { runId: string } }>(
    "/v1/host/parley/runs/:runId/interrupts",
    {
      schema: { operationId: "listRunInterrupts", response: { 200: RunInterrupts } },
      config: { access: "runs:read", summary: "Open questions of a run" },
    },
    async (request, reply) => {
      const call = callOf(request);
      const { runId } = request.params;
      await visibleRun(deps.app, call, runId);
      const { interrupts } = await listPending(deps.app, call, { runId, limit: 1_000 });
      return sendJson(reply, { runId, interrupts });
    },
  );

  app.get<{ Querystring: Record<string, unknown> }>(
    "/v1/host/parley/interrupts",
    {
      schema: { operationId: "listPendingInterrupts", response: { 200: PendingList } },
      config: {
        access: "runs:read",
        summary: "Open questions over all runs, earliest deadline first",
        query: { status: "pending", cursor: "nextCursor of the page before.", limit: "1 to 200, default 50." },
      },
    },
    async (request, reply) => {
      const { query } = request;
      if ((queryText(query, "status") ?? "pending") !== "pending") {
        const details = { field: "status", allowed: ["pending"] };
        throw new ParleyError("validation_error", details, { message: "Only pending interrupts are listed." });
      }
      return sendJson(reply, await listPending(deps.app, callOf(request), queryPage(query)));
    },
  );
}
