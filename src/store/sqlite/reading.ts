// Reading: how a method of the port is made of a read on the database.

import type { Database } from "./database.ts";

export type Reading = <A extends unknown[], T>(read: (db: Database, ...args: A) => T) => (...args: A) => Promise<T>;
