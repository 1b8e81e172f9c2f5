import { flatten } from "../canonical/fields.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertAudit } from "../store/audit.ts";
import { lockCanonical } from "../store/canonical-records.ts";
import { type Conflict, decideConflict } from "../store/conflicts.ts";
import type { Sql } from "../store/database.ts";
import { insertRerun } from "./internal-message.ts";
import { saveMerged } from "./save-merged.ts";

/**
 * A person decides a field in dispute: `taken`, the value the system offered; `kept`, what the canonical record has. The
 * field is delivered to every system again.
 */
export async function settleConflict(
  hub: Hub,
  id: string,
  decision: "taken" | "kept",
  by: string,
): Promise<void> {
  await hub.db.transaction(async (sql) => {
    const conflict = await decideConflict(sql, id, decision, by);
    if (!conflict) throw new NaveError("NAVE_REQUEST_INVALID", `there is no open conflict ${id}`);
    if (decision === "taken") await takeOffered(hub, sql, conflict, by);
    await insertAudit(sql, by, `conflict ${decision}`, {
      id,
      path: conflict.path,
      canonicalId: conflict.canonicalId,
    });
    await insertRerun(sql, { entity: conflict.entity, canonicalId: conflict.canonicalId });
  });
}

async function takeOffered(hub: Hub, sql: Sql, conflict: Conflict, by: string): Promise<void> {
  const type = hub.model.entity(conflict.entity);
  const record = await lockCanonical(sql, conflict.entity, conflict.canonicalId);
  if (!record)
    throw new NaveError("NAVE_REQUEST_INVALID", `${conflict.entity} ${conflict.canonicalId} does not exist`);
  const before = flatten(type, record.body);
  const fields = new Map(before);
  const { path, offered, system } = conflict;
  if (path !== "*") {
    if (offered === null) fields.delete(path);
    else fields.set(path, offered);
  }
  const origin = { system, at: new Date().toISOString(), rule: "person" as const, messageId: by };
  const result = {
    fields,
    before,
    provenance: path === "*" ? record.provenance : { ...record.provenance, [path]: origin },
    changed: path === "*" ? [] : [path],
    decisions: [],
    moved: [],
    firstContact: false,
  };
  await saveMerged(
    hub,
    sql,
    type,
    record.id,
    record,
    { result, archived: path === "*" || record.archived },
    undefined,
  );
}
