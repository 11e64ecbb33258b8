// Keys without scopes, keys of other tenants, and keys that fork what others began
// (runs.md §1, §14.1; streams-webhooks.md §4.7).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { addKeys } from "../support/keys.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon } from "../support/suite.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";
import { routes } from "./contract/routes.ts";

const filled = (path: string) => path.replace(/\{[^}]+\}/g, "nothing");
/** Tokens in the path are credentials of their own. */
const guarded = routes.filter(({ path }) => path !== "/v1/interrupts/{token}");

describe("keys of every kind", { skip: needsOwnDaemon() }, () => {
  const options = { fixtures: ownFixtures, seams: true, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } };
  const receiver = new WebhookReceiver();
  let first: Daemon;
  let daemon: Daemon;
  let operator: Client;
  let keys: Record<"powerless" | "colleague" | "stranger", string>;

  before(async () => {
    await receiver.listen();
    first = await startDaemon(options);
    await first.stop();
    const scopes = ["runs:create", "runs:read", "workflows:write", "webhooks:manage"];
    keys = await addKeys(first.home, {
      powerless: { scopes: [] },
      colleague: { scopes, principalId: "colleague" },
      stranger: { scopes, tenantId: "elsewhere" },
    });
    daemon = await startDaemon({ ...options, home: first.home });
    operator = new Client(daemon.url, daemon.key);
  });
  after(async () => {
    await daemon?.dispose();
    await first?.dispose();
    receiver.close();
  });

  for (const { method, path, statuses } of guarded) {
    if (statuses.includes(401)) {
      it(`${method} ${path} wants a credential`, async () => {
        assertRefused(await operator.anonymous(method, filled(path)), 401, "unauthenticated");
      });
    }
    if (statuses.includes(403)) {
      it(`${method} ${path} wants a scope, before anything is looked at`, async () => {
        const answer = await operator.as(keys.powerless).call(method, filled(path), { text: "{ no json" });
        assert.ok(assertRefused(answer, 403, "forbidden").scopeRequired);
      });
    }
  }

  it("a webhook hears of the runs of its own tenant only", async () => {
    const stranger = operator.as(keys.stranger);
    const definition = workflow("theirs", { nodes: [{ id: "a", typeId: "core.noop" }] });
    await stranger.register(definition);
    const events = ["run.started", "run.completed"];
    for (const [client, path] of [
      [stranger, "/theirs"],
      [operator, "/ours"],
    ] as const) {
      const { status } = await client.post("/v1/webhooks", { url: receiver.url(path), events });
      assert.equal(status, 201);
    }
    const ours = await operator.createRun("conformance-noop");
    await receiver.until("/ours", 2);
    const theirs = await stranger.createRun("theirs");
    await receiver.until("/theirs", 2);
    const told = (path: string) => new Set(receiver.got(path).map(({ body }) => body.runId));
    assert.deepEqual([told("/ours"), told("/theirs")], [new Set([ours]), new Set([theirs])]);
    const { body } = await operator.get("/v1/webhooks");
    const mine = body.webhooks[0].webhookId;
    assertRefused(await stranger.call("DELETE", `/v1/webhooks/${mine}`), 404, "subscription_not_found");
  });

  it("a fork belongs to whom its source belongs, whoever forks it", async () => {
    const source = await operator.createRun("conformance-noop");
    await operator.ended(source);
    const { owner } = await operator.snapshot(source);
    const colleague = operator.as(keys.colleague);
    for (const body of [{ mode: "replay" }, { mode: "branch", fromSeq: 1 }]) {
      const fork = await colleague.post(`/v1/runs/${source}:fork`, body);
      assert.equal(fork.status, 201, fork.text);
      await colleague.ended(fork.body.runId);
      assert.deepEqual((await operator.snapshot(fork.body.runId)).owner, owner);
    }
    assertRefused(
      await operator.as(keys.stranger).post(`/v1/runs/${source}:fork`, { mode: "replay" }),
      404,
      "not_found",
    );
  });
});
