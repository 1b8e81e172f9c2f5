import { NaveError } from "../errors.ts";
import { isCanonicalId } from "../identity/canonical-id.ts";
import type { Identity } from "../identity/identify.ts";
import type { Sql } from "../store/database.ts";
import { selectUnsettledIntents } from "../store/intents.ts";
import type { Message } from "../store/messages.ts";
import type { Situation } from "../store/situations.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

/** While a write has not been answered, each sight of its record may be what tells that it had arrived. */
export async function mayTellOfWrite(
  sql: Sql,
  system: ConnectedSystem,
  { entity, native }: Message,
  { canonicalId, beingWritten }: Situation,
): Promise<boolean> {
  if (canonicalId !== null) return beingWritten;
  const { probe } = system.capability(entity);
  const key = probe === undefined ? undefined : native?.[probe];
  return isCanonicalId(key) && (await selectUnsettledIntents(sql, system.name, entity, [key])).size > 0;
}

/** While we write a record, what others see of it may be before or after; the write reads back what counts. */
export async function refuseDuringWrite(
  sql: Sql,
  system: ConnectedSystem,
  message: Message,
  { canonicalId }: Identity,
  situation: Situation,
): Promise<void> {
  const beingWritten = situation.canonicalId
    ? situation.beingWritten
    : (await selectUnsettledIntents(sql, system.name, message.entity, [canonicalId])).size > 0;
  if (!beingWritten) return;
  throw new NaveError(
    "NAVE_WRITE_UNDER_WAY",
    `${message.entity} ${system.name}/${message.localId} is being written just now`,
  );
}
