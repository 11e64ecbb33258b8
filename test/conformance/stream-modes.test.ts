// The four stream modes, by the admission table (streams-webhooks.md §2.1).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { LoggedEvent } from "../support/client.ts";
import { conforms } from "../support/schemas.ts";
import { needsSeams, useDaemon } from "../support/suite.ts";
import { scenarios } from "./scenarios.ts";

/** updates: shown as they are; values: a snapshot follows. Everything else is for `debug` alone. */
const admission: Record<string, { updates: boolean; values: boolean }> = {
  "run.started": { updates: true, values: true },
  "run.completed": { updates: true, values: true },
  "run.failed": { updates: true, values: true },
  "run.cancelled": { updates: true, values: true },
  "run.paused": { updates: true, values: true },
  "run.resumed": { updates: true, values: true },
  "artifact.created": { updates: true, values: true },
  "node.started": { updates: false, values: true },
  "node.completed": { updates: true, values: true },
  "node.failed": { updates: true, values: true },
  "node.skipped": { updates: true, values: true },
  "node.suspended": { updates: true, values: true },
  "node.cancelled": { updates: true, values: true },
  "node.resumed": { updates: true, values: true },
  "node.dispatched": { updates: true, values: true },
  "node.retried": { updates: false, values: false },
  "approval.requested": { updates: true, values: true },
  "approval.received": { updates: true, values: true },
  "clarification.requested": { updates: true, values: true },
  "clarification.resolved": { updates: true, values: true },
  "interrupt.requested": { updates: true, values: true },
  "interrupt.resolved": { updates: true, values: true },
  "variable.changed": { updates: false, values: false },
  "channel.written": { updates: false, values: false },
  "workflow.loopback-limit": { updates: false, values: false },
  "cap.breached": { updates: false, values: false },
  "provider.usage": { updates: false, values: false },
};
const nowhere = { updates: false, values: false };

describe("stream modes", { skip: needsSeams() }, () => {
  const host = useDaemon();
  const logs = new Map<string, LoggedEvent[]>();

  before(async () => {
    for (const { name, play } of scenarios) logs.set(name, await host.client.log(await play(host.client)));
  });

  it("are tried on every type of the table", () => {
    const seen = new Set([...logs.values()].flat().map((event) => event.type));
    assert.deepEqual(
      [...Object.keys(admission)].filter((type) => !seen.has(type)),
      [],
    );
  });

  for (const { name } of scenarios) {
    const log = () => logs.get(name) as LoggedEvent[];
    const runId = () => (log()[0] as LoggedEvent).runId;
    const admitted = (mode: "updates" | "values") => log().filter((event) => (admission[event.type] ?? nowhere)[mode]);

    describe(name, () => {
      it("updates: transitions only, as they stand in the log", async () => {
        const frames = await (await host.client.events(runId(), "?streamMode=updates")).all();
        assert.deepEqual(
          frames.map((frame) => frame.json),
          admitted("updates"),
        );
        for (const frame of frames) {
          assert.equal(frame.event, frame.json.type);
          assert.equal(frame.id, String(frame.json.sequence));
        }
      });

      it("updates is the default, and `mode` an alias", async () => {
        const expected = admitted("updates").map((event) => String(event.sequence));
        for (const query of ["", "?mode=updates", "?streamMode=updates&mode=debug"]) {
          const frames = await (await host.client.events(runId(), query)).all();
          assert.deepEqual(
            frames.map((frame) => frame.id),
            expected,
            query,
          );
        }
      });

      it("debug: every event, unfiltered", async () => {
        const frames = await (await host.client.events(runId(), "?streamMode=debug")).all();
        const logged = frames.filter((frame) => frame.event !== "ai.message.chunk");
        assert.deepEqual(
          logged.map((frame) => frame.json),
          log(),
        );
      });

      it("values: a snapshot after each transition, the last one as GET shows it", async () => {
        const frames = await (await host.client.events(runId(), "?streamMode=values")).all();
        assert.deepEqual(
          frames.map((frame) => frame.id),
          admitted("values").map((event) => String(event.sequence)),
        );
        for (const frame of frames) {
          assert.equal(frame.event, "state.snapshot");
          assert.equal(frame.json.type, "state.snapshot");
          assert.equal(frame.json.payload.atSeq, Number(frame.id));
          assert.ok(frame.json.payload.variables, "variables");
          assert.ok(frame.json.payload.channels, "channels stand beside the variables, always");
          conforms("run-snapshot", frame.json.payload);
        }
        const { atSeq: _, ...last } = frames.at(-1)?.json.payload ?? {};
        const snapshot = await host.client.snapshot(runId());
        assert.deepEqual({ ...last, channels: undefined }, { ...snapshot, channels: undefined });
      });

      it("messages: text chunks only, empty when no text is streamed", async () => {
        const frames = await (await host.client.events(runId(), "?streamMode=messages")).all();
        const chunks = log().filter((event) => event.type === "output.chunk");
        assert.equal(frames.length, chunks.length);
        for (const frame of frames) assert.equal(frame.event, "ai.message.chunk");
      });

      it("mixed: the union in the order of arrival, each event once", async () => {
        for (const [query, expected] of [
          ["updates,messages", admitted("updates")],
          ["updates,debug", log()],
          ["messages,debug", log()],
        ] as const) {
          const frames = await (await host.client.events(runId(), `?streamMode=${query}`)).all();
          const logged = frames.filter((frame) => frame.json.type !== "ai.message.chunk");
          assert.deepEqual(
            logged.map((frame) => frame.json),
            expected,
            query,
          );
          for (const frame of frames) {
            assert.ok(
              query.split(",").includes(frame.event),
              `${query}: a frame is named after its mode: ${frame.event}`,
            );
          }
        }
      });
    });
  }

  it("debug shows at least what updates shows", async () => {
    for (const log of logs.values()) {
      const runId = (log[0] as LoggedEvent).runId;
      const updates = await (await host.client.events(runId, "?streamMode=updates")).all();
      const debug = await (await host.client.events(runId, "?streamMode=debug")).all();
      assert.ok(debug.length >= updates.length);
    }
  });
});
