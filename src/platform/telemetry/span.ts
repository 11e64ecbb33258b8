// A span as it is exported: names, numbers and ids. Nothing that anybody said or gave a run enters one.

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface SpanEvent {
  name: string;
  /** Epoch milliseconds. */
  atMs: number;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  tracestate?: string;
  name: string;
  /** `client`: a call to the outside. */
  kind: "internal" | "server" | "client";
  /** Epoch milliseconds. */
  startMs: number;
  /** Absent: it goes on. */
  endMs?: number;
  attributes: Record<string, AttributeValue>;
  events: SpanEvent[];
  links: SpanLink[];
  /** An error code, never a text: those may hold what people wrote. */
  error?: string;
}
