import type { JsonObject } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";

/** Records what a person (or a person's token) did. */
export async function insertAudit(
  sql: Sql,
  actor: string,
  action: string,
  detail: JsonObject,
): Promise<void> {
  await sql.query("insert into nave.audit (actor, action, detail) values ($1, $2, $3)", [
    actor,
    action,
    json(detail),
  ]);
}
