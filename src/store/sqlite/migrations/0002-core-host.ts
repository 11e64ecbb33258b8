// Tables of a complete core host, one text per topic.

import { sql as runControl } from "./0002/run-control.ts";
import { sql as time } from "./0002/time.ts";
import { sql as webhooks } from "./0002/webhooks.ts";

/** In the order in which they are created. */
const topics: readonly string[] = [time, runControl, webhooks];

export const sql = topics.join("\n");
