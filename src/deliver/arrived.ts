import type { Observation } from "../adapter-kit/contract.ts";
import { flatten, sameField } from "../canonical/fields.ts";
import type { FieldPath, Fields } from "../canonical/types.ts";
import { resolveReferences } from "../identity/references.ts";
import { isFormOf } from "../merge/is-form-of.ts";
import type { Intent } from "../store/intents.ts";
import type { Shadow } from "../store/shadows.ts";
import type { Delivery } from "./delivery.ts";

/**
 * Which fields of a write whose answer was lost are seen to have arrived: they differ from before and hold what was sent,
 * or what the system made of it. A field that holds anything else was edited there, before or after.
 */
export async function fieldsThatArrived(
  { hub, system, type }: Delivery,
  intent: Intent,
  observation: Observation,
  shadow: Shadow | undefined,
): Promise<FieldPath[]> {
  const { body } = system.mapping(type.name).toCanonical(observation.native);
  const { fields } = await resolveReferences(hub.db, type, body);
  const before: Fields = shadow ? flatten(type, shadow.canonical) : new Map();
  const sent = sentFields(intent);
  return Object.keys(intent.sent).filter((path) => {
    const now = fields.get(path);
    if (sameField(type, path, now, before.get(path))) return false;
    return sameField(type, path, now, sent.get(path)) || isFormOf(now, sent.get(path));
  });
}

/** Of a write that has arrived, the fields that hold something else by now: what they held when it arrived. */
export function fieldsOvertaken(intent: Intent, arrived: readonly FieldPath[]): Fields {
  return new Map([...sentFields(intent)].filter(([path]) => !arrived.includes(path)));
}

/** The fields as they were sent; what was sent as absent is absent. */
export function sentFields(intent: Intent): Fields {
  return new Map(Object.entries(intent.sent).filter(([, value]) => value !== null));
}
