// Streams whose readers do not read (sse.ts).

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { FastifyReply } from "fastify";
import { type SseConnection, SseConnections } from "#http/sse.ts";

const MIB = 1024 * 1024;
/** More than all buffers between two sockets of one machine. */
const MAX_BUFFERED = 64 * MIB;

describe("a stream", () => {
  let server: http.Server;
  let connections: SseConnections;
  let mayRead = true;
  /** What a look at the reader waits for. */
  let looked: () => Promise<void>;
  let opened: Promise<SseConnection>;
  let closed: Promise<void>;
  let socket: net.Socket;
  beforeEach(async () => {
    mayRead = true;
    looked = async () => undefined;
    connections = new SseConnections({ keepAliveMs: 20, maxWaitMs: 1_000 });
    const opening = Promise.withResolvers<SseConnection>();
    const closing = Promise.withResolvers<void>();
    opened = opening.promise;
    closed = closing.promise;
    server = http.createServer((_request, raw) => {
      const reply = { hijack: () => undefined, getHeader: () => undefined, raw } as unknown as FastifyReply;
      const look = () => looked().then(() => mayRead);
      opening.resolve(connections.open(reply, look, closing.resolve));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  });
  afterEach(() => {
    connections.closeAll();
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  it("waits for a reader that reads, however much there is", async () => {
    const connection = await opened;
    let read = 0;
    socket.on("data", (part) => {
      read += part.length;
    });
    for (let sent = 0; sent < 8 * MIB; sent += MIB) {
      connection.write(Buffer.alloc(MIB));
      await connection.drained();
    }
    assert.equal(connection.ended, false);
    assert.equal(connections.size, 1);
    connection.end();
    await once(socket, "close");
    assert.ok(read > 8 * MIB);
  });

  it("is cut off when its reader takes nothing for too long: nobody waits for ever", async () => {
    const connection = await opened;
    socket.pause();
    for (let sent = 0; sent < MAX_BUFFERED && !connection.ended; sent += MIB) {
      connection.write(Buffer.alloc(MIB));
      await connection.drained();
    }
    assert.equal(connection.ended, true);
    await closed;
    assert.equal(connections.size, 0);
  });

  it("ends when its reader may not read any more", async () => {
    const connection = await opened;
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part) => {
      text += part;
    });
    connection.begin();
    while (!text.includes(":keepalive")) await once(socket, "data");
    assert.equal(connection.ended, false);
    mayRead = false;
    await closed;
    assert.equal(connection.ended, true);
  });

  it("is looked at again only when the look before is over", async () => {
    const answered = Promise.withResolvers<void>();
    let looks = 0;
    looked = () => {
      looks += 1;
      return answered.promise;
    };
    const connection = await opened;
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part) => {
      text += part;
    });
    connection.begin();
    while (text.split(":keepalive").length < 5) await once(socket, "data");
    assert.equal(looks, 1);
    mayRead = false;
    answered.resolve();
    await closed;
  });

  it("is cut off when too much lies unread", async () => {
    const connection = await opened;
    socket.pause();
    for (let sent = 0; sent < MAX_BUFFERED; sent += MIB) connection.write(Buffer.alloc(MIB));
    assert.equal(connection.ended, true);
    await closed;
    assert.equal(connections.size, 0);
  });
});
