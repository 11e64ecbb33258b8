// Wiring: which class stands behind which port. The only place, with its neighbours here, that knows concrete ones.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Roster } from "#agent/roster.ts";
import { Authenticator } from "#app/authenticate.ts";
import type { AppDeps } from "#app/deps.ts";
import { InterruptTokens } from "#app/interrupt-tokens.ts";
import { DEFAULT_TENANT, establishOperatorKey, type KeyDeps, rotateOperatorKey } from "#app/keys.ts";
import type { ModelRegistry } from "#app/models.ts";
import { Sessions } from "#app/sessions.ts";
import { Delivery } from "#delivery/worker.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { RunStreams } from "#http/run-streams.ts";
import { createHttpServer, type HttpServer } from "#http/server.ts";
import { createStaticSource } from "#http/static.ts";
import { ThreadStreams } from "#http/thread-streams.ts";
import { mockChoiceOf } from "#models/mock.ts";
import type { Config } from "#platform/config/schema.ts";
import type { Home } from "#platform/home.ts";
import { mintKey, type OperatorKey, replaceKey } from "#platform/key.ts";
import type { Masker } from "#platform/masking.ts";
import { createForeignValidator, createValidator, type Validate } from "#platform/schemas.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { Tool } from "#ports/tools.ts";
import { mockProviderIds } from "#protocol/runs.ts";
import { createRuntime, type Runtime } from "#runtime/runtime.ts";
import { createTestEffectHandler, testEffectNode } from "#runtime/seams/test-effect.ts";
import type { StopPoint } from "#runtime/stop-points.ts";
import { directoryOf, keepAgentWorkflows, rosterOf, toolsOf } from "./agents.ts";
import { carriersOf } from "./carriers.ts";
import { modelsOf, type WiredModels } from "./models.ts";
import { startPruning } from "./pruning.ts";
import { seedFolder, watchFolder } from "./seeds.ts";
import { runDoctor, writeBackup } from "./upkeep.ts";

export interface WireInputs {
  config: Config;
  home: Home;
  store: Store;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  masker: Masker;
  key: OperatorKey;
  /** Where the configuration stands, or would stand. */
  configFile: string;
  stopPoint: StopPoint;
  version: string;
}

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
const SHIPPED_WORKFLOWS = fileURLToPath(new URL("../../workflows", import.meta.url));
const BUILT_CONSOLE = fileURLToPath(new URL("../../console/dist", import.meta.url));

export async function wire(inputs: WireInputs): Promise<Wired> {
  const { config, store, clock, ids, logger, stopPoint } = inputs;
  const tools = toolsOf(config, inputs.home, clock);
  const environment = environmentOf(config, tools, createValidator());
  const models = modelsOf(inputs);
  const runtime = runtimeOf(inputs, environment, tools, models.registry);
  const roster = await rosterOf(config, inputs.home, tools, logger);
  let baseUrl = "";
  const app: AppDeps = {
    store,
    runs: runtime.runs,
    graphs: runtime.graphs,
    feed: runtime.feed,
    liveText: runtime.liveText,
    agents: directoryOf(roster),
    environment,
    clock,
    ids,
    logger,
    tokens: new InterruptTokens("1", await openSecret(store, ids, "interrupt-tokens")),
    baseUrl: () => baseUrl,
    receiptLifeMs: RECEIPT_LIFE_MS,
    forceEngineVersionRange: FORCE_ENGINE_VERSION_RANGE,
    stopPoint,
  };
  const authenticator = new Authenticator(store, clock, config.testing.seams);
  const keys: KeyDeps = keyDepsOf(inputs, authenticator);
  await establishOperatorKey(keys, inputs.key.value, config.testing.seams ? "test" : "live");
  const sessions = await sessionsOf(inputs);
  const consoleLink = () => `${baseUrl}/#token=${sessions.openLink()}`;
  const forgetRoster = await keepAgentWorkflows(app, roster);
  const fixtures = await seedAll(app, inputs);
  const delivery = deliveryOf(inputs, app);
  const stopDelivery = store.subscribe((committed) => delivery.onCommitted(committed));
  const unwatch = watchFolder(app, DEFAULT_TENANT, inputs.home.workflows);
  const stopPruning = startPruning({ store, clock, logger });
  let ready = false;
  const access = { authenticator, keys, sessions, consoleLink };
  const server = serverOf(inputs, app, runtime, access, { models, roster }, fixtures, () => ready);
  return {
    server,
    consoleLink,
    setBaseUrl(url) {
      baseUrl = url;
    },
    async begin() {
      const recovered = await runtime.recover();
      delivery.start();
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
      await delivery.stop();
      await runtime.stop();
      stopDelivery();
    },
  };
}

function environmentOf(config: Config, tools: ReadonlyMap<string, Tool>, validate: Validate): EngineEnvironment {
  const { maxNodeExecutions, maxRunDurationMs, maxInFlightNodes } = config.limits;
  return {
    nodeTypes: nodeTypesOf(config.testing.seams ? [testEffectNode] : []),
    limits: { maxNodeExecutions, maxRunDurationMs, maxInFlightNodes },
    tools,
    validate,
    validateForeign: createForeignValidator(),
  };
}

