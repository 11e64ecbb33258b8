// A webhook delivery that nobody takes: tried eight times, then a dead letter that can be sent again
// (streams-webhooks.md §4.9).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

/** Waits of 20, 40, … 1 280 ms with up to a quarter of jitter, and what a busy machine adds. */
const CONFIG = "webhooks: { firstRetryMs: 20 }\n";
const GIVEN_UP_MS = 30_000;

describe("a delivery that nobody takes", { skip: needsOwnDaemon() }, () => {
  const env = { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" };
  const host = useDaemon({ fixtures: ownFixtures, seams: true, config: CONFIG, env });
  const receiver = new WebhookReceiver();
  before(() => receiver.listen());
  after(() => receiver.close());

  it("is a dead letter after its last attempt, and goes out when somebody sends it again", async () => {
    receiver.answer("/refusing", (call) => (call <= 8 ? 500 : 204));
    const { body } = await host.client.post("/v1/webhooks", {
      url: receiver.url("/refusing"),
      events: ["run.completed"],
    });
    const { webhookId } = body;
    const { retryPolicy } = (await host.client.get(`/v1/trigger-subscriptions/${webhookId}`)).body.subscription;
    const runId = await host.client.createRun("conformance-noop");
    const tries = await receiver.until("/refusing", retryPolicy.maxAttempts, GIVEN_UP_MS);
    const records = `/v1/host/parley/webhooks/${webhookId}/deliveries?outcome=dead-lettered`;
    const deadline = performance.now() + 5_000;
    let dead = (await host.client.get(records)).body.deliveries;
    while (dead.length === 0) {
      assert.ok(performance.now() < deadline, "it is not among the dead letters");
      await new Promise((resolve) => setTimeout(resolve, 50));
      dead = (await host.client.get(records)).body.deliveries;
    }
    const [{ deliveryId, attempt, outcome, runId: told }] = dead;
    assert.deepEqual([attempt, outcome, told], [retryPolicy.maxAttempts, "dead-lettered", runId]);
    assert.equal(new Set(tries.map(({ headers }) => headers["openwop-delivery-nonce"])).size, 1);
    const redriven = await host.client.post(`/v1/host/parley/webhooks/${webhookId}/redrive`, { deliveryId });
    assert.equal(redriven.status, 200, redriven.text);
    assert.equal(redriven.body.redriven, 1);
    const [again] = (await receiver.until("/refusing", retryPolicy.maxAttempts + 1)).slice(-1);
    assert.equal(again?.rawBody, tries[0]?.rawBody, "the same event");
    assert.equal(again?.headers["openwop-delivery-nonce"], tries[0]?.headers["openwop-delivery-nonce"]);
  });
});
