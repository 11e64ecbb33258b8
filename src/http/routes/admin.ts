// Operator's routes on a running home: key rotation, backup, doctor (host-surfaces.md §7.1, admin/…).

import type { FastifyInstance } from "fastify";
import { answer, onceUnderReceipt } from "#app/receipts.ts";
import Type from "#protocol/type.ts";
import { callOf, type HttpDeps, queryText, sendAnswer, sendJson } from "../context.ts";

const BASE = "/v1/host/parley/admin";
const Rotated = Type.Object({ keyId: Type.String(), key: Type.String() }, { $id: "KeyRotated" });
const BackedUp = Type.Object({ path: Type.String(), bytes: Type.Integer() }, { $id: "BackedUp" });
const BackupRequest = Type.Object(
  { path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })) },
  { additionalProperties: false, $id: "BackupRequest" },
);
const Findings = Type.Object(
  {
    findings: Type.Array(
      Type.Object({
        level: Type.Union([Type.Literal("ok"), Type.Literal("warn"), Type.Literal("error")]),
        check: Type.String(),
        message: Type.String(),
        fix: Type.Optional(Type.String()),
      }),
    ),
  },
  { $id: "Findings" },
);

export function adminRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post(
    `${BASE}/keys/rotate`,
    {
      schema: { operationId: "rotateKey", response: { 201: Rotated } },
      config: { access: "admin:manage", summary: "Replace the calling key; the old one is revoked" },
    },
    async (request, reply) => sendJson(reply, await deps.admin.rotateKey(callOf(request)), 201),
  );

  app.post<{ Body: { path?: string } }>(
    `${BASE}/backup`,
    {
      schema: { operationId: "backup", body: BackupRequest, response: { 201: BackedUp } },
      config: { access: "admin:manage", summary: "Write a consistent copy of the store" },
    },
    async (request, reply) => {
      const backUp = async () => answer(201, await deps.admin.backup(request.body?.path));
      return sendAnswer(reply, await onceUnderReceipt(deps.app, callOf(request), backUp));
    },
  );

  app.get<{ Querystring: Record<string, unknown> }>(
    `${BASE}/doctor`,
    {
      schema: { operationId: "doctor", response: { 200: Findings } },
      config: {
        access: "admin:manage",
        summary: "Check this home",
        query: { deep: "1: fold every log again and compare it with its rows." },
      },
    },
    async (request, reply) => {
      const deep = queryText(request.query, "deep") === "1";
      return sendJson(reply, { findings: await deps.admin.doctor(deep) });
    },
  );
}
