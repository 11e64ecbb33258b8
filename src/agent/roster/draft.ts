// Drafts: entries as their files say it, each file checked for itself.
//
// What a draft names (prompts, other agents) is looked at later: entry.ts, settle.ts.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DELEGATE_TOOL_ID } from "#engine/turn/delegate.ts";
import { check } from "#platform/config/check.ts";
import { ConfigError } from "#platform/config/problems.ts";
import { readYamlFile } from "#platform/config/yaml.ts";
import type { RosterAgent } from "./agent.ts";
import { type EntryFile, entrySchema, notHonoured } from "./entry-schema.ts";
import { allowedNames, fromConfig, type PlaceOf, problemAt, type RosterProblem } from "./problems.ts";

export interface Draft {
  entry: EntryFile;
  file: string;
  origin: RosterAgent["origin"];
  placeOf: PlaceOf;
}

/** The names that a file may use. */
export interface KnownNames {
  tools: readonly string[];
  models: readonly string[];
}

export interface DraftFolder {
  drafts: Draft[];
  /** Files that are there and hold no good entry. */
  broken: string[];
  problems: RosterProblem[];
}

const ENTRY_FILE = /^[^.].*\.ya?ml$/;
const MAX_FILES = 200;

/** Every entry of a folder, in the order of the files' names. A folder that is not there is empty. */
export async function readDrafts(folder: string, origin: Draft["origin"], known: KnownNames): Promise<DraftFolder> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => ENTRY_FILE.test(name)).sort();
  const result: DraftFolder = { drafts: [], broken: [], problems: [] };
  for (const name of names) {
    const file = join(folder, name);
    const read = names.indexOf(name) < MAX_FILES ? await readDraft(file, origin, known) : tooMany(file);
    if (read === undefined) continue;
    const problems = "entry" in read ? doubles(read, result.drafts) : read.problems;
    if ("entry" in read && problems.length === 0) result.drafts.push(read);
    else result.broken.push(file);
    result.problems.push(...problems);
  }
  return result;
}

function tooMany(file: string): { problems: RosterProblem[] } {
  return { problems: [problemAt(() => ({ file }), [], `is not read: a folder holds at most ${MAX_FILES} agents`)] };
}

/** Undefined: the file is gone. */
async function readDraft(
  file: string,
  origin: Draft["origin"],
  known: KnownNames,
): Promise<Draft | { problems: RosterProblem[] } | undefined> {
  try {
    const yaml = await readYamlFile(file);
    if (yaml === undefined) return undefined;
    const placeOf: PlaceOf = (path) => ({ file, line: yaml.lineOf(path) });
    const checked = check(entrySchema, yaml.value, placeOf);
    const unknown = checked.warnings.map((warning) => unhonoured(warning.path, placeOf) ?? fromConfig(warning));
    const problems = [...checked.problems.map(fromConfig), ...unknown];
    if (problems.length > 0) return { problems };
    const draft: Draft = { entry: checked.value as EntryFile, file, origin, placeOf };
    const wrong = [...roleProblems(draft), ...nameProblems(draft, known)];
    return wrong.length > 0 ? { problems: wrong } : draft;
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems.map(fromConfig) };
    throw error;
  }
}

function unhonoured(path: string, placeOf: PlaceOf): RosterProblem | undefined {
  const key = notHonoured.find((name) => path === `manifest.${name}`);
  if (key === undefined) return undefined;
  return problemAt(placeOf, ["manifest", key], "is a part of manifests that this version does not act on; remove it");
}

/** Exactly the keys of its role, and exactly one prompt. */
function roleProblems({ entry, placeOf }: Draft): RosterProblem[] {
  const { role, workers, delegates, manifest } = entry;
  const problems: RosterProblem[] = [];
  if (role === "supervisor" && (workers ?? []).length === 0) {
    problems.push(
      problemAt(placeOf, ["workers"], "a supervisor needs at least one", { allowed: "a list of roster ids" }),
    );
  }
  if (role !== "supervisor" && workers !== undefined) {
    problems.push(problemAt(placeOf, ["workers"], `is a key of supervisors, and the role is ${role}`));
  }
  if (role !== "conversation" && delegates !== undefined) {
    problems.push(problemAt(placeOf, ["delegates"], `is a key of conversation agents, and the role is ${role}`));
  }
  if ((manifest.systemPrompt === undefined) === (manifest.systemPromptRef === undefined)) {
    const says = "exactly one of systemPrompt and systemPromptRef must stand here";
    problems.push(problemAt(placeOf, ["manifest"], says));
  }
  if (manifest.systemPrompt?.trim() === "") {
    problems.push(problemAt(placeOf, ["manifest", "systemPrompt"], "is empty"));
  }
  return problems;
}

function nameProblems({ entry, placeOf }: Draft, { tools, models }: KnownNames): RosterProblem[] {
  const problems: RosterProblem[] = [];
  if (!models.includes(entry.model)) {
    const facts = { value: JSON.stringify(entry.model), allowed: allowedNames(entry.model, models) };
    problems.push(problemAt(placeOf, ["model"], "is no model of the configuration", facts));
  }
  for (const [at, tool] of (entry.manifest.toolAllowlist ?? []).entries()) {
    if (tools.includes(tool)) continue;
    const says =
      tool === DELEGATE_TOOL_ID ? "comes with the key delegates and is not listed here" : "is no tool of this host";
    const facts = { value: JSON.stringify(tool), allowed: allowedNames(tool, tools) };
    problems.push(problemAt(placeOf, ["manifest", "toolAllowlist", at], says, facts));
  }
  return [
    ...problems,
    ...repetitions(entry.workers, ["workers"], placeOf),
    ...repetitions(entry.delegates, ["delegates"], placeOf),
    ...repetitions(entry.manifest.toolAllowlist, ["manifest", "toolAllowlist"], placeOf),
  ];
}

function repetitions(names: readonly string[] = [], path: readonly string[], placeOf: PlaceOf): RosterProblem[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [problemAt(placeOf, [...path, at], "stands here twice", { value: JSON.stringify(name) })],
  );
}

/** The id is taken by another file of the folder. */
function doubles({ entry, placeOf }: Draft, others: readonly Draft[]): RosterProblem[] {
  const other = others.find((draft) => draft.entry.id === entry.id);
  if (!other) return [];
  return [problemAt(placeOf, ["id"], `is the id of ${other.file} already`, { value: JSON.stringify(entry.id) })];
}
