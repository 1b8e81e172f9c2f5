import type { JsonObject } from "../adapter-kit/contract.ts";
import { flatten } from "../canonical/fields.ts";
import type { EntityType, Fields } from "../canonical/types.ts";

/** The fields of a record with these of its properties changed: null removes one, items of a keyed list that are not named stay. */
export function amendFields(type: EntityType, current: Fields, changes: JsonObject): Fields {
  const fields: Fields = new Map(current);
  const given: JsonObject = {};
  for (const [name, value] of Object.entries(changes)) {
    if (value !== null) given[name] = value;
    else for (const path of current.keys()) if (isWithin(path, name)) fields.delete(path);
  }
  for (const [path, value] of flatten(type, given)) fields.set(path, value);
  return fields;
}

function isWithin(path: string, property: string): boolean {
  return path.split(/[.[]/, 1)[0] === property;
}
