// Ids: names for new things. An id is opaque: the prefix helps people, nobody parses the rest.

/** run, event, interrupt, message, thread, effect, commit, outbox, timer, webhook, subscription, delivery, memory,
 * artifact, annotation, API key, schedule. */
export type IdPrefix =
  | "run"
  | "evt"
  | "int"
  | "msg"
  | "thr"
  | "eff"
  | "cmt"
  | "obx"
  | "tmr"
  | "wh"
  | "sub"
  | "dlv"
  | "mem"
  | "art"
  | "ann"
  | "key"
  | "sch";

export interface Ids {
  /**
   * A new id: `<prefix>_` and 26 characters. Ids of one process and one prefix grow in string order, also inside one
   * millisecond and when the clock steps back; ids of different processes are ordered only as well as their clocks
   * agree. Unique, but no secret: never use one as a credential. Does not fail.
   */
  next(prefix: IdPrefix): string;
}
