// The dispatcher over a slow store, on a clock of the test's own: exhaustion, the operator's redrive, restarts.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it, mock, type TestContext } from "node:test";
import { WebhookBook } from "#delivery/webhooks/book.ts";
import { WebhookDispatcher } from "#delivery/webhooks/dispatcher.ts";
import { createSequentialIds } from "#platform/ids.ts";
import type { WebhookAttempt } from "#ports/rows/webhooks.ts";
import { type MemoryStore, openMemoryStore } from "#store/memory-slow/open.ts";
import { events, insertRun, write } from "../contracts/store-builders.ts";
import { putWebhook } from "../contracts/store-webhooks.ts";
import { seededRandom } from "../store/random.ts";
import { quietLogger } from "../support/host.ts";

interface World {
  store: MemoryStore;
  book: WebhookBook;
  /** Event ids in the order in which the receiver got them. */
  got: string[];
  /** What the receiver answers. */
  status: number;
  /** Time goes on; what becomes due happens. */
  pass(ms: number): Promise<void>;
  /** Waits, without time going on. */
  until(check: () => boolean | Promise<boolean>, what: string): Promise<void>;
  restart(): Promise<void>;
}

/** Types of the events that the builders make. */
const wanted = { events: ["log.appended"] };
/** Of real turns of the event loop, of which the receiver needs some. */
const MAX_TURNS = 20_000;

