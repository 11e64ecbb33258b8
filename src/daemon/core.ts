// The engine and the runtime around it, wired; with seams, the node types that only tests use.

import type { ModelRegistry } from "#app/models.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { mockChoiceOf } from "#models/mock.ts";
import type { Config } from "#platform/config/schema.ts";
import { createForeignValidator, type Validate } from "#platform/schemas.ts";
import type { Tool } from "#ports/tools.ts";
import type { HandOver } from "#runtime/runs.ts";
import { createRuntime, type Runtime } from "#runtime/runtime.ts";
import { createTestEffectHandler } from "#runtime/seams/test-effect.ts";
import type { WireInputs } from "./inputs.ts";
import type { WiredSeams } from "./seams.ts";
import { testNodes } from "./test-nodes.ts";

export function environmentOf(
  config: Config,
  tools: ReadonlyMap<string, Tool>,
  validate: Validate,
  seams: WiredSeams | undefined,
): EngineEnvironment {
  const { maxNodeExecutions, maxRunDurationMs, maxInFlightNodes } = config.limits;
  return {
    nodeTypes: nodeTypesOf(config.testing.seams ? testNodes : []),
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
    ...(config.testing.seams && { mockOf: mockChoiceOf }),
    random: Math.random,
    handlers: config.testing.seams ? [createTestEffectHandler()] : [],
    maxHotRuns: config.limits.maxHotRuns,
    handOver,
    stopPoint,
  });
}
