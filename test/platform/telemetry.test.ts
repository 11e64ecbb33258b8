// The export of spans: their two encodings, the sampler, the settings, and an exporter that never makes a run wait.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startExporter } from "#platform/telemetry/exporter.ts";
import { otlpJson } from "#platform/telemetry/otlp-json.ts";
import { otlpProtobuf } from "#platform/telemetry/otlp-protobuf.ts";
import { isSampled } from "#platform/telemetry/sampler.ts";
import { exportSettings } from "#platform/telemetry/settings.ts";
import type { Span } from "#platform/telemetry/span.ts";
import type { Committed, Store } from "#ports/store.ts";
import { readSpans } from "../support/otlp.ts";
import { aStart, logOf } from "./run-log.ts";
import { recordingLogger } from "./support.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

describe("the encodings of a span", () => {
  const span: Span = {
    traceId: TRACE_ID,
    spanId: PARENT,
    parentSpanId: "00f067aa0ba902b7",
    tracestate: "vendor=1",
    name: "openwop.run",
    kind: "client",
    startMs: 1_700_000_000_123,
    endMs: 1_700_000_000_456,
    attributes: { text: "ä", whole: 7, negative: -3, part: 0.5, yes: true, list: ["a", "b"] },
    events: [{ name: "e", atMs: 1_700_000_000_200, attributes: { n: 1 } }],
    links: [{ traceId: TRACE_ID, spanId: "00f067aa0ba902b7", attributes: {} }],
    error: "run_timeout",
  };
  const resource = { serviceName: "parley", serviceVersion: "9.9.9" };

  for (const { name, type, body } of [
    { name: "JSON", type: "application/json", body: Buffer.from(otlpJson(resource, [span])) },
    { name: "protobuf", type: "application/x-protobuf", body: otlpProtobuf(resource, [span]) },
  ]) {
    it(`${name} holds everything`, () => {
      const read = readSpans(type, body);
      assert.deepEqual(read.resource, { "service.name": "parley", "service.version": "9.9.9" });
      assert.deepEqual(read.spans, [
        {
          traceId: TRACE_ID,
          spanId: PARENT,
          parentSpanId: "00f067aa0ba902b7",
          traceState: "vendor=1",
          name: "openwop.run",
          kind: 3,
          startNanos: 1_700_000_000_123_000_000n,
          endNanos: 1_700_000_000_456_000_000n,
          attributes: span.attributes,
          events: [{ name: "e", nanos: 1_700_000_000_200_000_000n, attributes: { n: 1 } }],
          links: [{ traceId: TRACE_ID, spanId: "00f067aa0ba902b7" }],
          status: { code: 2, message: "run_timeout" },
        },
      ]);
    });
  }
});

describe("the sampler", () => {
  const low = { traceId: `${"f".repeat(19)}${"0".repeat(13)}` };
  const high = { traceId: `${"0".repeat(19)}${"f".repeat(13)}` };
  for (const { sampler, ratio, trace, taken } of [
    { sampler: "always_on", ratio: 0, trace: { ...high, sampled: false }, taken: true },
    { sampler: "always_off", ratio: 1, trace: { ...low, sampled: true }, taken: false },
    { sampler: "traceidratio", ratio: 0.1, trace: low, taken: true },
    { sampler: "traceidratio", ratio: 0.1, trace: { ...high, sampled: true }, taken: false },
    { sampler: "traceidratio", ratio: 1, trace: high, taken: true },
    { sampler: "parentbased_traceidratio", ratio: 0, trace: { ...high, sampled: true }, taken: true },
    { sampler: "parentbased_traceidratio", ratio: 1, trace: { ...low, sampled: false }, taken: false },
    { sampler: "parentbased_traceidratio", ratio: 0.1, trace: low, taken: true },
    { sampler: "parentbased_always_on", ratio: 0, trace: high, taken: true },
    { sampler: "parentbased_always_on", ratio: 0, trace: { ...high, sampled: false }, taken: false },
    { sampler: "parentbased_always_off", ratio: 1, trace: low, taken: false },
    { sampler: "parentbased_always_off", ratio: 1, trace: { ...low, sampled: true }, taken: true },
  ] as const) {
    const parent = "sampled" in trace ? `a parent that is${trace.sampled ? "" : " not"} sampled` : "no parent";
    it(`${sampler} at ${ratio} ${taken ? "takes" : "leaves"} a trace with ${parent}`, () =>
      assert.equal(isSampled(sampler, ratio, trace), taken));
  }
});

