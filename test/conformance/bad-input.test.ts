// Bad input of every kind: a clear answer, nothing changed, and nobody else has to wait for it.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { chain, workflow } from "../support/definitions.ts";
import { assertUndisturbed, MAX_DELAY_MS } from "../support/pinger.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const MIB = 1024 * 1024;
const headers = { "content-type": "application/json" };

const ring = (size: number) => {
  const ids = Array.from({ length: size }, (_, at) => `n${at}`);
  const open = chain("ring", "core.noop", ids);
  const back = { id: "back", sourceNodeId: ids.at(-1) as string, targetNodeId: ids[0] as string };
  return { ...open, edges: [...open.edges, back] };
};

/** A JSON document nested as deep as the body limit allows. */
const deep = (size: number) =>
  `{"workflowId":"conformance-noop","inputs":{"a":${"[".repeat(size)}${"]".repeat(size)}}}`;
const wide = Object.fromEntries(Array.from({ length: 40_000 }, (_, at) => [`member${at}`, at]));

const cases: {
  name: string;
  path: string;
  text: string | (() => string);
  status: number[];
  key?: string;
  times?: number;
}[] = [
  { name: "malformed JSON of 1 MiB", path: "/v1/runs", text: `{"a":"${"x".repeat(MIB - 20)}`, status: [400] },
  { name: "a body of 8 MiB", path: "/v1/runs", text: "x".repeat(8 * MIB), status: [413] },
  { name: "brackets nested 200 000 deep", path: "/v1/runs", text: () => deep(200_000), status: [400, 201] },
  {
    name: "an unknown workflow with wide inputs",
    path: "/v1/runs",
    text: () => JSON.stringify({ workflowId: "none", inputs: wide }),
    status: [404],
  },
  { name: "a cycle of 2 000 nodes", path: "/v1/workflows", text: () => JSON.stringify(ring(2_000)), status: [400] },
  {
    name: "2 000 nodes of a type nobody knows",
    path: "/v1/workflows",
    text: () =>
      JSON.stringify(
        chain(
          "nonsense",
          "core.nonsense",
          Array.from({ length: 2_000 }, (_, at) => `n${at}`),
        ),
      ),
    status: [400],
  },
  {
    name: "20 patterns that are no patterns",
    path: "/v1/workflows",
    text: () => JSON.stringify(manyPatterns("((((((((((a{1,100}){1,100}){1,100}")),
    status: [400],
  },
  {
    name: "a wrong key, 10 times at once",
    path: "/v1/runs",
    text: "{}",
    key: `pk_0123456789_${"A".repeat(43)}`,
    times: 10,
    status: [401],
  },
  {
    name: "foreign tokens, 40 times at once",
    path: `/v1/interrupts/${"a".repeat(500)}.${"b".repeat(43)}`,
    text: '{"resumeValue":1}',
    times: 40,
    status: [404],
  },
];

describe("bad input", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();
  let before_: string;

  const state = async () => {
    const [runs, workflows] = [await host.client.get("/v1/runs?limit=200"), await host.client.get("/v1/workflows")];
    return runs.text + workflows.text;
  };
  before(async () => {
    await host.client.ended(await host.client.createRun("conformance-noop"));
    before_ = await state();
  });

  for (const { name, path, text, status, key, times = 1 } of cases) {
    it(`${name}: a clear answer, and no other request delayed by more than ${MAX_DELAY_MS} ms`, async () => {
      const body = typeof text === "string" ? text : text();
      const client = key === undefined ? host.client : host.client.as(key);
      await assertUndisturbed(host.client.url, name, async () => {
        const answers = await Promise.all(
          Array.from({ length: times }, () => client.call("POST", path, { text: body, headers }).catch(closedEarly)),
        );
        for (const answer of answers)
          assert.ok(answer === "closed" || status.includes(answer.status), JSON.stringify(answer));
      });
    });
  }

  it("changed nothing", async () => {
    const runs = JSON.parse((await host.client.get("/v1/runs?limit=200")).text).runs as { workflowId: string }[];
    if (runs.length === 1) assert.equal(await state(), before_);
    else assert.ok(runs.every((run) => run.workflowId === "conformance-noop"));
    assert.equal(await host.client.ended(await host.client.createRun("conformance-noop")), "completed");
  });
});

/** A host may close the connection while a body that is too large is still being sent. */
function closedEarly(error: NodeJS.ErrnoException): "closed" {
  if (error.code === "EPIPE" || error.code === "ECONNRESET") return "closed";
  throw error;
}

function manyPatterns(pattern: string) {
  const ids = Array.from({ length: 20 }, (_, at) => `n${at}`);
  const condition = { type: "regex", left: "output", right: pattern };
  return workflow("patterns", {
    nodes: ["start", ...ids].map((id) => ({ id, typeId: "core.noop" })),
    edges: ids.map((to) => ({ from: "start", to, condition })),
  });
}
