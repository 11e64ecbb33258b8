// Where things lie: the repository, and the folder of shared data beside it (present on a developer's machine, not in a clone).

import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repoRoot = fileURLToPath(new URL("../..", import.meta.url));
export const launcher = path.join(repoRoot, "bin/parley.mjs");

/** Our own conformance documents: the suite runs with nothing else. */
export const ownFixtures = path.join(repoRoot, "test/conformance/fixtures");

const sharedData = path.join(repoRoot, "../shared/data");
/** The published fixture workflows; undefined in a bare clone. */
export const sharedFixtures = ifPresent(path.join(sharedData, "openwop-fixtures"));
/** The published JSON Schemas; undefined in a bare clone. */
export const sharedSchemas = ifPresent(path.join(sharedData, "openwop-schemas"));

/** Folder of the published measuring tools; undefined in a bare clone. */
export const sharedBench = ifPresent(path.join(repoRoot, "../shared/bench"));

/** `skip` option of a test that needs shared data: false, or the reason. */
export function needs(folder: string | undefined, name: string): false | string {
  return folder === undefined ? `${name} is not here (../shared)` : false;
}

function ifPresent(folder: string): string | undefined {
  return existsSync(folder) ? folder : undefined;
}
