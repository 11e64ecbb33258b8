// Trace context in and out, and the spans of runs over OTLP (operations.md §4.1-§4.3, §4.6; runs.md §1.1).

import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { within } from "../support/daemon.ts";
import { type Collector, type ReadSpan, startCollector } from "../support/otlp.ts";
import { ownFixtures } from "../support/paths.ts";
import { eventConforms } from "../support/schemas.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";
const traceparent = `00-${traceId}-${parent}-01`;
const shape = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

describe("trace context", () => {
  const host = useDaemon();

  for (const [method, path] of [
    ["GET", "/v1/runs"],
    ["POST", "/v1/runs"],
    ["GET", "/v1/workflows"],
    ["GET", "/.well-known/openwop"],
    ["GET", "/v1/runs/run_unknown"],
  ] as const) {
    it(`goes on in the answer of ${method} ${path}, under a span of its own`, async () => {
      const headers = { traceparent, tracestate: "vendor=1" };
      const body = method === "POST" ? { body: { workflowId: "conformance-noop" } } : {};
      const answer = await host.client.call(method, path, { headers, ...body });
      const [, inTrace, span, flags] = String(answer.headers.traceparent).split("-");
      assert.deepEqual([inTrace, flags], [traceId, "01"]);
      assert.notEqual(span, parent);
      assert.equal(answer.headers.tracestate, "vendor=1");
    });
  }

  it("is begun for a request without one, and for one that cannot be read", async () => {
    const first = await host.client.get("/v1/runs");
    const second = await host.client.get("/v1/runs", { traceparent: "00-xyz" });
    assert.match(String(first.headers.traceparent), shape);
    assert.match(String(second.headers.traceparent), shape);
    assert.notEqual(first.headers.traceparent, second.headers.traceparent);
    assert.equal(second.status, 200);
  });

  it("goes on in an event stream", async () => {
    const runId = await host.client.createRun("conformance-noop");
    const stream = await host.client.stream(`/v1/runs/${runId}/events`, { traceparent });
    await stream.closed;
    assert.equal(String(stream.headers.traceparent).split("-")[1], traceId);
  });

  it("is no credential", async () => {
    const answer = await host.client.anonymous("GET", "/v1/runs", { headers: { traceparent } });
    assert.equal(answer.status, 401);
    assert.equal(String(answer.headers.traceparent).split("-")[1], traceId);
  });

  it("does not make another request of a repeated one", async () => {
    const headers = { "idempotency-key": "traced-twice" };
    const first = await host.client.post("/v1/runs", { workflowId: "conformance-noop" }, { ...headers, traceparent });
    const second = await host.client.post("/v1/runs", { workflowId: "conformance-noop" }, headers);
    assert.equal(second.status, 201);
    assert.equal(second.body.runId, first.body.runId);
  });
});

describe("the trace of a run", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({ fixtures: ownFixtures, seams: true, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });
  const calls: IncomingMessage[] = [];
  const heard = new Set<() => void>();
  const server = createServer((request, response) => {
    calls.push(request);
    request.resume();
    response.end();
    for (const look of heard) look();
  });
  const urlOf = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const callTo = (path: string) =>
    within(
      new Promise<IncomingMessage>((resolve) => {
        const look = () => {
          const call = calls.find((one) => one.url === path);
          if (call) resolve(call);
        };
        heard.add(look);
        look();
      }),
      8_000,
      () => `nobody called ${path}`,
    );
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => server.close());

  it("goes out with its webhooks", async () => {
    const url = urlOf("/hook");
    const registered = await host.client.post("/v1/webhooks", { url, events: ["run.completed"] });
    assert.equal(registered.status, 201, registered.text);
    await host.client.createRun("conformance-noop", { headers: { traceparent, tracestate: "vendor=1" } });
    const { headers } = await callTo("/hook");
    assert.equal(String(headers.traceparent).split("-")[1], traceId);
    assert.equal(String(headers.traceparent).split("-")[3], "01");
    assert.equal(headers.tracestate, "vendor=1");
  });

  it("goes out with the callback of a question", async () => {
    const body = { callbackUrl: urlOf("/asked") };
    await host.client.createRun("conformance-approval", { body, headers: { traceparent } });
    const { headers } = await callTo("/asked");
    assert.equal(String(headers.traceparent).split("-")[1], traceId);
  });
});

