// The HTTP surface, wired.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Roster } from "#agent/roster.ts";
import type { AppDeps } from "#app/deps.ts";
import { rotateOperatorKey } from "#app/keys.ts";
import type { WebhookDeps } from "#app/webhooks.ts";
import type { HttpDeps } from "#http/context.ts";
import { RunStreams } from "#http/run-streams.ts";
import { createHttpServer, type HttpServer } from "#http/server.ts";
import { createStaticSource } from "#http/static.ts";
import { ThreadStreams } from "#http/thread-streams.ts";
import { KEY_PREFIX } from "#platform/key.ts";
import type { Clock } from "#ports/clock.ts";
import { mockProviderIds } from "#protocol/mock-providers.ts";
import type { Runtime } from "#runtime/runtime.ts";
import type { Access } from "./access.ts";
import type { WireInputs } from "./inputs.ts";
import type { WiredModels } from "./models.ts";
import type { Operations } from "./operations.ts";
import { httpOperationsOf, observabilityOf, type WiredSeams } from "./seams.ts";

const BUILT_CONSOLE = fileURLToPath(new URL("../../console/dist", import.meta.url));

/** What routes speak to, beside the use cases. */
export interface Rooms {
  models: WiredModels;
  roster: Roster;
  webhooks: WebhookDeps;
  around: { operations: Operations; seams: WiredSeams | undefined };
}

export function serverOf(
  inputs: WireInputs,
  app: AppDeps,
  runtime: Runtime,
  { authenticator, keys, sessions, consoleLink }: Access,
  { models, roster, webhooks, around }: Rooms,
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
      receiptLifeMs: app.receiptLifeMs,
      hostId: app.hostId,
      compensation: config.engine.compensation,
      fixtures: () => fixtures,
      observability: observabilityOf(around.operations, around.seams),
      ...(config.testing.seams && {
        testing: {
          forceEngineVersionRange: app.forceEngineVersionRange,
          mockProviders: mockProviderIds,
          // With the seams every key is a test key.
          ...(inputs.key.value.startsWith(KEY_PREFIX) && { testKeyPrefix: KEY_PREFIX }),
        },
      }),
    },
    runStreams: new RunStreams(app.feed, store, snapshots),
    threadStreams: new ThreadStreams(app),
    admin: {
      rotateKey: (call) => rotateOperatorKey(keys, call),
      async backup(path) {
        const { writeBackup } = await import("./upkeep.ts");
        return writeBackup(store, path ?? join(home.backups, backupName(clock)));
      },
      async doctor(deep) {
        const { runDoctor } = await import("./upkeep.ts");
        return runDoctor({ store, graphs: runtime.graphs, home, deep, rosterProblems: roster.problems() });
      },
    },
    sessions,
    consoleLink,
    console: createStaticSource(BUILT_CONSOLE),
    models: models.settings,
    roster,
    webhooks,
    operations: httpOperationsOf(config, clock, around.operations, around.seams, process.env),
    ...seamRoutesOf(around.seams),
    listenHost: config.server.host,
    maxRequestBodyBytes: limits.maxRequestBodyBytes,
    stopping: new AbortController(),
    isReady,
  });
}

function seamRoutesOf(seams: WiredSeams | undefined): Pick<HttpDeps, "seamRoutes"> {
  return seams ? { seamRoutes: (app, deps) => seams.parts.seamRoutes(app, deps, seams.deps) } : {};
}

function backupName(clock: Clock): string {
  return `parley-${new Date(clock.nowMs()).toISOString().replaceAll(/[:.]/g, "-")}.db`;
}

async function openForSnapshots(app: AppDeps, runId: string) {
  const row = await app.store.readRun(runId);
  if (!row) throw new Error(`run ${runId} is gone`);
  return { start: row.start, graph: await app.graphs.load(row.start.definitionHash) };
}
