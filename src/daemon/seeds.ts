// Workflows from folders: parley's own, the home's (reloaded when they change), fixtures of tests.

import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AppDeps } from "#app/deps.ts";
import { DEFAULT_TENANT } from "#app/keys.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import type { WorkflowRow } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isJsonObject, type Json } from "#protocol/json.ts";
import { completeDefinition } from "#protocol/workflow-defaults.ts";
import type { WireInputs } from "./inputs.ts";

const SHIPPED_WORKFLOWS = fileURLToPath(new URL("../../workflows", import.meta.url));
const DOCUMENT = /\.(json|ya?ml)$/;
/** Editors write a file in several steps. */
const SETTLE_MS = 200;

export interface SeedResult {
  /** Ids that stand now. */
  loaded: string[];
  /** Files that could not be used, in words. */
  problems: string[];
}

/** Seeds every folder; answers the ids of the fixtures that can be run. */
export async function seedAll(app: AppDeps, { config, home, logger }: WireInputs): Promise<string[]> {
  const shipped = await seedFolder(app, DEFAULT_TENANT, SHIPPED_WORKFLOWS, "built-in");
  if (shipped.problems.length > 0) throw new Error(`a shipped workflow is broken: ${shipped.problems.join("; ")}`);
  const own = await seedFolder(app, DEFAULT_TENANT, home.workflows, "file");
  for (const problem of own.problems) logger.warn({ problem }, "a workflow file was not taken");
  if (config.testing.fixturesDir === undefined) return [];
  const fixtures = await seedFolder(app, DEFAULT_TENANT, config.testing.fixturesDir, "fixture");
  for (const problem of fixtures.problems) logger.info({ problem }, "a fixture is not offered");
  return fixtures.loaded;
}

/** Registers every document of a folder under its own id. A broken one is named and changes nothing. */
async function seedFolder(
  app: AppDeps,
  tenantId: string,
  folder: string,
  origin: WorkflowRow["origin"],
): Promise<SeedResult> {
  const result: SeedResult = { loaded: [], problems: [] };
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((entry) => DOCUMENT.test(entry)).sort()) {
    const file = join(folder, name);
    try {
      const document = await readDocument(file);
      const filled = origin === "file" && isJsonObject(document) ? completeDefinition(document, name) : document;
      result.loaded.push((await seedWorkflow(app, tenantId, filled, origin)).workflowId);
    } catch (error) {
      result.problems.push(`${file}: ${inWords(error)}`);
    }
  }
  return result;
}

async function readDocument(file: string): Promise<Json> {
  const text = await readFile(file, "utf8");
  if (file.endsWith(".json")) return JSON.parse(text) as Json;
  const { parse } = await import("yaml");
  return parse(text) as Json;
}

function inWords(error: unknown): string {
  if (error instanceof ParleyError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Registers the home's workflows again whenever the folder changes; the returned function ends it. */
export function watchFolder(app: AppDeps, tenantId: string, folder: string): () => void {
  let timer: NodeJS.Timeout | undefined;
  const reload = async () => {
    const { loaded, problems } = await seedFolder(app, tenantId, folder, "file");
    for (const problem of problems)
      app.logger.warn({ problem }, "a workflow file was not taken; the last good one stays");
    app.logger.info({ workflows: loaded.length }, "workflow files were read again");
  };
  const watcher = watch(folder, { persistent: false }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload().catch((error) => app.logger.error({ error }, "reload failed")), SETTLE_MS);
    timer.unref();
  });
  watcher.on("error", (error) => app.logger.warn({ error, folder }, "the folder can no longer be watched"));
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
