// The console's files as a browser gets them: cached as their names allow, small, and shut against other sites.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { HttpDeps } from "#http/context.ts";
import { createHttpServer, type HttpServer } from "#http/server.ts";
import { createStaticSource } from "#http/static.ts";
import { createSequentialIds } from "#platform/ids.ts";
import { assertRefused } from "../support/client.ts";
import { request } from "../support/http.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; " +
  "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const script = `export const words = ${JSON.stringify("again and again ".repeat(400))};\n`;
const errors: unknown[] = [];

let folder = "";
let server: HttpServer | undefined;
let url = "";

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "parley-console-"));
  const logger = { debug() {}, info() {}, warn() {}, error: (fields: { error: unknown }) => errors.push(fields.error) };
  const deps = {
    app: { logger, ids: createSequentialIds() },
    operations: { capacity: { maxInFlightRequests: 100, maxInFlightBodyBytes: 1024, maxStreams: 1 } },
    validate: () => [],
    maxRequestBodyBytes: 1024,
    listenHost: "127.0.0.1",
    stopping: new AbortController(),
  };
  // A source of its own for each test: what was read once stays.
  const console = () => source();
  server = createHttpServer({ ...deps, console } as unknown as HttpDeps);
  url = await server.listen("127.0.0.1", 0);
});
after(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

let source = createStaticSource("/nowhere");
let dist = "";

beforeEach(async () => {
  dist = path.join(folder, randomBytes(6).toString("hex"));
  source = createStaticSource(dist);
});

async function build(files: Record<string, string | Buffer>): Promise<void> {
  await mkdir(path.join(dist, "assets"), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(dist, name), content);
}

const get = (file: string, headers: Record<string, string> = {}) => request("GET", url + file, { headers });

describe("a console that is not built", () => {
  it("says how to build it, and is there as soon as it is built", async () => {
    const missing = await get("/");
    assert.equal(missing.status, 503);
    assert.match(String(missing.headers["content-type"]), /^text\/plain/);
    assert.match(missing.text, /node scripts\/build-console\.mjs/);
    assertRefused(await get("/assets/app.js"), 404, "not_found");
    await build({ "index.html": "<!doctype html><title>parley</title>" });
    assert.equal((await get("/")).status, 200);
  });
});

describe("the page", () => {
  it("is never stored, and nothing from elsewhere runs in it, frames it or hears of it", async () => {
    await build({ "index.html": "<!doctype html><title>parley</title>" });
    const { status, text, headers } = await get("/");
    assert.deepEqual([status, text], [200, "<!doctype html><title>parley</title>"]);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["content-security-policy"], POLICY);
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
  });

  it("has a HEAD without a body", async () => {
    await build({ "index.html": "<!doctype html>" });
    const head = await request("HEAD", `${url}/`);
    assert.deepEqual([head.status, head.text, head.headers["content-length"]], [200, "", "15"]);
  });

  it("needs no credential, but a Host of ours", async () => {
    await build({ "index.html": "<!doctype html>", "assets/app.js": "1" });
    for (const file of ["/", "/assets/app.js"]) {
      assert.equal((await get(file)).status, 200);
      assertRefused(await get(file, { host: "evil.example" }), 403, "forbidden");
    }
  });
});

