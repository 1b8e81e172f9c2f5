import type { FieldPath } from "../canonical/types.ts";
import type { FieldOrigin, Provenance } from "../merge/types.ts";

/** As it is stored: each origin once, with the fields that have it. Most records have few, and many fields. */
export type PackedProvenance = (FieldOrigin & { fields: FieldPath[] })[];

export function packProvenance(provenance: Provenance): PackedProvenance {
  const packed = new Map<string, PackedProvenance[number]>();
  for (const [path, origin] of Object.entries(provenance)) {
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
  return Object.fromEntries(stored.flatMap(({ fields, ...origin }) => fields.map((path) => [path, origin])));
}
