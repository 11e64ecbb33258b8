// Reads what an exporter sends (OTLP/HTTP), and a collector that keeps it. Written from the published .proto files, not
// from our encoder.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReadSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  startNanos: bigint;
  endNanos: bigint;
  attributes: Record<string, unknown>;
  events: { name: string; nanos: bigint; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string }[];
  status: { code: number; message?: string };
}

export interface ReadExport {
  resource: Record<string, unknown>;
  spans: ReadSpan[];
}

export function readSpans(contentType: string, body: Buffer): ReadExport {
  return contentType === "application/json" ? readJson(body) : readProtobuf(body);
}

// biome-ignore lint/suspicious/noExplicitAny: foreign JSON
type Foreign = any;

function readJson(body: Buffer): ReadExport {
  const { resourceSpans } = JSON.parse(body.toString("utf8")) as Foreign;
  const spans = resourceSpans.flatMap((one: Foreign) => one.scopeSpans.flatMap((scope: Foreign) => scope.spans));
  return {
    resource: jsonAttributes(resourceSpans[0].resource.attributes),
    spans: spans.map((span: Foreign) => ({
      traceId: span.traceId,
      spanId: span.spanId,
      ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
      ...(span.traceState !== undefined && { traceState: span.traceState }),
      name: span.name,
      kind: span.kind,
      startNanos: BigInt(span.startTimeUnixNano),
      endNanos: BigInt(span.endTimeUnixNano),
      attributes: jsonAttributes(span.attributes),
      events: span.events.map((event: Foreign) => ({
        name: event.name,
        nanos: BigInt(event.timeUnixNano),
        attributes: jsonAttributes(event.attributes),
      })),
      links: span.links.map((link: Foreign) => ({ traceId: link.traceId, spanId: link.spanId })),
      status: { code: span.status.code, ...(span.status.message && { message: span.status.message }) },
    })),
  };
}

function jsonAttributes(list: Foreign[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, jsonValue(value)]));
}

function jsonValue(value: Foreign): unknown {
  if ("intValue" in value) return Number(value.intValue);
  if ("arrayValue" in value) return value.arrayValue.values.map(jsonValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

/** Fields of a protobuf message by number: numbers and bytes as they stand. */
function fieldsOf(message: Buffer): Map<number, (bigint | Buffer)[]> {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("the message ends inside of a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const value = ((): bigint | Buffer => {
      switch (tag & 7) {
        case 0:
          return varint();
        case 1:
          at += 8;
          return message.subarray(at - 8, at);
        case 2: {
          const length = Number(varint());
          at += length;
          return message.subarray(at - length, at);
        }
        default:
          throw new Error(`wire type ${tag & 7}`);
      }
    })();
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

class Message {
  readonly #fields: Map<number, (bigint | Buffer)[]>;
  constructor(bytes: Buffer) {
    this.#fields = fieldsOf(bytes);
  }
  has(field: number): boolean {
    return this.#fields.has(field);
  }
  bytes(field: number): Buffer {
    return (this.#fields.get(field)?.[0] ?? Buffer.alloc(0)) as Buffer;
  }
  text(field: number): string {
    return this.bytes(field).toString("utf8");
  }
  hex(field: number): string {
    return this.bytes(field).toString("hex");
  }
  number(field: number): bigint {
    return (this.#fields.get(field)?.[0] ?? 0n) as bigint;
  }
  fixed(field: number): bigint {
    return this.bytes(field).readBigUInt64LE();
  }
  all(field: number): Message[] {
    return (this.#fields.get(field) ?? []).map((bytes) => new Message(bytes as Buffer));
  }
}

function readProtobuf(body: Buffer): ReadExport {
  const resourceSpans = new Message(body).all(1);
  const [resource] = (resourceSpans[0] as Message).all(1);
  const spans = resourceSpans.flatMap((one) => one.all(2).flatMap((scope) => scope.all(2)));
  return {
    resource: attributesIn(resource as Message, 1),
    spans: spans.map((span) => {
      const [status] = span.all(15);
      return {
        traceId: span.hex(1),
        spanId: span.hex(2),
        ...(span.has(4) && { parentSpanId: span.hex(4) }),
        ...(span.has(3) && { traceState: span.text(3) }),
        name: span.text(5),
        kind: Number(span.number(6)),
        startNanos: span.fixed(7),
        endNanos: span.fixed(8),
        attributes: attributesIn(span, 9),
        events: span.all(11).map((event) => ({
          name: event.text(2),
          nanos: event.fixed(1),
          attributes: attributesIn(event, 3),
        })),
        links: span.all(13).map((link) => ({ traceId: link.hex(1), spanId: link.hex(2) })),
        status: { code: Number(status?.number(3) ?? 0n), ...(status?.has(2) && { message: status.text(2) }) },
      };
    }),
  };
}

function attributesIn(message: Message, field: number): Record<string, unknown> {
  return Object.fromEntries(message.all(field).map((pair) => [pair.text(1), valueIn(pair.all(2)[0] as Message)]));
}

function valueIn(value: Message): unknown {
  if (value.has(1)) return value.text(1);
  if (value.has(2)) return value.number(2) === 1n;
  if (value.has(3)) return Number(BigInt.asIntN(64, value.number(3)));
  if (value.has(4)) return value.bytes(4).readDoubleLE();
  return value.all(5).flatMap((list) => list.all(1).map(valueIn));
}

export interface Collector {
  readonly url: string;
  readonly spans: ReadSpan[];
  readonly requests: { path: string; headers: IncomingHttpHeaders }[];
  /** The spans as soon as they fulfil the condition. */
  until(fulfilled: (spans: readonly ReadSpan[]) => boolean, deadlineMs?: number): Promise<ReadSpan[]>;
  close(): Promise<void>;
}

/** A collector on loopback that takes everything. */
export async function startCollector(): Promise<Collector> {
  const spans: ReadSpan[] = [];
  const requests: Collector["requests"] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({ path: request.url ?? "", headers: request.headers });
      spans.push(...readSpans(String(request.headers["content-type"]), Buffer.concat(chunks)).spans);
      response.end();
      for (const look of waiting) look();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    until: (fulfilled, deadlineMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`the spans that came: ${spans.map((span) => span.name).join(", ")}`));
        }, deadlineMs);
        const look = () => {
          if (!fulfilled(spans)) return;
          end();
          resolve(spans);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
