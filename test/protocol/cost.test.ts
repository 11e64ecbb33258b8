// Cost attributes: the seven that may leave the host, and their way through a usage event.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowedCost, costOfUsage, costUsage } from "#protocol/cost.ts";
import type { Json } from "#protocol/json.ts";

describe("cost attributes", () => {
  it("are exactly the seven of the list, with plain values", () => {
    const reported = {
      "openwop.cost.tokens.input": 1,
      "openwop.cost.usd": { amount: 1 },
      "openwop.cost.currency": null,
      "openwop.cost.provider": "p",
      "openwop.cost.estimated": "yes",
      "openwop.cost.evil": "x",
    };
    assert.deepEqual(allowedCost(reported), { "openwop.cost.tokens.input": 1, "openwop.cost.provider": "p" });
  });

  it("survive the way through a usage event", () => {
    const reported = {
      "openwop.cost.tokens.input": 100,
      "openwop.cost.tokens.output": 50,
      "openwop.cost.tokens.total": 150,
      "openwop.cost.usd": 0.00123,
      "openwop.cost.currency": "USD",
      "openwop.cost.estimated": true,
      "openwop.cost.provider": "anthropic",
    };
    assert.deepEqual(costOfUsage(costUsage(reported) as { [name: string]: Json }), reported);
  });

  it("leave the dollars out rather than guess", () => {
    const usage = { provider: "p", model: "m", inputTokens: 1, outputTokens: 2 };
    const cost = costOfUsage(usage);
    assert.ok(!("openwop.cost.usd" in cost) && !("openwop.cost.estimated" in cost));
  });
});