describe("the settings of the export", () => {
  const config = {
    sampler: "parentbased_traceidratio",
    samplePercent: 10,
    serviceName: "parley",
    logRecords: false,
  } as const;
  const secret = async () => "from the secret";
  const settingsOf = async (env: Record<string, string>, more: object = {}) =>
    exportSettings({ ...config, ...more }, env, secret);

  it("are none without an address", async () => {
    assert.equal((await settingsOf({ OTEL_SERVICE_NAME: "x" })).settings, undefined);
  });

  it("come from the configuration", async () => {
    const otlp = {
      endpoint: "http://collector:4318/",
      protocol: "http/json",
      headers: [{ name: "authorization", value: { env: "KEY" } }],
    } as const;
    assert.deepEqual((await settingsOf({}, { otlp })).settings, {
      url: "http://collector:4318/v1/traces",
      protocol: "http/json",
      sampler: "parentbased_traceidratio",
      ratio: 0.1,
      headers: { authorization: "from the secret" },
      serviceName: "parley",
    });
  });

  it("come from OpenTelemetry's variables, which win", async () => {
    const otlp = { endpoint: "http://other:1", protocol: "http/json", headers: [] } as const;
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=x%20y",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
      OTEL_SERVICE_NAME: "mine",
    };
    assert.deepEqual(await settingsOf(env, { otlp }), {
      settings: {
        url: "http://collector:4318/v1/traces",
        protocol: "http/protobuf",
        sampler: "traceidratio",
        ratio: 0.5,
        headers: { a: "1", b: "x y" },
        serviceName: "mine",
      },
      problems: [],
    });
  });

  it("take the address for traces as it is", async () => {
    const { settings } = await settingsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector/x" });
    assert.equal(settings?.url, "http://collector/x");
  });

  it("are none where OpenTelemetry is switched off", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector", OTEL_SDK_DISABLED: "true" };
    assert.equal((await settingsOf(env)).settings, undefined);
  });

  it("tell what they do not take, never its value", async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector",
      OTEL_TRACES_SAMPLER: "sometimes",
      OTEL_TRACES_SAMPLER_ARG: "2",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    };
    const { settings, problems } = await settingsOf(env);
    assert.deepEqual([settings?.sampler, settings?.ratio, settings?.protocol], [config.sampler, 0.1, "http/protobuf"]);
    const names = problems.map(({ name }) => name).sort();
    assert.deepEqual(names, ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"]);
    assert.doesNotMatch(JSON.stringify(problems), /sometimes/);
  });
});

describe("the exporter", () => {
  const settings = {
    url: "http://collector",
    protocol: "http/json",
    headers: {},
    sampler: "always_on",
    ratio: 1,
    serviceName: "parley",
  } as const;
  const { logger } = recordingLogger();
  const ended = (runId: string): Committed => ({
    commitNumber: 1,
    appends: [],
    rows: [{ op: "updateRun", runId, patch: { status: "completed", lastSequence: 1, unfinished: false } }],
    positions: {},
    laneNext: [],
  });

  /** A store of runs that each have a log of two events. */
  function storeOf(): { store: Store; end: (runId: string) => void } {
    let listener: (committed: Committed) => void = () => undefined;
    const events = logOf(["run.started"], ["run.completed"]).map((event) => JSON.stringify(event));
    const store = {
      subscribe(heard: typeof listener) {
        listener = heard;
        return () => {
          listener = () => undefined;
        };
      },
      readRun: async (runId: string) => ({
        start: { ...aStart, runId },
        status: "completed",
        lastSequence: 1,
        unfinished: false,
      }),
      readLog: async (_runId: string, from: number) =>
        from > 1 ? [] : [{ firstSequence: 0, lastSequence: 1, lines: events }],
      readDefinition: async () => undefined,
    } as unknown as Store;
    return { store, end: (runId) => listener(ended(runId)) };
  }

  it("posts the spans of runs that ended, and says how many", async () => {
    const { store, end } = storeOf();
    const bodies: string[] = [];
    const post = async (body: string | Buffer) => {
      bodies.push(String(body));
      return "taken" as const;
    };
    const exporter = startExporter({ store, logger, settings, version: "1", post });
    end("run_a");
    end("run_b");
    await exporter.stop(1_000);
    assert.deepEqual(exporter.counts(), { exported: 6, dropped: 0, waiting: 0 });
    const spans = bodies.flatMap((body) => readSpans("application/json", Buffer.from(body)).spans);
    assert.equal(spans.filter((span) => span.name === "openwop.run").length, 2);
  });

  it("reads nothing while the run that committed still has its turn", () => {
    const { store, end } = storeOf();
    let reads = 0;
    const counted = { ...store, readRun: (runId: string) => store.readRun(runId).finally(() => (reads += 1)) } as Store;
    startExporter({ store: counted, logger, settings, version: "1", post: async () => "taken" });
    end("run_a");
    assert.equal(reads, 0);
  });

  it("keeps at most 2 000 runs while the collector hangs, and counts the others as dropped", async () => {
    const { store, end } = storeOf();
    const post = (_body: string | Buffer, _type: string, signal: AbortSignal) =>
      new Promise<"refused">((resolve) => signal.addEventListener("abort", () => resolve("refused"), { once: true }));
    const exporter = startExporter({ store, logger, settings, version: "1", post });
    for (let at = 0; at < 3_000; at += 1) end(`run_${at}`);
    assert.equal(exporter.counts().waiting, 2_000);
    assert.equal(exporter.counts().dropped, 1_000);
    await exporter.stop(50);
    assert.equal(exporter.counts().waiting, 0);
    assert.equal(exporter.counts().exported, 0);
  });

  it("tries again what the collector may take later, then gives it up", async () => {
    const { store, end } = storeOf();
    let tries = 0;
    const post = async () => {
      tries += 1;
      return tries < 2 ? ("retry" as const) : ("taken" as const);
    };
    const exporter = startExporter({ store, logger, settings, version: "1", post });
    end("run_a");
    while (exporter.counts().exported === 0) await delay(20);
    assert.equal(tries, 2);
    await exporter.stop(1_000);
  });
});
