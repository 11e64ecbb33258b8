// Calls to models carry the trace of what calls them (operations.md §4.1).

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createAnthropicProvider } from "#models/anthropic.ts";
import { createOpenAiProvider } from "#models/openai.ts";

const trace = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "vendor=1" };

describe("a call to a model", () => {
  let seen: IncomingHttpHeaders | undefined;
  const server = createServer((request, response) => {
    seen = request.headers;
    request.resume();
    response.writeHead(401, { "content-type": "application/json" }).end("{}");
  });
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  for (const { name, create } of [
    { name: "OpenAI", create: createOpenAiProvider },
    { name: "Anthropic", create: createAnthropicProvider },
  ]) {
    const provider = () => {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      return create({ baseUrl, apiKey: async () => "key" });
    };
    const request = { model: "m", messages: [{ role: "user", text: "Hi" }], requestId: "r" } as const;
    const headersOf = async (more: object) => {
      seen = undefined;
      await provider().generate({ ...request, ...more }, () => undefined, AbortSignal.timeout(5_000));
      return seen as unknown as IncomingHttpHeaders;
    };

    it(`in ${name}'s language names its trace`, async () => {
      const { traceparent, tracestate } = await headersOf({ trace });
      assert.deepEqual({ traceparent, tracestate }, trace);
    });

    it(`in ${name}'s language names none when it has none`, async () => {
      const headers = await headersOf({});
      assert.ok(!("traceparent" in headers) && !("tracestate" in headers));
    });
  }
});
