import type { Json } from "../adapter-kit/contract.ts";
import type { ObjectShape, Shape } from "./shape.ts";
import type { Body, BusinessKey, FieldPath, Reference } from "./types.ts";

type FoundReference = { path: FieldPath; entity: string; reference: Reference; required: boolean };

/** Every reference in a body; `required`: the part that holds it cannot stand without it. */
export function findReferences(shape: ObjectShape, body: Body): FoundReference[] {
  const found: FoundReference[] = [];
  visit(shape, body, "", (at, value, path) => {
    if (at.kind !== "reference" || !isBody(value)) return;
    found.push({ path, entity: at.entity, reference: value as Reference, required: at.required });
  });
  return found;
}

/**
 * The values by which people look a record up, in lower case and with single blanks. A kind written `{name}` in the schema
 * is what the field `name` beside it says: the scheme of an identifier, the kind of a contact point.
 */
export function findBusinessKeys(shape: ObjectShape, body: Body): BusinessKey[] {
  const found = new Map<string, BusinessKey>();
  visit(shape, body, "", ({ businessKey }, value, _path, around) => {
    if (businessKey === undefined || typeof value !== "string") return;
    const beside = /^\{(.+)\}$/.exec(businessKey)?.[1];
    const kind = beside === undefined ? businessKey : textOf(around[beside], "other");
    const key = { kind, value: value.normalize("NFC").toLowerCase().trim().replaceAll(/\s+/g, " ") };
    found.set(`${kind} ${key.value}`, key);
  });
  return [...found.values()];
}

type Visit = (shape: Shape, value: Json, path: FieldPath, around: Body) => void;

/** Calls back for every value of the body that the schema describes, parents before children. Values of a wrong type are passed over. */
export function visit(shape: ObjectShape, body: Body, prefix: string, callback: Visit): void {
  for (const name in body) {
    const value = body[name];
    const property = shape.properties.get(name);
    if (value === undefined || property === undefined) continue;
    const path = prefix + name;
    callback(property, value, path, body);
    if (property.kind === "object" && isBody(value)) visit(property, value, `${path}.`, callback);
    if (property.kind !== "keyed" || !Array.isArray(value)) continue;
    for (const item of value) {
      if (isBody(item)) visit(property.item, item, `${path}[${textOf(item[property.key], "?")}].`, callback);
    }
  }
}

function isBody(value: Json): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
