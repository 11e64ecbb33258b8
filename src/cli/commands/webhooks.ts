// parley webhooks list, add, remove, deliveries, redrive

import type { ListedWebhook, WebhookDelivery, WebhookRedriven, WebhookRegistered } from "#protocol/webhooks.ts";
import { path } from "../client.ts";
import type { Handler } from "../command.ts";
import { exitCodes, UsageError } from "../failures.ts";
import { collect, readList, shortTime, showList } from "../pages.ts";
import { shorten } from "../terminal.ts";
import { listBounds } from "./runs.ts";

export const listWebhooks: Handler = async (call) => {
  const { webhooks } = await call.client.get<{ webhooks: ListedWebhook[] }>("/v1/webhooks");
  return showList(call, webhooks, {
    none: "There are no webhooks. Add one: parley webhooks add URL --events TYPE",
    head: ["WEBHOOK", "STATE", "URL", "EVENTS", "TAGS", "SECRET", "CREATED"],
    row: (one) => [
      one.webhookId,
      one.reason === undefined ? one.state : `${one.state} (${one.reason})`,
      one.url,
      one.events.join(","),
      one.tags?.join(",") ?? "",
      one.secretFingerprint,
      shortTime(one.createdAt),
    ],
  });
};

export const addWebhook: Handler = async ({ client, terminal, options, arguments: [url = ""] }) => {
  const events = listOf(options.text("events"));
  if (events.length === 0)
    throw new UsageError("--events is needed: which event types, e.g. run.completed,run.failed?");
  const tags = listOf(options.text("tag"));
  const body = { url, events, ...(tags.length > 0 && { tags }) };
  const added = await client.post<WebhookRegistered>("/v1/webhooks", body);
  for (const warning of added.warnings ?? []) terminal.err(warning);
  if (options.flag("json")) terminal.json(added);
  else {
    terminal.facts([
      ["webhook", added.webhookId],
      ["secret", added.secret],
    ]);
    terminal.err("Keep the secret: it is not shown again. The receiver checks deliveries with it.");
  }
  return exitCodes.completed;
};

function listOf(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

export const removeWebhook: Handler = async ({ client, terminal, options, arguments: [webhookId = ""] }) => {
  await client.delete(path`/v1/webhooks/${webhookId}`);
  if (options.flag("json")) terminal.json({ webhookId, removed: true });
  else terminal.out(`${webhookId}  removed`);
  return exitCodes.completed;
};

const ERROR_LENGTH = 60;

export const listDeliveries: Handler = async (call) => {
  const {
    client,
    options,
    arguments: [webhookId = ""],
  } = call;
  const list = {
    path: path`/v1/host/parley/webhooks/${webhookId}/deliveries`,
    member: "deliveries",
    query: options.flag("dead") ? { outcome: "dead-lettered" } : {},
    limit: options.count("limit", listBounds),
  };
  const deliveries = await collect(readList<WebhookDelivery>(client, list));
  return showList(call, deliveries, {
    none: "There are none.",
    head: ["AT", "OUTCOME", "ATTEMPT", "RUN", "EVENT", "DELIVERY", "WHY"],
    row: (one) => [
      shortTime(one.at),
      one.outcome,
      String(one.attempt),
      one.runId,
      one.eventType,
      one.deliveryId,
      shorten(one.error ?? "", ERROR_LENGTH),
    ],
  });
};

export const redriveWebhook: Handler = async ({ client, terminal, options, arguments: [webhookId = ""] }) => {
  const deliveryId = options.text("delivery");
  const address = path`/v1/host/parley/webhooks/${webhookId}/redrive`;
  const body = deliveryId === undefined ? {} : { deliveryId };
  let redriven = 0;
  let answer: WebhookRedriven;
  do {
    answer = await client.post<WebhookRedriven>(address, body);
    redriven += answer.redriven;
  } while (answer.remaining);
  if (options.flag("json")) terminal.json({ ...answer, redriven });
  else terminal.out(`${webhookId}  ${answer.state}  ${redriven} delivered again`);
  return exitCodes.completed;
};
