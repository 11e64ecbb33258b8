// The engine and the runtime around it, wired; with seams, the node types that only tests use.

import type { ModelRegistry } from "#app/models.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import type { Config } from "#platform/config/schema.ts";
import { createForeignValidator, type Validate } from "#platform/schemas.ts";
import type { Tool } from "#ports/tools.ts";
import type { HandOver } from "#runtime/runs.ts";
import { createRuntime, type Runtime } from "#runtime/runtime.ts";
import type { WireInputs } from "./inputs.ts";
import type { WiredSeams } from "./seams.ts";

export function environmentOf(
  config: Config,
  tools: ReadonlyMap<string, Tool>,
  validate: Validate,
  seams: WiredSeams | undefined,
): EngineEnvironment {
  const { maxNodeExecutions, maxRunDurationMs, maxInFlightNodes } = config.limits;
  return {
    nodeTypes: nodeTypesOf(seams?.parts.nodes ?? []),
    limits: { maxNodeExecutions, maxRunDurationMs, maxInFlightNodes },
    tools,
    validate,
    validateForeign: createForeignValidator(),
    ...(seams && { switches: seams.overlay }),
    compensation: config.engine.compensation,
  };
}

export function runtimeOf(
  inputs: WireInputs,
  environment: EngineEnvironment,
  tools: ReadonlyMap<string, Tool>,
  registry: ModelRegistry,
  handOver: HandOver,
  seams: WiredSeams | undefined,
): Runtime {
  const { config, store, clock, ids, logger, stopPoint } = inputs;
  return createRuntime({
    store,
    clock,
    ids,
    logger,
    environment,
    tools,
    modelOf: (alias) => registry.current(alias),
    ...(seams && { mockOf: seams.parts.mockOf }),
    random: Math.random,
    handlers: seams?.parts.handlers ?? [],
    maxHotRuns: config.limits.maxHotRuns,
    handOver,
    stopPoint,
  });
}
