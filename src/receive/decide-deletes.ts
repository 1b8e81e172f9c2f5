import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertAudit } from "../store/audit.ts";
import { decideDeleteHold } from "../store/delete-holds.ts";
import { acceptDeletes } from "./accept-absences.ts";

/**
 * Decides what a mass delete was: `confirmed`, the records are gone and their deletion goes its way; `dismissed`, the
 * source was wrong and nothing happens. What is still absent at the next full scan is asked about again.
 */
export async function settleDeleteHold(
  hub: Hub,
  id: string,
  decision: "confirmed" | "dismissed",
  by: string,
): Promise<void> {
  const hold = await decideDeleteHold(hub.db, id, decision, by);
  if (!hold)
    throw new NaveError("NAVE_REQUEST_INVALID", `there is no open question ${id} about deleted records`);
  await insertAudit(hub.db, by, `mass delete ${decision}`, {
    id,
    system: hold.system,
    entity: hold.entity,
    records: hold.localIds.length,
  });
  const system = hub.systems.get(hold.system);
  if (decision === "confirmed" && system) await acceptDeletes(hub, system, hold.entity, hold.localIds);
}
