import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workflow } from "../support/definitions.ts";
import { useDaemon } from "../support/suite.ts";

/** Six copies of 900 kB and a question behind them: more than any socket buffer takes at once. */
const COPIES = ["a", "b", "c", "d", "e", "f"];
const large = workflow("large-history", {
  nodes: [
    ...COPIES.map((id) => ({
      id,
      typeId: "core.identity",
      inputs: { copy: { type: "variable", variableName: "text" } },
    })),
    { id: "gate", typeId: "core.approvalGate" },
  ],
  edges: [],
});

describe("a stream of a run with a history of megabytes", () => {
  const host = useDaemon();

  it("brings all of it while the run goes on, then what comes", async () => {
    await host.client.register(large);
    const runId = await host.client.createRun("large-history", { inputs: { text: "x".repeat(900_000) } });
    await host.client.settled(runId);
    const stream = await host.client.events(runId, "?streamMode=debug");
    await host.client.answer(runId, "gate", { action: "accept" });
    const frames = await stream.all();
    assert.deepEqual(
      frames.map((frame) => Number(frame.id)),
      frames.map((_, at) => at),
    );
    assert.equal(frames.at(-1)?.event, "run.completed");
  });
});
