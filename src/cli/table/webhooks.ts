// Commands about webhooks.

import type { ArgumentSpec, Command } from "../command.ts";
import { limit } from "./runs.ts";

const webhook: ArgumentSpec = { name: "WEBHOOK", describe: "Id of a webhook." };

export const webhookCommands: readonly Command[] = [
  {
    path: ["webhooks", "list"],
    purpose: "List the webhooks, and how they are.",
    more: ["A webhook that is failed or dead-lettered gets nothing until parley webhooks redrive."],
    arguments: [],
    options: [],
    examples: [{ line: "parley webhooks list", says: "who is told of what?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/webhooks.ts")).listWebhooks },
  },
  {
    path: ["webhooks", "add"],
    purpose: "Have events of runs sent to a URL.",
    more: [
      "Prints the secret that deliveries are signed with. It is shown this once.",
      "The same URL again makes another webhook with another secret: add, change the receiver, remove the old one.",
    ],
    arguments: [{ name: "URL", describe: "https, and a public address." }],
    options: [
      { name: "events", form: "text", value: "TYPE,TYPE", describe: "Event types that are sent, e.g. run.completed." },
      { name: "tag", form: "text", value: "TAG", describe: "Only runs with this tag, or one of several: a,b." },
    ],
    examples: [
      {
        line: "parley webhooks add https://hooks.example.com/parley --events run.completed,run.failed",
        says: "be told of the end of every run",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/webhooks.ts")).addWebhook },
  },
  {
    path: ["webhooks", "remove"],
    purpose: "Remove a webhook; deliveries stop at once.",
    arguments: [webhook],
    options: [],
    examples: [{ line: "parley webhooks remove wh_01kd5q7v4kz1x8m2c9r3w6t0an", says: "the receiver is gone" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/webhooks.ts")).removeWebhook },
  },
  {
    path: ["webhooks", "deliveries"],
    purpose: "List attempts to deliver, the newest first.",
    arguments: [webhook],
    options: [{ name: "dead", form: "flag", describe: "Only deliveries that were given up." }, limit],
    examples: [
      { line: "parley webhooks deliveries wh_01kd5q7v4kz1x8m2c9r3w6t0an --dead", says: "what never arrived, and why?" },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/webhooks.ts")).listDeliveries },
  },
  {
    path: ["webhooks", "redrive"],
    purpose: "Deliver what was given up again, and make the webhook active.",
    arguments: [webhook],
    options: [{ name: "delivery", form: "text", value: "DELIVERY", describe: "Only this delivery." }],
    examples: [{ line: "parley webhooks redrive wh_01kd5q7v4kz1x8m2c9r3w6t0an", says: "the receiver is back" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/webhooks.ts")).redriveWebhook },
  },
  {
    path: ["webhooks", "verify"],
    purpose: "Check a delivery as its receiver should.",
    more: [
      "Reads a request as it went over the line: headers, an empty line, the body, byte for byte. With --header the input is the body alone.",
      "Checks in this order: algorithm, time, signature, nonce. Needs no daemon.",
    ],
    arguments: [{ name: "FILE", optional: true, describe: "The request; default: stdin." }],
    options: [
      { name: "secret-file", form: "text", value: "PATH", describe: "File with the webhook's secret." },
      { name: "header", form: "list", value: "NAME:VALUE", describe: "One header of the request." },
      { name: "at", form: "text", value: "SECONDS", describe: "Unix time of its arrival; default: now." },
    ],
    examples: [
      {
        line: "parley webhooks verify request.txt --secret-file hook.secret --at 1782813600",
        says: "one of yesterday",
      },
    ],
    exits: [0, 1, 2],
    speaks: false,
    carrier: { by: "cli", load: async () => (await import("../commands/webhooks-verify.ts")).verify },
  },
];
