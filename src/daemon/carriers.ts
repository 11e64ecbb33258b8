// Carriers of the outbox.

import type { AppDeps } from "#app/deps.ts";
import { describeForCallback } from "#app/interrupt-lists.ts";
import { createCallbackCarrier } from "#delivery/callback.ts";
import type { Carrier } from "#delivery/worker.ts";
import { resolvePublic } from "#platform/addresses.ts";

/** `allowPrivate`: callbacks may reach this machine and its network (tests only). */
export function carriersOf(app: AppDeps, allowPrivate: boolean): Carrier[] {
  return [
    webCarrier,
    createCallbackCarrier({
      describe: (interruptId) => describeForCallback(app, interruptId),
      resolve: (host) => resolvePublic(host, allowPrivate),
    }),
  ];
}

/**
 * The web and the terminal read the thread itself, live or after a reconnect: a message is handed over when it stands
 * there, which the commit that queued it has done.
 */
const webCarrier: Carrier = {
  kind: "message",
  carry: async (row) => ({ outcome: "sent", platformMessageId: String(row.payload.messageId) }),
};
