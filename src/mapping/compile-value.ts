import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { type ConverterPair, Unconvertible } from "../adapter-kit/converters/converter.ts";
import { CONVERTERS } from "../adapter-kit/converters.ts";
import type { CodeListDefinition, ConvertDefinition, ValueRule } from "./definition.ts";
import { isEmptyValue, isObject, textOf } from "./path.ts";
import type { CompileContext, Place } from "./scope.ts";

/** The translation of one value, from what the native path holds to what the canonical path holds and back. */
export function compileValue(
  rule: ValueRule & { reference?: string; max?: number },
  context: CompileContext,
  place: Place,
): ConverterPair | undefined {
  const pairs: ConverterPair[] = [];
  for (const one of asList(rule.convert)) pairs.push(...compileConverter(one, context, place));
  if (rule.codes !== undefined) pairs.push(...compileCodes(rule.codes, context, place));
  if (rule.reference !== undefined) pairs.push(referencePair(context.system, rule.reference));
  if (rule.max !== undefined) pairs.unshift(cutPair(rule.max));
  return pairs.length > 1 ? chain(pairs) : pairs[0];
}

/** The same translation for every item of a list of plain values. */
export function eachItem(pair: ConverterPair | undefined): ConverterPair {
  return {
    toCanonical: (value, scope) =>
      translateItems(value, (item) => (pair && !isEmptyValue(item) ? pair.toCanonical(item, scope) : item)),
    toNative: (value) => translateItems(value, (item) => (pair ? pair.toNative(item) : item)),
  };
}

function translateItems(value: Json, translate: (item: Json) => Json | undefined): Json | undefined {
  const items = (Array.isArray(value) ? value : [value]).flatMap((item) => {
    const translated = translate(item);
    return isEmptyValue(translated) ? [] : [translated];
  });
  return items.length > 0 ? items : undefined;
}

function asList<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function compileConverter(
  definition: ConvertDefinition,
  context: CompileContext,
  place: Place,
): ConverterPair[] {
  const [name, options] =
    typeof definition === "string"
      ? [definition, {}]
      : (Object.entries(definition)[0] as [string, JsonObject]);
  const at = [...place.at, "convert"];
  const converter = CONVERTERS[name];
  if (!converter) {
    context.faults.add(at, `no converter "${name}"`, Object.keys(CONVERTERS).join(", "));
    return [];
  }
  const known = Object.keys(converter.options);
  const wrong = Object.keys(options).filter((option) => !known.includes(option));
  for (const option of wrong)
    context.faults.add(at, `${name} has no option "${option}"`, known.join(", ") || "none");
  try {
    return [converter.create(options)];
  } catch (thrown) {
    context.faults.add(
      at,
      `${name}: ${(thrown as Error).message}`,
      thrown instanceof Unconvertible ? thrown.accepts : undefined,
    );
    return [];
  }
}

function compileCodes(name: string, context: CompileContext, place: Place): ConverterPair[] {
  const list = Object.hasOwn(context.codes, name) ? context.codes[name] : undefined;
  if (list) return [codePair(name, list)];
  context.faults.add(
    [...place.at, "codes"],
    `no code list "${name}"`,
    Object.keys(context.codes).join(", ") || "none",
  );
  return [];
}

/** Where several native codes mean the same, the first one listed is written. */
function codePair(name: string, list: CodeListDefinition): ConverterPair {
  const inward = new Map<string, Json>();
  const outward = new Map<string, Json>();
  for (const [native, canonical] of [...list.in, ...list.both]) setFirst(inward, textOf(native), canonical);
  for (const [native, canonical] of [...list.out, ...list.both]) setFirst(outward, textOf(canonical), native);
  const translate = (codes: Map<string, Json>, value: Json): Json => {
    const code = typeof value === "string" ? codes.get(value) : codes.get(textOf(value));
    if (code === undefined)
      throw new Unconvertible(`is not in code list ${name}`, [...codes.keys()].join(", "));
    return code;
  };
  return { toCanonical: (value) => translate(inward, value), toNative: (value) => translate(outward, value) };
}

function setFirst(codes: Map<string, Json>, code: string, meaning: Json): void {
  if (!codes.has(code)) codes.set(code, meaning);
}

function referencePair(system: string, entity: string): ConverterPair {
  return {
    toCanonical(value) {
      if (typeof value !== "string" && typeof value !== "number")
        throw new Unconvertible("is no local id", "a text or a number");
      return { system, localId: String(value) };
    },
    toNative(value) {
      if (!isObject(value) || value["system"] !== system || typeof value["localId"] !== "string")
        throw new Unconvertible(`refers to no ${entity} of ${system}`, `a ${entity} that ${system} holds`);
      return value["localId"];
    },
  };
}

/** What the target would cut anyway, cut where it can be seen; never through the middle of a surrogate pair. */
function cutPair(max: number): ConverterPair {
  return {
    toCanonical: (value) => value,
    toNative(value) {
      if (typeof value !== "string" || value.length <= max) return value;
      const splits = /[\uD800-\uDBFF]/.test(value.charAt(max - 1));
      return value.slice(0, splits ? max - 1 : max);
    },
  };
}

function chain(pairs: readonly ConverterPair[]): ConverterPair {
  const backwards = pairs.toReversed();
  return {
    toCanonical(value, scope) {
      let result: Json | undefined = value;
      for (const pair of pairs) {
        if (isEmptyValue(result)) return undefined;
        result = pair.toCanonical(result, scope);
      }
      return result;
    },
    toNative(value) {
      let result: Json | undefined = value;
      for (const pair of backwards) {
        if (isEmptyValue(result)) return undefined;
        result = pair.toNative(result);
      }
      return result;
    },
  };
}
