// Seams about time: schedules and dead letters (operations.md §10.4).

import type { FastifyInstance } from "fastify";
import { exhaustRetries, tickSchedule } from "#app/seams-time.ts";
import Type, { AnyObject, OneOf } from "#protocol/type.ts";
import { callOf, type HttpDeps, sendJson } from "../../context.ts";
import { SEAMS, type SeamDeps } from "./seam.ts";

const open = { additionalProperties: true } as const;
const Tick = Type.Object(
  {
    scenario: OneOf(["single-tick", "missed-window"]),
    missedTicks: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  { ...open, $id: "SeamTick" },
);
const Ticked = Type.Object({ runsFired: Type.Integer({ minimum: 0 }) }, { $id: "SeamTicked" });
const Exhaust = Type.Object(
  { scenario: OneOf(["exhaust-retries", "fork-after-dead-letter"]) },
  { ...open, $id: "SeamExhaust" },
);
const Exhausted = Type.Object({ event: AnyObject, forkEligible: Type.Boolean() }, { $id: "SeamExhausted" });

const DEFAULT_MISSED_TICKS = 3;

export function timeSeams(app: FastifyInstance, deps: HttpDeps, { isOn }: SeamDeps): void {
  if (!isOn("SEAM_ENABLED")) return;

  app.post<{ Body: { scenario: string; missedTicks?: number } }>(
    `${SEAMS}/scheduling/tick`,
    {
      schema: { operationId: "seamTickSchedule", body: Tick, response: { 200: Ticked } },
      config: { access: "admin:manage", summary: "Test seam: let a schedule be due, or have been due" },
    },
    async (request, reply) => {
      const { scenario, missedTicks = DEFAULT_MISSED_TICKS } = request.body;
      const missed = scenario === "missed-window" ? missedTicks : 0;
      return sendJson(reply, await tickSchedule(deps.app, callOf(request), missed));
    },
  );

  app.post<{ Body: { scenario: string } }>(
    `${SEAMS}/deadletter/exhaust`,
    {
      schema: { operationId: "seamExhaustRetries", body: Exhaust, response: { 200: Exhausted } },
      config: { access: "admin:manage", summary: "Test seam: let a run use up its retries" },
    },
    async (request, reply) => {
      const fork = request.body.scenario === "fork-after-dead-letter";
      return sendJson(reply, await exhaustRetries(deps.app, callOf(request), fork));
    },
  );
}
