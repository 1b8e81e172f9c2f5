import type { Sql } from "../store/database.ts";

export type EntityCounts = { records: number; pending: number; parked: number };

type Row = { system: string; entity: string; count: number };

/** Records, work under way and parked work per system and entity. */
export async function countBySystem(sql: Sql): Promise<(system: string, entity: string) => EntityCounts> {
  const [records, messages, wishes, commands] = await Promise.all([
    sql.query<Row>(
      "select system, entity, count(*)::int as count from nave.shadow where not deleted group by system, entity",
    ),
    sql.query<Row & { state: string }>(
      `select system, entity, state, count(*)::int as count from nave.message
       where state in ('accepted', 'waiting', 'parked') group by system, entity, state`,
    ),
    sql.query<Row & { state: string }>(
      "select system, entity, state, count(*)::int as count from nave.wish where state <> 'met' group by system, entity, state",
    ),
    sql.query<Row & { state: string }>(
      `select system, entity, case when held then 'held' else 'open' end as state, count(*)::int as count from nave.command
       where state in ('queued', 'sent') or held group by 1, 2, 3`,
    ),
  ]);
  const sum = (
    rows: readonly (Row & { state?: string })[],
    system: string,
    entity: string,
    states?: string[],
  ) =>
    rows
      .filter(
        (row) =>
          row.system === system && row.entity === entity && (!states || states.includes(row.state ?? "")),
      )
      .reduce((total, row) => total + row.count, 0);
  return (system, entity) => ({
    records: sum(records, system, entity),
    pending:
      sum(messages, system, entity, ["accepted", "waiting"]) +
      sum(wishes, system, entity, ["open", "waiting"]) +
      sum(commands, system, entity, ["open"]),
    parked:
      sum(messages, system, entity, ["parked"]) +
      sum(wishes, system, entity, ["parked", "in-doubt"]) +
      sum(commands, system, entity, ["held"]),
  });
}

/** What waits for a person. */
export type PersonCounts = {
  deadLetters: number;
  inDoubt: number;
  conflicts: number;
  reviews: number;
  deleteHolds: number;
  notifications: number;
  /** Questions of flows that nobody has decided yet. */
  approvals: number;
};

const NOBODY: PersonCounts = {
  deadLetters: 0,
  inDoubt: 0,
  conflicts: 0,
  reviews: 0,
  deleteHolds: 0,
  notifications: 0,
  approvals: 0,
};

export async function countForPersons(sql: Sql): Promise<PersonCounts> {
  const [row] = await sql.query<PersonCounts>(
    `select (select count(*)::int from nave.dead_letter where state = 'open') as "deadLetters",
       ((select count(*) from nave.wish where state = 'in-doubt')
         + (select count(*) from nave.command where state = 'in-doubt' and held))::int as "inDoubt",
       (select count(*)::int from nave.conflict where decision = 'open') as conflicts,
       (select count(*)::int from nave.match_review where decision = 'open') as reviews,
       (select count(*)::int from nave.delete_hold where decision = 'open') as "deleteHolds",
       (select count(*)::int from nave.notification where state = 'open') as notifications,
       (select count(*)::int from nave.wait where state = 'open' and kind = 'approve') as approvals`,
  );
  return row ?? NOBODY;
}

/**
 * Work that nobody has to be asked about: messages, wishes and commands under way, and internal messages of the hub's own.
 * What waits for a person does not count, nor what is wished of systems in shadow mode or read-only, or commanded there: that
 * waits until somebody lets the hub write there. A message that waits for a command counts as that command.
 */
export async function countPending(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select ((select count(*) from nave.message where state in ('accepted', 'waiting') and not ${ELSEWHERE})
       + (select count(*) from nave.wish where state in ('open', 'waiting') and not ${ELSEWHERE}
           and system not in (select system from nave.system_state where shadow_mode or read_only))
       + (select count(*) from nave.command where state in ('queued', 'sent')
           and system not in (select system from nave.system_state where shadow_mode or read_only)))::int as count`,
  );
  return row?.count ?? 0;
}

/** Whether there is any such work at all; cheaper than counting it. */
export async function isAnythingPending(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ pending: boolean }>(
    `select exists (select 1 from nave.message where state in ('accepted', 'waiting') and not ${ELSEWHERE})
       or exists (select 1 from nave.wish where state in ('open', 'waiting') and not ${ELSEWHERE}
         and system not in (select system from nave.system_state where shadow_mode))
       or exists (select 1 from nave.command where state in ('queued', 'sent')
         and system not in (select system from nave.system_state where shadow_mode)) as pending`,
  );
  return row?.pending ?? false;
}

/**
 * Waits for a person: to decide about a match, or to correct a record that a write would overrule unheard. Or it is counted as
 * the command that is waited for.
 */
const ELSEWHERE =
  "(state = 'waiting' and coalesce(error->>'code', '') in ('NAVE_MATCH_UNDECIDED', 'NAVE_RECORD_INVALID', 'NAVE_COMMAND_UNDER_WAY'))";
