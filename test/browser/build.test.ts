import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { buildConsole } from "../../scripts/build-console.mjs";
import { repoRoot } from "../support/paths.ts";

const MOST_BYTES = 150 * 1024;

describe("the built console", () => {
  let folder: string;
  let target: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "parley-console-"));
    target = path.join(folder, "dist");
    await buildConsole(repoRoot, target);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("weighs at most 150 KB, compressed", async () => {
    const names = await readdir(path.join(target, "assets"));
    const files = [path.join(target, "index.html"), ...names.map((name) => path.join(target, "assets", name))];
    const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(file)).length));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total <= MOST_BYTES, `${total} bytes`);
  });

  it("names its assets after their content, and the page names exactly those", async () => {
    const names = await readdir(path.join(target, "assets"));
    for (const name of names) assert.match(name, /^[a-z]+-[0-9a-f]{12}\.(js|css|svg)$/);
    const page = await readFile(path.join(target, "index.html"), "utf8");
    const named = [...page.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map(([, name]) => name);
    assert.deepEqual(named.toSorted(), names.toSorted());
  });

  it("needs nothing inline and nothing from elsewhere", async () => {
    const page = await readFile(path.join(target, "index.html"), "utf8");
    assert.doesNotMatch(page, /<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
  });

  it("comes out the same from the same sources, in place of what was there", async () => {
    const before = await readdir(path.join(target, "assets"));
    await buildConsole(repoRoot, target);
    assert.deepEqual(await readdir(path.join(target, "assets")), before);
    assert.deepEqual(await readdir(folder), ["dist"]);
  });
});
