// Reading a run over the wire: validators that move with the run, and bodies compressed as the reader likes (RFC 0115).

import assert from "node:assert/strict";
import { request } from "node:http";
import { before, describe, it } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { useDaemon } from "../support/suite.ts";

const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync } as const;

describe("a run read", () => {
  const host = useDaemon();
  let runId: string;
  before(async () => {
    // Long enough to be worth compressing.
    runId = await host.client.createRun("conformance-identity", {
      inputs: { payload: { text: "words ".repeat(1_000) } },
    });
    await host.client.ended(runId);
  });
  const read = (encodings: string | undefined) => raw(host.client.url, host.client.key, runId, encodings);

  for (const encoding of ["gzip", "br", "zstd"] as const) {
    it(`in ${encoding} decodes to the very bytes of a plain one`, async () => {
      const plain = await read(undefined);
      const { headers, bytes } = await read(encoding);
      assert.equal(headers["content-encoding"], encoding);
      assert.match(String(headers.vary), /accept-encoding/i);
      assert.ok(bytes.length < plain.bytes.length / 2);
      assert.deepEqual(decoders[encoding](bytes), plain.bytes);
      assert.equal(headers.etag, plain.headers.etag);
    });
  }

  it("of the smallest run comes as its reader likes, too", async () => {
    const noop = await host.client.createRun("conformance-noop");
    await host.client.ended(noop);
    const plain = await raw(host.client.url, host.client.key, noop, undefined);
    for (const [encoding, decode] of Object.entries(decoders)) {
      const { headers, bytes } = await raw(host.client.url, host.client.key, noop, encoding);
      assert.equal(headers["content-encoding"], encoding);
      assert.deepEqual(decode(bytes), plain.bytes);
    }
  });

  for (const [header, expected] of [
    [undefined, undefined],
    ["", undefined],
    ["identity", undefined],
    ["deflate", undefined],
    ["gzip;q=0", undefined],
    ["*;q=0", undefined],
    ["identity;q=1, gzip;q=0.5", undefined],
    ["gzip;q=0.5, br;q=0.9", "br"],
    ["GZIP", "gzip"],
    ["gzip, zstd;q=0.1", "gzip"],
    ["*", "zstd"],
    ["*, zstd;q=0, br;q=0", "gzip"],
  ] as const) {
    it(`with Accept-Encoding ${JSON.stringify(header)} comes ${expected ?? "as it is"}`, async () => {
      const { status, headers, bytes } = await read(header);
      assert.equal(status, 200);
      assert.equal(headers["content-encoding"], expected);
      assert.match(String(headers.vary), /accept-encoding/i);
      const text = expected === undefined ? bytes : decoders[expected](bytes);
      assert.equal(JSON.parse(text.toString("utf8")).runId, runId);
    });
  }

  it("moves its validator with every transition, and answers 304 with nothing in it until then", async () => {
    const waiting = await host.client.createRun("conformance-approval");
    await host.client.settled(waiting);
    const first = await host.client.get(`/v1/runs/${waiting}`);
    const etag = String(first.headers.etag);
    const same = await host.client.get(`/v1/runs/${waiting}`, { "if-none-match": etag, "accept-encoding": "gzip" });
    assert.deepEqual([same.status, same.text, same.headers.etag], [304, "", etag]);
    await host.client.answer(waiting, "gate", { action: "accept" });
    const moved = await host.client.get(`/v1/runs/${waiting}`, { "if-none-match": etag });
    assert.equal(moved.status, 200);
    assert.notEqual(moved.headers.etag, etag);
  });

  it("names its encodings in discovery", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.equal(body.restTransport.conditionalRunGet, true);
    assert.deepEqual([...body.restTransport.contentEncodings].sort(), ["br", "gzip", "zstd"]);
  });
});

function raw(url: string, key: string, runId: string, encodings: string | undefined) {
  return new Promise<{ status: number; headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(encodings !== undefined && { "accept-encoding": encodings }),
    };
    const outgoing = request(`${url}/v1/runs/${runId}`, { headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part) => parts.push(part));
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes: Buffer.concat(parts) }),
      );
      incoming.on("error", reject);
    });
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error("no answer in 10 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
