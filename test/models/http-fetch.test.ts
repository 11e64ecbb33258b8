// The fetch of the models, where its reader and its line end at different times (http-fetch.ts F3).

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { httpFetch } from "#models/http-fetch.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

describe("a body that is cancelled", () => {
  let server: http.Server;
  let address = "";
  before(async () => {
    server = http.createServer((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const pieces = Number(new URL(request.url ?? "", "http://localhost").searchParams.get("pieces"));
      for (let at = 0; at < pieces; at += 1) response.write("data: x\n\n");
      response.end("data: [DONE]\n\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = async (pieces: number): Promise<Reader> => {
    const outgoing = { method: "GET", headers: new Headers(), body: undefined, signal: undefined };
    const { body } = await httpFetch(`${address}?pieces=${pieces}`, outgoing);
    return (body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  };

  for (const { name, cancel } of [
    { name: "before its first piece was read", cancel: (reader: Reader) => reader.cancel() },
    { name: "behind its first piece", cancel: (reader: Reader) => reader.read().then(() => reader.cancel()) },
    {
      name: "while a piece is asked for",
      cancel: (reader: Reader) => Promise.all([reader.read(), reader.cancel()]),
    },
  ]) {
    it(`${name} harms nobody, however much of it has arrived`, async () => {
      const harm: unknown[] = [];
      const note = (error: unknown) => void harm.push(error);
      // What is thrown on the line's own events has no caller: it would end the daemon.
      process.on("uncaughtException", note);
      try {
        for (const pieces of [0, 1, 2, 5]) {
          for (let round = 0; round < 20; round += 1) {
            const reader = await open(pieces);
            await cancel(reader);
            assert.equal((await reader.read()).done, true);
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      } finally {
        process.off("uncaughtException", note);
      }
      assert.deepEqual(harm, []);
    });
  }
});
