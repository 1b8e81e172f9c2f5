import type { Hub } from "../hub.ts";
import { insertKeysOfMessages } from "../store/business-keys.ts";
import type { Sql } from "../store/database.ts";
import type { NewMessage } from "../store/messages.ts";

type Findable = Pick<NewMessage, "id" | "entity" | "system" | "localId" | "body">;

/** Lets messages that stand still without a canonical record be found by the business keys of what they carry. */
export async function makeFindable(hub: Hub, sql: Sql, messages: readonly Findable[]): Promise<void> {
  const rows = messages.flatMap((message) => {
    const keys = hub.model.entity(message.entity).businessKeys(message.body);
    if (message.localId !== null) {
      keys.push({ kind: `local id in ${message.system}`, value: message.localId.toLowerCase() });
    }
    return keys.map((key) => ({ entity: message.entity, messageId: message.id, ...key }));
  });
  await insertKeysOfMessages(sql, rows);
}