describe("an asset", () => {
  it("is kept for ever by the browser, and compressed where the browser takes it", async () => {
    await build({ "index.html": "x", "assets/app-1a2b.js": script });
    const plain = await get("/assets/app-1a2b.js");
    assert.equal(plain.text, script);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(plain.headers["x-content-type-options"], "nosniff");
    assert.equal(plain.headers.vary, "accept-encoding");
    const response = await fetch(`${url}/assets/app-1a2b.js`, { headers: { "accept-encoding": "br, gzip;q=0.8" } });
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.ok(Number(response.headers.get("content-length")) < script.length / 4);
    assert.equal(await response.text(), script);
  });

  for (const accept of ["gzip;q=0", "br", "identity", ""]) {
    it(`is not compressed for a browser that says "${accept}"`, async () => {
      await build({ "index.html": "x", "assets/app.js": script });
      const response = await get("/assets/app.js", { "accept-encoding": accept });
      assert.equal(response.headers["content-encoding"], undefined);
      assert.equal(response.text, script);
    });
  }

  it("is not sent again to whoever has it, in the encoding he has it", async () => {
    await build({ "index.html": "x", "assets/app.js": script });
    const plain = (await get("/assets/app.js")).headers.etag as string;
    const packed = (await get("/assets/app.js", { "accept-encoding": "gzip" })).headers.etag as string;
    assert.notEqual(plain, packed);
    const again = await get("/assets/app.js", { "if-none-match": plain });
    assert.deepEqual([again.status, again.text], [304, ""]);
    assert.equal((await get("/assets/app.js", { "accept-encoding": "gzip", "if-none-match": packed })).status, 304);
    assert.equal((await get("/assets/app.js", { "accept-encoding": "gzip", "if-none-match": plain })).status, 200);
  });

  for (const { name, content, type } of [
    { name: "app.js", content: "1", type: "text/javascript; charset=utf-8" },
    { name: "app.css", content: "a{}", type: "text/css; charset=utf-8" },
    { name: "icon.svg", content: "<svg/>", type: "image/svg+xml" },
    { name: "icon.png", content: "png", type: "image/png" },
  ]) {
    it(`has the type of its name: ${name}`, async () => {
      await build({ "index.html": "x", [`assets/${name}`]: content });
      assert.equal((await get(`/assets/${name}`)).headers["content-type"], type);
    });
  }

  it("of a page that is open stays the same while a new console is built", async () => {
    await build({ "index.html": "x", "assets/app.js": "old" });
    assert.equal((await get("/assets/app.js")).text, "old");
    await build({ "assets/app.js": "new" });
    assert.equal((await get("/assets/app.js")).text, "old");
  });

  for (const file of [
    "/assets/../index.html",
    "/assets/%2e%2e/index.html",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/secret.js",
    "/assets/notes.key",
    "/assets/",
    "/assets//app.js",
    "/assets/__proto__",
  ]) {
    it(`is not found by ${file}`, async () => {
      await writeFile(path.join(folder, "secret.txt"), "secret");
      await build({ "index.html": "x", "assets/app.js": "1", "assets/notes.key": "secret" });
      // A link could lead anywhere.
      await symlink(path.join(folder, "secret.txt"), path.join(dist, "assets/secret.js"));
      const { hostname, port } = new URL(url);
      const raw = await rawGet(hostname, Number(port), file);
      assert.match(raw, /^HTTP\/1\.1 40[04] /);
      assert.ok(!raw.includes("secret\n") && !raw.endsWith("secret"));
    });
  }
});

/** `fetch` and `http` tidy paths up; an attacker does not. */
async function rawGet(host: string, port: number, file: string): Promise<string> {
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, host, () => {
      socket.write(`GET ${file} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding("utf8").setTimeout(5_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject).on("close", () => resolve(text));
  });
}

describe("a folder that is no console", () => {
  it("is not read into memory without a bound: the page fails and says why in the log", async () => {
    await build({ "index.html": "x", "assets/big.js": Buffer.alloc(9 * 1024 * 1024, "a") });
    assertRefused(await get("/"), 500, "internal_error");
    assert.match(String(errors.at(-1)), /holds more than 8388608 bytes/);
  });

  it("is bounded in its files, too", async () => {
    await build({
      "index.html": "x",
      ...Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`assets/${at}.js`, "1"])),
    });
    assertRefused(await get("/"), 500, "internal_error");
    assert.match(String(errors.at(-1)), /holds more than 200 files/);
  });
});

describe("the gzip of a file", () => {
  it("is made once, and is the file", async () => {
    await build({ "index.html": "x", "assets/app.js": script });
    const [first, second] = [await source(), await source()];
    assert.equal(first, second);
    const file = first?.get("assets/app.js");
    assert.equal(gunzipSync(file?.gzipped ?? Buffer.alloc(0)).toString(), script);
    assert.equal(first?.get("index.html")?.gzipped, undefined);
  });
});
