// Schedules: what starts runs by the clock (runs.md §13; routes of parley's own).

import type { FastifyInstance } from "fastify";
import {
  createSchedule,
  deleteSchedule,
  listSchedules,
  pauseSchedule,
  readSchedule,
  resumeSchedule,
  runScheduleNow,
} from "#app/schedules.ts";
import type { JsonObject } from "#protocol/json.ts";
import { RunCreated } from "#protocol/runs.ts";
import { CreateSchedule, Schedule, ScheduleDetails, ScheduleList } from "#protocol/schedules.ts";
import Type from "#protocol/type.ts";
import { callOf, type HttpDeps, queryPage, queryText, sendAnswer, sendJson } from "../context.ts";

const BASE = "/v1/host/parley/schedules";
const Nothing = Type.Unknown({ description: "No body." });
type OfSchedule = { Params: { scheduleId: string } };

export function scheduleRoutes(app: FastifyInstance, deps: HttpDeps): void {
  readRoutes(app, deps);
  changeRoutes(app, deps);
}

function readRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get<{ Querystring: Record<string, unknown> }>(
    BASE,
    {
      schema: { operationId: "listSchedules", response: { 200: ScheduleList } },
      config: {
        access: "runs:read",
        summary: "List schedules",
        query: {
          workflowId: "Only those of this workflow.",
          cursor: "nextCursor of the page before.",
          limit: "1 to 200, default 50.",
        },
      },
    },
    async (request, reply) => {
      const workflowId = queryText(request.query, "workflowId");
      const filter = { ...queryPage(request.query), ...(workflowId !== undefined && { workflowId }) };
      return sendJson(reply, await listSchedules(deps.app, callOf(request), filter));
    },
  );

  app.get<OfSchedule>(
    `${BASE}/:scheduleId`,
    {
      schema: { operationId: "getSchedule", response: { 200: ScheduleDetails } },
      config: { access: "runs:read", summary: "Read a schedule and what became of its latest slots" },
    },
    async (request, reply) => sendJson(reply, await readSchedule(deps.app, callOf(request), request.params.scheduleId)),
  );
}

function changeRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: JsonObject & { workflowId: string } }>(
    BASE,
    {
      schema: { operationId: "createSchedule", body: CreateSchedule, response: { 201: Schedule } },
      config: { access: "workflows:write", summary: "Start runs of a workflow by the clock" },
    },
    async (request, reply) => sendAnswer(reply, await createSchedule(deps.app, callOf(request), request.body)),
  );

  app.post<OfSchedule>(
    `${BASE}/:scheduleId/pause`,
    {
      schema: { operationId: "pauseSchedule", response: { 200: Schedule } },
      config: { access: "workflows:write", summary: "Skip the slots of a schedule until it is resumed" },
    },
    async (request, reply) =>
      sendAnswer(reply, await pauseSchedule(deps.app, callOf(request), request.params.scheduleId)),
  );

  app.post<OfSchedule>(
    `${BASE}/:scheduleId/resume`,
    {
      schema: { operationId: "resumeSchedule", response: { 200: Schedule } },
      config: { access: "workflows:write", summary: "Let a schedule go on with its next slot" },
    },
    async (request, reply) =>
      sendAnswer(reply, await resumeSchedule(deps.app, callOf(request), request.params.scheduleId)),
  );

  app.post<OfSchedule>(
    `${BASE}/:scheduleId/run-now`,
    {
      schema: { operationId: "runScheduleNow", response: { 201: RunCreated } },
      config: { access: "runs:create", summary: "Start a run as the schedule would, beside its slots" },
    },
    async (request, reply) =>
      sendAnswer(reply, await runScheduleNow(deps.app, callOf(request), request.params.scheduleId)),
  );

  app.delete<OfSchedule>(
    `${BASE}/:scheduleId`,
    {
      schema: { operationId: "deleteSchedule", response: { 204: Nothing } },
      config: { access: "workflows:write", summary: "Remove a schedule that stands for no trigger" },
    },
    async (request, reply) =>
      sendAnswer(reply, await deleteSchedule(deps.app, callOf(request), request.params.scheduleId)),
  );
}
