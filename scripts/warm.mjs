// Fills the compile cache after an installation, so that the first start is as quick and as small as every later one:
// a start that has to strip and compile some hundred files takes twice as long and 20 MB more. Plain JavaScript.

import * as module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

module.enableCompileCache(join(root, "node_modules", ".cache", "parley"));
await import("../src/daemon.ts");
for (const entryPoint of ["up", "doctor", "restore"]) await import(`../src/daemon/${entryPoint}.ts`);
// Read with the first call to a model of theirs.
for (const provider of ["scripted", "openai", "anthropic"]) await import(`../src/models/${provider}.ts`);
const { createForeignValidator, createValidator } = await import("../src/platform/schemas.ts");
createValidator()({ type: "object" }, {});
createForeignValidator()({ type: "string", pattern: "^x" }, "x");
module.flushCompileCache();
process.exit(0);
