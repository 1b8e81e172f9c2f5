import type { WriteRequest } from "../adapter-kit/contract.ts";
import type { EntityType, FieldPath, Fields } from "../canonical/types.ts";
import type { Hub } from "../hub.ts";
import type { Shadow } from "../store/shadows.ts";
import type { Wish } from "../store/wishes.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

/** One worker's hold on some wishes of one entity and system; `claim` names it in every row it touches. */
export type Delivery = { hub: Hub; system: ConnectedSystem; type: EntityType; claim: string };

/** A write that is ready to be sent. */
export type Prepared = {
  wish: Wish;
  request: WriteRequest;
  /** Canonical fields it carries. */
  paths: FieldPath[];
  /** The wish's fields, references as canonical ids. */
  wished: Fields;
  localId: string | undefined;
  shadow: Shadow | undefined;
};

/** Writes that failed and are tried again by themselves. */
export function countRetries({ hub, system, type }: Delivery, by: number): void {
  const labels = { system: system.name, entity: type.name, work: "write" };
  hub.meter.counters.add("nave_retries_total", labels, by);
}
