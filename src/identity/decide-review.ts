import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertAudit } from "../store/audit.ts";
import { findCrossReference } from "../store/cross-references.ts";
import { decideReview, type Review, selectReviews } from "../store/match-keys.ts";
import { reviveMessages } from "../store/messages.ts";
import { releaseUndecided } from "../store/wishes.ts";
import { mergeIdentities } from "./merge-identities.ts";
import { findSurvivor } from "./survivor.ts";

/**
 * A person decides whether two records are the same. A record that was held up for it continues, and so does what the hub
 * held back from being made beside it; records that already stand apart are merged.
 */
export async function settleReview(
  hub: Hub,
  id: string,
  decision: "same" | "different",
  by: string,
): Promise<void> {
  const review = await hub.db.transaction(async (sql) => {
    const decided = await decideReview(sql, id, decision, by);
    if (!decided) throw new NaveError("NAVE_REQUEST_INVALID", `there is no open review ${id}`);
    const { entity, system, localId, candidateId, blocking, messageId } = decided;
    // The same: it is linked when the message goes on, and nothing is made. Until then its wish stays where it is.
    const released = decision === "same" ? [] : [candidateId];
    if (decision === "same") {
      for (const other of await selectReviews(sql, entity, system, localId)) {
        if (other.decision !== "open") continue;
        await decideReview(sql, other.id, "different", by);
        released.push(other.candidateId);
      }
    }
    if (blocking) {
      await reviveMessages(sql, [messageId]);
      await releaseUndecided(sql, system, entity, released);
    }
    await insertAudit(sql, by, `review ${decision}`, { id, entity, candidateId });
    return decided;
  });
  if (decision === "same" && !review.blocking) await mergeReviewed(hub, review, by);
}

async function mergeReviewed(
  hub: Hub,
  { entity, system, localId, candidateId }: Review,
  by: string,
): Promise<void> {
  const reference = await findCrossReference(hub.db, entity, system, localId);
  const survivor = await findSurvivor(hub.db, entity, candidateId);
  if (!reference || !survivor || reference.canonicalId === survivor) return;
  await mergeIdentities(hub, entity, survivor, reference.canonicalId, by);
}
