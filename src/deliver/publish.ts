import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import type { WishKey } from "../store/wishes.ts";
import type { Traced } from "../telemetry/traces/traces.ts";

/** Queue on which a system's wishes wait to be delivered. */
export const deliverQueue = (system: string) => `deliver.${system}`;

/** Tickets name a wish by entity and canonical id; what is wished stands in its row. */
export const wishTicketId = (key: Pick<WishKey, "entity" | "canonicalId">) =>
  `${key.entity}/${key.canonicalId}`;

export function wishOfTicket(id: string): Pick<WishKey, "entity" | "canonicalId"> {
  const slash = id.lastIndexOf("/");
  return { entity: id.slice(0, slash), canonicalId: id.slice(slash + 1) };
}

/** Puts wishes on their way; the sweeper repeats what the broker did not take. */
export async function publishWishes(hub: Hub, keys: readonly (WishKey & Traced)[]): Promise<void> {
  for (const [system, group] of Map.groupBy(keys, (key) => key.system)) {
    const tickets = group.map((key) => ({
      id: wishTicketId(key),
      key: key.canonicalId,
      ...hub.traces?.carried(key),
    }));
    await hub.channels.publish(deliverQueue(system), tickets).catch((thrown: unknown) => {
      hub.log.warn(
        { system, tickets: tickets.length, wishes: tickets.map(({ id }) => id) },
        `not published, the sweeper will: ${toNaveError(thrown).message}`,
      );
    });
  }
}
