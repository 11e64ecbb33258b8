// Registering workflows: what is stored, what is refused and why (runs.md §1.3, §5).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const noopNode = (id: string) => ({ id, typeId: "core.noop" });
const valid = (id: string) => workflow(id, { nodes: [noopNode("a"), noopNode("b")], edges: [{ from: "a", to: "b" }] });
const withCondition = (id: string, condition: object) =>
  workflow(id, { nodes: [noopNode("a"), noopNode("b")], edges: [{ from: "a", to: "b", condition }] });

const host = useDaemon();
const register = (document: unknown) => host.client.post("/v1/workflows", document);

interface Refusal {
  name: string;
  document: unknown;
  /** Member of the discovery document: a host that has it takes the document. */
  unless?: string;
  codes?: string[];
  check?: (details: Record<string, unknown>) => void;
}

const refusals: Refusal[] = [
  {
    name: "a cycle",
    document: workflow("cyclic", {
      nodes: [noopNode("a"), noopNode("b"), noopNode("c")],
      edges: [
        { from: "a", to: "b" },
        { from: "b", to: "c" },
        { from: "c", to: "a" },
      ],
    }),
    check: (details) => assert.match(JSON.stringify(details), /cycle_detected/),
  },
  {
    name: "a node that follows itself",
    document: workflow("selfish", { nodes: [noopNode("a")], edges: [{ from: "a", to: "a" }] }),
    check: (details) => assert.match(JSON.stringify(details), /cycle_detected/),
  },
  {
    name: "an edge into nothing",
    document: workflow("dangling", { nodes: [noopNode("a")], edges: [{ from: "a", to: "b" }] }),
  },
  { name: "a node id that stands twice", document: workflow("twice", { nodes: [noopNode("a"), noopNode("a")] }) },
  {
    name: "an edge id that stands twice",
    document: workflow("twice-edges", {
      nodes: [noopNode("a"), noopNode("b")],
      edges: [
        { id: "e", from: "a", to: "b" },
        { id: "e", from: "a", to: "b" },
      ],
    }),
  },
  {
    name: "a node type that nobody knows",
    document: workflow("unknown-type", { nodes: [{ id: "a", typeId: "core.doesNotExist" }] }),
    codes: ["validation_error", "capability_required"],
    check: (details) => assert.match(JSON.stringify(details), /core\.doesNotExist/),
  },
  { name: "no nodes", document: workflow("empty", { nodes: [] }) },
  { name: "a member that the schema does not have", document: { ...valid("extra"), colour: "red" } },
  { name: "a missing member", document: { ...valid("lacking"), edges: undefined } },
  { name: "an id that is none", document: { ...valid("x"), id: "Not An Id" } },
  { name: "an id of 129 characters", document: { ...valid("x"), id: "a".repeat(129) } },
  { name: "a document that is a list", document: [valid("listed-document")] },
  {
    name: "an input from a node that does not exist",
    document: workflow("unplugged", {
      nodes: [{ ...noopNode("a"), inputs: { input: { type: "connection", nodeId: "ghost", outputKey: "output" } } }],
    }),
  },
  {
    name: "an expression that does not parse",
    document: workflow("unreadable", {
      nodes: [{ ...noopNode("a"), inputs: { input: { type: "expression", expression: ".inputs | (" } } }],
    }),
  },
  {
    name: "an expression outside the portable subset",
    document: workflow("not-portable", {
      nodes: [{ ...noopNode("a"), inputs: { input: { type: "expression", expression: "input" } } }],
    }),
  },
  {
    name: "a gate without a question",
    document: workflow("speechless", {
      nodes: [{ id: "a", typeId: "core.clarificationGate", config: { questions: [] } }],
    }),
  },
  {
    name: "a delay that is no number",
    document: workflow("late", { nodes: [{ id: "a", typeId: "core.delay", config: { delayMs: "soon" } }] }),
  },
  ...["(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?<x>a)\\k<x>", "a(", "["].map((pattern) => ({
    name: `the pattern ${pattern} in a condition`,
    document: withCondition("pattern", { type: "regex", left: "output", right: pattern }),
  })),
  { name: "a condition of no known type", document: withCondition("odd", { type: "perhaps", left: "output" }) },
  {
    name: "settings.compensation",
    document: workflow("compensating", { nodes: [noopNode("a")], settings: { compensation: {} } }),
    unless: "compensation",
    codes: ["capability_required"],
    check: (details) => assert.match(JSON.stringify(details), /compensation/),
  },
  {
    name: "a trigger that nobody would serve",
    document: workflow("mailed", {
      nodes: [noopNode("a")],
      triggers: [{ id: "inbox", type: "webhook", config: {} }],
    }),
    codes: ["validation_error", "capability_required"],
  },
  {
    name: "an agent channel without deployments",
    document: workflow("channelled", {
      nodes: [{ ...noopNode("a"), agent: { agentId: "a.b.c", version: "1.0.0", channel: "stable" } }],
    }),
    codes: ["validation_error", "capability_required"],
  },
  {
    name: "a conformance node in a document of another name",
    document: workflow("not-for-tests", { nodes: [{ id: "a", typeId: "core.conformance.mock-agent" }] }),
    codes: ["validation_error", "capability_required"],
  },
  {
    name: "parley's own internal node type",
    document: workflow("inner", {
      nodes: [{ id: "a", typeId: "private.parley.agent", config: { agent: "host:assistant", systemPrompt: "" } }],
    }),
    codes: ["validation_error", "capability_required"],
  },
];

