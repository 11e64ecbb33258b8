// Artifacts: what a node made, told by an event and read by its id (runs.md §1.2, §8).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsOwnDaemon, needsSeams, useDaemon } from "../support/suite.ts";

const data = { title: "Report", rows: [1, 2, 3], text: "ünïcode" };
const emitting = workflow("conformance-artifact-emit", {
  nodes: [
    {
      id: "make",
      typeId: "conformance.artifact.emit",
      config: { artifactType: "report", data, summary: "three rows" },
    },
  ],
});

describe("artifacts", { skip: needsSeams() }, () => {
  const host = useDaemon();

  it("are told by artifact.created and can be read, whole", async () => {
    const { client } = host;
    const runId = await client.createRun(await client.register(emitting));
    const stream = await client.events(runId);
    const shown = (await stream.all()).filter(({ event }) => event === "artifact.created");
    assert.equal(shown.length, 1, "a transition: it stands in updates");
    const created = (await client.log(runId)).find(({ type }) => type === "artifact.created");
    const { artifactId, ...told } = created?.payload ?? {};
    assert.match(artifactId, /^art_/);
    assert.deepEqual(told, {
      artifactType: "report",
      nodeId: "make",
      version: "1",
      summary: "three rows",
      registered: false,
    });
    assert.equal(created?.nodeId, "make");
    const { status, body } = await client.get(`/v1/runs/${runId}/artifacts/${artifactId}`);
    assert.equal(status, 200);
    assert.deepEqual(body.data, data);
    assert.deepEqual(
      [body.artifactId, body.artifactType, body.runId, body.nodeId],
      [artifactId, "report", runId, "make"],
    );
  });

  it("belong to their run: another run, or another id, is 404", async () => {
    const { client } = host;
    await client.register(emitting);
    const [mine, other] = [await client.createRun(emitting.id), await client.createRun(emitting.id)];
    const log = await client.log(mine);
    const artifactId = log.find(({ type }) => type === "artifact.created")?.payload.artifactId;
    assertRefused(await client.get(`/v1/runs/${other}/artifacts/${artifactId}`), 404, "not_found");
    assertRefused(await client.get(`/v1/runs/${mine}/artifacts/art_unknown`), 404, "not_found");
    assertRefused(await client.get(`/v1/runs/run_unknown/artifacts/${artifactId}`), 404, "not_found");
    assertRefused(await client.anonymous("GET", `/v1/runs/${mine}/artifacts/${artifactId}`), 401, "unauthenticated");
    const wrong = await client.call("DELETE", `/v1/runs/${mine}/artifacts/${artifactId}`);
    assertRefused(wrong, 405, "method_not_allowed");
    assert.equal(wrong.headers.allow, "GET");
  });
});

describe("the node that emits artifacts", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({});

  it("is not there on a production home", async () => {
    const answer = await host.client.post("/v1/workflows", emitting);
    assert.equal(answer.status, 400, answer.text);
  });
});
