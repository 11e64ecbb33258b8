// Wiring: which class stands behind which port. The only place, with its neighbours here, that knows concrete ones.

import type { AppDeps } from "#app/deps.ts";
import { InterruptTokens } from "#app/interrupt-tokens.ts";
import { DEFAULT_TENANT } from "#app/keys.ts";
import { Delivery } from "#delivery/worker.ts";
import type { HttpServer } from "#http/server.ts";
import type { Config } from "#platform/config/schema.ts";
import { createValidator } from "#platform/schemas.ts";
import type { HandOver } from "#runtime/runs.ts";
import { accessOf, hostIdOf, openSecret } from "./access.ts";
import { directoryOf, keepAgentWorkflows, rosterOf, toolsOf } from "./agents.ts";
import { carriersOf } from "./carriers.ts";
import { environmentOf, runtimeOf } from "./core.ts";
import type { WireInputs } from "./inputs.ts";
import { modelsOf } from "./models.ts";
import { openOperations } from "./operations.ts";
import { startPruning } from "./pruning.ts";
import { schedulesOver } from "./schedules.ts";
import { openSeams } from "./seams.ts";
import { seedAll, watchFolder } from "./seeds.ts";
import { serverOf } from "./surface.ts";
import { openBook, webhooksOf } from "./webhooks.ts";

export interface Wired {
  server: HttpServer;
  /** Takes up what an earlier process left, then starts handing over. Call when the server listens. */
  begin(): Promise<{ continued: number }>;
  setBaseUrl(url: string): void;
  /** A fresh one-time link to the console; it is a credential. Ask when the base URL is set. */
  consoleLink(): string;
  stop(): Promise<void>;
}

/** A receipt lives two days: the contract wants at least one (runs.md §3.1). */
const RECEIPT_LIFE_MS = 48 * 3600 * 1000;
const FORCE_ENGINE_VERSION_RANGE = { min: 0, max: 2 };

export async function wire(given: WireInputs): Promise<Wired> {
  const operations = await openOperations(given, process.env);
  const inputs = { ...given, store: operations.store };
  const { config, store, clock, ids, logger, stopPoint } = inputs;
  const seams = await openSeams(config, store, process.env);
  const tools = toolsOf(inputs.home, clock, seams?.parts.tools);
  const environment = environmentOf(config, tools, createValidator(), seams);
  const models = modelsOf(inputs);
  const book = await openBook(store, inputs.masker);
  const handOver: HandOver = (...told) => book.deliveriesFor(...told);
  const runtime = runtimeOf(inputs, environment, tools, models.registry, handOver, seams);
  const roster = await rosterOf(config, inputs.home, tools, logger);
  let baseUrl = "";
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
    tokens: new InterruptTokens("1", await openSecret(store, ids, "interrupt-tokens")),
    hostId: await hostIdOf(inputs),
    baseUrl: () => baseUrl,
    receiptLifeMs: RECEIPT_LIFE_MS,
    forceEngineVersionRange: FORCE_ENGINE_VERSION_RANGE,
    stopPoint,
  };
  const access = await accessOf(inputs, () => baseUrl);
  const forgetRoster = await keepAgentWorkflows(app, roster);
  const fixtures = await seedAll(app, inputs);
  const delivery = deliveryOf(inputs, app);
  const hostKey = await openSecret(store, ids, "webhook-fingerprints");
  const { firstRetryMs } = config.webhooks;
  const sending = { allowPrivate: allowsPrivate(config), firstRetryMs, hostKey, version: inputs.version, stopPoint };
  const webhooks = await webhooksOf(app, book, sending);
  const schedules = schedulesOver(app, stopPoint);
  const stopDelivery = store.subscribe((committed) => delivery.onCommitted(committed));
  const unwatch = watchFolder(app, DEFAULT_TENANT, inputs.home.workflows);
  const stopPruning = startPruning({ store, runs: runtime.runs, ids, clock, logger });
  let ready = false;
  const around = { operations, seams };
  const rooms = { models, roster, webhooks: webhooks.deps, around };
  const server = serverOf(inputs, app, runtime, access, rooms, fixtures, () => ready);
  operations.connect({ http: () => server.load, decisions: () => runtime.runs.waiting });
  return {
    server,
    consoleLink: access.consoleLink,
    setBaseUrl(url) {
      baseUrl = url;
    },
    async begin() {
      const recovered = await runtime.recover();
      delivery.start();
      webhooks.start();
      await schedules.start();
      ready = true;
      // What the first request needs is loaded while nobody waits for it.
      setImmediate(() => environment.validate({ type: "object" }, {}));
      return recovered;
    },
    async stop() {
      ready = false;
      unwatch();
      forgetRoster();
      stopPruning();
      await server.close();
      await schedules.stop();
      await webhooks.stop();
      await delivery.stop();
      await runtime.stop();
      stopDelivery();
      await operations.stop();
    },
  };
}

function deliveryOf(inputs: WireInputs, app: AppDeps): Delivery {
  const { config, store, clock, ids, logger, stopPoint } = inputs;
  return new Delivery({
    store,
    clock,
    ids,
    logger,
    carriers: carriersOf(app, allowsPrivate(config)),
    random: Math.random,
    stopPoint,
  });
}

/** Only tests may have this host call private addresses. */
function allowsPrivate({ testing }: Config): boolean {
  return testing.seams && process.env.OPENWOP_WEBHOOK_ALLOW_PRIVATE === "true";
}
