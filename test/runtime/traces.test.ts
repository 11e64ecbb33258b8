// Traces of messages whose answers stand far away, and of runs that are long (trace.ts, trace-answers.ts).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptMessage } from "#app/accept-message.ts";
import { retryMessage } from "#app/retry-message.ts";
import { traceMessage } from "#app/trace.ts";
import type { RowOp } from "#ports/rows.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually, openHost } from "../support/host.ts";

const FAR = 1_300;

describe("the trace of a message", () => {
  it("finds an answer far behind it, in a thread where much was said before and after", async () => {
    const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
    const host = await openHost(store);
    const { app, call } = host;
    const ended = (runId: string) =>
      eventually(async () => (await store.readRun(runId))?.status === "completed", `the end of ${runId}`);
    const idsOf = ({ body }: { body: string }) => JSON.parse(body) as { runId: string; messageId: string };
    const first = idsOf(await acceptMessage(app, call, "t", { text: "hello" }));
    await ended(first.runId);
    /** What others said, in the order of time. */
    const chatter = async () => {
      const atMs = app.clock.nowMs();
      const rows = Array.from({ length: FAR }, (): RowOp => {
        const messageId = app.ids.next("msg");
        const message = { messageId, tenantId: "default", threadId: "t", role: "user", runId: "run_other" } as const;
        return { op: "insertMessage", channel: "web", message: { ...message, contentId: `body:${messageId}`, atMs } };
      });
      await store.commit({ commitId: app.ids.next("cmt"), guards: [], appends: [], rows });
      await eventually(async () => app.clock.nowMs() > atMs, "the next millisecond");
    };
    await chatter();
    const second = idsOf(await retryMessage(app, call, first.messageId));
    await ended(second.runId);
    await eventually(
      async () => app.clock.nowMs() > ((await store.readRun(second.runId))?.endedMs ?? 0),
      "a later time",
    );
    await chatter();
    const third = idsOf(await retryMessage(app, call, first.messageId));
    await ended(third.runId);
    const { steps, runId } = await traceMessage(app, call, first.messageId);
    assert.equal(runId, third.runId);
    const delivered = steps.filter(({ kind }) => kind === "delivered").map((step) => [step.runId, step.text]);
    assert.deepEqual(delivered, [
      [first.runId, "The answer stands in the thread, as message 2."],
      [second.runId, `The answer stands in the thread, as message ${FAR + 3}.`],
      [third.runId, `The answer stands in the thread, as message ${2 * FAR + 4}.`],
    ]);
    await host.stop();
  });

  it("tells how a long run ended, and says what it leaves out", async () => {
    const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
    const host = await openHost(store);
    const { app, call } = host;
    const accepted = await acceptMessage(app, call, "t", { text: "hello" });
    const { runId, messageId } = JSON.parse(accepted.body) as { runId: string; messageId: string };
    await eventually(async () => (await store.readRun(runId))?.status === "completed", "the end");
    const run = await store.readRun(runId);
    assert.ok(run);
    const whole = (await store.readLog(runId, 0)).flatMap(({ lines }) => lines.map((line) => JSON.parse(line)));
    const [beginning, end] = [whole.slice(0, 2), whole.slice(2)];
    const started = whole.find(({ type }) => type === "node.started");
    /** The same run with 5 000 more events in its middle. */
    const more = 5_000;
    const log = [...beginning, ...Array.from({ length: more }, () => started), ...end].map((event, sequence) => ({
      ...event,
      sequence,
    }));
    const long = Object.create(store, {
      readRun: { value: async () => ({ ...run, lastSequence: log.length - 1 }) },
      readLog: {
        value: async (_runId: string, from: number, limit = log.length) => {
          const events = log.slice(from, from + limit);
          return [
            {
              firstSequence: from,
              lastSequence: from + events.length - 1,
              lines: events.map((event) => JSON.stringify(event)),
            },
          ];
        },
      },
    });
    const { steps } = await traceMessage({ ...app, store: long }, call, messageId);
    const texts = steps.map(({ text }) => text);
    assert.ok(
      texts.some((text) => text.startsWith("The run is done")),
      texts.slice(-5).join("\n"),
    );
    assert.ok(texts.includes("The run begins."));
    assert.ok(
      texts.some((text) => /^\d+ more events of the run are not shown\.$/.test(text)),
      "it says that events are left out",
    );
    await host.stop();
  });
});
