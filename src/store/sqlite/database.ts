// Database: one connection to the store's file, and the statements prepared on it.
//
//   Q1. A statement is prepared at its first use and kept: SQL texts are constants, their number is bounded by the code.
//   Q2. What COMMIT answered is on the disk (WAL with synchronous=FULL: the WAL is synced at every commit).

import { backup, DatabaseSync, type StatementSync } from "node:sqlite";

export type Value = string | number | null;

/** Another process (a person with the sqlite3 shell) may hold the write lock this long; the event loop waits. */
const BUSY_TIMEOUT_MS = 1_000;

/**
 * A checkpoint stops the event loop while it copies the WAL into the file. Measured at 16 commits in flight: 3 ms at
 * 512 pages (2 MiB) and 15 ms at 4 000, at the same throughput; below 256 the syncs begin to cost throughput.
 */
const AUTOCHECKPOINT_PAGES = 512;

/**
 * cache_size (KiB): holds the hot ends of all indexes. journal_size_limit (bytes): a WAL that one huge commit blew up
 * is cut back.
 */
const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES};
PRAGMA journal_size_limit = 16777216;
PRAGMA cache_size = -4096;
PRAGMA temp_store = MEMORY;
`;

/** More pages than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;

export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** The file must exist; it is created and judged in file.ts. */
  constructor(path: string) {
    this.#connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: false });
    this.#connection.exec(PRAGMAS);
  }

  /** Rows changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  get<T>(sql: string, ...values: Value[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }

  /** As `all`, by parameter names. */
  allNamed<T>(sql: string, values: Record<string, Value>): T[] {
    return this.#statement(sql).all(values) as T[];
  }

  /** Rows one by one: stop when there are enough. */
  iterate<T>(sql: string, ...values: Value[]): Iterable<T> {
    return this.#statement(sql).iterate(...values) as Iterable<T>;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Leaves a transaction that did not come to its end; does nothing outside of one. */
  rollback(): void {
    if (this.#connection.isTransaction) this.run("ROLLBACK");
  }

  /**
   * Copies what is committed now into the file at `path`, off the main thread. In one step and over a connection of its
   * own: a copy in steps fails, or begins again, when commits come in between.
   */
  async copyTo(path: string): Promise<void> {
    const source = new DatabaseSync(this.#connection.location() as string, { readOnly: true });
    try {
      await backup(source, path, { rate: ALL_PAGES });
    } finally {
      source.close();
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }
}

/** The JSON column of a value that may be absent. */
export function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** A member for a row object, left out where the column is NULL. */
export function present<K extends string, T>(name: K, value: T | null): { [key in K]?: T } {
  return (value === null ? {} : { [name]: value }) as { [key in K]?: T };
}

/** As {@link present}, for a JSON column. */
export function presentJson<K extends string, T>(name: K, text: string | null): { [key in K]?: T } {
  return present(name, text === null ? null : (JSON.parse(text) as T));
}
