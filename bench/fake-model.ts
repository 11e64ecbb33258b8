// An OpenAI-compatible model that answers at once: what a turn costs is then what parley costs.
//
//   node bench/fake-model.ts     prints {"url": "http://127.0.0.1:PORT/v1"} when it listens
//
// POST /v1/chat/completions, streamed or not: "message received: <last user text>".

import http from "node:http";

interface Body {
  stream?: boolean;
  model?: string;
  messages?: { role: string; content: unknown }[];
}

const server = http.createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => answer(Buffer.concat(parts).toString("utf8"), response));
});

function answer(text: string, response: http.ServerResponse): void {
  const { stream, model = "fake-1", messages = [] } = JSON.parse(text) as Body;
  const last = messages.findLast(({ role }) => role === "user")?.content;
  const content = `message received: ${typeof last === "string" ? last : JSON.stringify(last)}`;
  const usage = { prompt_tokens: Math.ceil(text.length / 4), completion_tokens: 8, total_tokens: 8 };
  const common = { id: "chatcmpl-1", created: 1, model };
  if (!stream) {
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...common, object: "chat.completion", choices, usage }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (rest: object) =>
    response.write(`data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", ...rest })}\n\n`);
  send({ choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: null }] });
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/v1` })}\n`);
});
