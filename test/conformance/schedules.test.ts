// Schedules: registration, runs by the clock, and the routes about them (runs.md §13, §5.7; triggers-channels.md A2).

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { addKeys } from "../support/keys.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const BASE = "/v1/host/parley/schedules";

function job(id: string, config: object, more: { variables?: object[]; trigger?: object } = {}) {
  return workflow(id, {
    nodes: [{ id: "a", typeId: "core.identity" }],
    triggers: [{ id: "clock", type: "schedule", config, ...more.trigger }],
    ...(more.variables && { variables: more.variables }),
  });
}

interface ShownSlot {
  scheduledAt: string;
  outcome: string;
  runId?: string;
  throughAt?: string;
}

interface Shown {
  scheduleId: string;
  state: string;
  nextDueAt?: string;
  slots: ShownSlot[];
}

async function scheduleOf(client: Client, workflowId: string): Promise<Shown> {
  const { body } = await client.get(`${BASE}?workflowId=${workflowId}`);
  assert.equal(body.schedules.length, 1);
  return (await client.get(`${BASE}/${body.schedules[0].scheduleId}`)).body;
}

/** Asks until the answer fits; rejects after some seconds. */
async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 8_000;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`in vain: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a workflow with a schedule trigger", () => {
  const host = useDaemon();

  for (const { name, config, code = "validation_error", field, details = {} } of [
    { name: "no time at all", config: {}, field: "triggers[0].config" },
    { name: "two times", config: { cron: "* * * * *", delayMs: 1 }, field: "triggers[0].config" },
    { name: "four fields", config: { cron: "* * * *" }, field: "triggers[0].config.cron" },
    { name: "less than a minute in five fields", config: { cron: "*/30s * * * *" }, field: "triggers[0].config.cron" },
    { name: "a minute that there is not", config: { cron: "60 * * * *" }, field: "triggers[0].config.cron" },
    { name: "a date that there is not", config: { cron: "0 0 31 2 *" }, field: "triggers[0].config.cron" },
    { name: "cron that is no text", config: { cron: 5 }, field: "triggers[0].config.cron" },
    {
      name: "a zone that there is not",
      config: { cron: "* * * * *", timezone: "Mars/Olympus" },
      code: "invalid_timezone",
      field: "triggers[0].config.timezone",
      details: { timezone: "Mars/Olympus" },
    },
    {
      name: "an offset in the place of a zone",
      config: { cron: "* * * * *", timezone: "+02:00" },
      code: "invalid_timezone",
      field: "triggers[0].config.timezone",
    },
    {
      name: "a delay beyond the horizon",
      config: { delayMs: 10 * 365 * 86_400_000 },
      code: "schedule_horizon_exceeded",
      field: "triggers[0].config.delayMs",
      details: { maxFutureHorizon: "P1830D" },
    },
    {
      name: "a time beyond the horizon",
      config: { at: "2999-01-01T00:00:00Z" },
      code: "schedule_horizon_exceeded",
      field: "triggers[0].config.at",
      details: { maxFutureHorizon: "P1830D" },
    },
    { name: "a time in the past", config: { at: "2020-01-01T00:00:00Z" }, field: "triggers[0].config.at" },
    { name: "a time without a zone", config: { at: "2030-01-01T00:00:00" }, field: "triggers[0].config.at" },
    { name: "a negative delay", config: { delayMs: -1 }, field: "triggers[0].config.delayMs" },
    { name: "an interval below a second", config: { every: "10ms" }, field: "triggers[0].config.every" },
    { name: "an interval without a unit", config: { every: "10" }, field: "triggers[0].config.every" },
    {
      name: "an unknown policy",
      config: { cron: "* * * * *", missedFirePolicy: "twice" },
      field: "triggers[0].config.missedFirePolicy",
    },
    {
      name: "two policies",
      config: { cron: "* * * * *", missedFirePolicy: "skip", catchUp: "one" },
      field: "triggers[0].config.catchUp",
    },
    {
      name: "a catch-up in words of nobody",
      config: { cron: "* * * * *", catchUp: "within reason" },
      field: "triggers[0].config.catchUp",
    },
    {
      name: "a word next to a known one",
      config: { cron: "* * * * *", timeZone: "Europe/Berlin" },
      field: "triggers[0].config.timeZone",
    },
  ]) {
    it(`is refused for ${name}, and nothing is stored`, async () => {
      const answer = await host.client.post("/v1/workflows", job("refused-schedule", config));
      const given = assertRefused(answer, 400, code);
      assert.deepEqual({ ...given, ...details, field }, given);
      assert.equal((await host.client.get("/v1/workflows/refused-schedule")).status, 404);
      const checked = await host.client.post("/v1/workflows:validate", job("refused-schedule", config));
      assert.equal(checked.body.valid, false);
      assert.equal(checked.body.problems[0].path, field);
    });
  }

  it("is refused when its runs could never start: an input is required that nobody gives", async () => {
    const variables = [{ name: "city", type: "string", required: true }];
    const lacking = job("needs-city", { cron: "0 0 1 1 *" }, { variables });
    const answer = await host.client.post("/v1/workflows", lacking);
    assert.equal(assertRefused(answer, 400, "validation_error").field, "triggers[0].config.inputs.city");
    const given = job("needs-city", { cron: "0 0 1 1 *", inputs: { city: "Bonn" } }, { variables });
    await host.client.register(given);
  });

  it("runs every second, once per slot, and is told what fired it", async () => {
    await host.client.register(job("ticking", { cron: "* * * * * *", timezone: "Europe/Berlin", inputs: { a: 1 } }));
    const { slots } = await until(
      () => scheduleOf(host.client, "ticking"),
      (shown) => shown.slots.length >= 2,
    );
    const times = slots.map((slot) => Date.parse(slot.scheduledAt));
    assert.equal(new Set(times).size, times.length);
    assert.ok(slots.every((slot) => slot.outcome === "run"));
    const { runId = "", scheduledAt } = slots[0] as ShownSlot;
    assert.equal(await host.client.ended(runId), "completed");
    const [started] = await host.client.log(runId);
    const { a, trigger } = started?.payload.inputs ?? {};
    assert.equal(a, 1);
    const { firedAt, ...rest } = trigger;
    const expected = { scheduledFor: scheduledAt, cron: "* * * * * *", timezone: "Europe/Berlin", isCatchUp: false };
    assert.deepEqual(rest, expected);
    assert.ok(Date.parse(firedAt) >= Date.parse(scheduledAt));
    assert.equal(started?.causationId, undefined, "no trigger bridge is claimed");
    const snapshot = await host.client.snapshot(runId);
    assert.deepEqual(Object.keys(snapshot.metadata.schedule).sort(), ["scheduleId", "triggerId"]);
    await host.client.register(job("ticking", { cron: "0 0 1 1 *" }));
  });

  it("runs once after a delay, and has ended then", async () => {
    await host.client.register(job("delayed", { delayMs: 150 }));
    const { slots, state, nextDueAt } = await until(
      () => scheduleOf(host.client, "delayed"),
      (shown) => shown.state === "ended",
    );
    assert.equal(slots.length, 1);
    assert.deepEqual({ state, nextDueAt }, { state: "ended", nextDueAt: undefined });
    const { scheduleId } = await scheduleOf(host.client, "delayed");
    assertRefused(await host.client.post(`${BASE}/${scheduleId}/pause`), 409, "conflict");
  });

  it("keeps its schedule over versions, loses it when the trigger is switched off", async () => {
    await host.client.register(job("versioned", { cron: "0 0 1 1 *" }));
    const { scheduleId } = await scheduleOf(host.client, "versioned");
    await host.client.register(job("versioned", { cron: "0 0 2 1 *" }));
    assert.equal((await scheduleOf(host.client, "versioned")).scheduleId, scheduleId);
    await host.client.register(job("versioned", { cron: "0 0 2 1 *" }, { trigger: { enabled: false } }));
    assertRefused(await host.client.get(`${BASE}/${scheduleId}`), 404, "not_found");
  });

  it("is refused for what stays unclaimed: triggers of the bridge", async () => {
    const answer = await host.client.post("/v1/workflows", job("bridged", {}, { trigger: { type: "webhook" } }));
    const details = assertRefused(answer, 400, "capability_required");
    assert.equal(details.requiredCapability, "triggerBridge.supported");
  });
});

describe("the routes about schedules", () => {
  const host = useDaemon();
  before(() => host.client.register(workflow("plain", { nodes: [{ id: "a", typeId: "core.noop" }] })));
  const create = (body: object) => host.client.post(BASE, { workflowId: "plain", ...body });

  for (const { words, shown } of [
    { words: { cron: "0 9 * * 1" }, shown: { cron: "0 9 * * 1", timezone: "UTC", catchUp: "one" } },
    {
      words: { cron: "0 9 * * 1", timezone: "Europe/Berlin", catchUp: "within 15m", inputs: { a: 1 } },
      shown: { cron: "0 9 * * 1", timezone: "Europe/Berlin", catchUp: "within 15m", inputs: { a: 1 } },
    },
    { words: { every: "90m", catchUp: "none" }, shown: { everyMs: 5_400_000, catchUp: "none" } },
    { words: { at: "2030-01-01T01:00:00+01:00" }, shown: { at: "2030-01-01T00:00:00.000Z", catchUp: "one" } },
    { words: { every: "1d", missedFirePolicy: "skip" }, shown: { everyMs: 86_400_000, catchUp: "none" } },
    { words: { every: "1d", missedFirePolicy: "fire-all" }, shown: { everyMs: 86_400_000, catchUp: "one" } },
  ]) {
    it(`make one of ${JSON.stringify(words)}, show it and remove it`, async () => {
      const made = await create(words);
      assert.equal(made.status, 201, made.text);
      const { scheduleId, createdAt, nextDueAt, ...rest } = made.body;
      assert.deepEqual(rest, { workflowId: "plain", state: "active", inputs: {}, ...shown });
      assert.ok(Date.parse(nextDueAt) > Date.parse(createdAt));
      const read = await host.client.get(`${BASE}/${scheduleId}`);
      assert.deepEqual(read.body, { ...made.body, slots: [] });
      assert.equal((await host.client.call("DELETE", `${BASE}/${scheduleId}`)).status, 204);
      assertRefused(await host.client.get(`${BASE}/${scheduleId}`), 404, "not_found");
    });
  }

  it("refuse to make what cannot be", async () => {
    assertRefused(await create({ workflowId: "nobody", every: "1h" }), 404, "not_found");
    assertRefused(await create({}), 400, "validation_error");
    assertRefused(await create({ every: "1h", often: true }), 400, "validation_error");
    assertRefused(await create({ cron: "* * * * *", timezone: "Nowhere" }), 400, "invalid_timezone");
    const far = assertRefused(await create({ delayMs: 1e15 }), 400, "schedule_horizon_exceeded");
    assert.equal(far.maxFutureHorizon, "P1830D");
  });

  it("make one schedule per Idempotency-Key", async () => {
    const body = { workflowId: "plain", every: "2h" };
    const headers = { "idempotency-key": "one-schedule" };
    const first = await host.client.post(BASE, body, headers);
    const again = await host.client.post(BASE, body, headers);
    assert.equal(again.text, first.text);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
    assertRefused(await host.client.post(BASE, { ...body, every: "3h" }, headers), 409, "idempotency_key_mismatch");
  });

  it("pause and resume, as often as one likes", async () => {
    const { scheduleId } = (await create({ cron: "* * * * * *" })).body;
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await host.client.post(`${BASE}/${scheduleId}/pause`);
      assert.deepEqual(
        { status, state: body.state, nextDueAt: body.nextDueAt },
        { status: 200, state: "paused", nextDueAt: undefined },
      );
    }
    const before = (await host.client.get(`${BASE}/${scheduleId}`)).body.slots.length;
    const witness = (await create({ cron: "* * * * * *" })).body.scheduleId;
    const ticked = async () => (await host.client.get(`${BASE}/${witness}`)).body.slots.length;
    await until(ticked, (ticks) => ticks >= 2);
    await host.client.call("DELETE", `${BASE}/${witness}`);
    assert.equal((await host.client.get(`${BASE}/${scheduleId}`)).body.slots.length, before, "ticks are skipped");
    const resumedAt = Date.now();
    const resumed = await host.client.post(`${BASE}/${scheduleId}/resume`);
    assert.equal(resumed.body.state, "active");
    assert.ok(Date.parse(resumed.body.nextDueAt) >= resumedAt - 1_000);
    const { slots } = (await host.client.get(`${BASE}/${scheduleId}`)).body;
    assert.ok(slots.some((slot: ShownSlot) => slot.outcome === "skipped-paused"));
    assert.ok(!slots.some((slot: { isCatchUp?: true }) => slot.isCatchUp), "nothing is caught up");
    await host.client.call("DELETE", `${BASE}/${scheduleId}`);
  });

  it("start a run now, beside the slots", async () => {
    const { scheduleId } = (await create({ cron: "0 0 1 1 *", inputs: { a: 2 } })).body;
    const started = await host.client.post(`${BASE}/${scheduleId}/run-now`);
    assert.equal(started.status, 201);
    assert.equal(await host.client.ended(started.body.runId), "completed");
    const [event] = await host.client.log(started.body.runId);
    assert.equal(event?.payload.inputs.a, 2);
    assert.equal(event?.payload.inputs.trigger.isCatchUp, false);
    assert.deepEqual((await host.client.get(`${BASE}/${scheduleId}`)).body.slots, []);
  });

  it("do not remove what stands for a trigger", async () => {
    await host.client.register(job("kept", { cron: "0 0 1 1 *" }));
    const { scheduleId } = await scheduleOf(host.client, "kept");
    const details = assertRefused(await host.client.call("DELETE", `${BASE}/${scheduleId}`), 409, "conflict");
    assert.equal(details.triggerId, "clock");
  });

  it("know no schedule that there is not", async () => {
    for (const verb of ["pause", "resume", "run-now"]) {
      assertRefused(await host.client.post(`${BASE}/sch_nobody/${verb}`), 404, "not_found");
    }
    assertRefused(await host.client.get(`${BASE}/sch_nobody`), 404, "not_found");
    assertRefused(await host.client.call("DELETE", `${BASE}/sch_nobody`), 404, "not_found");
  });

  it("list them on pages of any size", async () => {
    const all = (await host.client.get(`${BASE}?limit=200`)).body.schedules as { scheduleId: string }[];
    const paged: string[] = [];
    for (let cursor = "", first = true; first || cursor !== ""; first = false) {
      const page = await host.client.get(`${BASE}?limit=2${cursor && `&cursor=${cursor}`}`);
      paged.push(...page.body.schedules.map((one: { scheduleId: string }) => one.scheduleId));
      cursor = page.body.nextCursor ?? "";
    }
    assert.deepEqual(
      paged,
      all.map((one) => one.scheduleId),
    );
    assertRefused(await host.client.get(`${BASE}?cursor=foreign`), 400, "validation_error");
    assertRefused(await host.client.get(`${BASE}?limit=0`), 400, "validation_error");
  });

  it("ask for a credential", async () => {
    assertRefused(await host.client.anonymous("GET", BASE), 401, "unauthenticated");
    assertRefused(await host.client.anonymous("POST", BASE, { body: {} }), 401, "unauthenticated");
  });
});

describe("keys and schedules", { skip: needsOwnDaemon() }, () => {
  let daemon: Daemon;
  let keys: Record<"reader" | "stranger", string>;
  let scheduleId: string;
  before(async () => {
    const first = await startDaemon({});
    const operator = new Client(first.url, first.key);
    await operator.register(job("guarded", { cron: "0 0 1 1 *" }));
    ({ scheduleId } = await scheduleOf(operator, "guarded"));
    await first.stop();
    keys = await addKeys(first.home, {
      reader: { scopes: ["runs:read"] },
      stranger: { scopes: ["runs:read", "runs:create", "workflows:write"], tenantId: "elsewhere" },
    });
    daemon = await startDaemon({ home: first.home });
  });
  after(async () => {
    await daemon.dispose();
    await rm(daemon.home, { recursive: true, force: true });
  });

  it("a schedule survives a restart; a reader sees it and changes nothing", async () => {
    const reader = new Client(daemon.url, keys.reader);
    assert.equal((await reader.get(`${BASE}/${scheduleId}`)).status, 200);
    assertRefused(await reader.post(BASE, { workflowId: "guarded", every: "1h" }), 403, "forbidden");
    assertRefused(await reader.post(`${BASE}/${scheduleId}/pause`), 403, "forbidden");
    assertRefused(await reader.post(`${BASE}/${scheduleId}/resume`), 403, "forbidden");
    assertRefused(await reader.post(`${BASE}/${scheduleId}/run-now`), 403, "forbidden");
    assertRefused(await reader.call("DELETE", `${BASE}/${scheduleId}`), 403, "forbidden");
  });

  it("what belongs to another tenant is not there", async () => {
    const stranger = new Client(daemon.url, keys.stranger);
    assert.deepEqual((await stranger.get(BASE)).body, { schedules: [] });
    assertRefused(await stranger.get(`${BASE}/${scheduleId}`), 404, "not_found");
    assertRefused(await stranger.post(`${BASE}/${scheduleId}/pause`), 404, "not_found");
    assertRefused(await stranger.post(`${BASE}/${scheduleId}/run-now`), 404, "not_found");
  });
});
