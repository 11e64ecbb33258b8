// A language model that a test holds in its hand: it speaks the OpenAI interface on loopback, repeats what it is told
// to, and when it is asked to be slow, stops in the middle until it is released.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class TestModel {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** Holds every slow answer until the test lets go. */
  readonly #held: (() => void)[] = [];

  static async open(): Promise<TestModel> {
    const model = new TestModel();
    model.#server.listen(0, "127.0.0.1");
    await once(model.#server, "listening");
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Lets the oldest slow answer go on. */
  release(): void {
    this.#held.shift()?.();
  }

  async close(): Promise<void> {
    for (const go of this.#held) go();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.headers.authorization === "Bearer a-wrong-key") {
      response.writeHead(401, { "content-type": "application/json" });
      response.end('{"error":{"message":"Incorrect API key provided","type":"invalid_request_error"}}');
      return;
    }
    const { messages } = JSON.parse(body) as { messages: { role: string; content: unknown }[] };
    const asked = textOf(messages.findLast((message) => message.role === "user")?.content);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const slow = asked.startsWith("slowly ");
    for (const piece of slow ? ["One, two, ", "three. ", "Done."] : [asked.replace(/^say /, "")]) {
      if (slow && piece === "three. ") await new Promise<void>((resolve) => this.#held.push(resolve));
      write(response, { delta: { role: "assistant", content: piece }, index: 0, finish_reason: null });
    }
    write(response, { delta: {}, index: 0, finish_reason: "stop" });
    response.end("data: [DONE]\n\n");
  }
}

function write(response: ServerResponse, choice: object): void {
  const chunk = { id: "c", object: "chat.completion.chunk", created: 0, model: "test-model", choices: [choice] };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? "").join("") : "";
}
