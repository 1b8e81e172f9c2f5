import * as fc from "fast-check";
import type { Json } from "../../../src/adapter-kit/contract.ts";
import { shapeOfType } from "../../../src/canonical/model.ts";
import type { ObjectShape, Shape } from "../../../src/canonical/shape.ts";
import type { Body, EntityType } from "../../../src/canonical/types.ts";

/** Bodies of the entity's shape with any values in them: well-formed, though seldom sensible. Nothing in them is empty. */
export function arbitraryBody(type: EntityType): fc.Arbitrary<Body> {
  return arbitraryObject(shapeOfType(type)).map((body) => pruned(body) ?? {});
}

function arbitraryObject(shape: ObjectShape): fc.Arbitrary<Body> {
  const fields = [...shape.properties].map(([name, at]) => [name, arbitraryValue(at)] as const);
  const record = fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true });
  return record as fc.Arbitrary<Body>;
}

const key = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/[[\]]/.test(text));
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.nat({ max: 99 }))
  .map(([whole, rest]) => `${whole}.${String(rest).padStart(2, "0")}`);
const reference = fc.oneof(fc.record({ id: key }), fc.record({ system: key, localId: key }));
const nativeName = fc.oneof(
  fc.constantFrom("a.b", "x[1].y", "__proto__", "constructor", "z"),
  fc.string({ minLength: 1 }),
);
const nativeValue = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;

function arbitraryValue(at: Shape): fc.Arbitrary<Json> {
  switch (at.kind) {
    case "object":
      return arbitraryObject(at);
    case "keyed":
      return fc.uniqueArray(
        fc.tuple(key, arbitraryObject(at.item)).map(([name, item]) => ({ ...item, [at.key]: name })),
        { maxLength: 3, selector: (item) => item[at.key] },
      );
    case "reference":
      return reference;
    case "bag":
      return fc.dictionary(fc.constantFrom("erp", "crm"), fc.dictionary(nativeName, nativeValue), {
        noNullPrototype: true,
      });
    default:
      return arbitraryLeaf(at.decimal, at.schema.type);
  }
}

function arbitraryLeaf(isDecimal: boolean, type = "string"): fc.Arbitrary<Json> {
  if (isDecimal) return decimal;
  if (type === "integer") return fc.integer();
  if (type === "boolean") return fc.boolean();
  return type === "array" ? fc.array(fc.string(), { maxLength: 3 }) : fc.string();
}

/** Without empty lists and objects, which count as absent; what is inside an extension bag stays as it is. */
function pruned(body: Body): Body | undefined {
  const kept: [string, Json][] = [];
  for (const [name, value] of Object.entries(body)) {
    const rest = name === "extensions" ? prunedBag(value as Body) : prunedValue(value);
    if (rest !== undefined) kept.push([name, rest]);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function prunedValue(value: Json): Json | undefined {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => prunedValue(item) as Json);
  return typeof value === "object" && value !== null ? pruned(value) : value;
}

function prunedBag(bag: Body): Body | undefined {
  const systems = Object.entries(bag).filter(([, fields]) => Object.keys(fields as Body).length > 0);
  return systems.length === 0 ? undefined : Object.fromEntries(systems);
}
