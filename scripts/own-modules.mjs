// How parley's own modules are found: by their path alone. Node's way to a module asks the file system what stands there,
// and which package it belongs to: some 100 ms of a start for five hundred files whose imports all name a file of ours,
// with its ending (package.json `imports`: `#room/…` is `src/room/…`). Everything else goes Node's way.

import * as module from "node:module";

const src = new URL("../src/", import.meta.url).href;

/** Call before the first import of a module of `src`. Does nothing where this Node has no such hooks. */
export function findOwnModulesByPath() {
  module.registerHooks?.({
    resolve(specifier, context, next) {
      const url = ownModule(specifier, context.parentURL);
      return url === undefined ? next(specifier, context) : { url, format: "module-typescript", shortCircuit: true };
    },
  });
}

/** @param {string} specifier @param {string | undefined} importer @returns {string | undefined} */
function ownModule(specifier, importer) {
  if (!specifier.endsWith(".ts") || !importer?.startsWith(src)) return undefined;
  if (specifier.startsWith("#")) return src + specifier.slice(1);
  return specifier.startsWith(".") ? new URL(specifier, importer).href : undefined;
}
