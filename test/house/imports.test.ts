// What the launcher takes for granted (scripts/own-modules.mjs, scripts/node24.mjs) stands in package.json as well.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../../scripts/node24.mjs";
import { repoRoot } from "../support/paths.ts";

const { imports, scripts } = JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")) as {
  imports: Record<string, string>;
  scripts: Record<string, string>;
};

describe("package.json", () => {
  it("has every room of src under its own name", () => {
    const { "#test/*": tests, ...rooms } = imports;
    assert.equal(tests, "./test/*");
    for (const [name, path] of Object.entries(rooms)) assert.equal(path, `./src/${name.slice(1)}`);
  });

  it("starts the daemon as the launcher would", () => {
    const environment = Object.entries(DAEMON_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
    const line = [...environment, "exec node", ...DAEMON_FLAGS, "bin/parley.mjs up"].join(" ");
    assert.equal(scripts.start, line);
  });
});
