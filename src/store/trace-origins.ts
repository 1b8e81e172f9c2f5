import { json, type Sql } from "./database.ts";

export type TraceOrigin = { correlationId: string; traceparent: string };

/** In the transaction that puts the messages on record. */
export async function insertTraceOrigins(sql: Sql, origins: readonly TraceOrigin[]): Promise<void> {
  if (origins.length === 0) return;
  await sql.query(
    `insert into nave.trace_origin (correlation_id, traceparent)
     select "correlationId", traceparent from jsonb_to_recordset($1::jsonb) as o("correlationId" uuid, traceparent text)
     on conflict do nothing`,
    [json(origins)],
  );
}

/** Columns of a row of this table that tell its trace. */
export const traceColumns = (table: string) =>
  `${table}.correlation_id as "correlationId",
   (select o.traceparent from nave.trace_origin o where o.correlation_id = ${table}.correlation_id) as traceparent`;

export type TraceColumns = { correlationId: string; traceparent: string | null };

export async function deleteOldTraceOrigins(sql: Sql, days: number, limit: number): Promise<void> {
  await sql.query(
    `delete from nave.trace_origin where correlation_id in (select correlation_id from nave.trace_origin
       where noted_at < now() - $1::int * interval '1 day' limit $2)`,
    [days, limit],
  );
}
