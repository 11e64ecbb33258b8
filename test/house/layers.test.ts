import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of the sources in which something may be wrong. */
let copy: string;

before(() => {
  copy = mkdtempSync(join(tmpdir(), "parley-layers-"));
  for (const part of ["src", "config", "package.json", "tsconfig.json", ".dependency-cruiser.mjs"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

after(() => rmSync(copy, { recursive: true, force: true }));

function cruise(): Promise<{ ok: boolean; output: string }> {
  const program = join(root, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const args = [program, "--config", ".dependency-cruiser.mjs", "src"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: copy, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: stdout + stderr });
    });
  });
}

describe("the floors of the house", () => {
  it("hold", async () => {
    const { ok, output } = await cruise();
    assert.ok(ok, output);
  });

  it("are proved: an upward import, a circle, a stray vendor library and a costly import are each found", async () => {
    appendFileSync(join(copy, "src/protocol/status.ts"), '\nexport type { Store } from "../ports/store.ts";\n');
    appendFileSync(join(copy, "src/engine/state.ts"), '\nexport { fold } from "./evolve.ts";\n');
    appendFileSync(join(copy, "src/app/call.ts"), '\nexport { fastify } from "fastify";\n');
    appendFileSync(join(copy, "src/delivery/post.ts"), '\nexport { createServer } from "node:http";\n');
    const { ok, output } = await cruise();
    assert.ok(!ok, "it was not noticed");
    for (const rule of ["floor-of-protocol", "no-circles", "fastify-stays-in-its-room", "node-http-is-not-imported"])
      assert.match(output, new RegExp(rule));
  });
});