async function makeWorld(t: TestContext): Promise<World> {
  const got: string[] = [];
  const server = http.createServer(async (request, response) => {
    got.push(JSON.parse(await text(request)).eventId);
    response.writeHead(world.status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://hooks.test:${(server.address() as AddressInfo).port}/in`;
  mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  const ids = createSequentialIds();
  let store = openMemoryStore({ random: seededRandom(1), nowMs: clock.nowMs });
  let running: { dispatcher: WebhookDispatcher; book: WebhookBook; unsubscribe: () => void };
  async function start() {
    const book = new WebhookBook({ add: () => undefined, remove: () => undefined });
    await book.load(store);
    const dispatcher = new WebhookDispatcher({
      store,
      clock,
      ids,
      logger: quietLogger(),
      book,
      resolve: async () => ({ ok: true, address: "127.0.0.1" }),
      random: () => 0,
      firstRetryMs: 1_000,
      version: "0",
      stopPoint: () => undefined,
    });
    const unsubscribe = store.subscribe((committed) => {
      book.onCommitted(committed.rows);
      dispatcher.onCommitted(committed);
    });
    dispatcher.start();
    running = { dispatcher, book, unsubscribe };
  }
  const world: World = {
    get store() {
      return store;
    },
    get book() {
      return running.book;
    },
    got,
    status: 204,
    async pass(ms) {
      // What is under way comes to rest first, so that its timers are set.
      for (let turn = 0; turn < 200; turn += 1) await aTurn();
      nowMs += ms;
      mock.timers.tick(ms);
      for (let turn = 0; turn < 200; turn += 1) await aTurn();
    },
    async until(check, what) {
      for (let turn = 0; turn < MAX_TURNS; turn += 1) {
        if (await check()) return;
        await aTurn();
      }
      assert.fail(`${what} did not happen; got ${got.join(", ")}`);
    },
    async restart() {
      running.unsubscribe();
      store.crash();
      store = store.reopen();
      await start();
    },
  };
  await start();
  t.after(async () => {
    mock.timers.reset();
    await running.dispatcher.stop();
    server.closeAllConnections();
    server.close();
  });
  await write(store, putWebhook("wh_1", { ...wanted, url }), insertRun("run_1"), insertRun("run_2"));
  await world.until(() => running.book.get("wh_1") !== undefined, "the book hears of the webhook");
  return world;
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function tell({ store, book }: World, runId: string, from: number, count: number): Promise<void> {
  const told = events(runId, from, count);
  const rows = book.deliveriesFor(
    (await store.readRun(runId))?.start ?? assert.fail(),
    told.lines.map((line) => JSON.parse(line)),
    1_000_000,
  );
  const outcome = await store.commit({ commitId: `tell ${runId} ${from}`, guards: [], appends: [told], rows });
  assert.equal(outcome.outcome, "committed");
}

const dead = async ({ store }: World) => {
  const page = await store.listWebhookRecords({ webhookId: "wh_1", what: "dead-letters" }, { limit: 10 });
  return page.items as WebhookAttempt[];
};
const stateOf = async ({ store }: World) => (await store.readWebhook("wh_1"))?.state;
const sequences = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `evt_run_1_${from + at}`);

const lineOf = (world: World) => world.store.readWebhookLine({ webhookId: "wh_1", runId: "run_1", redrive: -1 });

/** Waits until that many attempts at the next event of run_1 are recorded as failed. */
function failed(world: World, attempts: number): Promise<void> {
  return world.until(async () => (await lineOf(world))?.attempts === attempts, `failure ${attempts}`);
}

/** Lets the delivery of run_1 fail until it is given up. */
async function exhaust(world: World): Promise<void> {
  for (let attempts = 1; attempts < 8; attempts += 1) {
    await failed(world, attempts);
    await world.pass(2 ** (attempts - 1) * 1_000);
  }
  await world.until(async () => (await stateOf(world)) === "dead-lettered", "the end of the subscription");
}

describe("the dispatcher", () => {
  it("tells a run's events in order, also those that come while it tells", async (t) => {
    const world = await makeWorld(t);
    await tell(world, "run_1", 0, 3);
    await tell(world, "run_1", 3, 4);
    await world.until(() => world.got.length === 7, "all deliveries");
    assert.deepEqual(world.got, sequences(0, 6));
    await world.until(async () => (await lineOf(world)) === undefined, "the end of the line");
  });

  it("makes eight attempts, then keeps a dead letter and stops", async (t) => {
    const world = await makeWorld(t);
    world.status = 500;
    await tell(world, "run_1", 0, 2);
    for (let attempts = 1; attempts < 8; attempts += 1) {
      await failed(world, attempts);
      await world.pass(2 ** (attempts - 1) * 1_000 - 1);
      assert.equal(world.got.length, attempts, "not a moment too early");
      await world.pass(1);
    }
    await world.until(async () => (await stateOf(world)) === "dead-lettered", "the end");
    assert.equal(world.got.length, 8);
    assert.deepEqual(new Set(world.got), new Set(["evt_run_1_0"]), "the event behind it waits");
    const [letter] = await dead(world);
    assert.deepEqual([letter?.eventId, letter?.attempt], ["evt_run_1_0", 8]);
    await world.pass(3_600_000);
    assert.equal(world.got.length, 8);
  });

  it("delivers a dead letter again when the operator says so, and then what waited behind it", async (t) => {
    const world = await makeWorld(t);
    world.status = 500;
    await tell(world, "run_1", 0, 2);
    await exhaust(world);
    world.status = 204;
    world.got.length = 0;
    const [letter] = await dead(world);
    const atMs = 5_000_000;
    const redrive = { op: "redriveWebhook", recordId: letter?.recordId ?? "", deliveryId: "dlv_again" } as const;
    const from = ["dead-lettered"] as ["dead-lettered"];
    const health = { consecutiveFailures: 0, failuresMs: [] };
    await world.pass(atMs);
    await write(
      world.store,
      { ...redrive, webhookId: "wh_1", atMs: 1_000_000 },
      { op: "changeWebhook", webhookId: "wh_1", from, to: "active", health, recordId: "dlv_x", atMs },
    );
    await world.until(() => world.got.length === 2, "both deliveries");
    assert.deepEqual([...world.got].sort(), sequences(0, 1));
    await world.until(async () => (await dead(world)).length === 0, "no dead letter is left");
  });

  it("goes on after a crash where the record stands, and loses nothing", async (t) => {
    const world = await makeWorld(t);
    await tell(world, "run_1", 0, 5);
    await world.until(() => world.got.length >= 2, "the first deliveries");
    await world.restart();
    await world.until(() => world.got.includes("evt_run_1_4"), "the last delivery");
    assert.deepEqual([...new Set(world.got)], sequences(0, 4), "each at least once, first arrivals in order");
  });

  it("keeps a retry that was planned over a restart, and its count of attempts", async (t) => {
    const world = await makeWorld(t);
    world.status = 500;
    await tell(world, "run_1", 0, 1);
    await failed(world, 1);
    await world.restart();
    await world.pass(999);
    assert.equal(world.got.length, 1);
    await world.pass(1);
    await failed(world, 2);
  });

  it("ends at once with the webhook", async (t) => {
    const world = await makeWorld(t);
    world.status = 500;
    await tell(world, "run_1", 0, 3);
    await world.until(() => world.got.length === 1, "the first attempt");
    await write(world.store, { op: "deleteWebhook", webhookId: "wh_1" });
    await world.until(() => world.book.get("wh_1") === undefined, "the book hears of it");
    await world.pass(600_000);
    assert.equal(world.got.length, 1);
  });
});
