// Upkeep of a home, running or at rest: backup, and the checks of the doctor.

import { chmodSync, existsSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { createRefold, type Finding } from "#app/doctor.ts";
import type { Home } from "#platform/home.ts";
import type { Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Graphs } from "#runtime/graphs.ts";
import { checkStore } from "#store/check.ts";

/** Writes a consistent copy that only the owner can read. An existing file is never overwritten. */
export async function writeBackup(store: Store, path: string): Promise<{ path: string; bytes: number }> {
  const refused = !isAbsolute(path) ? "must be an absolute path" : existsSync(path) ? "exists already" : undefined;
  if (refused) throw new ParleyError("validation_error", { field: "path", path }, { message: `path ${refused}.` });
  try {
    await store.backup(path);
  } catch (error) {
    const message = `The backup could not be written: ${error instanceof Error ? error.message : String(error)}`;
    throw new ParleyError("validation_error", { field: "path", path }, { message, cause: error });
  }
  chmodSync(path, 0o600);
  return { path, bytes: statSync(path).size };
}

export interface DoctorInputs {
  store: Store;
  graphs: Graphs;
  home: Home;
  /** Fold every log again and compare it with its rows. */
  deep: boolean;
  /** What is wrong with the roster's files; only a running daemon has read them. */
  rosterProblems?: readonly { message: string }[];
}

export async function runDoctor({ store, graphs, home, deep, rosterProblems }: DoctorInputs): Promise<Finding[]> {
  const findings: Finding[] = [...modeFindings(home), ...rosterFindings(rosterProblems)];
  if (!deep) return findings;
  const problems = await checkStore(store, { refold: createRefold(graphs) });
  for (const problem of problems) {
    findings.push({ level: "error", check: problem.check, message: problem.message });
  }
  if (problems.length === 0) {
    findings.push({ level: "ok", check: "store", message: "Every log folds to its rows; nothing is missing." });
  }
  return findings;
}

function rosterFindings(problems: DoctorInputs["rosterProblems"]): Finding[] {
  if (!problems) return [];
  if (problems.length === 0) return [{ level: "ok", check: "agents", message: "Every agent's files were taken." }];
  const fix =
    "Correct the file; it is read again at once. Until then the last good version works, if there was one since the start.";
  return problems.map(({ message }) => ({ level: "warn", check: "agents", message, fix }));
}

const OPEN_TO_OTHERS = 0o077;

function modeFindings(home: Home): Finding[] {
  return [home.root, home.data, home.key, home.database].flatMap((path): Finding[] => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode === undefined) return [];
    const check = `mode of ${path}`;
    if ((mode & OPEN_TO_OTHERS) === 0) return [{ level: "ok", check, message: "Only you can reach it." }];
    return [{ level: "warn", check, message: "Other users of this machine can reach it.", fix: `chmod go= ${path}` }];
  });
}
