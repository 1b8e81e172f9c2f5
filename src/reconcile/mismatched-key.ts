import type { Observation } from "../adapter-kit/contract.ts";
import { flatten, sameField } from "../canonical/fields.ts";
import type { Body } from "../canonical/types.ts";
import type { Hub } from "../hub.ts";
import { resolveReferences } from "../identity/references.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import { selectLocalIds } from "../store/cross-references.ts";
import type { Finding } from "../store/reconciliations.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

type Place = { connected: ConnectedSystem; entity: string };

/**
 * Whose record it is that is linked to one canonical record and carries the key of another.
 *
 * Where the other one still has a record of its own there, the key was overwritten. Where it has none, or has lost it, the
 * local id may have been given out a second time (after a restore of that system): then the content tells.
 */
export async function whoseRecord(
  hub: Hub,
  { connected, entity }: Place,
  { canonicalId, localId, systemValue }: Finding,
): Promise<"linked" | "other"> {
  const other = typeof systemValue === "string" ? systemValue : "";
  const bodies = new Map(
    (await selectCanonical(hub.db, entity, [canonicalId ?? "", other])).map((one) => [one.id, one.body]),
  );
  const theirs = bodies.get(other);
  const own = bodies.get(canonicalId ?? "");
  if (!theirs || !own) return theirs ? "other" : "linked";
  const theirId = (await selectLocalIds(hub.db, entity, connected.name, [other])).get(other);
  const ids = [localId, theirId].flatMap((id) => id ?? []);
  const seen = await connected.ask((signal) => connected.spoke.read(entity, ids, signal));
  const { probe = "" } = connected.capability(entity);
  const isTheirs = (one: Observation) =>
    one.localId === theirId && !one.deleted && one.native[probe] === other;
  const observation = seen.find((one) => one.localId === localId);
  if (!observation || seen.some(isTheirs)) return "linked";
  const type = hub.model.entity(entity);
  const { fields } = await resolveReferences(
    hub.db,
    type,
    connected.mapping(entity).toCanonical(observation.native).body,
  );
  const agreeing = (body: Body) =>
    [...flatten(type, body)].filter(([path, value]) => sameField(type, path, value, fields.get(path))).length;
  return agreeing(theirs) > agreeing(own) ? "other" : "linked";
}

/** Writes a record's own key into it again: an update that changes nothing else. @returns whether it was written. */
export async function putKeyBack(
  hub: Hub,
  { connected, entity }: Place,
  localId: string,
  probeKey: string,
): Promise<boolean> {
  if (!connected.writable) return false;
  const [observation] = await connected.ask((signal) => connected.spoke.read(entity, [localId], signal));
  if (!observation) return false;
  const { native: held, lockToken } = observation;
  const lock = lockToken === undefined ? {} : { lockToken };
  const request = { kind: "update", localId, probeKey, changes: {}, held, ...lock } as const;
  const [outcome] = await connected.ask((signal) => connected.spoke.write(entity, [request], signal));
  if (outcome?.kind === "written") return true;
  hub.log.warn(
    { system: connected.name, entity, localId, outcome: outcome?.kind },
    "its key could not be put back",
  );
  return false;
}
