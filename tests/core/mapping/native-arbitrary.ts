import * as fc from "fast-check";
import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import type {
  CodeListDefinition,
  FieldRule,
  ListRule,
  MappingDefinition,
  ValueRule,
} from "../../../src/mapping/definition.ts";
import { compileWrite, parseNativePath } from "../../../src/mapping/path.ts";
import { readMapping } from "../../../src/mapping/read-mapping.ts";
import {
  asFieldRule,
  eachRule,
  isListRule,
  keyRuleOf,
  type ScopeDefinition,
} from "../../../src/mapping/rules.ts";

/** A value for one native path. */
type Assignment = { path: string; value: Json | undefined };

/**
 * Native records that a mapping file can read: values by converter and code list, any of them absent. Fields that expressions
 * and functions read get plain texts; give `checkRoundTrip` an arbitrary of your own where they need more.
 */
export function nativeArbitrary(source: string): fc.Arbitrary<JsonObject> {
  const { definition } = readMapping(source, "mapping");
  return scopeArbitrary(definition, definition);
}

function scopeArbitrary(scope: ScopeDefinition, definition: MappingDefinition): fc.Arbitrary<JsonObject> {
  const parts = scopeParts(scope, definition);
  return fc.tuple(...parts).map((assigned) => {
    const native: JsonObject = {};
    for (const { path, value } of assigned.flat()) if (value !== undefined) assign(native, path, value);
    return native;
  });
}

function scopeParts(scope: ScopeDefinition, definition: MappingDefinition): fc.Arbitrary<Assignment[]>[] {
  return eachRule(scope.fields, []).flatMap(({ rule }) => {
    if (!isListRule(rule)) return fieldParts(asFieldRule(rule), definition);
    return rule.list === undefined ? scopeParts(rule, definition) : [listPart(rule, rule.list, definition)];
  });
}

function fieldParts(rule: FieldRule, definition: MappingDefinition): fc.Arbitrary<Assignment[]>[] {
  const value = fc.option(valueArbitrary(rule, definition), { nil: undefined, freq: 4 });
  return [rule.native ?? []].flat().map((path) => value.map((one) => [{ path, value: one }]));
}

function listPart(rule: ListRule, path: string, definition: MappingDefinition): fc.Arbitrary<Assignment[]> {
  // An item without any value is never read, and then has no place to count either.
  const item = scopeArbitrary(rule, definition).filter((native) => Object.keys(native).length > 0);
  const items = fc.array(item, { maxLength: 4 }).chain((natives) => {
    const key = keyRuleOf(rule);
    if (key.native === undefined) return fc.constant(natives);
    const [keyPath] = [key.native].flat() as [string];
    const size = natives.length;
    const keys =
      key.duplicates === "number"
        ? fc.array(valueArbitrary(key, definition), { minLength: size, maxLength: size })
        : fc.uniqueArray(valueArbitrary(key, definition), { maxLength: size, selector: String });
    return keys.map((all) =>
      all.map((value, index) => withKey(natives[index] ?? {}, keyPath, value, index, rule.id)),
    );
  });
  return items.map((value) => [{ path: path.replace(/\[\]$/, ""), value }]);
}

function withKey(
  native: JsonObject,
  path: string,
  value: Json,
  index: number,
  id: string | undefined,
): JsonObject {
  const item: JsonObject = id === undefined || id === path ? { ...native } : { ...native, [id]: index + 1 };
  assign(item, path, value);
  return item;
}

function assign(native: JsonObject, path: string, value: Json): void {
  const parsed = parseNativePath(path);
  if (typeof parsed === "string") throw new Error(parsed);
  compileWrite(parsed.steps)(native, parsed.eachItem ? [value] : value, undefined);
}

function valueArbitrary(
  rule: ValueRule & Pick<FieldRule, "max">,
  definition: MappingDefinition,
): fc.Arbitrary<Json> {
  const list = rule.codes === undefined ? undefined : definition.codes?.[rule.codes];
  if (list !== undefined) return fc.constantFrom(...nativeCodes(list));
  const [first] = [rule.convert ?? []].flat();
  if (first === undefined) return text(rule.max ?? 30);
  const [name, options] =
    typeof first === "string" ? [first, {}] : (Object.entries(first)[0] as [string, JsonObject]);
  return convertible(name, options) ?? text(rule.max ?? 30);
}

function nativeCodes(list: CodeListDefinition): Json[] {
  return [...list.both, ...list.in].map(([native]) => native);
}

/** A text without blanks at its ends, as systems keep them. */
function text(max: number): fc.Arbitrary<string> {
  return fc
    .stringMatching(/^[A-Za-zäöüß][A-Za-z0-9 .&äöüß-]{0,20}[A-Za-z0-9]$/)
    .map((value) => value.slice(0, max).trim());
}

const day = fc.date({ min: new Date("1970-01-02"), max: new Date("2099-12-31"), noInvalidDate: true });
const words = fc.stringMatching(/^[A-Z][a-z]{1,8}$/);

function convertible(name: string, options: JsonObject): fc.Arbitrary<Json> | undefined {
  switch (name) {
    case "decimal":
      return decimalArbitrary(options);
    case "percent-fraction":
      return fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
    case "number":
    case "integer-text":
      return fc.integer({ min: 1, max: 100_000 });
    case "boolean":
      return fc.constantFrom<Json>(options["true"] ?? true, options["false"] ?? false);
    case "date":
      return options["format"] === undefined ? day.map((date) => date.toISOString().slice(0, 10)) : undefined;
    case "instant":
      return options["format"] === undefined ? day.map((date) => date.toISOString()) : undefined;
    case "country":
      return fc.constantFrom("DE", "GB", "US", "FR", "DEU", "Germany");
    case "language":
      return fc.constantFrom("de", "en", "fr");
    case "unit":
      return fc.constantFrom(
        ...(options["names"] === undefined ? ["C62", "KGM"] : Object.keys(options["names"] as object)),
      );
    case "phone":
    case "e164":
      return fc.integer({ min: 1_000_000, max: 9_999_999 }).map((digits) => `+4930${digits}`);
    case "list":
    case "lines":
    case "join":
    case "person-name":
      return words;
    default:
      return undefined;
  }
}

function decimalArbitrary(options: JsonObject): fc.Arbitrary<Json> {
  const digits = typeof options["digits"] === "number" ? options["digits"] : 2;
  const units = fc.integer({ min: -10_000_000, max: 10_000_000 });
  if (options["native"] === "minor") return units;
  if (options["native"] === "number")
    return units.map((value) => Number((value / 10 ** digits).toFixed(digits)));
  return units.map((value) => (value / 10 ** digits).toFixed(digits));
}
