// The test seams of what exists (operations.md §10). Registered on hosts with test seams only.

import type { FastifyInstance } from "fastify";
import type { HttpDeps } from "../../context.ts";
import { compensationSeams } from "./compensation.ts";
import { controlSeams } from "./control.ts";
import { introspectionSeams } from "./introspection.ts";
import type { SeamDeps } from "./seam.ts";
import { timeSeams } from "./time.ts";

export function seamRoutes(app: FastifyInstance, deps: HttpDeps, seams: SeamDeps): void {
  introspectionSeams(app, deps, seams);
  controlSeams(app, deps, seams);
  timeSeams(app, deps, seams);
  compensationSeams(app, deps, seams);
}
