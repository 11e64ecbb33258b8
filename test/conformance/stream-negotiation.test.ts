// What a stream request may ask for, and the order in which a wrong one is refused (streams-webhooks.md §1.1).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";

const accepts = ["text/event-stream", "application/json", "*/*"];
const supported = ["values", "updates", "messages", "debug"];

describe("a stream request", () => {
  const host = useDaemon();
  let runId: string;
  before(async () => {
    runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
  });

  for (const mode of [
    "everything",
    "values,updates",
    "updates,values",
    "debug,values",
    "updates,",
    ",",
    "Updates",
    "updates updates",
  ]) {
    it(`with streamMode "${mode}" is refused with the modes there are`, async () => {
      const path = `/v1/runs/${runId}/events?streamMode=${encodeURIComponent(mode)}`;
      for (const accept of accepts) {
        const details = assertRefused(await host.client.get(path, { accept }), 400, "unsupported_stream_mode");
        assert.deepEqual([...(details.supported as string[])].sort(), [...supported].sort());
      }
    });
  }

  for (const bufferMs of ["-1", "5001", "99999", "1.5", "abc", ""]) {
    it(`with bufferMs "${bufferMs}" is refused with its bounds`, async () => {
      for (const accept of accepts) {
        const response = await host.client.get(`/v1/runs/${runId}/events?bufferMs=${bufferMs}`, { accept });
        const details = assertRefused(response, 400, "validation_error");
        assert.deepEqual({ min: details.min, max: details.max }, { min: 0, max: 5000 });
        assert.ok("bufferMs" in details);
      }
    });
  }

  for (const id of ["abc", "-1", "1.5", "1e3", "0x10"]) {
    it(`with Last-Event-ID "${id}" is refused`, async () => {
      const headers = { accept: "text/event-stream", "last-event-id": id };
      assertRefused(await host.client.get(`/v1/runs/${runId}/events`, headers), 400, "validation_error");
    });
  }

  it("with a2uiDelta gets what it gets without: it is not offered, and ignored", async () => {
    const frames = async (query: string) =>
      (await (await host.client.events(runId, query)).all()).map(({ data }) => data);
    assert.deepEqual(await frames("?a2uiDelta=1"), await frames(""));
  });

  describe("is judged in a fixed order, for every Accept", () => {
    for (const accept of accepts) {
      const wrong = { accept, "last-event-id": "abc" };

      it(`${accept}: the credential first`, async () => {
        const path = `/v1/runs/${runId}/events?streamMode=bad&bufferMs=bad`;
        assertRefused(await host.client.anonymous("GET", path, { headers: wrong }), 401, "unauthenticated");
      });

      it(`${accept}: then the run`, async () => {
        const path = "/v1/runs/run_00000000000000000000000000/events?streamMode=bad&bufferMs=bad";
        assertRefused(await host.client.get(path, wrong), 404, "not_found");
      });

      it(`${accept}: then the mode`, async () => {
        const path = `/v1/runs/${runId}/events?streamMode=bad&bufferMs=bad`;
        assertRefused(await host.client.get(path, wrong), 400, "unsupported_stream_mode");
      });

      it(`${accept}: then bufferMs`, async () => {
        const path = `/v1/runs/${runId}/events?streamMode=updates&bufferMs=bad`;
        const details = assertRefused(await host.client.get(path, wrong), 400, "validation_error");
        assert.equal(details.max, 5000, "it is bufferMs that is named");
      });
    }
  });

  describe("answers JSON to those who ask for it", () => {
    it("with all events of the run as a poll would show them", async () => {
      const { status, headers, body } = await host.client.get(`/v1/runs/${runId}/events`, {
        accept: "application/json",
      });
      assert.equal(status, 200);
      assert.match(String(headers["content-type"]), /^application\/json/);
      const polled = await host.client.get(`/v1/runs/${runId}/events/poll`);
      assert.deepEqual(body, polled.body);
    });

    it("holds all events, also more than a page of the poll", async () => {
      const ids = Array.from({ length: 60 }, (_, at) => `n${at}`);
      const nodes = ids.map((id) => ({
        id,
        name: id,
        typeId: "core.noop",
        position: { x: 0, y: 0 },
        config: {},
        inputs: {},
      }));
      const edges = ids.slice(1).map((id, at) => ({ id: `e${at}`, sourceNodeId: ids[at], targetNodeId: id }));
      const rest = { triggers: [], variables: [], metadata: {}, settings: {} };
      await host.client.register({
        id: "conformance-sixty",
        name: "sixty",
        version: "1.0",
        nodes,
        edges,
        ...rest,
      } as never);
      const long = await host.client.createRun("conformance-sixty");
      await host.client.ended(long);
      const { body } = await host.client.get(`/v1/runs/${long}/events`, { accept: "application/json" });
      assert.equal(body.events.length, 122);
      assert.equal(body.isComplete, true);
    });

    for (const accept of ["application/json, text/event-stream", "text/event-stream", "*/*"]) {
      it(`but a stream for Accept: ${accept}`, async () => {
        const stream = await host.client.events(runId, "", { accept });
        assert.equal((await stream.all()).at(-1)?.event, "run.completed");
      });
    }
  });
});
