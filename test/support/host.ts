// The core of a host without HTTP: use cases and runtime over any store, with a clock and ids of the test's own.

import type { Roster } from "#agent/roster.ts";
import { workflowOf } from "#agent/workflow-of.ts";
import type { Call } from "#app/call.ts";
import type { AppDeps } from "#app/deps.ts";
import { InterruptTokens } from "#app/interrupt-tokens.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { scopes } from "#app/scopes.ts";
import { directoryOf } from "#daemon/agents.ts";
import { Delivery } from "#delivery/worker.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import type { NodeType } from "#engine/node-type.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { createScriptedProvider } from "#models/scripted.ts";
import { systemClock } from "#platform/clock.ts";
import { createIds } from "#platform/ids.ts";
import { createForeignValidator, createValidator, type Validate } from "#platform/schemas.ts";
import type { Clock } from "#ports/clock.ts";
import type { EffectHandler } from "#ports/effects.ts";
import type { Logger } from "#ports/logger.ts";
import type { ModelProvider } from "#ports/model.ts";
import type { Store } from "#ports/store.ts";
import type { Tool } from "#ports/tools.ts";
import type { Json } from "#protocol/json.ts";
import { createRuntime, type Runtime } from "#runtime/runtime.ts";
import { noStopPoint } from "#runtime/stop-points.ts";
import { soloRoster } from "./roster.ts";

export interface HostOptions {
  /** Absent = the system's. */
  clock?: Clock;
  nodeTypes?: readonly NodeType[];
  handlers?: readonly EffectHandler[];
  maxHotRuns?: number;
  /** Who there is; absent = an assistant that only talks. */
  roster?: Pick<Roster, "list" | "get" | "defaultAgent">;
  tools?: readonly Tool[];
  provider?: ModelProvider;
  /** Shared by hosts of one test: to compile schemas takes longer than everything else. Absent = its own. */
  validators?: Validators;
}

export interface Validators {
  validate: Validate;
  validateForeign: Validate;
}

export function createValidators(): Validators {
  return { validate: createValidator(), validateForeign: createForeignValidator() };
}

export interface Host {
  app: AppDeps;
  runtime: Runtime;
  call: Call;
  stop(): Promise<void>;
}

/** Lines that tests do not want to see; errors are kept to be looked at. */
export function quietLogger(errors: unknown[] = []): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields, message) => void errors.push({ fields, message }),
    child: () => logger,
  };
  return logger;
}

/** Opens a host over a store and recovers what is in it. */
export async function openHost(store: Store, options: HostOptions = {}): Promise<Host> {
  const logger = quietLogger();
  const clock = options.clock ?? systemClock;
  const ids = createIds(clock);
  const tools = new Map((options.tools ?? []).map((tool) => [tool.toolId, tool]));
  const roster = options.roster ?? soloRoster();
  const environment: EngineEnvironment = {
    nodeTypes: nodeTypesOf(options.nodeTypes),
    limits: { maxNodeExecutions: 1_000, maxRunDurationMs: 0, maxInFlightNodes: 8 },
    ...(options.validators ?? createValidators()),
    tools,
  };
  const serving = { provider: options.provider ?? createScriptedProvider(), model: "offline" };
  const runtime = createRuntime({
    store,
    clock,
    ids,
    logger,
    environment,
    tools,
    modelOf: () => serving,
    random: () => 0,
    handlers: options.handlers ?? [],
    maxHotRuns: options.maxHotRuns ?? 64,
    stopPoint: noStopPoint,
  });
  const app: AppDeps = {
    store,
    runs: runtime.runs,
    graphs: runtime.graphs,
    forks: runtime.forks,
    feed: runtime.feed,
    liveText: runtime.liveText,
    agents: directoryOf(roster),
    environment,
    clock,
    ids,
    logger,
    tokens: new InterruptTokens("1", "00".repeat(32)),
    hostId: "parley-test",
    baseUrl: () => "http://127.0.0.1:0",
    receiptLifeMs: 86_400_000,
    forceEngineVersionRange: { min: 0, max: 2 },
    stopPoint: () => undefined,
  };
  for (const agent of roster.list()) {
    await seedWorkflow(app, "default", workflowOf(agent, roster) as unknown as Json, "built-in");
  }
  const delivery = deliveryOver(app);
  const unsubscribe = store.subscribe((committed) => delivery.onCommitted(committed));
  await runtime.recover();
  delivery.start();
  const principal = { id: "operator", tenantId: "default", scopes: new Set<string>(scopes), testKey: true };
  return {
    app,
    runtime,
    call: { principal },
    async stop() {
      await delivery.stop();
      await runtime.stop();
      unsubscribe();
    },
  };
}

function deliveryOver({ store, clock, ids, logger }: AppDeps): Delivery {
  return new Delivery({
    store,
    clock,
    ids,
    logger,
    carriers: [{ kind: "message", carry: async () => ({ outcome: "sent" }) }],
    random: () => 0,
    stopPoint: () => undefined,
  });
}

/** Waits until `check` is true; rejects after `timeoutMs`. */
export async function eventually(check: () => Promise<boolean>, what: string, timeoutMs = 10_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`${what} did not happen in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
