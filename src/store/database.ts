import type { GroupMember } from "./batching.ts";

/**
 * One SQL dialect (within PostgreSQL 15), two engines: PGlite in a worker thread, or PostgreSQL.
 *
 * Values come back alike from both: `int8` as number, `numeric` as string, `timestamptz` as Date, `jsonb` parsed.
 * Parameters: objects and arrays meant for `jsonb` are passed as they are, through `json()`.
 */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Present in work that shares its transaction with others (`transactTogether`). */
  readonly member?: GroupMember;
}

export interface Database extends Sql {
  readonly engine: "pglite" | "postgres";
  /** Commits when `work` resolves, rolls back when it rejects. Serialisation failures and deadlocks are retried up to 5 times. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Ends after running transactions; later calls reject with NAVE_HUB_UNAVAILABLE. */
  close(): Promise<void>;
}

/** Serialises a value for a `jsonb` parameter, the same for both engines. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}
