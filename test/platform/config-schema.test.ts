import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { loadConfig } from "#platform/config/load.ts";
import { nearest } from "#platform/config/nearest.ts";
import { editDistance } from "#protocol/edit-distance.ts";
import { configSchemaText, schemaFile } from "../../scripts/generate-config-schema.ts";
import { temporaryFolder } from "./support.ts";

const root = join(import.meta.dirname, "..", "..");
const example = readFileSync(join(root, "config", "parley.example.yaml"), "utf8");
const schemaText = readFileSync(schemaFile, "utf8");

describe("config/parley.schema.json", () => {
  it("is what schema.ts says; else run: node scripts/generate-config-schema.ts", () => {
    assert.equal(schemaText, configSchemaText());
  });

  it("is a JSON Schema that accepts the defaults", async () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    const { config } = await loadConfig({ env: {}, homeDir: "/nowhere" });
    const { testing: _, ...fileConfig } = config;
    assert.ok(ajv.validate(JSON.parse(schemaText), fileConfig), ajv.errorsText());
    assert.ok(!ajv.validate(JSON.parse(schemaText), { server: { port: "x" } }));
  });

  it("describes every key", () => {
    const undescribed: string[] = [];
    walk(JSON.parse(schemaText), "", (path, node) => {
      if (node.description === undefined) undescribed.push(path);
    });
    assert.deepEqual(undescribed, ["models.default"]);
  });
});

describe("config/parley.example.yaml", () => {
  it("shows exactly the defaults when its comments are taken away", async () => {
    const homeDir = mkdtempSync(join(temporaryFolder(), "home-"));
    const settings = example.split("\n").filter((line) => !line.startsWith("##"));
    writeFileSync(join(homeDir, "parley.yaml"), settings.map((line) => line.replace(/^# /, "")).join("\n"));
    const [shown, absent] = [
      await loadConfig({ env: {}, homeDir }),
      await loadConfig({ env: {}, homeDir: "/nowhere" }),
    ];
    assert.deepEqual(shown.warnings, []);
    assert.deepEqual(shown.config, absent.config);
  });

  it("mentions every key", () => {
    walk(JSON.parse(schemaText), "", (path) => {
      const key = path.split(".").at(-1) ?? "";
      assert.match(example, new RegExp(`^#+ +(- )?${key}:`, "m"), path);
    });
  });
});

interface Node {
  description?: string;
  properties?: Record<string, Node>;
}

function walk(node: Node, path: string, visit: (path: string, node: Node) => void): void {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const childPath = path === "" ? key : `${path}.${key}`;
    visit(childPath, child);
    walk(child, childPath, visit);
  }
}

describe("the nearest key", () => {
  for (const { from, to, distance } of [
    { from: "port", to: "port", distance: 0 },
    { from: "prot", to: "port", distance: 1 },
    { from: "pot", to: "port", distance: 1 },
    { from: "porrt", to: "port", distance: 1 },
    { from: "part", to: "port", distance: 1 },
    { from: "", to: "port", distance: 4 },
    { from: "abc", to: "xyz", distance: 3 },
  ]) {
    it(`is ${distance} edits from "${from}" to "${to}"`, () => assert.equal(editDistance(from, to), distance));
  }

  it("is none when nothing is near", () => assert.equal(nearest("banana", ["host", "port"]), undefined));
  it("is the nearest of several", () =>
    assert.equal(nearest("maxNodeExecution", ["maxHotRuns", "maxNodeExecutions"]), "maxNodeExecutions"));
  it("is found in bounded time for absurd keys", () => assert.equal(nearest("x".repeat(1e6), ["port"]), undefined));
});

describe("loading the configuration", () => {
  it("loads no schema library, and no YAML parser without a file: a start pays for what it uses", () => {
    const refuseLibraries = `
      import { registerHooks } from "node:module";
      registerHooks({ resolve(name, context, next) {
        if (!/^(node:|file:|[.#/])/.test(name)) throw new Error("loads " + name);
        return next(name, context);
      } });`;
    const script = `
      const { loadConfig } = await import(${JSON.stringify(import.meta.resolve("#platform/config/load.ts"))});
      console.log((await loadConfig({ env: {}, homeDir: "/nowhere" })).config.server.port);`;
    const hooks = `data:text/javascript,${encodeURIComponent(refuseLibraries)}`;
    const args = ["--import", hooks, "--input-type=module", "--eval", script];
    assert.equal(execFileSync(process.execPath, args, { encoding: "utf8" }), "4747\n");
  });
});
