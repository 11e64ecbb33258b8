// Seams about compensation (operations.md §10.3, 21). Present where compensation is offered.

import type { FastifyInstance } from "fastify";
import { replayUndone, unwind } from "#app/seams-compensation.ts";
import Type, { AnyObject } from "#protocol/type.ts";
import { callOf, type HttpDeps, sendJson } from "../../context.ts";
import { SEAMS, type SeamDeps } from "./seam.ts";

const open = { additionalProperties: true } as const;
const DEFAULT_NODES = 2;

const Unwind = Type.Object(
  {
    nodes: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 })),
    failFirstInverseAttempts: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
  },
  { ...open, $id: "SeamUnwind" },
);
type Unwind = { nodes?: number; failFirstInverseAttempts?: number };
const Unwound = Type.Object(
  {
    runId: Type.String(),
    events: Type.Array(AnyObject),
    compensatedOrder: Type.Array(Type.Integer()),
    attempts: Type.Optional(Type.Integer()),
    downstreamKeys: Type.Optional(Type.Array(Type.String())),
  },
  { $id: "SeamUnwound" },
);
const Replayed = Type.Object(
  {
    runId: Type.String(),
    refiredEffects: Type.Integer(),
    source: Type.Array(Type.String()),
    replayed: Type.Array(Type.String()),
  },
  { $id: "SeamCompensationReplayed" },
);

export function compensationSeams(app: FastifyInstance, deps: HttpDeps, { isOn }: SeamDeps): void {
  if (!isOn("SEAM_ENABLED") || !deps.app.environment.compensation) return;

  app.post<{ Body: Unwind }>(
    `${SEAMS}/test/compensation/unwind`,
    {
      schema: { operationId: "seamUnwind", body: Unwind, response: { 200: Unwound } },
      config: { access: "admin:manage", summary: "Test seam: let a run fail and be undone" },
    },
    async (request, reply) => {
      const { nodes = DEFAULT_NODES, failFirstInverseAttempts } = request.body ?? {};
      return sendJson(reply, await unwind(deps.app, callOf(request), { nodes, failFirstInverseAttempts }));
    },
  );

  app.post(
    `${SEAMS}/test/compensation/replay`,
    {
      schema: { operationId: "seamReplayUndone", body: AnyObject, response: { 200: Replayed } },
      config: { access: "admin:manage", summary: "Test seam: replay a run that was undone" },
    },
    async (request, reply) => sendJson(reply, await replayUndone(deps.app, callOf(request))),
  );
}
