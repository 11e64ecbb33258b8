// Everything the coverage report wants a case for.

import { eventPayloads } from "#protocol/event-payloads.ts";
import type { Ruling } from "./ruling.ts";
import { interrupts } from "./rulings/interrupts.ts";
import { channels } from "./rulings/runs/channels.ts";
import { children } from "./rulings/runs/children.ts";
import { control } from "./rulings/runs/control.ts";
import { definitions } from "./rulings/runs/definitions.ts";
import { events } from "./rulings/runs/events.ts";
import { forks } from "./rulings/runs/forks.ts";
import { nodes } from "./rulings/runs/nodes.ts";
import { routeRulings } from "./rulings/runs/routes.ts";
import { streams } from "./rulings/streams.ts";
import { webhooks } from "./rulings/webhooks.ts";

export { routes } from "./routes.ts";

export const rulings: readonly Ruling[] = [
  ...routeRulings,
  ...control,
  ...definitions,
  ...nodes,
  ...children,
  ...events,
  ...channels,
  ...forks,
  ...streams,
  ...webhooks,
  ...interrupts,
];

/** Types of the events that this host writes. */
export const eventTypes: readonly string[] = Object.keys(eventPayloads);
