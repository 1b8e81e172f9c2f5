import type { FieldPath } from "../canonical/types.ts";
import type { FieldOrigin, Provenance } from "../merge/types.ts";

/** As it is stored: each origin once, with the fields that have it. Most records have few, and many fields. */
export type PackedProvenance = (FieldOrigin & { fields: FieldPath[] })[];

export function packProvenance(provenance: Provenance): PackedProvenance {
  const packed = new Map<string, PackedProvenance[number]>();
  for (const path in provenance) {
    const origin = provenance[path] as FieldOrigin;
    const name = `${origin.messageId} ${origin.rule} ${origin.at} ${origin.system}`;
    const known = packed.get(name);
    if (known) known.fields.push(path);
    else packed.set(name, { ...origin, fields: [path] });
  }
  return [...packed.values()];
}

/** @param stored  Packed, or by field, as it was stored once. */
export function unpackProvenance(stored: PackedProvenance | Provenance): Provenance {
  if (!Array.isArray(stored)) return stored;
  const provenance: Provenance = {};
  for (const { fields, ...origin } of stored) for (const path of fields) provenance[path] = origin;
  return provenance;
}
