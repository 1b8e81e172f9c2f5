import type { JsonObject } from "../adapter-kit/contract.ts";
import { shapeOfType } from "../canonical/model.ts";
import type { Shape } from "../canonical/shape.ts";
import type { Model } from "../canonical/types.ts";
import { mappedNatives } from "./extension-bag.ts";
import { type MappingSource, readMapping } from "./read-mapping.ts";
import type { Mapping } from "./types.ts";

/** Which fields of the canonical type a mapping covers; paths without list keys. */
export type Coverage = { covered: string[]; uncovered: string[] };

export function coverage(mapping: Mapping, model: Model): Coverage {
  const leaves = leafPaths(shapeOfType(model.entity(mapping.entity)), "");
  return {
    covered: leaves.filter((path) => mapping.covers(path)),
    uncovered: leaves.filter((path) => !mapping.covers(path)),
  };
}

/** Native top-level fields of these records that no rule names, whether or not the extension bag carries them. */
export function unmappedNatives(
  source: MappingSource,
  file: string,
  natives: readonly JsonObject[],
): string[] {
  const { definition } = readMapping(source, file);
  const mapped = new Set(mappedNatives(definition).map((path) => path.split(/[.[]/, 1)[0]));
  return [...new Set(natives.flatMap((native) => Object.keys(native)))]
    .filter((name) => !mapped.has(name))
    .sort();
}

function leafPaths(shape: Shape, path: string): string[] {
  const within = shape.kind === "keyed" ? shape.item : shape;
  if (within.kind === "bag") return [];
  if (within.kind !== "object") return [path];
  const key = shape.kind === "keyed" ? shape.key : undefined;
  return [...within.properties].flatMap(([name, property]) =>
    name === key ? [] : leafPaths(property, path === "" ? name : `${path}.${name}`),
  );
}
