// Seams that steer the host: the capability overlay, its reset, registration under its older path (operations.md §10.2).

import type { FastifyInstance } from "fastify";
import { MAX_SWITCHES } from "#app/capability-overlay.ts";
import { registerWorkflow } from "#app/register-workflow.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Json } from "#protocol/json.ts";
import Type, { AnyObject } from "#protocol/type.ts";
import { callOf, type HttpDeps, sendAnswer, sendJson } from "../../context.ts";
import { SEAMS, type SeamDeps } from "./seam.ts";

const closed = { additionalProperties: false } as const;
const Reset = Type.Object({ ok: Type.Boolean() }, { $id: "SeamReset" });
const Overlay = Type.Object({ overlay: AnyObject, set: Type.Optional(AnyObject) }, { $id: "SeamOverlay" });
const Toggle = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    value: Type.Optional(Type.Unsafe<boolean | null>({ type: ["boolean", "null"] })),
    reset: Type.Optional(Type.Boolean()),
  },
  { ...closed, $id: "SeamToggle" },
);
const Registration = Type.Object({ definition: AnyObject }, { ...closed, $id: "SeamRegistration" });

interface Toggled {
  name?: string;
  value?: boolean | null;
  reset?: boolean;
}

export function controlSeams(app: FastifyInstance, deps: HttpDeps, { overlay, isOn }: SeamDeps): void {
  if (!isOn("SEAM_ENABLED")) return;

  app.post(
    `${SEAMS}/test/reset`,
    {
      schema: { operationId: "seamReset", response: { 200: Reset } },
      config: { access: "admin:manage", summary: "Test seam: forget what seams have set" },
    },
    async (_request, reply) => {
      overlay.reset();
      return sendJson(reply, { ok: true });
    },
  );

  app.post<{ Body: Toggled }>(
    `${SEAMS}/test/capability-toggle`,
    {
      schema: { operationId: "seamToggleCapability", body: Toggle, response: { 200: Overlay } },
      config: { access: "admin:manage", summary: "Test seam: switch a capability" },
    },
    async (request, reply) => {
      const { name, value, reset } = request.body ?? {};
      if (reset === true) {
        overlay.reset();
        return sendJson(reply, { overlay: {} });
      }
      if (name === undefined || value === undefined) {
        const message = "Give a name and a value (true, false or null), or reset: true.";
        throw new ParleyError("validation_error", { field: name === undefined ? "name" : "value" }, { message });
      }
      if (!overlay.set(name, value)) throw new ParleyError("conflict", { maxSwitches: MAX_SWITCHES });
      return sendJson(reply, { overlay: overlay.shown(), set: { name, value } });
    },
  );

  app.post<{ Body: { definition: Json } }>(
    `${SEAMS}/workflows`,
    {
      schema: { operationId: "seamRegisterWorkflow", body: Registration, response: { 201: AnyObject, 200: AnyObject } },
      config: { access: "workflows:write", summary: "Test seam: register a workflow" },
    },
    async (request, reply) => {
      if (request.body === undefined) throw new ParleyError("validation_error", { field: "definition" });
      return sendAnswer(reply, await registerWorkflow(deps.app, callOf(request), request.body.definition));
    },
  );
}
