// Content encodings of a run read (RFC 0115): negotiated by Accept-Encoding, the same bytes after decoding.

import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";

/** In the order of our preference among those the reader likes equally. */
export const contentEncodings = ["zstd", "br", "gzip"] as const;
type ContentEncoding = (typeof contentEncodings)[number];

// Fast settings: a read is answered on the main thread.
const compress: Record<ContentEncoding, (body: Buffer) => Buffer> = {
  zstd: (body) => zstdCompressSync(body),
  br: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body) => gzipSync(body, { level: 6 }),
};

/** Sends JSON text in the encoding that the reader likes best. */
export function sendEncoded(request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply {
  reply.header("vary", "Accept-Encoding").type("application/json; charset=utf-8");
  const encoding = encodingOf(request.headers["accept-encoding"]);
  const body = Buffer.from(text);
  if (!encoding) return reply.send(body);
  return reply.header("content-encoding", encoding).send(compress[encoding](body));
}

/** The encoding with the highest quality; undefined: as it is (RFC 9110 §12.5.3). */
function encodingOf(header: string | string[] | undefined): ContentEncoding | undefined {
  const qualities = qualitiesOf(String(header ?? ""));
  const qualityOf = (name: string) => qualities.get(name) ?? (name === "identity" ? undefined : qualities.get("*"));
  let best: ContentEncoding | undefined;
  // Identity is always acceptable; it wins only where it is named and liked better.
  let least = qualities.get("identity") ?? 0;
  for (const encoding of contentEncodings) {
    const quality = qualityOf(encoding) ?? 0;
    if (quality <= 0 || quality < least || (best !== undefined && quality <= least)) continue;
    best = encoding;
    least = quality;
  }
  return best;
}

function qualitiesOf(header: string): Map<string, number> {
  const qualities = new Map<string, number>();
  for (const entry of header.split(",")) {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
    if (name === "") continue;
    const given = parameters.find((parameter) => parameter.startsWith("q="));
    const quality = given === undefined ? 1 : Number(given.slice(2));
    qualities.set(name, Number.isFinite(quality) ? quality : 0);
  }
  return qualities;
}
