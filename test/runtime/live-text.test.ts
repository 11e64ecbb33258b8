// What is seen of a turn while it runs ends with the turn, whatever comes late (live-text.ts L1).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunState } from "#engine/state.ts";
import type { RunStart } from "#ports/rows.ts";
import { Feed, threadTopic } from "#runtime/feed.ts";
import { showActivity } from "#runtime/handlers/show-activity.ts";
import { LiveText } from "#runtime/live-text.ts";
import type { HotRun } from "#runtime/runs.ts";

const topic = threadTopic("default", "t");
const doing = { agent: "host:assistant", persona: "Assistant", doing: "thinking" };

const turnOf = (runId: string) =>
  ({ runId, tenantId: "default", turn: { threadId: "t", messageId: "msg_1" } }) as unknown as RunStart;
const childOf = (runId: string) => {
  const chat = { threadId: "t", messageId: "msg_1", runId, path: ["Assistant"] };
  return { runId: `${runId}_child`, tenantId: "default", chat } as unknown as RunStart;
};

function arrange() {
  const feed = new Feed();
  const liveText = new LiveText(feed);
  const heard: unknown[] = [];
  feed.listen(topic, (item) => heard.push(item.kind === "live" ? { [item.event]: item.data } : item));
  const phases = new Map<string, RunState["phase"]>();
  const runOf = async (runId: string) => ({ state: { phase: phases.get(runId) ?? "running" } }) as HotRun;
  const end = (runId: string) => {
    phases.set(runId, "cancelled");
    const rows = [{ op: "endRun", runId, interrupts: "cancelled", atMs: 0 } as const];
    liveText.onCommitted({ commitNumber: 1, appends: [], rows, positions: {}, laneNext: [] });
    heard.length = 0;
  };
  const show = (start: RunStart, signal = new AbortController().signal) =>
    showActivity({ liveText, runOf }, start, signal, doing);
  return { liveText, heard, end, show };
}

describe("what is seen of a turn while it runs", () => {
  it("is what it does and types, and is over with it", async () => {
    const { liveText, heard, end, show } = arrange();
    await show(turnOf("run_1"));
    const typing = liveText.open(turnOf("run_1"));
    typing.text("hello ");
    typing.text("there");
    const activity = { runId: "run_1", agent: "host:assistant", text: "Assistant: thinking" };
    assert.deepEqual(heard, [
      { activity },
      { delta: { runId: "run_1", offset: 0, text: "hello " } },
      { delta: { runId: "run_1", offset: 6, text: "there" } },
    ]);
    assert.deepEqual(liveText.soFar(topic), { runId: "run_1", text: "hello there", activity });
    end("run_1");
    assert.equal(liveText.soFar(topic), undefined);
  });

  for (const { name, act } of [
    { name: "a piece of its text", act: ({ liveText }: Stopped) => liveText.open(turnOf("run_1")).text("late") },
    { name: "another try of its model call", act: ({ liveText }: Stopped) => liveText.open(turnOf("run_1")).restart() },
    {
      name: "a call of its own that was aborted",
      act: ({ show }: Stopped) => show(turnOf("run_1"), AbortSignal.abort()),
    },
    { name: "a run below it that has not heard yet", act: ({ show }: Stopped) => show(childOf("run_1")) },
  ]) {
    it(`shows nothing of ${name} after the turn was stopped`, async () => {
      const stopped = arrange();
      await stopped.show(turnOf("run_1"));
      stopped.end("run_1");
      await act(stopped);
      assert.deepEqual(stopped.heard, []);
      assert.equal(stopped.liveText.soFar(topic), undefined);
    });

    it(`keeps what the next turn types when ${name} comes late`, async () => {
      const stopped = arrange();
      await stopped.show(turnOf("run_1"));
      stopped.end("run_1");
      await stopped.show(turnOf("run_2"));
      stopped.liveText.open(turnOf("run_2")).text("the next answer");
      await act(stopped);
      assert.equal(stopped.liveText.soFar(topic)?.text, "the next answer");
    });
  }

  it("shows what a run below does, also when the turn itself has done nothing since the start of the host", async () => {
    const { liveText, show, end } = arrange();
    await show(childOf("run_1"));
    assert.deepEqual(liveText.soFar(topic)?.activity, {
      runId: "run_1",
      agent: "host:assistant",
      text: "Assistant → Assistant: thinking",
    });
    end("run_1");
    assert.equal(liveText.soFar(topic), undefined);
  });
});

type Stopped = ReturnType<typeof arrange>;
