// Rulings of streams-webhooks.md §4 to §6: webhooks and annotations.

import type { Ruling } from "../ruling.ts";

export const webhooks: readonly Ruling[] = [
  {
    id: "streams 4/1",
    says: "registration needs a url and events, and refuses a secret and the old name of events",
    by: [
      "webhooks",
      "refuses no events with validation_error",
      "refuses an empty list of events with validation_error",
      "refuses events by the old name with validation_error",
      "refuses no url with validation_error",
      "refuses a secret of the caller's with validation_error",
    ],
  },
  {
    id: "streams 4/2",
    says: "registration answers id, secret once, fingerprint",
    by: ["webhooks", "answers an id and a secret that is shown this once"],
  },
  {
    id: "streams 4/3",
    says: "a private, local or plain http address is webhook_url_rejected",
    by: [
      "webhooks",
      "refuses http://hooks.example.com/in with webhook_url_rejected",
      "refuses https://127.0.0.1/ with webhook_url_rejected",
      "refuses https://10.1.2.3/ with webhook_url_rejected",
      "refuses https://[::ffff:127.0.0.1]/ with webhook_url_rejected",
      "refuses https://metadata.google.internal/ with webhook_url_rejected",
    ],
  },
  {
    id: "streams 4/4",
    says: "a foreign tenantId is tenant_membership_required",
    by: ["webhooks", "refuses a foreign tenant", "refuses a foreign one before it looks for anything"],
  },
  {
    id: "streams 4/5",
    says: "an unknown webhook is 404 subscription_not_found",
    by: ["webhooks", "answers 204 once, then subscription_not_found", "answers 404 for what was never there"],
  },
  {
    id: "streams 4/6",
    says: "a delivery has both families of headers, of equal values",
    by: ["webhooks-delivery", "is signed, and says what the log says, within half a second of the event"],
  },
  {
    id: "streams 4/7",
    says: "the signature is the HMAC of timestamp, a dot and the very bytes sent",
    by: [
      "webhooks-delivery",
      "is signed, and says what the log says, within half a second of the event",
      "has a signature that nothing else would have",
    ],
  },
  {
    id: "streams 4/8",
    says: "the nonce is equal on every try of one delivery",
    by: [
      "webhooks-delivery",
      "is tried again after an error, with the same event, nonce and delivery id, freshly signed",
    ],
  },
  {
    id: "streams 4/9",
    says: "the body is the event with its envelope, at the top and under event",
    by: ["webhooks-delivery", "is signed, and says what the log says, within half a second of the event"],
  },
  {
    id: "streams 4/10",
    says: "tags and event types filter",
    by: [
      "webhooks-delivery",
      "comes only for runs that share a tag, where tags were given",
      "comes once for every event that was asked for, in the order of the log",
    ],
  },
  {
    id: "streams 4/11",
    says: "events of one run come in their order",
    by: [
      "webhooks-delivery",
      "comes once for every event that was asked for, in the order of the log",
      "holds back the later events of a run until the earlier one has arrived",
    ],
  },
  {
    id: "streams 4/12",
    says: "redirects are not followed, and a failure is tried again",
    by: [
      "webhooks-delivery",
      "is tried again after a redirect, which is not followed",
      "is tried again after an error",
    ],
  },
  {
    id: "streams 4/13",
    says: "a delivery that fails for good is a dead letter, and can be sent again",
    by: ["dead-deliveries", "is a dead letter after its last attempt, and goes out when somebody sends it again"],
  },
  {
    id: "streams 4/14",
    says: "a deleted webhook gets nothing more",
    by: ["webhooks-delivery", "stops with the webhook"],
  },
  {
    id: "streams 4/15",
    says: "another tenant's runs are never delivered",
    by: ["tenants", "a webhook hears of the runs of its own tenant only"],
  },
  {
    id: "streams 6/1",
    says: "an annotation is stored with its actor and time, also on an ended run",
    by: [
      "annotations",
      "takes a rating of the run, on a run that is over",
      "takes a flag with a note, on a run that is over",
    ],
  },
  {
    id: "streams 6/2",
    says: "each kind of signal needs its member",
    by: [
      "annotations",
      "refuses a rating without a number",
      "refuses a label without a text",
      "refuses a correction without a text",
      "refuses a rating of 6",
    ],
  },
  {
    id: "streams 6/3",
    says: "annotations are not in the log",
    by: ["annotations", "takes a rating of the run, on a run that is over"],
  },
  {
    id: "streams 6/4",
    says: "run.annotated is seen live in updates and debug, without an id",
    by: [
      "annotations",
      "are told live to ?streamMode=updates, without a place in the log",
      "are told live to ?streamMode=debug, without a place in the log",
    ],
  },
  {
    id: "streams 4/16",
    says: "the same URL again is another webhook with another secret",
    by: ["webhooks", "makes another webhook with another secret of the same URL"],
  },
  {
    id: "streams 4/17",
    says: "Idempotency-Key repeats a registration with its secret, and an unregistration",
    by: [
      "webhooks",
      "repeats the first answer, the secret included, for the same Idempotency-Key",
      "repeats 204 for the same Idempotency-Key",
    ],
  },
  {
    id: "streams 4/18",
    says: "an attempt ends after 5 s, and holds up no run",
    by: [
      "webhooks-delivery",
      "gives up an attempt after five seconds",
      "never holds up a run, nor another webhook, nor another run of the same webhook",
    ],
  },
  {
    id: "streams 4/19",
    says: "after four failures in a row one probe goes out, and its success lets the rest go",
    by: ["webhooks-delivery", "stops going out when four attempts in a row have failed, but for one that tries on"],
  },
  {
    id: "streams 4/20",
    says: "sensitive values are masked in deliveries as in the log",
    by: ["webhooks-delivery", "shows sensitive values masked, as the log does"],
  },
  {
    id: "streams 4/21",
    says: "a registration is a trigger subscription, paused and resumed, and its attempts can be read",
    by: [
      "webhooks",
      "is listed as a record that fits the schema",
      "is paused and resumed by its operator, and both leave a record",
      "can be redriven when there is nothing to redrive",
    ],
  },
  {
    id: "streams 4/22",
    says: "private addresses need the test switch and test seams, and rows made that way go with it",
    by: ["webhooks", "is not heard", "allows plain http to loopback"],
  },
  {
    id: "streams 6/5",
    says: "annotations honour Idempotency-Key",
    by: ["annotations", "are recorded once for one key"],
  },
  {
    id: "streams 6/6",
    says: "notes and corrections keep nothing that looks like a credential",
    by: ["annotations", "keep nothing that looks like a credential"],
  },
];
