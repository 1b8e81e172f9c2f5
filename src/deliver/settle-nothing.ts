import { closeDeadLetters } from "../store/dead-letters.ts";
import { insertHops } from "../store/hops.ts";
import { meetWish, type Wish, wishSubject } from "../store/wishes.ts";
import type { Delivery } from "./delivery.ts";

/** The wish is met without a write. */
export async function settleNothing(
  { hub, system, type, claim }: Delivery,
  wish: Wish,
  because: string,
): Promise<void> {
  await hub.db.transaction(async (sql) => {
    await meetWish(sql, wish, claim);
    await closeDeadLetters(sql, [wishSubject(wish)], "healed", "nothing left to write");
    await insertHops(sql, [
      {
        correlationId: wish.correlationId,
        messageId: wish.messageId,
        entity: type.name,
        canonicalId: wish.canonicalId,
        system: system.name,
        localId: null,
        step: "met",
        text: `${system.name} ${because}`,
      },
    ]);
  });
}
