// Writes to state channels: as nodes ask for them, and as the state remembers some.

import type { Json } from "#protocol/json.ts";

/** What a node writes to a channel when it completes. */
export interface ChannelWrite {
  channel: string;
  value: Json;
  /** Of a channel that the workflow does not declare; a declaration has its own. Absent: the last write wins. */
  reducer?: string;
  /** Output port that takes the size of the channel after the write. */
  sizePort?: string;
}

/** A write under an older version of the channel's schema than today's. */
export interface OlderWrite {
  eventId: string;
  schemaVersion: number;
  value: Json;
}
