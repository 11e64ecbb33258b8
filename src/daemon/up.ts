// parley up: configuration, home, lock, store, wiring, listening; and back in reverse order on a signal.

import { readFileSync } from "node:fs";
import { systemClock } from "#platform/clock.ts";
import { loadConfig } from "#platform/config/load.ts";
import { ConfigError } from "#platform/config/problems.ts";
import type { Config } from "#platform/config/schema.ts";
import { removeDaemonFile, writeDaemonFile } from "#platform/daemon-file.ts";
import { type Home, HomeUnusableError, homeAt, homeRoot, prepareHome } from "#platform/home.ts";
import { createIds } from "#platform/ids.ts";
import { operatorKey } from "#platform/key.ts";
import { acquireLock, HomeBusyError } from "#platform/lock.ts";
import { openLog } from "#platform/log.ts";
import { createMasker } from "#platform/masking.ts";
import { noStopPoint, type StopPoint, stopPointFrom } from "#runtime/stop-points.ts";
import { StoreVersionError } from "#store/sqlite/file.ts";
import { tuneCompilers } from "./compilers.ts";
import { openStore } from "./open-store.ts";
import { type Wired, wire } from "./wire.ts";

export const version = readVersion();

interface UpOptions {
  json: boolean;
}

/** Serves until SIGTERM, SIGINT or the launcher's end. 0: stopped; 1: could not start; 2: wrong configuration. */
export async function up(argv: string[]): Promise<number> {
  const options = parse(argv);
  if (typeof options === "string") return refuse(options, 2);
  try {
    return await serve(options);
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const warning of error.warnings) refuse(warning.message, 2);
      return refuse(error.message, 2);
    }
    if (error instanceof HomeBusyError) {
      return refuse(`${error.message}\nFor a link to the console of the one that runs: npx parley open`, 1);
    }
    if (error instanceof HomeUnusableError || error instanceof StoreVersionError) return refuse(error.message, 1);
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code === "EADDRINUSE") {
      return refuse(`Port ${port} is taken. Set PARLEY_PORT to another one, or to 0 for any free port.`, 1);
    }
    throw error;
  }
}

function parse(argv: string[]): UpOptions | string {
  const unknown = argv.find((argument) => argument !== "--json");
  return unknown === undefined ? { json: argv.includes("--json") } : `parley up: unknown option ${unknown}`;
}

function refuse(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

async function serve(options: UpOptions): Promise<number> {
  const { env } = process;
  const home = homeAt(homeRoot(env));
  const { config, warnings, file } = await loadConfig({ env, homeDir: home.root });
  const stopPoint = stopPointOf(config);
  prepareHome(home);
  const lock = acquireLock(home);
  const key = operatorKey(home, env);
  const masker = createMasker();
  const masked = masker.add("operator-key", key.value);
  const log = openLog({ home, config: config.log, masker });
  const { logger } = log;
  for (const warning of warnings) logger.warn({}, warning.message);
  if (key.exposed) logger.warn({ file: home.key }, "other users of this machine can read the key file: chmod 600");
  if (!masked) logger.warn({}, "the API key is too short to be masked in logs; use a longer one");
  const clock = systemClock;
  const ids = createIds(clock);
  const store = await openStore({ home, clock, logger, masker, stopPoint });
  const configFile = file ?? home.config;
  const wired = await wire({ config, configFile, home, store, clock, ids, logger, masker, key, stopPoint, version });
  const url = await listen(wired, config);
  writeDaemonFile(home, { url, pid: process.pid, version, startedAt: new Date(clock.nowMs()).toISOString() });
  // A promise nobody waited for must not end a daemon that others rely on; it is a defect to be read about.
  process.on("unhandledRejection", (error) => logger.error({ error }, "a rejection was not handled"));
  await wired.begin();
  tuneCompilers();
  // Whoever reads the ready line may ask for the stop at once.
  const stopped = untilStopped();
  announce(options, home, url, wired);
  logger.info({ url, version }, "parley serves");
  const reason = await stopped;
  logger.info({ reason }, "parley stops");
  // A terminal shows ^C and then nothing, for as long as what is under way takes.
  if (!options.json && process.stdout.isTTY)
    process.stdout.write("\nparley stops; what is not done goes on at the next start.\n");
  await stopAll(wired, () => store.close());
  removeDaemonFile(home);
  log.close();
  lock.release();
  return 0;
}

/** Only tests may stop the process on purpose. */
function stopPointOf(config: Config): StopPoint {
  const spec = process.env.PARLEY_STOP_AT;
  return spec && config.testing.seams ? stopPointFrom(spec) : noStopPoint;
}

async function listen(wired: Wired, config: Config): Promise<string> {
  const url = await wired.server.listen(config.server.host, config.server.port);
  wired.setBaseUrl(url);
  return url;
}

/** The link goes to the terminal alone: it is a credential, and a ready line may end up in a log. */
function announce({ json }: UpOptions, home: Home, url: string, wired: Wired): void {
  const readyMs = Math.round(performance.now());
  if (json) {
    const ready = { event: "ready", url, pid: process.pid, home: home.root, version, readyMs };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    return;
  }
  process.stdout.write(`parley ${version} serves at ${url} (home ${home.root}, ready in ${readyMs} ms)\n`);
  process.stdout.write(`Open the console (works once, within 10 minutes): ${wired.consoleLink()}\n`);
  process.stdout.write("Talk to it in another terminal: npx parley chat\n");
}

/** Resolves with what asked for the stop. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve(signal));
  });
}

/** Users are promised that a stop takes at most 5 s: what is not done by then is taken up at the next start. */
const STOP_DEADLINE_MS = 4_000;

async function stopAll(wired: Wired, closeStore: () => Promise<void>): Promise<void> {
  const deadline = new Promise<void>((resolve) => setTimeout(resolve, STOP_DEADLINE_MS).unref());
  await Promise.race([wired.stop(), deadline]);
  await Promise.race([closeStore(), deadline]);
}

function readVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
