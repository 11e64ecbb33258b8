// Webhooks on the wire: registration, subscription records, deliveries (streams-webhooks.md §4, triggers-channels.md A).

import Type, { OneOf, type Static } from "./type.ts";

/** What a host retries by, as subscription records show it. */
export const RETRY_POLICY = { maxAttempts: 8, backoff: "exponential" } as const;

/** The members that have a meaning; others are ignored, `secret` is refused. */
export const RegisterWebhook = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2048 }),
    events: Type.Unsafe<string[]>({
      type: "array",
      minItems: 1,
      maxItems: 200,
      items: { type: "string", maxLength: 128, pattern: "^[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*$" },
    }),
    tenantId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    tags: Type.Optional(
      Type.Unsafe<string[]>({
        type: "array",
        maxItems: 64,
        items: { type: "string", minLength: 1, maxLength: 128 },
      }),
    ),
    secret: Type.Optional(Type.Unknown({ description: "Refused: the host makes the secret." })),
  },
  { $id: "RegisterWebhook" },
);
export type RegisterWebhook = Static<typeof RegisterWebhook>;

const State = OneOf(["active", "paused", "failed", "dead-lettered"]);

const listed = {
  webhookId: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  tags: Type.Optional(Type.Array(Type.String())),
  tenantId: Type.String(),
  createdAt: Type.String(),
  algorithm: Type.Literal("v1"),
  secretFingerprint: Type.String(),
  state: State,
};

/** `secret` is shown this once. */
export const WebhookRegistered = Type.Object(
  {
    ...listed,
    subscriptionId: Type.String(),
    secret: Type.String(),
    warnings: Type.Optional(Type.Array(Type.String())),
  },
  { $id: "WebhookRegistered" },
);
export type WebhookRegistered = Static<typeof WebhookRegistered>;

export const ListedWebhook = Type.Object(
  { ...listed, reason: Type.Optional(Type.String()) },
  { additionalProperties: false, $id: "Webhook" },
);
export type ListedWebhook = Static<typeof ListedWebhook>;

export const WebhookList = Type.Object({ webhooks: Type.Array(ListedWebhook) }, { $id: "WebhookList" });

export const TriggerSubscription = Type.Object(
  {
    subscriptionId: Type.String(),
    source: Type.Literal("webhook"),
    state: State,
    dedupEnabled: Type.Boolean(),
    retryPolicy: Type.Object({ maxAttempts: Type.Integer(), backoff: Type.String() }, { additionalProperties: false }),
    webhookId: Type.String(),
    secretFingerprint: Type.String({ maxLength: 32 }),
  },
  { additionalProperties: false, $id: "TriggerSubscription" },
);
export type TriggerSubscription = Static<typeof TriggerSubscription>;

/** One attempt. `deliveryId` and `dedupKey` are the same for all attempts of a delivery. */
export const WebhookDelivery = Type.Object(
  {
    deliveryId: Type.String(),
    subscriptionId: Type.String(),
    dedupKey: Type.String(),
    attempt: Type.Integer({ minimum: 1 }),
    outcome: OneOf(["delivered", "retrying", "dead-lettered"]),
    runId: Type.String(),
    eventId: Type.String(),
    eventType: Type.String(),
    sequence: Type.Integer(),
    at: Type.String(),
    status: Type.Optional(Type.Integer({ description: "HTTP status, when the receiver answered." })),
    error: Type.Optional(Type.String()),
    redrivenAt: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Type.String({ description: "Of a dead letter: until when it is kept." })),
  },
  { additionalProperties: false, $id: "WebhookDelivery" },
);
export type WebhookDelivery = Static<typeof WebhookDelivery>;

export const WebhookDeliveryList = Type.Object(
  { deliveries: Type.Array(WebhookDelivery), nextCursor: Type.Optional(Type.String()) },
  { additionalProperties: false, $id: "WebhookDeliveryList" },
);

export const WebhookChangeList = Type.Object(
  {
    changes: Type.Array(
      Type.Object(
        {
          subscriptionId: Type.String(),
          source: Type.Literal("webhook"),
          fromState: State,
          toState: State,
          reason: Type.Optional(Type.String()),
          at: Type.String(),
        },
        { additionalProperties: false },
      ),
    ),
    nextCursor: Type.Optional(Type.String()),
  },
  { additionalProperties: false, $id: "WebhookChangeList" },
);

export const TriggerSubscriptionList = Type.Object(
  { subscriptions: Type.Array(TriggerSubscription) },
  { additionalProperties: false, $id: "TriggerSubscriptionList" },
);

export const TriggerSubscriptionShown = Type.Object(
  { subscription: TriggerSubscription, deliveries: Type.Array(WebhookDelivery) },
  { additionalProperties: false, $id: "TriggerSubscriptionShown" },
);

export const ChangeSubscription = Type.Object(
  { state: OneOf(["paused", "active"]) },
  { additionalProperties: false, $id: "ChangeSubscription" },
);
export type ChangeSubscription = Static<typeof ChangeSubscription>;

export const TriggerSubscriptionChanged = Type.Object(
  { subscription: TriggerSubscription },
  { additionalProperties: false, $id: "TriggerSubscriptionChanged" },
);

export const RedriveWebhook = Type.Object(
  { deliveryId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })) },
  { additionalProperties: false, $id: "RedriveWebhook" },
);
export type RedriveWebhook = Static<typeof RedriveWebhook>;

/** `remaining`: there are more dead letters than one request takes; ask again. */
export const WebhookRedriven = Type.Object(
  { webhookId: Type.String(), state: State, redriven: Type.Integer(), remaining: Type.Boolean() },
  { additionalProperties: false, $id: "WebhookRedriven" },
);
export type WebhookRedriven = Static<typeof WebhookRedriven>;
