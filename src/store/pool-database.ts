import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient, QueryResult } from "pg";
import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { Database, Sql } from "./database.ts";
import { isConnectionLoss, isOutdatedPlan, isWorthRepeating, toDatabaseError } from "./database-errors.ts";

const MAX_ATTEMPTS = 6;
/** A statement is prepared from its second use on; beyond this many different texts, further ones are not. */
const MAX_PREPARED_STATEMENTS = 400;

export type PoolDatabaseOptions = {
  engine: Database["engine"];
  log?: Log | undefined;
  /** A statement with parameters that has no answer by then has lost its connection; others work through whole tables. */
  answerWithinMs?: number | undefined;
  /** Runs once, before anything that is under way has ended. */
  onClosing?: () => void;
  /** Runs once, after the last connection has ended. */
  onClosed?: () => Promise<void>;
};

/**
 * The database contract over a node-postgres pool.
 *
 * Both engines use it: PostgreSQL with a pool of sockets, PGlite with a pool of one connection, whose waiting line
 * is then the fair queue in which transactions and single queries take their turns.
 */
export class PoolDatabase implements Database {
  readonly engine: Database["engine"];
  readonly #pool: Pool;
  readonly #log: Log | undefined;
  readonly #answerWithinMs: number | undefined;
  readonly #onClosing: (() => void) | undefined;
  readonly #onClosed: (() => Promise<void>) | undefined;
  /** By text; undefined after the first use, a name from the second on. */
  readonly #statementNames = new Map<string, string | undefined>();
  #preparedCount = 0;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(pool: Pool, options: PoolDatabaseOptions) {
    this.engine = options.engine;
    this.#pool = pool;
    this.#log = options.log;
    this.#answerWithinMs = options.answerWithinMs;
    this.#onClosing = options.onClosing;
    this.#onClosed = options.onClosed;
    // An idle connection that breaks is replaced by the pool; unheard, the event would end the process.
    // So would that of one which the server ends in the very moment in which it is ready: whoever is to have it does not listen yet.
    pool.on("connect", (client) => client.on("error", () => undefined));
    pool.on("error", (error) => this.#log?.warn(inWords(error), "an idle database connection was lost"));
  }

  query<Row = Record<string, unknown>>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#run(async (client) => rowsOf<Row>(await this.#send(client, text, parameters)));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#run((client) => this.#runTransaction(client, work));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#end();
    await this.#closing;
  }

  async #end(): Promise<void> {
    this.#onClosing?.();
    await Promise.allSettled(this.#underWay);
    await this.#pool.end();
    await this.#onClosed?.();
  }

  /** Gives `work` a connection, and runs it again when the server undid it for the sake of another transaction. */
  async #run<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new NaveError("NAVE_HUB_UNAVAILABLE", "the database is closed");
    const running = this.#attempt(work, 1);
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw toDatabaseError(error);
    } finally {
      this.#underWay.delete(running);
    }
  }

  async #attempt<T>(work: (client: PoolClient) => Promise<T>, attempt: number): Promise<T> {
    const client = await this.#pool.connect();
    // A loss while checked out is reported by the query under way; the event itself must only be heard.
    const heard = (error: Error) => this.#log?.warn(inWords(error), "a database connection in use was lost");
    client.on("error", heard);
    let failure: unknown;
    try {
      return await work(client);
    } catch (error) {
      failure = error;
      if (!isWorthRepeating(error)) throw error;
    } finally {
      client.off("error", heard);
      client.release(mustBeDiscarded(failure));
    }
    if (attempt >= MAX_ATTEMPTS) {
      const text = `the database undid this transaction ${attempt} times: ${(failure as Error).message}`;
      throw new NaveError("NAVE_HUB_UNAVAILABLE", text, {}, failure);
    }
    await sleep(Math.random() * 5 * 2 ** attempt);
    return this.#attempt(work, attempt + 1);
  }

  async #runTransaction<T>(client: PoolClient, work: (sql: Sql) => Promise<T>): Promise<T> {
    let open = true;
    const sql: Sql = {
      query: async <Row>(text: string, parameters?: readonly unknown[]) => {
        if (!open) throw new Error("a query was sent through a transaction that has ended");
        return rowsOf<Row>(await this.#send(client, text, parameters));
      },
    };
    await client.query({ text: "begin", ...this.#limit() });
    try {
      const result = await work(sql);
      open = false;
      await commit(client);
      return result;
    } catch (error) {
      open = false;
      await rollBack(client, error);
      throw error;
    }
  }

  #send(client: PoolClient, text: string, parameters?: readonly unknown[]): Promise<QueryResult> {
    if (parameters === undefined || parameters.length === 0) return client.query(text);
    const name = this.#statementName(text);
    return client.query({
      text,
      values: parameters as unknown[],
      ...this.#limit(),
      ...(name !== undefined && { name }),
    });
  }

  #limit(): { query_timeout?: number } {
    return this.#answerWithinMs === undefined ? {} : { query_timeout: this.#answerWithinMs };
  }

  /** Preparing costs the server memory per connection, so it is kept for texts that come back. */
  #statementName(text: string): string | undefined {
    const known = this.#statementNames.get(text);
    if (known !== undefined) return known;
    if (this.#statementNames.has(text)) {
      const name = `nave_${++this.#preparedCount}`;
      this.#statementNames.set(text, name);
      return name;
    }
    if (this.#statementNames.size < MAX_PREPARED_STATEMENTS) this.#statementNames.set(text, undefined);
    return undefined;
  }
}

/** An aborted transaction answers COMMIT with ROLLBACK and no error: work that swallowed a failure must not look done. */
async function commit(client: PoolClient): Promise<void> {
  const answer = await client.query("commit");
  if (answer.command === "ROLLBACK") {
    throw new Error(
      "the transaction was rolled back: one of its statements had failed and the error was not passed on",
    );
  }
}

async function rollBack(client: PoolClient, reason: unknown): Promise<void> {
  if (isConnectionLoss(reason)) return;
  try {
    await client.query("rollback");
  } catch (error) {
    // Only a lost connection refuses a rollback, and that has rolled back by itself.
    if (!isConnectionLoss(error)) throw error;
  }
}

/** Not the error itself: node-postgres hangs its client on it, with the queries under way and what they carry. */
function inWords({ message }: Error): { cause: string } {
  return { cause: message };
}

function mustBeDiscarded(failure: unknown): boolean {
  return failure !== undefined && (isConnectionLoss(failure) || isOutdatedPlan(failure));
}

/** A text of several statements gives one result each; the last one counts. */
function rowsOf<Row>(result: QueryResult | QueryResult[]): Row[] {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return (last?.rows ?? []) as Row[];
}
