import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { NaveError } from "../errors.ts";
import type { Database, Sql } from "./database.ts";
import { readJsonLines } from "./json-lines.ts";
import { selectAppliedMigrations } from "./migrate.ts";
import { inDependencyOrder, selectSequences, selectTables, type Table } from "./tables.ts";

const FORMAT = 1;
const BATCH_ROWS = 200;

type Migrations = Awaited<ReturnType<typeof selectAppliedMigrations>>;
/** Lines of the file: one header, then for each table its columns and its rows, then the sequences, then the end. */
type Header = { nave: "store"; format: number; exportedAt: string; migrations: Migrations };
type TableLine = { table: string; columns: string[] };
type SequenceLine = { sequence: string; value: number };
type EndLine = { end: true; rows: number };
/** Every value in its text form, which both engines and all versions of PostgreSQL read back without loss. */
type RowLine = (string | null)[];
type Line = Header | TableLine | SequenceLine | EndLine | RowLine;

export type TransferResult = { tables: number; rows: number };

/**
 * Writes schema `nave` as newline-delimited JSON and ends the stream: one snapshot, every table after those it refers to.
 *
 * The embedded database serves nothing else meanwhile, having one session only.
 */
export async function exportStore(database: Database, target: Writable): Promise<TransferResult> {
  return database.transaction(async (sql) => {
    await sql.query("set transaction isolation level repeatable read, read only");
    const result: TransferResult = { tables: 0, rows: 0 };
    await pipeline(Readable.from(exportLines(sql, result)), target);
    return result;
  });
}

async function* exportLines(sql: Sql, result: TransferResult): AsyncGenerator<string> {
  const migrations = await selectAppliedMigrations(sql);
  yield line({ nave: "store", format: FORMAT, exportedAt: new Date().toISOString(), migrations });
  for (const table of inDependencyOrder(await selectTables(sql))) {
    result.tables++;
    yield line({ table: table.name, columns: table.columns.map((column) => column.name) });
    for await (const rows of readRows(sql, table)) {
      result.rows += rows.length;
      yield rows.map((row) => `${row}\n`).join("");
    }
  }
  for (const { name, value } of await selectSequences(sql)) yield line({ sequence: name, value });
  yield line({ end: true, rows: result.rows });
}

/** Through a cursor, so that neither side ever holds a whole table. */
async function* readRows(sql: Sql, table: Table): AsyncGenerator<string[]> {
  const values = table.columns.map((column) => `${column.quoted}::text`).join(", ");
  await sql.query(
    `declare rows no scroll cursor for select json_build_array(${values})::text as row from ${table.quoted}`,
  );
  while (true) {
    const rows = await sql.query<{ row: string }>(`fetch forward ${BATCH_ROWS} from rows`);
    if (rows.length === 0) break;
    yield rows.map(({ row }) => row);
  }
  await sql.query("close rows");
}

function line(value: Line): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * The last migration of the store that a file was made of: a store of that version takes it in.
 *
 * @throws NAVE_REQUEST_INVALID for what is no export.
 */
export async function readVersion(source: Readable): Promise<number> {
  const lines = readJsonLines(source) as AsyncGenerator<Line>;
  const first = await lines.next();
  await lines.return(undefined);
  source.destroy();
  return headerOf(first.done === true ? undefined : first.value).migrations.at(-1)?.number ?? 0;
}

/**
 * Fills an empty, migrated database from such a file: all of it or nothing.
 *
 * Refuses a database that holds anything, one at other migrations than the file, and a file that is cut off.
 */
export async function importStore(database: Database, source: Readable): Promise<TransferResult> {
  return database.transaction(async (sql) => {
    const lines = readJsonLines(source) as AsyncGenerator<Line>;
    const importer = new Importer(sql, await selectTables(sql));
    await importer.refuseUnlessEmpty();
    const first = await lines.next();
    await checkHeader(sql, first.done === true ? undefined : first.value);
    for await (const next of lines) await importer.take(next);
    return importer.finish();
  });
}

