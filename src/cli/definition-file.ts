// Workflow definitions in files: YAML or JSON, with defaults for whatever a person need not write (operations.md §15).

import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { completeDefinition } from "#protocol/workflow-defaults.ts";
import { UsageError } from "./failures.ts";

/** A workflow id has neither dot nor slash, so these are files. */
export function isFileName(word: string): boolean {
  return /[./\\]/.test(word);
}

/** @throws UsageError when the file cannot be read or is no definition. */
export async function readDefinition(cwd: string, file: string): Promise<JsonObject> {
  const text = await readText(resolve(cwd, file), file);
  const document =
    extname(file).toLowerCase() === ".json" ? parseJsonFile(text, file) : await parseYamlFile(text, file);
  if (!isJsonObject(document))
    throw new UsageError(`${file} does not hold a workflow definition: it must be an object.`);
  return completeDefinition(document, file);
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UsageError(`There is no file ${file}.`);
    throw new UsageError(`${file} cannot be read: ${message}`);
  }
}

function parseJsonFile(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

async function parseYamlFile(text: string, file: string): Promise<Json> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem) throw new UsageError(`${file} is not valid YAML: ${problem.message.trim()}`);
  try {
    return document.toJS({ maxAliasCount: 100 }) as Json;
  } catch (error) {
    throw new UsageError(`${file} cannot be taken in: ${(error as Error).message}`);
  }
}
