import { differingPaths, flatten } from "../../canonical/fields.ts";
import type { Body, FieldPath, Model } from "../../canonical/types.ts";
import { NaveError } from "../../errors.ts";
import { canonicalIdFor } from "../../identity/canonical-id.ts";
import type { GivenRecord } from "./types.ts";

export type KeptRecord = { version: number; body: Body; archived: boolean };

/** The canonical records of a case, and which of them each system has under which local id. */
export class CaseRecords {
  readonly #model: Model;
  readonly #kept = new Map<string, KeptRecord>();
  readonly #known = new Map<string, string>();

  constructor(model: Model, given: readonly GivenRecord[]) {
    this.#model = model;
    for (const { entity, canonicalId, localIds, version, body, archived } of given) {
      this.#kept.set(keyOf(entity, canonicalId), structuredClone({ version, body, archived }));
      for (const [system, localId] of Object.entries(localIds))
        this.#known.set(keyOf(entity, system, localId), canonicalId);
    }
  }

  find(entity: string, canonicalId: string): KeptRecord | undefined {
    return structuredClone(this.#kept.get(keyOf(entity, canonicalId)));
  }

  get(entity: string, canonicalId: string): KeptRecord {
    const kept = this.find(entity, canonicalId);
    if (kept !== undefined) return kept;
    throw new NaveError("NAVE_CONFIG_INVALID", `there is no ${entity} ${canonicalId}`, {
      accepts: "one of given.records, or a record that came before",
    });
  }

  localIdOf(entity: string, system: string, canonicalId: string): string | undefined {
    const known = [...this.#known].find(([key, id]) => id === canonicalId && isKeyOf(key, entity, system));
    return known && (JSON.parse(known[0]) as string[])[2];
  }

  canonicalIdOf(entity: string, system: string, localId: string): string | undefined {
    return this.#known.get(keyOf(entity, system, localId));
  }

  /** The record's id, and whether this system's record has been met before; `as` is what it shall be recognised as. */
  recognise(entity: string, system: string, localId: string, as?: string) {
    const key = keyOf(entity, system, localId);
    const known = this.#known.get(key);
    const canonicalId = as ?? known ?? canonicalIdFor(entity, system, localId);
    this.#known.set(key, canonicalId);
    return { canonicalId, isKnown: known !== undefined };
  }

  /** Makes the next version, where there is something new. */
  renew(
    entity: string,
    canonicalId: string,
    now: { body: Body; archived: boolean; version?: number | undefined },
  ): { changed: FieldPath[]; isNews: boolean } {
    const before = this.#kept.get(keyOf(entity, canonicalId));
    const type = this.#model.entity(entity);
    const changed = differingPaths(flatten(type, now.body), flatten(type, before?.body ?? {}), type);
    const isNews = before === undefined || changed.length > 0 || now.archived !== before.archived;
    const version = now.version ?? (before?.version ?? 0) + (isNews ? 1 : 0);
    this.#kept.set(keyOf(entity, canonicalId), structuredClone({ ...now, version }));
    return { changed, isNews };
  }
}

function keyOf(...parts: string[]): string {
  return JSON.stringify(parts);
}

function isKeyOf(key: string, entity: string, system: string): boolean {
  const [ofEntity, ofSystem] = JSON.parse(key) as string[];
  return ofEntity === entity && ofSystem === system;
}
