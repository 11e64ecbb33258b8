// The daemon of a campaign: with seams, our fixtures, some runs and threads of the asking tenant, and as many of another
// one whose every text holds a word that must never be shown.

import { rmSync } from "node:fs";
import { Client } from "#test/support/client.ts";
import { startDaemon } from "#test/support/daemon.ts";
import { workflow } from "#test/support/definitions.ts";
import { addKeys } from "#test/support/keys.ts";
import { ownFixtures } from "#test/support/paths.ts";
import type { Target } from "./campaign.ts";
import { routesOf } from "./requests.ts";

const CANARY = "belongs-elsewhere-7f3a";

export async function openTarget(): Promise<{ target: Target; stop(): Promise<void> }> {
  const first = await startDaemon({ fixtures: ownFixtures, seams: true });
  const scopes = ["manifest:read", "runs:create", "runs:read", "runs:cancel", "approvals:respond", "workflows:write"];
  await first.stop();
  const { stranger } = await addKeys(first.home, { stranger: { scopes, tenantId: "elsewhere" } });
  const daemon = await startDaemon({ home: first.home, fixtures: ownFixtures, seams: true });
  const own = new Client(daemon.url, daemon.key);
  const ids = [
    ...(await populate(own, "fuzz-ours", "ours")),
    ...(await populate(own.as(stranger), "fuzz-theirs", CANARY)),
  ];
  const { body } = await own.anonymous("GET", "/v1/openapi.json");
  return {
    target: { url: daemon.url, key: daemon.key, routes: routesOf(body), ids, canary: CANARY },
    async stop() {
      await daemon.dispose();
      rmSync(first.home, { recursive: true, force: true });
    },
  };
}

/** Some of everything; its ids. */
async function populate(client: Client, workflowId: string, word: string): Promise<string[]> {
  const definition = workflow(workflowId, {
    nodes: [
      { id: "first", typeId: "core.identity", inputs: { text: { type: "static", value: word } } },
      { id: "gate", typeId: "core.approvalGate", config: { title: word, actions: ["accept", "reject"] } },
    ],
    edges: [{ from: "first", to: "gate" }],
  });
  await client.register(definition);
  const ids = [definition.id, "first", "gate"];
  for (let at = 0; at < 5; at += 1) {
    const runId = await client.createRun(definition.id, { body: { tags: [word], metadata: { word } } });
    await client.settled(runId);
    ids.push(runId);
    const { body } = await client.get(`/v1/host/parley/runs/${runId}/interrupts`);
    for (const { interruptId, token } of body.interrupts as { interruptId: string; token?: string }[]) {
      ids.push(interruptId);
      // The other tenant's token is a credential of its own: whoever has it may see the question.
      if (token !== undefined && word !== CANARY) ids.push(token);
    }
  }
  return ids;
}
