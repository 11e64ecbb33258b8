// What people see when the model's service fails: through the whole daemon, with both SDKs, from the message to the
// thread. Every fault is a thread of its own; all of them go on at the same time.
//
//   Each message ends in exactly one answer or one notice. The usage events of its run are as many as the requests that
//   the service got. Nothing that the service wrote into an error stands in a thread, an event, a log or a file (P-13).

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "#test/support/client.ts";
import { type Daemon, startDaemon } from "#test/support/daemon.ts";
import { type Message, threadsPath } from "#test/support/threads.ts";
import { dialects, type SpokenAnswer, type WireDialect } from "../models/support/dialects.ts";
import { type Answer, dropped, json, page, stream } from "../models/support/provider-server.ts";

const CANARY = "canary-of-the-service";
/** The pauses between four requests, and a busy machine. */
const DEADLINE_MS = 60_000;

interface Fault {
  name: string;
  /** The last one stays. */
  answers(dialect: WireDialect): Answer[];
  /** The end that the person sees. */
  sees: { role: "agent" | "system"; text: RegExp };
  requests: number;
}

const whole = (spoken: SpokenAnswer) => (dialect: WireDialect) => stream(dialect.frames(spoken));
const fine = whole({ text: ["There", " you are."] });
const begun = ({ frames }: WireDialect) => frames({ text: ["Half an ans"], finish: "none" });
const refuses =
  (status: number, type: string, headers: http.OutgoingHttpHeaders = {}) =>
  ({ errorBody }: WireDialect) =>
    json(status, errorBody(type, `${CANARY} said no`), headers);

const answered = { role: "agent", text: /^There you are\.$/ } as const;
const notice = (text: RegExp) => ({ role: "system", text }) as const;

const faults: readonly Fault[] = [
  {
    name: "calls two tools at once",
    answers: (dialect) => [
      whole({
        calls: [
          { id: "a", name: "openwop_parley_calculator", pieces: ['{"expres', 'sion":"6*7"}'] },
          { id: "b", name: "openwop_parley_time", pieces: [] },
        ],
        finish: "tool-calls",
      })(dialect),
      fine(dialect),
    ],
    sees: answered,
    requests: 2,
  },
  {
    name: "answers 429, says when to come back, and is well then",
    answers: (dialect) => [refuses(429, "rate_limit_error", { "retry-after": "1" })(dialect), fine(dialect)],
    sees: answered,
    requests: 2,
  },
  {
    name: "answers 429 and wants to be left alone for an hour",
    answers: (dialect) => [refuses(429, "rate_limit_error", { "retry-after": "3600" })(dialect)],
    sees: notice(/limit is reached\. Wait 60 minutes, then try again\./),
    requests: 1,
  },
  {
    name: "answers 503 for good",
    answers: (dialect) => [refuses(503, "api_error")(dialect)],
    sees: notice(/cannot answer at the moment \(status 503\)\. Try again in a while\./),
    requests: 4,
  },
  {
    name: "drops the line in the middle of its first answer",
    answers: (dialect) => [dropped(begun(dialect)), fine(dialect)],
    sees: answered,
    requests: 2,
  },
  {
    name: "drops the line in the middle of every answer",
    answers: (dialect) => [dropped(begun(dialect))],
    sees: notice(/dropped before the answer was whole\. Trying again may help\./),
    requests: 4,
  },
  {
    name: "reports an overload in mid-stream",
    answers: (dialect) => [stream([...begun(dialect), dialect.errorFrame("overloaded_error", CANARY)]), fine(dialect)],
    sees: answered,
    requests: 2,
  },
  {
    name: "sends garbage",
    answers: () => [stream([`event: message_start\ndata: {${CANARY}\n\n`])],
    sees: notice(/could not be understood\. Trying again may help\./),
    requests: 4,
  },
  {
    name: "sends a page",
    answers: () => [page(200, `<h1>${CANARY}</h1>`)],
    sees: notice(/a page instead of a model's answer\. Is the base URL whole/),
    requests: 4,
  },
  {
    name: "does not take the key",
    answers: (dialect) => [refuses(401, "authentication_error")(dialect)],
    sees: notice(/does not accept the API key\..* in the console under Settings, or with `npx parley setup`\./),
    requests: 1,
  },
  {
    name: "does not know the model",
    answers: (dialect) => [refuses(404, "not_found_error")(dialect)],
    sees: notice(/knows no model some-model at this address\. Check the model's name and the base URL/),
    requests: 1,
  },
  {
    name: "finds the conversation too long",
    answers: ({ errorBody }) => [json(400, errorBody("invalid_request_error", `prompt is too long: ${CANARY}`))],
    sees: notice(/longer than some-model takes\. Begin a new one/),
    requests: 1,
  },
];

describe("a person whose model fails", { concurrency: dialects.length }, () => {
  for (const dialect of dialects)
    describe(`behind the ${dialect.name} SDK`, { concurrency: faults.length }, () => {
      let daemon: Daemon;
      let client: Client;
      let service: Service;
      before(async () => {
        service = await startService(dialect);
        const baseUrl = service.url + (dialect.name === "openai" ? "/v1" : "");
        const model = { provider: dialect.name, model: "some-model", baseUrl, apiKey: { env: "CANARY_KEY" } };
        const config = JSON.stringify({ models: { default: model } });
        daemon = await startDaemon({ config, env: { CANARY_KEY: `sk-${CANARY}` } });
        client = new Client(daemon.url, daemon.key);
      });
      after(async () => {
        try {
          assert.ok(!daemon.stderr().includes(CANARY), "the log repeats the service's words");
          for (const file of filesBelow(daemon.home)) assert.ok(!readFileSync(file).includes(CANARY), file);
        } finally {
          await daemon.dispose();
          service.close();
        }
      });

      for (const [number, { name, sees, requests }] of faults.entries()) {
        it(`sees "${sees.text.source}" once when it ${name}`, async () => {
          const thread = `${threadsPath}/fault-${number}`;
          const { body } = await client.post(`${thread}/messages`, { text: `fault ${number}` });
          await client.ended(body.runId, DEADLINE_MS);
          const { text, body: seen } = await client.get(thread);
          const messages = seen.messages as Message[];
          assert.deepEqual(
            messages.map(({ role }) => role),
            ["user", sees.role],
          );
          assert.match(messages[1]?.text ?? "", sees.text);
          const log = await client.log(body.runId);
          const usage = log.filter(({ type }) => ["provider.usage", "parley.usage.unknown"].includes(type));
          assert.deepEqual([service.requests(number), usage.length], [requests, requests]);
          assert.ok(!(text + JSON.stringify(log)).includes(CANARY));
        });
      }
    });
});

interface Service {
  url: string;
  /** How many the fault of this number has got. */
  requests(fault: number): number;
  close(): void;
}

/** Plays the fault that the last words of a person name. */
async function startService(dialect: WireDialect): Promise<Service> {
  const played = faults.map((fault) => ({ answers: fault.answers(dialect), requests: 0 }));
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const numbers = [
      ...Buffer.concat(parts)
        .toString("utf8")
        .matchAll(/\bfault (\d+)/g),
    ];
    const fault = played[Number(numbers.at(-1)?.[1])];
    if (!fault) return void response.writeHead(500).end();
    const answer = fault.answers[Math.min(fault.requests, fault.answers.length - 1)];
    fault.requests += 1;
    await answer?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: (fault) => played[fault]?.requests ?? 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []));
}