function headerOf(line: Line | undefined): Header {
  if (line === undefined || !("nave" in line) || line.nave !== "store")
    refuse("is not an export of a Nave store");
  if (line.format !== FORMAT) refuse(`has format ${line.format}, this program reads format ${FORMAT}`);
  return line;
}

async function checkHeader(sql: Sql, line: Line | undefined): Promise<void> {
  const header = headerOf(line);
  const applied = await selectAppliedMigrations(sql);
  if (JSON.stringify(applied) === JSON.stringify(header.migrations)) return;
  const last = header.migrations.at(-1)?.name ?? "none";
  refuse(`was made at migration ${last}, the database is at ${applied.at(-1)?.name ?? "none"}`);
}

/** Takes the lines after the header, one by one, and writes the rows in batches. */
class Importer {
  readonly #sql: Sql;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #result: TransferResult = { tables: 0, rows: 0 };
  #insert: { text: string; width: number } | undefined;
  #batch: RowLine[] = [];
  #expectedRows: number | undefined;

  constructor(sql: Sql, tables: readonly Table[]) {
    this.#sql = sql;
    this.#tables = new Map(tables.map((table) => [table.name, table]));
  }

  async refuseUnlessEmpty(): Promise<void> {
    if (this.#tables.size === 0) refuse("needs a migrated database");
    for (const table of this.#tables.values()) {
      const [row] = await this.#sql.query(`select 1 from ${table.quoted} limit 1`);
      if (row !== undefined) refuse(`needs an empty database, table ${table.name} holds rows`);
    }
  }

  async take(next: Line): Promise<void> {
    if (this.#expectedRows !== undefined) refuse("goes on after its end");
    if (Array.isArray(next)) return this.#takeRow(next);
    await this.#flush();
    if ("table" in next) this.#begin(next);
    else if ("sequence" in next) await this.#setSequence(next);
    else if ("end" in next) this.#expectedRows = next.rows;
    else refuse("holds a line of an unknown kind");
  }

  finish(): TransferResult {
    if (this.#expectedRows === undefined) refuse("is cut off: its last line is missing");
    if (this.#expectedRows !== this.#result.rows) {
      refuse(`holds ${this.#result.rows} rows where its last line names ${this.#expectedRows}`);
    }
    return this.#result;
  }

  #begin({ table: name, columns }: TableLine): void {
    const table = this.#tables.get(name);
    if (table === undefined) refuse(`names table ${name}, which the database does not have`);
    const targets = columns.map((column) => {
      const found = table.columns.find((candidate) => candidate.name === column);
      return found ?? refuse(`names column ${column} of table ${name}, which the database does not have`);
    });
    const names = targets.map((column) => column.quoted).join(", ");
    const values = targets.map((column, index) => `v${index}::${column.type}`).join(", ");
    const lists = targets.map((_, index) => `$${index + 1}::text[]`).join(", ");
    const aliases = targets.map((_, index) => `v${index}`).join(", ");
    const text = `insert into ${table.quoted} (${names}) overriding system value
                  select ${values} from unnest(${lists}) as given(${aliases})`;
    this.#insert = { text, width: targets.length };
    this.#result.tables++;
  }

  async #takeRow(row: RowLine): Promise<void> {
    if (row.length !== this.#insert?.width) refuse("holds a row that does not fit its table");
    this.#batch.push(row);
    if (this.#batch.length >= BATCH_ROWS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const rows = this.#batch.splice(0);
    if (rows.length === 0 || this.#insert === undefined) return;
    const columns = Array.from({ length: this.#insert.width }, (_, index) =>
      rows.map((row) => row[index] ?? null),
    );
    await this.#sql.query(this.#insert.text, columns);
    this.#result.rows += rows.length;
  }

  async #setSequence({ sequence, value }: SequenceLine): Promise<void> {
    await this.#sql.query("select setval(format('nave.%I', $1::text)::regclass, $2::bigint)", [
      sequence,
      value,
    ]);
  }
}

function refuse(text: string): never {
  throw new NaveError("NAVE_REQUEST_INVALID", `the import ${text}`);
}
