import type { Database, Sql } from "./database.ts";
import { isDatabaseLost } from "./database-errors.ts";

type Statement<Item, Result> = (sql: Sql, items: readonly Item[]) => Promise<readonly Result[]>;
type Kind = "read" | "write";

/**
 * Makes a statement for many callable for one. Alone it runs at once; inside `transactTogether` it waits until every
 * member of the group has asked something, and then runs once for all that asked the same.
 *
 * @param statement  Answers in the order of its items.
 */
export function batched<Item, Result>(
  kind: Kind,
  statement: Statement<Item, Result>,
): (sql: Sql, item: Item) => Promise<Result> {
  return async (sql, item) => {
    if (sql.member) return sql.member.ask(kind, statement, item);
    const [result] = await statement(sql, [item]);
    return result as Result;
  };
}

/**
 * Keeps other members of the group out of what these names stand for, until this member has ended: row locks do not, in
 * one transaction. Outside a group nothing needs to be done.
 *
 * Take rows in the order message, shadow, natural keys, canonical record: members that do cannot wait for each other.
 */
export async function holdInGroup(sql: Sql, names: readonly string[]): Promise<void> {
  await sql.member?.hold(names);
}

/**
 * Runs the same work for many items in one transaction, their statements gathered. An item whose work rejects before it
 * has written anything fails alone. If anything else goes wrong, nothing of the group stays, and each item is run in a
 * transaction of its own; not where the database is gone, which would make each of them wait for it in turn.
 */
export async function transactTogether<Item, Result>(
  db: Database,
  items: readonly Item[],
  work: (sql: Sql, item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  if (items.length > 1) {
    try {
      return await db.transaction((sql) => new Group(sql).run(items, work));
    } catch (error) {
      if (isDatabaseLost(error)) return items.map(() => ({ status: "rejected", reason: error }));
      // Which of them it was shows when each runs alone.
    }
  }
  const results: PromiseSettledResult<Result>[] = [];
  for (const item of items) {
    const [result] = await Promise.allSettled([db.transaction((sql) => work(sql, item))]);
    results.push(result);
  }
  return results;
}

/**
 * Runs the same reading work for many items, their statements gathered, without a transaction. Work that writes does so
 * in transactions of its own.
 *
 * @throws what the first item that failed did.
 */
export async function readTogether<Item, Result>(
  sql: Sql,
  items: readonly Item[],
  work: (sql: Sql, item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = await new Group(sql).run(items, work);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

type Asker = { item: unknown; resolve: (result: unknown) => void; reject: (reason: unknown) => void };

/** The members of one transaction and what they ask. */
class Group {
  readonly #sql: Sql;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #held = new Map<string, Promise<void>>();
  #asking = new Map<Statement<unknown, unknown>, Asker[]>();
  #pumping = false;
  #failure: { reason: unknown } | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** A connection takes one query at a time. */
  inTurn<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(() => {
      if (this.#failure) throw this.#failure.reason;
      return work(this.#sql);
    });
    this.#turn = turn.catch((thrown: unknown) => this.fail(thrown));
    return turn;
  }

  async run<Item, Result>(
    items: readonly Item[],
    work: (sql: Sql, item: Item) => Promise<Result>,
  ): Promise<PromiseSettledResult<Result>[]> {
    const results = await Promise.allSettled(
      items.map(async (item) => {
        const member = new GroupMember(this);
        try {
          return await work(member.sql, item);
        } catch (thrown) {
          if (member.hasWritten) this.fail(thrown);
          throw thrown;
        } finally {
          member.release();
        }
      }),
    );
    if (this.#failure) throw this.#failure.reason;
    return results;
  }

  /** The transaction is lost: whoever still asks is told so. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
  }

  ask<Item, Result>(statement: Statement<Item, Result>, item: Item): Promise<Result> {
    return new Promise<unknown>((resolve, reject) => {
      const key = statement as unknown as Statement<unknown, unknown>;
      const askers = this.#asking.get(key);
      if (askers) askers.push({ item, resolve, reject });
      else this.#asking.set(key, [{ item, resolve, reject }]);
      if (!this.#pumping) void this.#pump();
    }) as Promise<Result>;
  }

  async hold(name: string, until: Promise<void>): Promise<void> {
    const before = this.#held.get(name);
    this.#held.set(
      name,
      (before ?? Promise.resolve()).then(() => until),
    );
    await before;
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#asking.size > 0) {
      // By then every member that could go on has asked.
      await new Promise((resolve) => setImmediate(resolve));
      const asking = this.#asking;
      this.#asking = new Map();
      for (const [statement, askers] of asking) await this.#run(statement, askers);
    }
    this.#pumping = false;
  }

  async #run(statement: Statement<unknown, unknown>, askers: readonly Asker[]): Promise<void> {
    try {
      const items = askers.map(({ item }) => item);
      const results = await this.inTurn((sql) => statement(sql, items));
      for (const [index, asker] of askers.entries()) asker.resolve(results[index]);
    } catch (thrown) {
      for (const asker of askers) asker.reject(thrown);
    }
  }
}

/** One item's part in a group: its statements are gathered, and it is known whether it has written. */
export class GroupMember {
  readonly sql: Sql;
  readonly #group: Group;
  readonly #holds = new Set<string>();
  readonly #ended = Promise.withResolvers<void>();
  hasWritten = false;

  constructor(group: Group) {
    this.#group = group;
    this.sql = {
      member: this,
      query: (text, parameters) => {
        if (!/^\s*select\b/i.test(text)) this.hasWritten = true;
        return group.inTurn((sql) => sql.query(text, parameters));
      },
    };
  }

  ask<Item, Result>(kind: Kind, statement: Statement<Item, Result>, item: Item): Promise<Result> {
    if (kind === "write") this.hasWritten = true;
    return this.#group.ask(statement, item);
  }

  async hold(names: readonly string[]): Promise<void> {
    for (const name of [...names].sort()) {
      if (this.#holds.has(name)) continue;
      this.#holds.add(name);
      await this.#group.hold(name, this.#ended.promise);
    }
  }

  release(): void {
    this.#ended.resolve();
  }
}
