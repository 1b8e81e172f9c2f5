import { NaveError } from "../errors.ts";
import type { Sql } from "./database.ts";

type Column = { name: string; quoted: string; type: string };
export type Table = { name: string; quoted: string; columns: Column[]; refersTo: string[] };

/** The tables of schema `nave` with the columns that can be written; without the record of migrations. */
export async function selectTables(sql: Sql): Promise<Table[]> {
  const tables = await sql.query<Omit<Table, "columns">>(
    `select c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted,
            array(select distinct r.relname::text
                    from pg_constraint k join pg_class r on r.oid = k.confrelid
                   where k.conrelid = c.oid and k.contype = 'f' and r.oid <> c.oid) as "refersTo"
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'nave' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migration'
      order by c.relname`,
  );
  const columns = await selectColumns(sql);
  return tables.map((table) => ({
    ...table,
    columns: columns.filter((column) => column.table === table.name),
  }));
}

async function selectColumns(sql: Sql): Promise<(Column & { table: string })[]> {
  return sql.query<Column & { table: string }>(
    `select c.relname as table, a.attname as name, quote_ident(a.attname) as quoted,
            format_type(a.atttypid, a.atttypmod) as type
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'nave' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      order by c.relname, a.attnum`,
  );
}

/** Sequences that have given out a value, with the last one. */
export async function selectSequences(sql: Sql): Promise<{ name: string; value: number }[]> {
  return sql.query<{ name: string; value: number }>(
    `select sequencename as name, last_value as value
       from pg_sequences where schemaname = 'nave' and last_value is not null order by sequencename`,
  );
}

/** Every table after those its foreign keys refer to, by name where that leaves a choice. */
export function inDependencyOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const placed = new Set<string>();
  let remaining = [...tables];
  while (remaining.length > 0) {
    const ready = remaining.filter((table) => table.refersTo.every((name) => placed.has(name)));
    if (ready.length === 0) {
      const names = remaining.map((table) => table.name).join(", ");
      throw new NaveError("NAVE_CONFIG_INVALID", `the tables ${names} refer to each other in a circle`);
    }
    for (const table of ready) placed.add(table.name);
    ordered.push(...ready);
    remaining = remaining.filter((table) => !placed.has(table.name));
  }
  return ordered;
}
