import type { JsonObject } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";

/** A scan that a process wants which does not read that system itself. */
export type ScanRequest = { id: string; system: string; entity: string; everything: boolean };

export type ScanRequestState = {
  state: "open" | "running" | "done" | "failed";
  progress: JsonObject;
  problem: JsonObject | null;
};

/** Also forgets requests whose askers have died without hearing how they ended. */
export async function insertScanRequest(sql: Sql, request: ScanRequest): Promise<void> {
  await sql.query(
    `with forgotten as (delete from nave.scan_request where asked_at < now() - interval '1 day')
     insert into nave.scan_request (id, system, entity, everything) values ($1, $2, $3, $4)`,
    [request.id, request.system, request.entity, request.everything],
  );
}

/** What is asked of the reader of this system; also what its predecessor did not finish. */
export async function takeScanRequests(sql: Sql, system: string, worker: string): Promise<ScanRequest[]> {
  return sql.query<ScanRequest>(
    `update nave.scan_request set state = 'running', claimed_by = $2
     where system = $1 and (state = 'open' or state = 'running' and claimed_by <> $2)
     returning id, system, entity, everything`,
    [system, worker],
  );
}

export async function noteScanProgress(sql: Sql, id: string, progress: JsonObject): Promise<void> {
  await sql.query("update nave.scan_request set progress = $2 where id = $1", [id, json(progress)]);
}

export async function closeScanRequest(
  sql: Sql,
  id: string,
  end: { progress: JsonObject } | { problem: JsonObject },
): Promise<void> {
  const [progress, problem] = "problem" in end ? [null, json(end.problem)] : [json(end.progress), null];
  await sql.query(
    `update nave.scan_request set state = case when $3::jsonb is null then 'done' else 'failed' end,
       progress = coalesce($2::jsonb, progress), problem = $3::jsonb where id = $1`,
    [id, progress, problem],
  );
}

export async function readScanRequest(sql: Sql, id: string): Promise<ScanRequestState | undefined> {
  const [row] = await sql.query<ScanRequestState>(
    "select state, progress, problem from nave.scan_request where id = $1",
    [id],
  );
  return row;
}

export async function deleteScanRequest(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from nave.scan_request where id = $1", [id]);
}
