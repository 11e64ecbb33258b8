// parley doctor: checks a home. At rest it opens the store itself; a running daemon is asked, because two processes
// must not write one store.

import { readFileSync } from "node:fs";
import type { Finding } from "#app/doctor.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { systemClock } from "#platform/clock.ts";
import { loadConfig } from "#platform/config/load.ts";
import { ConfigError } from "#platform/config/problems.ts";
import { readDaemonFile } from "#platform/daemon-file.ts";
import { type Home, HomeUnusableError, homeAt, homeRoot, prepareHome } from "#platform/home.ts";
import { acquireLock, HomeBusyError } from "#platform/lock.ts";
import { createMasker } from "#platform/masking.ts";
import { createForeignValidator, createValidator } from "#platform/schemas.ts";
import { Graphs } from "#runtime/graphs.ts";
import { noStopPoint } from "#runtime/stop-points.ts";
import { openStore } from "./open-store.ts";
import { testNodes } from "./test-nodes.ts";
import { runDoctor } from "./upkeep.ts";

/** 0: nothing is wrong; 1: an error was found; 2: wrong use. */
export async function doctor(argv: string[]): Promise<number> {
  const unknown = argv.find((argument) => argument !== "--deep" && argument !== "--json");
  if (unknown !== undefined) {
    process.stderr.write(`parley doctor: unknown option ${unknown}; it knows --deep and --json\n`);
    return 2;
  }
  const home = homeAt(homeRoot(process.env));
  const findings = await examine(home, argv.includes("--deep"));
  for (const finding of findings) print(finding, argv.includes("--json"));
  return findings.some((finding) => finding.level === "error") ? 1 : 0;
}

async function examine(home: Home, deep: boolean): Promise<Finding[]> {
  const findings = await examineConfig(home);
  try {
    prepareHome(home);
    const lock = acquireLock(home, { timeoutMs: 200 });
    try {
      return [...findings, ...(await examineStore(home, deep))];
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof HomeBusyError) return [...findings, ...(await askDaemon(home, deep))];
    if (!(error instanceof HomeUnusableError)) throw error;
    return [...findings, { level: "error", check: "home", message: error.message }];
  }
}

async function examineConfig(home: Home): Promise<Finding[]> {
  const check = "configuration";
  try {
    const { warnings } = await loadConfig({ env: process.env, homeDir: home.root });
    const warned = warnings.map(({ message }): Finding => ({ level: "warn", check, message }));
    return warned.length > 0 ? warned : [{ level: "ok", check, message: "Every key and value is known." }];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [{ level: "error", check, message: error.message }];
  }
}

async function examineStore(home: Home, deep: boolean): Promise<Finding[]> {
  const logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => logger };
  const store = await openStore({ home, clock: systemClock, logger, masker: createMasker(), stopPoint: noStopPoint });
  const limits = { maxNodeExecutions: 1, maxRunDurationMs: 0, maxInFlightNodes: 1 };
  const nodeTypes = nodeTypesOf(testNodes);
  const validate = createValidator();
  const graphs = new Graphs(store, {
    nodeTypes,
    limits,
    tools: new Map(),
    validate,
    validateForeign: createForeignValidator(),
  });
  try {
    return await runDoctor({ store, graphs, home, deep });
  } finally {
    await store.close();
  }
}

function silent(): void {}

async function askDaemon(home: Home, deep: boolean): Promise<Finding[]> {
  const daemon = readDaemonFile(home);
  const check = "running daemon";
  if (!daemon)
    return [{ level: "error", check, message: "A daemon holds this home and does not say where it listens." }];
  const key = process.env.PARLEY_API_KEY || readFileSync(home.key, "utf8").trim();
  const url = `${daemon.url}/v1/host/parley/admin/doctor${deep ? "?deep=1" : ""}`;
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(600_000),
  });
  const body = (await response.json()) as { findings?: Finding[]; message?: string };
  return body.findings ?? [{ level: "error", check, message: body.message ?? `It answered ${response.status}.` }];
}

function print(finding: Finding, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(finding)}\n`);
  const fix = finding.fix === undefined ? "" : `\n       fix: ${finding.fix}`;
  process.stdout.write(`${finding.level.padEnd(5)}  ${finding.check}: ${finding.message}${fix}\n`);
}