for (const protocol of ["http/json", "http/protobuf"] as const) {
  describe(`spans over OTLP, ${protocol}`, { skip: needsOwnDaemon() }, () => {
    let collector: Collector;
    const env: Record<string, string> = {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=open%20sesame",
      OTEL_SERVICE_NAME: "conformance",
    };
    before(async () => {
      collector = await startCollector();
      env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    });
    after(() => collector.close());
    const host = useDaemon({ fixtures: ownFixtures, seams: true, env });

    const spansOf = async (runId: string): Promise<ReadSpan[]> => {
      const ofRun = (span: ReadSpan) => span.attributes["openwop.run_id"] === runId;
      const ended = (spans: readonly ReadSpan[]) => spans.some((span) => span.name === "openwop.run" && ofRun(span));
      return (await collector.until(ended)).filter(ofRun);
    };
    const one = (spans: readonly ReadSpan[], name: string): ReadSpan => {
      const found = spans.filter((span) => span.name === name);
      assert.equal(found.length, 1, `${name} among ${spans.map((span) => span.name).join(", ")}`);
      return found[0] as ReadSpan;
    };
    const traced = (workflowId: string) =>
      host.client.createRun(workflowId, { headers: { traceparent, tracestate: "vendor=1" } });

    it("is what discovery claims", async () => {
      const { body } = await host.client.get("/.well-known/openwop");
      assert.deepEqual(body.observability.otel.exportProtocols, ["http/json", "http/protobuf"]);
      assert.equal(body.observability.namespace, "openwop");
    });

    it("goes to the collector's path with its headers, in the chosen encoding", async () => {
      await spansOf(await traced("conformance-noop"));
      const [request] = collector.requests;
      assert.equal(request?.path, "/v1/traces");
      const type = protocol === "http/json" ? "application/json" : "application/x-protobuf";
      assert.equal(request?.headers["content-type"], type);
      assert.equal(request?.headers["x-collector-key"], "open sesame");
    });

    it("nests run, node, attempt and events, below the caller's span", async () => {
      const runId = await traced("conformance-multi-node");
      const spans = await spansOf(runId);
      const run = one(spans, "openwop.run");
      assert.deepEqual([run.traceId, run.parentSpanId, run.traceState], [traceId, parent, "vendor=1"]);
      const nodes = spans.filter((span) => span.name === "openwop.node.core.noop");
      assert.equal(nodes.length, 3);
      for (const node of nodes) assert.equal(node.parentSpanId, run.spanId);
      const attempts = spans.filter((span) => span.name === "openwop.node.core.noop.attempt");
      assert.deepEqual(
        attempts.map((span) => span.parentSpanId),
        nodes.map((span) => span.spanId),
      );
      const log = await host.client.log(runId);
      const appends = spans.filter((span) => span.name === "openwop.event.append");
      assert.deepEqual(
        appends.map((span) => [span.attributes["openwop.event_seq"], span.attributes["openwop.event_type"]]),
        log.map((event) => [event.sequence, event.type]),
      );
      assert.ok(spans.every((span) => span.traceId === traceId && span.endNanos >= span.startNanos));
    });

    it("says what the contract wants on each level", async () => {
      const spans = await spansOf(await traced("conformance-noop"));
      const wanted = {
        "openwop.run": ["openwop.run_id", "openwop.workflow_id", "openwop.protocol_version", "openwop.pii_present"],
        "openwop.node.core.noop": ["openwop.node_id", "openwop.node_type", "openwop.node_attempt", "openwop.event_seq"],
      };
      for (const [name, attributes] of Object.entries(wanted)) {
        for (const attribute of attributes)
          assert.ok(attribute in one(spans, name).attributes, `${name}: ${attribute}`);
      }
    });

    it("holds the question that a run waited with", async () => {
      const runId = await traced("conformance-approval");
      await host.client.settled(runId);
      await host.client.answer(runId, "gate", { action: "accept" });
      const spans = await spansOf(runId);
      const question = one(spans, "openwop.interrupt");
      assert.equal(question.parentSpanId, one(spans, "openwop.node.core.approvalGate").spanId);
      assert.equal(question.attributes["openwop.interrupt_kind"], "approval");
      assert.match(String(question.attributes["openwop.interrupt_id"]), /^int_/);
    });

    it("says why a run failed by its code, and which bound it broke", async () => {
      const runId = await host.client.createRun("conformance-multi-node", {
        body: { configurable: { recursionLimit: 1 } },
        headers: { traceparent },
      });
      const run = one(await spansOf(runId), "openwop.run");
      assert.deepEqual(run.status, { code: 2, message: "recursion_limit_exceeded" });
      assert.equal(run.attributes["openwop.cap_kind"], "node-executions");
      assert.equal(run.attributes["openwop.cap_limit"], 1);
      assert.ok(Number(run.attributes["openwop.cap_observed"]) > 1);
    });

    it("puts a child below the node that started it", async () => {
      const runId = await traced("conformance-subworkflow-parent");
      await host.client.ended(runId);
      const spans = await spansOf(runId);
      const node = one(spans, "openwop.node.core.subWorkflow");
      const child = (
        await collector.until((all) => all.some((span) => span.attributes["openwop.parent.run_id"] === runId))
      ).find((span) => span.attributes["openwop.parent.run_id"] === runId) as ReadSpan;
      assert.deepEqual([child.name, child.traceId, child.parentSpanId], ["openwop.run", traceId, node.spanId]);
      assert.equal(child.attributes["openwop.parent.node_id"], node.attributes["openwop.node_id"]);
      assert.equal(child.attributes["openwop.parent.workflow_id"], "conformance-subworkflow-parent");
    });

    it("links a fork to its source", async () => {
      const source = await traced("conformance-multi-node");
      await host.client.ended(source);
      const forked = await host.client.post(
        `/v1/runs/${source}:fork`,
        { mode: "branch", fromSeq: 2 },
        { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` },
      );
      assert.equal(forked.status, 201, forked.text);
      const run = one(await spansOf(forked.body.runId), "openwop.run");
      const original = one(await spansOf(source), "openwop.run");
      assert.deepEqual(run.links, [{ traceId: original.traceId, spanId: original.spanId }]);
      assert.notEqual(run.parentSpanId, original.spanId);
      assert.equal(run.attributes["openwop.replay.source_run_id"], source);
      assert.equal(run.attributes["openwop.replay.from_seq"], 2);
      assert.equal(run.attributes["openwop.replay.mode"], "branch");
    });

    it("lets cost attributes of the list out, and nothing else of the namespace", async () => {
      const runId = await traced("openwop-smoke-cost-emit");
      const spans = await spansOf(runId);
      const node = one(spans, "openwop.node.conformance.cost.emit");
      const cost = Object.entries(node.attributes).filter(([name]) => name.startsWith("openwop.cost."));
      assert.deepEqual(Object.fromEntries(cost), {
        "openwop.cost.tokens.input": 100,
        "openwop.cost.tokens.output": 50,
        "openwop.cost.tokens.total": 150,
        "openwop.cost.usd": 0.00123,
        "openwop.cost.currency": "USD",
        "openwop.cost.estimated": true,
        "openwop.cost.provider": "anthropic",
      });
      const everything = JSON.stringify(spans, (_, value) => (typeof value === "bigint" ? String(value) : value));
      assert.doesNotMatch(everything, /CANARY|evil|leaked/);
      for (const event of await host.client.log(runId)) eventConforms(event);
      const { metrics } = await host.client.snapshot(runId);
      assert.equal(metrics.openwopCost.usd, 0.00123);
      assert.deepEqual(metrics.openwopCost.tokens, { input: 100, output: 50 });
      assert.equal(metrics.openwopCost.provider, "anthropic");
    });

    it("is what the seam shows", async () => {
      const runId = await traced("conformance-multi-node");
      const exported = await spansOf(runId);
      const { body } = await host.client.get(`/v1/host/sample/test/otel/spans?runId=${runId}`);
      assert.deepEqual(
        body.spans.map((span: ReadSpan) => [span.name, span.attributes]),
        exported.map((span) => [span.name, span.attributes]),
      );
      const named = await host.client.get(`/v1/host/sample/test/otel/spans?runId=${runId}&name=openwop.run`);
      assert.equal(named.body.spans.length, 1);
    });

    it("leaves out what the caller does not sample", async () => {
      const headers = { traceparent: `00-${traceId}-${parent}-00` };
      const unsampled = await host.client.createRun("conformance-noop", { headers });
      await host.client.ended(unsampled);
      // Runs are told in the order in which they ended: once a later one is there, this one would be too.
      await spansOf(await traced("conformance-noop"));
      assert.ok(!collector.spans.some((span) => span.attributes["openwop.run_id"] === unsampled));
    });
  });
}

describe("a collector that is away", { skip: needsOwnDaemon() }, () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_TRACES_SAMPLER: "always_on" };
  const host = useDaemon({ fixtures: ownFixtures, env });

  it("holds up no run, and no stop", async () => {
    for (let at = 0; at < 20; at += 1) {
      assert.equal(await host.client.ended(await host.client.createRun("conformance-noop")), "completed");
    }
    assert.equal(await host.daemon.stop(), 0);
  });
});
