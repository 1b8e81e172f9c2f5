import type { Json } from "../adapter-kit/contract.ts";
import type { FieldPath } from "../canonical/types.ts";
import { closeDeadLetters } from "../store/dead-letters.ts";
import { insertHops } from "../store/hops.ts";
import { noteForms, type Shadow } from "../store/shadows.ts";
import { meetWish, type Wish, wishSubject } from "../store/wishes.ts";
import type { Delivery } from "./delivery.ts";

/** Values of which the system holds a form of its own. */
type OwnForm = { shadow: Shadow; forms: Readonly<Record<FieldPath, Json>> };

/** The wish is met without a write. */
export async function settleNothing(
  { hub, system, type, claim }: Delivery,
  wish: Wish,
  because: string,
  own?: OwnForm,
): Promise<void> {
  await hub.db.transaction(async (sql) => {
    if (own) await noteForms(sql, own.shadow, own.forms);
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
