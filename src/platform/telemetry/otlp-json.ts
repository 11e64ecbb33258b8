// Spans as OTLP/HTTP JSON (opentelemetry-proto 1.x, `ExportTraceServiceRequest`): ids in hex, 64-bit numbers as text.

import type { Attributes, AttributeValue, Span } from "./span.ts";

/** Who exports. */
export interface Resource {
  serviceName: string;
  serviceVersion: string;
}

export const SCOPE_NAME = "parley";
export const SPAN_KINDS = { internal: 1, server: 2, client: 3 } as const;
export const STATUS_OK = 1;
export const STATUS_ERROR = 2;

export function otlpJson(resource: Resource, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: keyValues(resourceAttributes(resource)) },
        scopeSpans: [{ scope: { name: SCOPE_NAME, version: resource.serviceVersion }, spans: spans.map(spanJson) }],
      },
    ],
  });
}

export function resourceAttributes({ serviceName, serviceVersion }: Resource): Attributes {
  return { "service.name": serviceName, "service.version": serviceVersion };
}

function spanJson(span: Span) {
  const { traceId, spanId, parentSpanId, tracestate, name, kind, startMs, endMs = startMs, error } = span;
  return {
    traceId,
    spanId,
    ...(tracestate !== undefined && { traceState: tracestate }),
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: SPAN_KINDS[kind],
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: keyValues(span.attributes),
    events: span.events.map((event) => ({
      timeUnixNano: nanos(event.atMs),
      name: event.name,
      attributes: keyValues(event.attributes),
    })),
    links: span.links.map((link) => ({ ...link, attributes: keyValues(link.attributes) })),
    status: error === undefined ? { code: STATUS_OK } : { code: STATUS_ERROR, message: error },
  };
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): object {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
  }
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}
