// The schema's history. A migration is never changed once it was released: the next one corrects it.

import { sql as tables } from "./0001-tables.ts";
import { sql as coreHost } from "./0002-core-host.ts";

export interface Migration {
  /** 1, 2, 3, … without gaps; the version of the schema once it was applied. */
  version: number;
  name: string;
  sql: string;
}

export const migrations: readonly Migration[] = [
  { version: 1, name: "tables", sql: tables },
  { version: 2, name: "core-host", sql: coreHost },
];
