import { NaveError } from "../errors.ts";
import { hopOf, ownerOf, park } from "../flows/serve-flows.ts";
import type { Hub } from "../hub.ts";
import type { Sql } from "../store/database.ts";
import { insertHops } from "../store/hops.ts";
import { countDeathOf } from "../store/message-deaths.ts";
import { readMessage } from "../store/messages.ts";
import { type DeathNote, deleteDeathNote, readDeathNote } from "./death-note.ts";

/** A message over which the process has died so often is not tried again. */
const DEADLY_AFTER = 2;

/** Puts on record over which message the life before has died, as far as it left a note, and parks the message the second time. */
export async function countDeath(hub: Hub, noteFile: string): Promise<void> {
  const note = await readDeathNote(noteFile);
  if (note !== undefined) await hub.db.transaction((sql) => count(hub, sql, note));
  await deleteDeathNote(noteFile);
}

async function count(hub: Hub, sql: Sql, note: DeathNote): Promise<void> {
  const { messageId } = note;
  const text = `the process died ${HOW[note.how]} ${note.nodeType} ${note.nodeName ?? ""} (${note.node}) of flow ${note.flow}`;
  hub.log.error({ ...note }, text);
  const deaths = await countDeathOf(sql, messageId, note.at);
  const message = deaths === undefined ? undefined : await readMessage(sql, messageId);
  if (deaths === undefined || message === undefined) return;
  await insertHops(sql, [{ ...hopOf(message), step: "died", text }]);
  if (deaths < DEADLY_AFTER) return;
  const error = new NaveError("NAVE_PROCESS_DIED", `${text}, ${deaths} times`, {
    accepts: "a flow that lets go of every message; then `nave dead retry`, or drop it",
  });
  await park(hub, sql, messageId, error, ownerOf(hub, message));
}

const HOW: Record<DeathNote["how"], string> = {
  "stood-still": "while the event loop stood still in",
  exited: "because it was ended by",
};
