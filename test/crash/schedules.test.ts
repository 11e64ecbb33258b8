// P-11: a daemon killed with SIGKILL while it serves a schedule ends every slot once: in one run, or skipped.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { startDaemon, within } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";

const ticking = workflow("ticking", {
  nodes: [{ id: "a", typeId: "core.noop" }],
  triggers: [{ id: "clock", type: "schedule", config: { cron: "* * * * * *" } }],
});

interface Slot {
  scheduledAt: string;
  throughAt?: string;
  outcome: string;
  runId?: string;
}

async function slotsOf(client: Client): Promise<Slot[]> {
  const { body } = await client.get("/v1/host/parley/schedules?workflowId=ticking");
  const read = await client.get(`/v1/host/parley/schedules/${body.schedules[0].scheduleId}`);
  return (read.body.slots as Slot[]).reverse();
}

async function slotsBeyond(client: Client, atMs: number): Promise<Slot[]> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const slots = await slotsOf(client);
    if (Date.parse(slots.at(-1)?.scheduledAt ?? "1970-01-01T00:00:00Z") > atMs) return slots;
    if (performance.now() > deadline) throw new Error(`no slot after ${new Date(atMs).toISOString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("a daemon killed while it serves a schedule", () => {
  // The commits of the start and of the registration come first: later hits fall on slots.
  for (const stopAt of ["store.before-write:8", "store.before-commit:8", "store.after-commit:8"]) {
    it(`at ${stopAt} loses no slot and starts none twice`, { timeout: 40_000 }, async () => {
      const first = await startDaemon({ seams: true });
      await new Client(first.url, first.key).register(ticking);
      await first.stop();
      const options = { home: first.home, seams: true };
      const second = await startDaemon({ ...options, env: { PARLEY_STOP_AT: stopAt } });
      await within(second.exited, 10_000, () => `it was not killed:\n${second.stderr()}`);
      const diedMs = Date.now();
      const third = await startDaemon(options);
      try {
        const client = new Client(third.url, third.key);
        const slots = await slotsBeyond(client, diedMs);
        const seconds = slots.flatMap(({ scheduledAt, throughAt = scheduledAt }) => {
          const [from, to] = [Date.parse(scheduledAt) / 1_000, Date.parse(throughAt) / 1_000];
          return Array.from({ length: to - from + 1 }, (_, at) => from + at);
        });
        const expected = Array.from({ length: seconds.length }, (_, at) => (seconds[0] as number) + at);
        assert.deepEqual(seconds, expected, "every second once");
        const { body } = await client.get("/v1/runs?workflowId=ticking&limit=100");
        const known = new Set(slots.flatMap((slot) => slot.runId ?? []));
        const strays = (body.runs as { runId: string }[]).filter(({ runId }) => !known.has(runId));
        // A slot that came after they were read has a run too.
        const later = new Set((await slotsOf(client)).flatMap((slot) => slot.runId ?? []));
        assert.deepEqual(
          strays.filter(({ runId }) => !later.has(runId)),
          [],
        );
        const runs = await Promise.all([...known].map((runId) => client.ended(runId)));
        assert.ok(runs.length >= 2 && runs.every((status) => status === "completed"));
      } finally {
        await third.dispose();
        await rm(first.home, { recursive: true, force: true });
      }
    });
  }
});
