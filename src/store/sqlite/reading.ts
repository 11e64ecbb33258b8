// How methods of the port are made of reads on the database, and its operations of changes to it.

import type { Database } from "./database.ts";

export type Reading = <A extends unknown[], T>(read: (db: Database, ...args: A) => T) => (...args: A) => Promise<T>;

/** One function for each of these operations. */
export type Changes<Op extends { op: string }> = {
  [K in Op["op"]]: (db: Database, op: Extract<Op, { op: K }>) => void;
};
