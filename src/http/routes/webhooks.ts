// Webhooks: register, list, unregister (streams-webhooks.md §4); their records as trigger subscriptions
// (triggers-channels.md A6); and what an operator does about deliveries.

import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  changeSubscription,
  listChanges,
  listDeliveries,
  listSubscriptions,
  readSubscription,
  redriveWebhook,
} from "#app/webhook-upkeep.ts";
import { listWebhooks, registerWebhook, unregisterWebhook } from "#app/webhooks.ts";
import { ParleyError } from "#protocol/errors.ts";
import Type from "#protocol/type.ts";
import {
  ChangeSubscription,
  RedriveWebhook,
  RegisterWebhook,
  TriggerSubscriptionChanged,
  TriggerSubscriptionList,
  TriggerSubscriptionShown,
  WebhookChangeList,
  WebhookDeliveryList,
  WebhookList,
  WebhookRedriven,
  WebhookRegistered,
} from "#protocol/webhooks.ts";
import { callOf, type HttpDeps, queryPage, queryText, sendAnswer, sendJson } from "../context.ts";

const BASE = "/v1/host/parley/webhooks";
const Nothing = Type.Unknown({ description: "No body." });
const scope = "webhooks:manage" as const;

type Query = Record<string, unknown>;
type ById = FastifyRequest<{ Params: { webhookId: string }; Querystring: Query }>;

export function webhookRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registrationRoutes(app, deps);
  subscriptionRoutes(app, deps);
  deliveryRoutes(app, deps);
}

function registrationRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: RegisterWebhook }>(
    "/v1/webhooks",
    {
      schema: { operationId: "registerWebhook", body: RegisterWebhook, response: { 201: WebhookRegistered } },
      config: { access: scope, summary: "Have events of runs sent to a URL; answers the secret, once" },
    },
    async (request, reply) => {
      const answer = await registerWebhook(deps.webhooks, callOf(request), request.body);
      return sendAnswer(reply.header("cache-control", "no-store"), answer);
    },
  );

  app.get(
    "/v1/webhooks",
    {
      schema: { operationId: "listWebhooks", response: { 200: WebhookList } },
      config: { access: scope, summary: "Registered webhooks, without their secrets" },
    },
    async (request, reply) => sendJson(reply, await listWebhooks(deps.webhooks, callOf(request))),
  );

  app.delete(
    "/v1/webhooks/:webhookId",
    {
      schema: { operationId: "unregisterWebhook", response: { 204: Nothing } },
      config: {
        access: scope,
        summary: "Remove a webhook; deliveries stop at once",
        query: { tenantId: "The caller's tenant; may be left out." },
      },
    },
    async (request: ById, reply) => {
      const tenantId = queryText(request.query, "tenantId");
      const answer = await unregisterWebhook(deps.webhooks, callOf(request), request.params.webhookId, tenantId);
      return sendAnswer(reply, answer);
    },
  );
}

function subscriptionRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    "/v1/trigger-subscriptions",
    {
      schema: { operationId: "listTriggerSubscriptions", response: { 200: TriggerSubscriptionList } },
      config: { access: scope, summary: "Webhooks as subscription records" },
    },
    async (request, reply) => sendJson(reply, await listSubscriptions(deps.webhooks, callOf(request))),
  );

  app.get<{ Params: { subscriptionId: string } }>(
    "/v1/trigger-subscriptions/:subscriptionId",
    {
      schema: { operationId: "getTriggerSubscription", response: { 200: TriggerSubscriptionShown } },
      config: { access: scope, summary: "A subscription record and its latest deliveries" },
    },
    async (request, reply) =>
      sendJson(reply, await readSubscription(deps.webhooks, callOf(request), request.params.subscriptionId)),
  );

  app.patch<{ Params: { subscriptionId: string }; Body: ChangeSubscription }>(
    "/v1/trigger-subscriptions/:subscriptionId",
    {
      schema: {
        operationId: "changeTriggerSubscription",
        body: ChangeSubscription,
        response: { 200: TriggerSubscriptionChanged },
      },
      config: { access: scope, summary: "Pause a subscription, or make it active again" },
    },
    async (request, reply) => {
      const { subscriptionId } = request.params;
      return sendAnswer(reply, await changeSubscription(deps.webhooks, callOf(request), subscriptionId, request.body));
    },
  );
}

const PAGE = { fallback: 20, max: 100 };
const pageQuery = { limit: "1 to 100, default 20.", cursor: "Goes on where the page before ended." };

function deliveryRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    `${BASE}/:webhookId/deliveries`,
    {
      schema: { operationId: "listWebhookDeliveries", response: { 200: WebhookDeliveryList } },
      config: {
        access: scope,
        summary: "Attempts to deliver, the newest first",
        query: { ...pageQuery, outcome: "dead-lettered: only deliveries that were given up and not delivered again." },
      },
    },
    async (request: ById, reply) => {
      const { webhookId } = request.params;
      const what = isDeadOnly(request.query) ? "dead-letters" : "deliveries";
      const page = queryPage(request.query, PAGE);
      return sendJson(reply, await listDeliveries(deps.webhooks, callOf(request), webhookId, what, page));
    },
  );

  app.get(
    `${BASE}/:webhookId/changes`,
    {
      schema: { operationId: "listWebhookChanges", response: { 200: WebhookChangeList } },
      config: { access: scope, summary: "Changes of a webhook's state, the newest first", query: pageQuery },
    },
    async (request: ById, reply) => {
      const page = queryPage(request.query, PAGE);
      return sendJson(reply, await listChanges(deps.webhooks, callOf(request), request.params.webhookId, page));
    },
  );

  app.post<{ Params: { webhookId: string }; Body: RedriveWebhook }>(
    `${BASE}/:webhookId/redrive`,
    {
      schema: { operationId: "redriveWebhook", body: RedriveWebhook, response: { 200: WebhookRedriven } },
      config: { access: scope, summary: "Deliver dead letters again, and make the webhook active" },
    },
    async (request, reply) => {
      const { webhookId } = request.params;
      return sendAnswer(reply, await redriveWebhook(deps.webhooks, callOf(request), webhookId, request.body));
    },
  );
}

function isDeadOnly(query: Query): boolean {
  const outcome = queryText(query, "outcome");
  if (outcome === undefined || outcome === "dead-lettered") return outcome !== undefined;
  throw new ParleyError("validation_error", { field: "outcome" }, { message: "outcome can only be dead-lettered." });
}
