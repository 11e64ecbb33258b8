// Spans as OTLP/HTTP protobuf (opentelemetry-proto 1.x, `ExportTraceServiceRequest`). Field numbers are those of
// opentelemetry/proto/{collector/trace,trace,common,resource}/v1.

import { type Resource, resourceAttributes, SCOPE_NAME, SPAN_KINDS, STATUS_ERROR, STATUS_OK } from "./otlp-json.ts";
import type { Attributes, AttributeValue, Span } from "./span.ts";

export function otlpProtobuf(resource: Resource, spans: readonly Span[]): Buffer {
  const scope = [text(1, SCOPE_NAME), text(2, resource.serviceVersion)];
  const scopeSpans = [message(1, scope), ...spans.map((span) => message(2, spanFields(span)))];
  const resourceSpans = [message(1, keyValues(1, resourceAttributes(resource))), message(2, scopeSpans)];
  return message(1, resourceSpans);
}

function spanFields(span: Span): Buffer[] {
  const { traceId, spanId, parentSpanId, tracestate, name, kind, startMs, endMs = startMs, error } = span;
  const status = error === undefined ? [varintField(3, STATUS_OK)] : [text(2, error), varintField(3, STATUS_ERROR)];
  return [
    hex(1, traceId),
    hex(2, spanId),
    ...(tracestate === undefined ? [] : [text(3, tracestate)]),
    ...(parentSpanId === undefined ? [] : [hex(4, parentSpanId)]),
    text(5, name),
    varintField(6, SPAN_KINDS[kind]),
    nanos(7, startMs),
    nanos(8, endMs),
    ...keyValues(9, span.attributes),
    ...span.events.map((event) =>
      message(11, [nanos(1, event.atMs), text(2, event.name), ...keyValues(3, event.attributes)]),
    ),
    ...span.links.map((link) =>
      message(13, [hex(1, link.traceId), hex(2, link.spanId), ...keyValues(4, link.attributes)]),
    ),
    message(15, status),
  ];
}

function keyValues(field: number, attributes: Attributes): Buffer[] {
  return Object.entries(attributes).map(([key, value]) =>
    message(field, [text(1, key), message(2, [anyValue(value)])]),
  );
}

function anyValue(value: AttributeValue): Buffer {
  switch (typeof value) {
    case "string":
      return text(1, value);
    case "boolean":
      return varintField(2, value ? 1 : 0);
    case "number":
      return Number.isSafeInteger(value) ? varintField(3, value) : double(4, value);
    default:
      return message(
        5,
        value.map((item) => message(1, [text(1, item)])),
      );
  }
}

const [VARINT, FIXED_64, LENGTH] = [0, 1, 2];

function message(field: number, parts: readonly Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value, "utf8"));
}

function hex(field: number, digits: string): Buffer {
  return bytes(field, Buffer.from(digits, "hex"));
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([tag(field, LENGTH), varint(BigInt(value.length)), value]);
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, VARINT), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function double(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED_64), buffer]);
}

function nanos(field: number, ms: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(Math.round(ms)) * 1_000_000n);
  return Buffer.concat([tag(field, FIXED_64), buffer]);
}

function tag(field: number, wireType: number): Buffer {
  return varint(BigInt((field << 3) | wireType));
}

function varint(value: bigint): Buffer {
  const digits: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    digits.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  digits.push(Number(rest));
  return Buffer.from(digits);
}
