// Changing models.default in a file that an operator wrote by hand.

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ConfigNotWritableError, type ModelSetting, prepareModelChange } from "#platform/config/write.ts";
import { temporaryFolder } from "./support.ts";

const setting: ModelSetting = { provider: "openai", model: "m", apiKey: { file: "secrets/openai.key" } };
const section = "    provider: openai\n    model: m\n    apiKey:\n      file: secrets/openai.key\n";

function fileOf(text: string | undefined): string {
  const file = join(mkdtempSync(join(temporaryFolder(), "config-")), "parley.yaml");
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

async function changed(text: string | undefined, wanted: ModelSetting = setting): Promise<string> {
  const file = fileOf(text);
  (await prepareModelChange(file, wanted)).apply();
  assert.deepEqual(readdirSync(join(file, "..")), ["parley.yaml"]);
  return readFileSync(file, "utf8");
}

describe("setting the model in the file", () => {
  const long = `log:\n  level: info # ${"a long line ".repeat(20).trim()}\n`;
  for (const { name, before, after, wanted } of [
    { name: "that does not exist", before: undefined, after: `models:\n  default:\n${section}` },
    { name: "that is empty", before: "", after: `models:\n  default:\n${section}` },
    {
      name: "that holds comments alone",
      before: "# one\n\n# two\n",
      after: `# one\n\n# two\n\nmodels:\n  default:\n${section}`,
    },
    {
      name: "without models",
      before: "server:\n  port: 0 # any\n",
      after: `server:\n  port: 0 # any\nmodels:\n  default:\n${section}`,
    },
    {
      name: "with an empty section",
      before: "models:\n  # later\nserver: { port: 0 }\n",
      after: `models:\n  # later\n  default:\n${section}server: { port: 0 }\n`,
    },
    {
      name: "with comments beside what stays",
      before: "models:\n  default:\n    # why\n    provider: openai # who\n    model: old # which\n",
      after:
        "models:\n  default:\n    # why\n    provider: openai # who\n    model: m # which\n    apiKey:\n      file: secrets/openai.key\n",
    },
    {
      name: "with members that go",
      before:
        "models:\n  default:\n    provider: openai\n    model: m\n    baseUrl: http://x\n    apiKey: { env: K }\n",
      wanted: { provider: "scripted", model: "offline" } as ModelSetting,
      after: "models:\n  default:\n    provider: scripted\n    model: offline\n",
    },
    {
      name: "with long lines",
      before: long,
      after: `${long}models:\n  default:\n${section}`,
    },
  ]) {
    it(name, async () => assert.equal(await changed(before, wanted), after));
  }

  it("changes nothing before it is applied, and nothing when it is given up", async () => {
    const file = fileOf("server: { port: 0 }\n");
    const change = await prepareModelChange(file, setting);
    assert.equal(readFileSync(file, "utf8"), "server: { port: 0 }\n");
    change.discard();
    assert.equal(readFileSync(file, "utf8"), "server: { port: 0 }\n");
    assert.deepEqual(readdirSync(join(file, "..")), ["parley.yaml"]);
  });

  it("keeps the mode of the file, and makes a new one for the owner alone", async () => {
    const file = fileOf("server: { port: 0 }\n");
    const before = statSync(file).mode;
    (await prepareModelChange(file, setting)).apply();
    assert.equal(statSync(file).mode, before);
    const fresh = fileOf(undefined);
    (await prepareModelChange(fresh, setting)).apply();
    assert.equal(statSync(fresh).mode & 0o777, 0o600);
  });

  it("replaces what a link leads to, not the link", async () => {
    const file = fileOf("server: { port: 0 }\n");
    const link = join(file, "..", "link.yaml");
    symlinkSync(file, link);
    (await prepareModelChange(link, setting)).apply();
    assert.match(readFileSync(file, "utf8"), /provider: openai/);
    assert.equal(readFileSync(link, "utf8"), readFileSync(file, "utf8"));
    assert.deepEqual(readdirSync(join(file, "..")).sort(), ["link.yaml", "parley.yaml"]);
  });

  it("goes on where a process died half-way", async () => {
    const file = fileOf("");
    writeFileSync(`${file}.new`, "half a fi");
    (await prepareModelChange(file, setting)).apply();
    assert.equal(readFileSync(file, "utf8"), `models:\n  default:\n${section}`);
    assert.ok(!existsSync(`${file}.new`));
  });
});

describe("a file that cannot be changed safely", () => {
  for (const { name, text, says } of [
    { name: "broken YAML", text: "models: [", says: /is not valid YAML/ },
    {
      name: "an anchor in the section that is used elsewhere",
      text: "models:\n  default: { provider: openai, model: &name old }\nother: *name\n",
      says: /anchors, merges/,
    },
    { name: "a list in the place of the file", text: "- a\n", says: /anchors, merges|cannot change/ },
  ]) {
    it(`is refused and stays: ${name}`, async () => {
      const file = fileOf(text);
      await assert.rejects(prepareModelChange(file, setting), (error) => {
        assert.ok(error instanceof ConfigNotWritableError);
        assert.match(error.message, says);
        assert.ok(error.message.startsWith(`${file} `));
        assert.match(error.message, /Set models\.default there by hand/);
        return true;
      });
      assert.equal(readFileSync(file, "utf8"), text);
      assert.deepEqual(readdirSync(join(file, "..")), ["parley.yaml"]);
    });
  }

  it("is refused when its folder is gone", async () => {
    const file = join(temporaryFolder(), "no", "parley.yaml");
    await assert.rejects(prepareModelChange(file, setting), /cannot be written \(ENOENT\)/);
  });

  it("is refused when it is a folder", async () => {
    const file = fileOf(undefined);
    mkdirSync(file);
    await assert.rejects(prepareModelChange(file, setting), /cannot be read \(EISDIR\)/);
  });
});
