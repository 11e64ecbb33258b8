import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createMasker } from "#platform/masking.ts";
import { createSecretStore } from "#platform/secrets.ts";
import type { SecretRef } from "#ports/secrets.ts";
import { recordingLogger, temporaryFolder } from "./support.ts";

const homeDir = temporaryFolder();

function arrange(env: Record<string, string> = {}) {
  const masker = createMasker();
  const { logger, lines } = recordingLogger();
  return { masker, lines, env, secrets: createSecretStore({ env, homeDir, masker, logger }) };
}

function secretFile(name: string, text: string, mode = 0o600): string {
  const path = join(homeDir, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a secret", () => {
  it("comes from an environment variable", async () => {
    const { secrets } = arrange({ API_KEY: "value-of-it" });
    assert.equal(await secrets.resolve({ env: "API_KEY" }), "value-of-it");
  });

  it("comes from a file, relative to the home, without the line break at its end", async () => {
    secretFile("token", "value-of-it\n");
    assert.equal(await arrange().secrets.resolve({ file: "token" }), "value-of-it");
  });

  it("is masked from the moment it is given out", async () => {
    const { secrets, masker } = arrange({ API_KEY: "value-of-it" });
    assert.equal(masker.mask("value-of-it"), "value-of-it");
    await secrets.resolve({ env: "API_KEY" });
    assert.equal(masker.mask("value-of-it"), "[REDACTED:env:API_KEY]");
  });

  it("is read anew each time, so that a rotated one is seen", async () => {
    const { secrets, masker } = arrange();
    secretFile("rotated", "first-value");
    await secrets.resolve({ file: "rotated" });
    secretFile("rotated", "second-value");
    assert.equal(await secrets.resolve({ file: "rotated" }), "second-value");
    assert.equal(masker.mask("first-value second-value"), "[REDACTED:file:rotated] [REDACTED:file:rotated]");
  });

  it("in a file that others can reach is given out with a warning, told once", async () => {
    const { secrets, lines } = arrange();
    secretFile("open", "value-of-it", 0o644);
    assert.equal(await secrets.resolve({ file: "open" }), "value-of-it");
    await secrets.resolve({ file: "open" });
    assert.deepEqual(
      lines.map((line) => line.level),
      ["warn"],
    );
  });

  it("too short to be masked is given out with a warning", async () => {
    const { secrets, lines } = arrange({ PIN: "1234" });
    assert.equal(await secrets.resolve({ env: "PIN" }), "1234");
    assert.match(lines[0]?.message ?? "", /cannot be masked/);
    assert.doesNotMatch(JSON.stringify(lines), /1234/);
  });
});

describe("a secret that cannot be had", () => {
  mkdirSync(join(homeDir, "folder"));
  secretFile("empty", "\n");
  secretFile("huge", "x".repeat(70_000));
  const cases: { name: string; ref: SecretRef; failure: string }[] = [
    { name: "variable that is not set", ref: { env: "NOT_SET" }, failure: "missing" },
    { name: "variable that is empty", ref: { env: "EMPTY" }, failure: "empty" },
    { name: "file that is not there", ref: { file: "nowhere" }, failure: "missing" },
    { name: "file without content", ref: { file: "empty" }, failure: "empty" },
    { name: "folder", ref: { file: "folder" }, failure: "unreadable" },
    { name: "file larger than any credential", ref: { file: "huge" }, failure: "unreadable" },
  ];
  for (const { name, ref, failure } of cases) {
    it(`is told with its reference: ${name} is ${failure}`, async () => {
      const { secrets } = arrange({ EMPTY: "" });
      await assert.rejects(secrets.resolve(ref), { name: "SecretError", failure, ref });
    });
  }
});
