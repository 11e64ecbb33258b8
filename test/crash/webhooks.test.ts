// Webhooks over kills: every event arrives at least once, in order, under the same id and nonce; and the campaign's own
// check of that notices what it must.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { RunEvidence } from "../../bench/chaos/check-runs.ts";
import { checkWebhooks } from "../../bench/chaos/check-webhooks.ts";
import { Findings } from "../../bench/chaos/findings.ts";
import { Hooks } from "../../bench/chaos/hooks.ts";
import { workflow } from "../support/definitions.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";
import { run as evidence } from "./evidence.ts";
import { testDaemon } from "./home.ts";

const TIMEOUT_MS = 120_000;
const types = ["run.started", "node.started", "node.completed", "run.completed"];
/** The first and the last event of the run. */
const hits = [1, 4];
const noop = workflow("noop", { nodes: [{ id: "a", typeId: "core.noop" }] });

describe("a daemon killed while it tells a webhook", () => {
  const receiver = new WebhookReceiver();
  before(() => receiver.listen());
  after(() => receiver.close());

  for (const { stopPoint, repeated } of [
    { stopPoint: "webhook.due", repeated: 0 },
    { stopPoint: "webhook.posted", repeated: 1 },
  ]) {
    for (const hit of hits) {
      it(`at pass ${hit} of ${stopPoint} tells every event, ${repeated} of them twice`, {
        timeout: TIMEOUT_MS,
      }, async () => {
        await using parley = await testDaemon({ OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" });
        const { daemon, client } = parley;
        const path = `/${stopPoint}/${hit}`;
        await daemon.start();
        await client.send("POST", "/v1/workflows", { body: noop });
        const registered = await client.send("POST", "/v1/webhooks", {
          body: { url: receiver.url(path), events: types },
        });
        assert.equal(registered.outcome === "answered" && registered.status, 201);
        await daemon.stop();
        assert.equal(await daemon.start({ stopAt: `${stopPoint}:${hit}` }), "ready");
        const headers = { "idempotency-key": "one" };
        await client.send("POST", "/v1/runs", { body: { workflowId: "noop" }, headers });
        assert.equal(await daemon.exited(), true, "the stop point is passed");
        assert.equal(await daemon.start(), "ready", daemon.log);
        const got = await receiver.until(path, types.length + repeated, TIMEOUT_MS);
        const { events } = await client.get(`/v1/runs/${got[0]?.body.runId}/events/poll`);
        // Once everything is recorded nothing more is told: what is left waiting would come with the next start.
        await daemon.stop();
        await daemon.start();
        const all = receiver
          .got(path)
          .map(({ body, headers: told }) => `${body.type} ${told["openwop-delivery-nonce"]}`);
        const logged = events.map(({ type }: { type: string }) => type);
        assert.deepEqual(
          [...new Set(all)].map((one) => one.split(" ")[0]),
          logged.filter((type: string) => types.includes(type)),
          "first arrivals are in the order of the log, each event under one nonce",
        );
        assert.equal(all.length, types.length + repeated);
      });
    }
  }
});

describe("the campaign's check of webhooks", () => {
  const events = ["run.started", "run.completed"].map((type, sequence) => ({
    eventId: `evt_${sequence}`,
    type,
    sequence,
  }));
  const run: RunEvidence = { ...evidence([]), events };

  function hooksWith(...eventIds: string[]): Hooks {
    const hooks = new Hooks();
    for (const [place, eventId] of eventIds.entries()) {
      const told = {
        eventId,
        runId: "run_1",
        sequence: 0,
        type: "run.started",
        nonces: new Set(["n"]),
        arrivals: 1,
        place,
      };
      hooks.told.set(eventId, told);
    }
    return hooks;
  }

  const findingsOf = async (hooks: Hooks) => {
    const findings = new Findings();
    await checkWebhooks(new Map([[run.runId, run]]), hooks, findings, 0);
    return findings.list.map(({ kind }) => kind);
  };

  it("has nothing to say when all arrived", async () => {
    assert.deepEqual(await findingsOf(hooksWith("evt_0", "evt_1")), []);
  });

  it("notices what never arrived", async () => {
    assert.deepEqual(await findingsOf(hooksWith("evt_0")), ["lost"]);
  });

  it("notices an order that is not the log's", async () => {
    assert.deepEqual(await findingsOf(hooksWith("evt_1", "evt_0")), ["broken"]);
  });

  it("notices an event that the log does not have", async () => {
    assert.deepEqual(await findingsOf(hooksWith("evt_0", "evt_1", "evt_9")), ["broken"]);
  });

  it("notices a second nonce of one event", async () => {
    const hooks = hooksWith("evt_0", "evt_1");
    hooks.told.get("evt_0")?.nonces.add("another");
    assert.deepEqual(await findingsOf(hooks), ["broken"]);
  });

  it("notices a delivery that is not genuine", async () => {
    const hooks = hooksWith("evt_0", "evt_1");
    hooks.forged.push("signature_mismatch");
    assert.deepEqual(await findingsOf(hooks), ["broken"]);
  });
});
