// Trace context: what is taken of a caller's headers, and what goes out.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { outgoingTrace, parseTrace, runSpanId, traceHeaders } from "#protocol/trace.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

describe("a traceparent", () => {
  for (const { name, header, trace } of [
    { name: "that is sampled", header: `00-${TRACE_ID}-${PARENT}-01`, trace: { sampled: true } },
    { name: "that is not sampled", header: `00-${TRACE_ID}-${PARENT}-00`, trace: { sampled: false } },
    { name: "with flags of the future", header: `00-${TRACE_ID}-${PARENT}-ff`, trace: { sampled: true } },
    {
      name: "of a later version, with more behind it",
      header: `01-${TRACE_ID}-${PARENT}-01-x`,
      trace: { sampled: true },
    },
  ]) {
    it(`${name} is taken`, () =>
      assert.deepEqual(parseTrace(header), { traceId: TRACE_ID, parentSpanId: PARENT, ...trace }));
  }

  for (const { name, header } of [
    { name: "nothing", header: undefined },
    { name: "twice", header: [`00-${TRACE_ID}-${PARENT}-01`] },
    { name: "version ff", header: `ff-${TRACE_ID}-${PARENT}-01` },
    { name: "version 00 with more behind it", header: `00-${TRACE_ID}-${PARENT}-01-x` },
    { name: "a trace id of zeros", header: `00-${"0".repeat(32)}-${PARENT}-01` },
    { name: "a parent of zeros", header: `00-${TRACE_ID}-${"0".repeat(16)}-01` },
    { name: "upper case", header: `00-${TRACE_ID.toUpperCase()}-${PARENT}-01` },
    { name: "a short trace id", header: `00-${TRACE_ID.slice(1)}-${PARENT}-01` },
    { name: "words", header: "please" },
  ]) {
    it(`${name} is ignored`, () => assert.equal(parseTrace(header), undefined));
  }

  it("keeps a tracestate of up to 512 printable characters", () => {
    const header = `00-${TRACE_ID}-${PARENT}-01`;
    assert.equal(parseTrace(header, "vendor=1")?.tracestate, "vendor=1");
    assert.equal(parseTrace(header, "x".repeat(513))?.tracestate, undefined);
    assert.equal(parseTrace(header, "a\nb")?.tracestate, undefined);
  });

  it("goes out with the run's span as parent, its flags and its tracestate", () => {
    const trace = { traceId: TRACE_ID, parentSpanId: PARENT, sampled: true, tracestate: "vendor=1" };
    assert.deepEqual(outgoingTrace({ runId: "run_1", trace }), {
      traceparent: `00-${TRACE_ID}-${runSpanId("run_1")}-01`,
      tracestate: "vendor=1",
    });
    assert.equal(traceHeaders({ traceId: TRACE_ID }, PARENT).traceparent, `00-${TRACE_ID}-${PARENT}-00`);
  });
});