function runtimeOf(
  inputs: WireInputs,
  environment: EngineEnvironment,
  tools: ReadonlyMap<string, Tool>,
  registry: ModelRegistry,
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
    stopPoint,
  });
}

/** A signing secret is made once and stays: what was signed with it survives restarts. */
async function openSecret(store: Store, ids: Ids, name: string): Promise<string> {
  const value = randomBytes(32).toString("hex");
  await store.commit({
    commitId: ids.next("cmt"),
    guards: [{ guard: "secretAbsent", name }],
    appends: [],
    rows: [{ op: "putSecret", name, value }],
  });
  const secret = await store.readSecret(name);
  if (secret === undefined) throw new Error(`the secret ${name} could not be stored`);
  return secret;
}

async function sessionsOf({ store, clock, ids, masker }: WireInputs): Promise<Sessions> {
  const secret = await openSecret(store, ids, "console-sessions");
  const mask = (credential: string) => {
    masker.add("console-link", credential);
    return () => masker.remove(credential);
  };
  return new Sessions({ store, clock, ids, secret, randomBytes, mask });
}

function keyDepsOf(inputs: WireInputs, authenticator: Authenticator): KeyDeps {
  const { store, ids, clock, key, home } = inputs;
  return {
    store,
    ids,
    clock,
    authenticator,
    fromEnvironment: key.source === "environment",
    mint: mintKey,
    writeKeyFile: (fresh) => replaceKey(home.key, fresh),
  };
}

/** Seeds every folder; answers the ids of the fixtures that can be run. */
async function seedAll(app: AppDeps, { config, home, logger }: WireInputs): Promise<string[]> {
  const shipped = await seedFolder(app, DEFAULT_TENANT, SHIPPED_WORKFLOWS, "built-in");
  if (shipped.problems.length > 0) throw new Error(`a shipped workflow is broken: ${shipped.problems.join("; ")}`);
  const own = await seedFolder(app, DEFAULT_TENANT, home.workflows, "file");
  for (const problem of own.problems) logger.warn({ problem }, "a workflow file was not taken");
  if (config.testing.fixturesDir === undefined) return [];
  const fixtures = await seedFolder(app, DEFAULT_TENANT, config.testing.fixturesDir, "fixture");
  for (const problem of fixtures.problems) logger.info({ problem }, "a fixture is not offered");
  return fixtures.loaded;
}

function deliveryOf(inputs: WireInputs, app: AppDeps): Delivery {
  const { config, store, clock, ids, logger, stopPoint } = inputs;
  const allowPrivate = config.testing.seams && process.env.OPENWOP_WEBHOOK_ALLOW_PRIVATE === "true";
  return new Delivery({
    store,
    clock,
    ids,
    logger,
    carriers: carriersOf(app, allowPrivate),
    random: Math.random,
    stopPoint,
  });
}

/** Who may come in, and how. */
interface Access {
  authenticator: Authenticator;
  keys: KeyDeps;
  sessions: Sessions;
  consoleLink: () => string;
}

function serverOf(
  inputs: WireInputs,
  app: AppDeps,
  runtime: Runtime,
  { authenticator, keys, sessions, consoleLink }: Access,
  { models, roster }: { models: WiredModels; roster: Roster },
  fixtures: string[],
  isReady: () => boolean,
): HttpServer {
  const { config, home, store, clock, version } = inputs;
  const { limits } = config;
  const snapshots = { open: (runId: string) => openForSnapshots(app, runId) };
  return createHttpServer({
    app,
    authenticator,
    validate: app.environment.validate,
    discovery: {
      version,
      limits,
      receiptLifeMs: RECEIPT_LIFE_MS,
      fixtures: () => fixtures,
      ...(config.testing.seams && {
        testing: { forceEngineVersionRange: FORCE_ENGINE_VERSION_RANGE, mockProviders: mockProviderIds },
      }),
    },
    runStreams: new RunStreams(app.feed, store, snapshots),
    threadStreams: new ThreadStreams(app),
    admin: {
      rotateKey: (call) => rotateOperatorKey(keys, call),
      backup: (path) => writeBackup(store, path ?? join(home.backups, backupName(clock))),
      doctor: (deep) => runDoctor({ store, graphs: runtime.graphs, home, deep, rosterProblems: roster.problems() }),
    },
    sessions,
    consoleLink,
    console: createStaticSource(BUILT_CONSOLE),
    models: models.settings,
    roster,
    listenHost: config.server.host,
    maxRequestBodyBytes: limits.maxRequestBodyBytes,
    stopping: new AbortController(),
    isReady,
  });
}

function backupName(clock: Clock): string {
  return `parley-${new Date(clock.nowMs()).toISOString().replaceAll(/[:.]/g, "-")}.db`;
}

async function openForSnapshots(app: AppDeps, runId: string) {
  const row = await app.store.readRun(runId);
  if (!row) throw new Error(`run ${runId} is gone`);
  return { start: row.start, graph: await app.graphs.load(row.start.definitionHash) };
}
