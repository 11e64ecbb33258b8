// Who is told of what: deliveries are planned by the commit that writes the events (streams-webhooks.md §4.7, §4.8).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WebhookBook } from "#delivery/webhooks/book.ts";
import type { RunStart } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import { aRun } from "../contracts/store-builders.ts";
import { aWebhook } from "../contracts/store-webhooks.ts";

function aBook(...webhooks: Parameters<typeof aWebhook>[]) {
  const secrets = new Set<string>();
  const book = new WebhookBook({
    add: (_webhookId, secret) => void secrets.add(secret),
    remove: (secret) => void secrets.delete(secret),
  });
  book.onCommitted(
    webhooks.map(([id, parts]) => ({ op: "putWebhook", webhook: aWebhook(id, parts), secret: `secret of ${id}` })),
  );
  return { book, secrets };
}

const types = ["run.started", "node.started", "node.completed", "run.completed"];
const events = types.map((type, sequence) => ({ type, sequence }) as RunEvent);
const start = (parts: Partial<RunStart> = {}) => aRun("run_1", { start: parts }).start;

describe("the deliveries of a commit", () => {
  const spans = (book: WebhookBook, run: RunStart, of: readonly RunEvent[] = events) =>
    book.deliveriesFor(run, of, 7).map((row) => {
      assert.ok(row.op === "raiseWebhook");
      assert.deepEqual([row.runId, row.atMs], ["run_1", 7]);
      return [row.webhookId, row.firstSequence, row.lastSequence];
    });

  for (const { name, parts, run, told } of [
    {
      name: "go to who wants one of the events",
      parts: { events: ["run.completed"] },
      run: {},
      told: [["wh_1", 3, 3]],
    },
    { name: "span all events that are wanted", parts: { events: types }, run: {}, told: [["wh_1", 0, 3]] },
    { name: "are none for who wants none of the events", parts: { events: ["run.failed"] }, run: {}, told: [] },
    { name: "never leave the tenant", parts: { tenantId: "other" }, run: {}, told: [] },
    {
      name: "never leave the tenant for a tag",
      parts: { tenantId: "other", tags: ["x"] },
      run: { tags: ["x"] },
      told: [],
    },
    { name: "need a shared tag where there are tags", parts: { tags: ["x", "y"] }, run: { tags: ["z"] }, told: [] },
    {
      name: "are content with one shared tag",
      parts: { tags: ["x", "y"] },
      run: { tags: ["y"] },
      told: [["wh_1", 3, 3]],
    },
    {
      name: "are planned while a webhook does not take any",
      parts: { state: "paused" },
      run: {},
      told: [["wh_1", 3, 3]],
    },
  ] as const) {
    it(name, () => {
      const { book } = aBook(["wh_1", parts as Parameters<typeof aWebhook>[1]]);
      assert.deepEqual(spans(book, start(run as Partial<RunStart>)), told);
    });
  }

  const fork = { sourceRunId: "run_0", fromSeq: 0, throughSeq: 9, by: "operator" };
  it("are none for a run that replays another one, whatever its events are", () => {
    const { book } = aBook(["wh_1"]);
    assert.deepEqual(spans(book, start({ fork: { ...fork, mode: "replay" } })), []);
  });

  it("are as ever for a branch", () => {
    const { book } = aBook(["wh_1"]);
    assert.deepEqual(spans(book, start({ fork: { ...fork, mode: "branch" } })), [["wh_1", 3, 3]]);
  });

  it("are none where nobody subscribed", () => {
    assert.deepEqual(spans(aBook().book, start()), []);
  });

  it("end with the webhook", () => {
    const { book } = aBook(["wh_1"], ["wh_2"]);
    book.onCommitted([{ op: "deleteWebhook", webhookId: "wh_1" }]);
    assert.deepEqual(spans(book, start()), [["wh_2", 3, 3]]);
  });
});

describe("the book of webhooks", () => {
  it("hands secrets to be masked, and takes back those that are worthless", () => {
    const { book, secrets } = aBook(["wh_1"], ["wh_2"]);
    assert.deepEqual([...secrets], ["secret of wh_1", "secret of wh_2"]);
    book.onCommitted([{ op: "deleteWebhook", webhookId: "wh_1" }]);
    assert.deepEqual([...secrets], ["secret of wh_2"]);
  });

  it("counts what a tenant has", () => {
    const { book } = aBook(["wh_1"], ["wh_2", { tenantId: "other" }]);
    assert.deepEqual([book.countOf("default"), book.countOf("other"), book.countOf("none")], [1, 1, 0]);
  });

  it("follows a change of state only out of the states that it names, as the store does", () => {
    const { book } = aBook(["wh_1"]);
    const change = { op: "changeWebhook", webhookId: "wh_1", recordId: "dlv_1", atMs: 1 } as const;
    book.onCommitted([{ ...change, from: ["paused"], to: "failed" }]);
    assert.equal(book.get("wh_1")?.row.state, "active");
    book.onCommitted([{ ...change, from: ["active"], to: "failed", reason: "backpressure" }]);
    assert.deepEqual([book.get("wh_1")?.row.state, book.get("wh_1")?.row.reason], ["failed", "backpressure"]);
    book.onCommitted([{ ...change, from: ["failed"], to: "active" }]);
    assert.deepEqual([book.get("wh_1")?.row.state, book.get("wh_1")?.row.reason], ["active", undefined]);
  });
});