describe("registering a workflow", () => {
  it("stores it under its id: 201, then 200 while it stays the same, 201 when it changes", async () => {
    const document = valid("registered");
    const first = await register(document);
    assert.equal(first.status, 201);
    assert.deepEqual(
      { id: first.body.workflowId, version: first.body.version, created: first.body.created },
      { id: "registered", version: "1.0", created: true },
    );
    const again = await register(document);
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, { ...first.body, created: false });
    const changed = await register({ ...document, version: "1.1" });
    assert.equal(changed.status, 201);
    assert.notEqual(changed.body.definitionHash, first.body.definitionHash);
  });

  it("names it by the hash of its canonical form, dates left out, which is the ETag of the read", async () => {
    const document = { ...valid("hashed"), createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-02T00:00:00Z" };
    const { createdAt: _, updatedAt: __, ...content } = document;
    const expected = createHash("sha256").update(jcs(content)).digest("hex");
    assert.equal((await register(document)).body.definitionHash, expected);
    const read = await host.client.get("/v1/workflows/hashed");
    assert.equal(read.headers.etag, `"${expected}"`);
    conforms("workflow-definition", read.body);
    const unchanged = await host.client.get("/v1/workflows/hashed", { "if-none-match": `"${expected}"` });
    assert.equal(unchanged.status, 304);
  });

  it("lists it", async () => {
    await register(valid("listed"));
    const { status, body } = await host.client.get("/v1/workflows");
    assert.equal(status, 200);
    const entry = body.workflows.find((item: { workflowId: string }) => item.workflowId === "listed");
    assert.match(entry.definitionHash, /^[0-9a-f]{64}$/);
    assert.ok(Date.parse(entry.updatedAt) > 0);
  });

  it("does not change runs that began before", async () => {
    const gated = (after: string) =>
      workflow("changing", {
        nodes: [
          { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?", actions: ["accept", "reject"] } },
          noopNode(after),
        ],
        edges: [{ from: "gate", to: after }],
      });
    await register(gated("old-way"));
    const runId = await host.client.createRun("changing");
    await host.client.settled(runId);
    await register(gated("new-way"));
    await host.client.answer(runId, "gate", { action: "accept" });
    assert.equal(await host.client.ended(runId), "completed");
    const nodes = (await host.client.log(runId)).map((event) => event.nodeId);
    assert.ok(nodes.includes("old-way") && !nodes.includes("new-way"));
  });

  it("leaves parley's own workflows alone", async () => {
    const { status } = await register(valid("agent-assistant"));
    assert.ok(status === 403 || status === 409, `${status}`);
  });
});

describe("validating a workflow", () => {
  it("says that a good document is good, and stores nothing", async () => {
    const { status, body } = await host.client.post("/v1/workflows:validate", valid("only-looked-at"));
    assert.equal(status, 200);
    assert.deepEqual(body, { valid: true, problems: [] });
    assertRefused(await host.client.get("/v1/workflows/only-looked-at"), 404, "not_found");
  });

  it("names every problem with its place", async () => {
    const document = workflow("bad-all-over", {
      nodes: [noopNode("a"), noopNode("a"), { id: "b", typeId: "core.nonsense" }],
      edges: [{ from: "a", to: "nowhere" }],
    });
    const { status, body } = await host.client.post("/v1/workflows:validate", document);
    assert.equal(status, 200);
    assert.equal(body.valid, false);
    assert.ok(body.problems.length >= 3, JSON.stringify(body.problems));
    for (const problem of body.problems) assert.ok(problem.path && problem.message);
  });
});

describe("registering refuses", () => {
  for (const { name, document, unless, codes = ["validation_error"], check } of refusals) {
    it(name, async (context) => {
      if (unless !== undefined && (await host.client.get("/.well-known/openwop")).body[unless]) {
        return context.skip(`this host offers ${unless}`);
      }
      const response = await register(document);
      assert.equal(response.status, 400, response.text);
      assert.ok(codes.includes(response.body.error), response.text);
      check?.(response.body.details ?? {});
      const { body } = await host.client.post("/v1/workflows:validate", document);
      if (!Array.isArray(document)) assert.equal(body.valid, false, "validating agrees");
    });
  }

  it("stores nothing of a refused document", async () => {
    assertRefused(await host.client.get("/v1/workflows/cyclic"), 404, "not_found");
    assertRefused(await host.client.post("/v1/runs", { workflowId: "cyclic" }), 404, "not_found");
  });
});

/** RFC 8785 for the documents of this suite: sorted members, numbers and strings as JSON.stringify writes them. */
function jcs(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(",")}}`;
}
