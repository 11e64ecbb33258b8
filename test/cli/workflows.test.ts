import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isFileName } from "#cli/definition-file.ts";
import { completeDefinition, slugOf } from "#protocol/workflow-defaults.ts";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, openDouble } from "./support/double.ts";

describe("a definition in a file", () => {
  for (const { word, file } of [
    { word: "nightly-report", file: false },
    { word: "report.yaml", file: true },
    { word: "./report", file: true },
    { word: "dir/report", file: true },
  ]) {
    it(`${word} is ${file ? "a file" : "an id"}`, () => assert.equal(isFileName(word), file));
  }

  for (const { file, slug } of [
    { file: "/tmp/My Report (2).yaml", slug: "my-report-2" },
    { file: "01-first.json", slug: "first" },
    { file: "Überblick.yml", slug: "berblick" },
    { file: "123.yaml", slug: "workflow" },
    { file: "snake_case.yaml", slug: "snake_case" },
  ]) {
    it(`gets the id ${slug} from ${file}`, () => {
      assert.equal(slugOf(file), slug);
      assert.match(slug, /^[a-z][a-z0-9_-]*$/);
    });
  }

  it("keeps whatever it says itself, right or wrong", () => {
    const document = {
      id: "x",
      name: "X",
      version: "1.0.0",
      description: "d",
      nodes: [
        { id: "a", typeId: "core.noop", name: "A", position: { x: 1, y: 2 }, config: { c: 1 }, inputs: {}, odd: true },
        7,
      ],
      edges: "none",
      triggers: [],
      variables: [],
      metadata: {},
      settings: {},
    };
    assert.deepEqual(completeDefinition(document, "y.yaml"), document);
  });

  for (const { name, file, content, says } of [
    { name: "a file that is not there", file: "none.yaml", content: undefined, says: /There is no file none\.yaml/ },
    { name: "YAML that is none", file: "a.yaml", content: "a: [1\nb: 2", says: /a\.yaml is not valid YAML: .*line/s },
    { name: "JSON that is none", file: "a.json", content: "{", says: /a\.json is not valid JSON/ },
    { name: "a file with something else", file: "a.yaml", content: "- 1", says: /must be an object/ },
    { name: "a YAML bomb", file: "a.yaml", content: bomb(), says: /cannot be taken in/ },
  ]) {
    it(`is refused with exit code 2: ${name}`, async (t) => {
      const home = makeHome(t, "http://127.0.0.1:9");
      if (content !== undefined) writeFileSync(join(home, file), content);
      const { code, err } = await cli(["workflows", "validate", file], { home });
      assert.equal(code, 2);
      assert.match(err, says);
    });
  }
});

/** Nine lists, each of nine of the one before. */
function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  return lines.join("\n");
}

describe("parley workflows", () => {
  it("list shows them", async (t) => {
    const workflow = {
      workflowId: "w",
      version: "1.0.0",
      definitionHash: "0123456789abcdef",
      origin: "api",
      updatedAt: "2026-01-02T03:04:05.678Z",
    };
    const double = await openDouble(t, { "GET /v1/workflows": always({ workflows: [workflow] }) });
    const home = makeHome(t, double.url);
    assert.match(
      (await cli(["workflows", "list"], { home })).out,
      /^w {9}1\.0\.0 {4}api {5}0123456789ab {2}2026-01-02 03:04:05Z$/m,
    );
    assert.deepEqual(jsonLines((await cli(["workflows", "list", "--json"], { home })).out), [workflow]);
  });

  it("show prints the definition", async (t) => {
    const double = await openDouble(t, { "GET /v1/workflows/w": always({ id: "w" }) });
    const home = makeHome(t, double.url);
    assert.equal((await cli(["workflows", "show", "w"], { home })).out, '{\n  "id": "w"\n}\n');
    assert.equal((await cli(["workflows", "show", "w", "--json"], { home })).out, '{"id":"w"}\n');
  });

  it("add says whether it was new", async (t) => {
    const added = { workflowId: "w", version: "0.0.0-dev", definitionHash: "0123456789abcdef", created: false };
    const double = await openDouble(t, { "POST /v1/workflows": always(added) });
    const home = makeHome(t, double.url);
    writeFileSync(join(home, "w.json"), "{}");
    assert.equal((await cli(["workflows", "add", "w.json"], { home })).out, "w  0.0.0-dev  0123456789ab  unchanged\n");
  });

  it("validate ends with 2 and names every problem when it is not valid", async (t) => {
    const verdict = { valid: false, problems: [{ path: "nodes", message: "must not be empty" }] };
    const double = await openDouble(t, { "POST /v1/workflows:validate": always(verdict) });
    const home = makeHome(t, double.url);
    writeFileSync(join(home, "w.json"), "{}");
    const { code, out, err } = await cli(["workflows", "validate", "w.json"], { home });
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assert.match(err, / {2}- nodes: must not be empty/);
  });
});

describe("parley backup", () => {
  it("takes a path as it was meant where it was typed", async (t) => {
    const path = "/v1/host/parley/admin/backup";
    const double = await openDouble(t, { [`POST ${path}`]: always({ path: "/here/b.db", bytes: 1536 }, 201) });
    const home = makeHome(t, double.url);
    const { out } = await cli(["backup", "b.db"], { home, cwd: "/here" });
    assert.equal(out, "/here/b.db  1.5 KiB\n");
    assert.deepEqual(double.to(path)[0]?.body, { path: "/here/b.db" });
  });
});
