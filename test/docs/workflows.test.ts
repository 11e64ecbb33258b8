// docs/workflows.md: every document in it can be registered, and its table names every node type a document may use.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import { completeDefinition } from "#protocol/workflow-defaults.ts";
import { repoRoot } from "#test/support/paths.ts";
import { useDaemon } from "#test/support/suite.ts";

const text = readFileSync(join(repoRoot, "docs", "workflows.md"), "utf8");
const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => parse(yaml));

describe("docs/workflows.md", () => {
  const host = useDaemon({});

  for (const [at, example] of examples.entries()) {
    const document = completeDefinition(example, `example-${at}`);

    it(`shows a document that is sound: ${example.name}`, async () => {
      const { body } = await host.client.post("/v1/workflows:validate", document);
      assert.deepEqual(body, { valid: true, problems: [] });
    });

    it(`shows one that does what it says: ${example.name}`, async () => {
      await host.client.post("/v1/workflows", document);
      const runId = await host.client.createRun(String(document.id));
      const asks = example.nodes.some(({ typeId }: { typeId: string }) => typeId === "core.approvalGate");
      assert.equal(await host.client.settled(runId), asks ? "waiting-approval" : "completed");
    });
  }

  it("sends 120 the way of large amounts", async () => {
    const runId = await host.client.createRun("example-0");
    await host.client.settled(runId);
    assert.equal((await host.client.snapshot(runId)).variables.verdict, "large");
  });

  it("names every node type", () => {
    for (const typeId of nodeTypesOf().keys()) {
      if (!typeId.startsWith("private.")) assert.ok(text.includes(`\`${typeId}\``), typeId);
    }
  });
});
