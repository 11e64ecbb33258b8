// A `fetch` over node:http, as far as the SDKs need one: a text goes out, a stream of bytes comes back. Node's own costs
// two to three times the processor time of such a call, which is most of what a turn costs beside the model.
//
//   F1. One request on the wire; nothing is followed, repeated, decompressed or added.
//   F2. It rejects while nothing of the answer is there; after that the body ends in the error.
//   F3. Aborting, and cancelling the body, close the connection.

import type { IncomingMessage } from "node:http";

// Imported as ES modules these would load Node's own fetch: 50 ms of every start.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

const agents = {
  "http:": new http.Agent({ keepAlive: true }),
  "https:": new https.Agent({ keepAlive: true }),
};

/** Statuses that have no body. */
const BODILESS = new Set([204, 205, 304]);

export interface Outgoing {
  method: string;
  headers: Headers;
  body: string | undefined;
  signal: AbortSignal | undefined;
}

export function httpFetch(address: string, { method, headers, body, signal }: Outgoing): Promise<Response> {
  const url = new URL(address);
  const isSecure = url.protocol === "https:";
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const options = {
    method,
    headers: { ...Object.fromEntries(headers), ...length },
    agent: isSecure ? agents["https:"] : agents["http:"],
    ...(signal && { signal }),
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(url, options, (incoming) => resolve(responseOf(incoming)));
    request.on("error", reject);
    request.end(body);
  });
}

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 500, headersDistinct } = incoming;
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (!BODILESS.has(status)) return new Response(bodyOf(incoming), { status, headers });
  incoming.resume();
  return new Response(null, { status, headers });
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  // A body that was cancelled takes nothing more; what had arrived by then is still told, and would throw.
  let isOver = false;
  return new ReadableStream({
    start(controller) {
      const end = (error?: Error) => {
        if (isOver) return;
        isOver = true;
        if (error) controller.error(error);
        else controller.close();
      };
      incoming.on("data", (part: Buffer<ArrayBuffer>) => {
        if (isOver) return;
        controller.enqueue(new Uint8Array(part.buffer, part.byteOffset, part.length));
        if ((controller.desiredSize ?? 1) <= 0) incoming.pause();
      });
      incoming.on("end", () => end());
      incoming.on("error", end);
      // The line dropped in the middle; `end` came before when the body was whole.
      incoming.on("close", () => end(new Error("the connection closed in the middle of the answer")));
    },
    pull: () => void incoming.resume(),
    cancel() {
      isOver = true;
      incoming.destroy();
    },
  });
}
