import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { ConverterPair } from "../adapter-kit/converters/converter.ts";
import { propertyReader, propertyWriter } from "./accessor.ts";
import { type CompiledWhen, compileExpressionAt, compileWhen } from "./compile-expression.ts";
import { compileValue, eachItem } from "./compile-value.ts";
import type { Direction, FieldRule } from "./definition.ts";
import { type NativeField, nativeFields } from "./native-field.ts";
import { isEmptyValue, isObject, parseCanonicalPath, type Read, sameJson } from "./path.ts";
import {
  type CompileContext,
  type CompiledRule,
  canonicalProblem,
  nativeProblem,
  type Place,
  type Reader,
  type Writer,
  wholePath,
} from "./scope.ts";
import { directionOf } from "./sides.ts";

/**
 * Compiles one field rule.
 *
 * @param name Canonical path within the surrounding scope; `.` is the scope itself and needs `parts`.
 */
export function compileField(
  name: string,
  rule: FieldRule,
  context: CompileContext,
  place: Place,
): CompiledRule {
  const canonical = canonicalField(name, rule, context, place);
  if (rule.constant !== undefined) return compileConstant(name, rule, canonical, context, place);
  const field = compileParts(name, rule, canonical, context, place);
  const direction = directionOf(rule);
  const compiled: CompiledRule = {};
  if (direction !== "out" && field.readValue) compiled.read = fieldReader(field);
  if (direction !== "in" && field.writeValue) compiled.write = fieldWriter(field, direction);
  if (!compiled.read && !compiled.write)
    context.faults.add(
      place.at,
      "the rule reads nothing and writes nothing",
      "native, in, function or constant",
    );
  return compiled;
}

type CanonicalField = { get: Read; set: (into: JsonObject, value: Json) => void };

/** A field rule taken apart: where its value comes from and goes to on either side. */
type FieldParts = {
  name: string;
  rule: FieldRule;
  canonical: CanonicalField;
  native: NativeField;
  holdsWhen: CompiledWhen;
  /** The canonical value of a native scope, without the default. Throws for what cannot be translated. */
  readValue?: (native: JsonObject) => Json | undefined;
  /** The native value of a canonical scope, without the default. Throws for what cannot be translated. */
  writeValue?: (body: JsonObject, held: JsonObject | undefined) => Json | undefined;
  /** The value is taken from the canonical path as it stands, so that what the target holds can be compared with it. */
  isPlain: boolean;
};

function compileParts(
  name: string,
  rule: FieldRule,
  canonical: CanonicalField,
  context: CompileContext,
  place: Place,
): FieldParts {
  const native = nativeFields(rule.native, rule.empty ?? context.empty, context, place);
  const value = compileValue(rule, context, place);
  const pair = native.eachItem ? eachItem(value) : value;
  const holdsWhen = compileWhen(rule.when, context, place);
  const base = {
    name,
    rule,
    canonical,
    native,
    holdsWhen,
    isPlain: rule.out === undefined && rule.function === undefined,
  };
  if (rule.function !== undefined)
    return { ...base, ...functionSides(rule.function, native, context, place) };
  const reads = rule.in !== undefined || rule.native !== undefined;
  const pickIn =
    rule.in === undefined ? native.read : compileExpressionAt(rule.in, context, [...place.at, "in"]);
  const pickOut =
    rule.out === undefined ? canonical.get : compileExpressionAt(rule.out, context, [...place.at, "out"]);
  return {
    ...base,
    ...(reads ? { readValue: translated(pickIn, pair, native) } : {}),
    ...(rule.native === undefined ? {} : { writeValue: writtenValue(pickOut, pair) }),
  };
}

function translated(
  pick: (native: JsonObject) => Json | undefined,
  pair: ConverterPair | undefined,
  field: NativeField,
) {
  const { isEmpty } = field;
  if (pair === undefined) {
    return (native: JsonObject): Json | undefined => {
      const raw = pick(native);
      return raw === undefined || isEmpty(raw) ? undefined : raw;
    };
  }
  return (native: JsonObject): Json | undefined => {
    const raw = pick(native);
    return raw === undefined || isEmpty(raw) ? undefined : pair.toCanonical(raw, native);
  };
}

function writtenValue(pick: (body: JsonObject) => Json | undefined, pair: ConverterPair | undefined) {
  return (body: JsonObject): Json | undefined => {
    const value = pick(body);
    return pair === undefined || isEmptyValue(value) ? value : pair.toNative(value);
  };
}

function functionSides(
  name: string,
  native: NativeField,
  context: CompileContext,
  place: Place,
): Partial<FieldParts> {
  const pair = Object.hasOwn(context.functions, name) ? context.functions[name] : undefined;
  if (!pair) {
    context.faults.add(
      [...place.at, "function"],
      `no function "${name}"`,
      Object.keys(context.functions).join(", ") || "none",
    );
    return { readValue: () => undefined };
  }
  return {
    ...(pair.toCanonical ? { readValue: pair.toCanonical.bind(pair) } : {}),
    ...(pair.toNative && native.count > 0 ? { writeValue: pair.toNative.bind(pair) } : {}),
  };
}

function canonicalField(
  name: string,
  rule: FieldRule,
  context: CompileContext,
  place: Place,
): CanonicalField {
  const path = name === "." ? [] : parseCanonicalPath(name);
  if (typeof path === "string") {
    context.faults.add(place.at, path, "property names joined by dots");
    return { get: () => undefined, set: () => undefined };
  }
  for (const part of rule.parts ?? [""]) {
    const whole = wholePath(place, [...path, part].filter((one) => one !== "").join("."));
    if (!context.hasPath(whole)) context.faults.add(place.at, `${context.entity} has no field "${whole}"`);
  }
  if (rule.parts) return partsField(path, rule.parts);
  if (path.length === 0) context.faults.add(place.at, "the whole item needs parts", "parts: [property, …]");
  return { get: propertyReader(path), set: propertyWriter(path) };
}

/** A value that is an object of some properties, next to which the canonical object may have others. */
function partsField(path: readonly string[], parts: readonly string[]): CanonicalField {
  const fields = parts.map((part) => ({
    part,
    get: propertyReader([...path, part]),
    set: propertyWriter([...path, part]),
  }));
  return {
    get(body) {
      const value: JsonObject = {};
      for (const { part, get } of fields) {
        const one = get(body);
        if (one !== undefined) value[part] = one;
      }
      return Object.keys(value).length > 0 ? value : undefined;
    },
    set(into, value) {
      if (!isObject(value)) return;
      for (const { part, set } of fields) {
        const one = value[part];
        if (!isEmptyValue(one)) set(into, one);
      }
    },
  };
}

function compileConstant(
  name: string,
  rule: FieldRule,
  canonical: CanonicalField,
  context: CompileContext,
  place: Place,
): CompiledRule {
  const constant = rule.constant as Json;
  const direction = directionOf(rule);
  const holdsWhen = compileWhen(rule.when, context, place);
  const only = new Error(`cannot be held by ${context.system}, which knows ${JSON.stringify(constant)} only`);
  const read: Reader = (native, into) => {
    if (holdsWhen.native === undefined || holdsWhen.native(native)) canonical.set(into, constant);
    return false;
  };
  const write: Writer = (body, _into, _held, problems) => {
    if (body === undefined || (holdsWhen.canonical !== undefined && !holdsWhen.canonical(body))) return;
    const value = canonical.get(body);
    if (value !== undefined && !sameJson(value, constant)) problems.push(canonicalProblem(name, value, only));
  };
  return { ...(direction === "out" ? {} : { read }), ...(direction === "in" ? {} : { write }) };
}

function fieldReader(field: FieldParts): Reader {
  const { name, native: source, readValue, holdsWhen } = field;
  const { set } = field.canonical;
  const fallback = field.rule.default?.canonical;
  const read = readValue as (native: JsonObject) => Json | undefined;
  const holds = holdsWhen.native;
  return (native, into, problems) => {
    if (holds !== undefined && !holds(native)) return false;
    try {
      const value = read(native);
      if (!isEmptyValue(value)) {
        set(into, value);
        return true;
      }
      if (fallback !== undefined) set(into, fallback);
    } catch (thrown) {
      problems.push(nativeProblem(name, source.title, source.read(native), thrown));
    }
    return false;
  };
}

/** The target holds something that cannot be translated. */
const UNREADABLE = Symbol("unreadable");

/** What the target holds in this field, in canonical terms. */
function standingReader(field: FieldParts): (held: JsonObject) => Json | undefined | typeof UNREADABLE {
  const holdsWhen = field.holdsWhen.native;
  const fallback = field.rule.default?.canonical;
  const read = field.readValue ?? (() => undefined);
  return (held) => {
    if (holdsWhen !== undefined && !holdsWhen(held)) return undefined;
    try {
      const value = read(held);
      return isEmptyValue(value) ? fallback : value;
    } catch {
      return UNREADABLE;
    }
  };
}

function fieldWriter(field: FieldParts, direction: Direction): Writer {
  const { name, native: target, holdsWhen } = field;
  const { get } = field.canonical;
  const fallback = field.rule.default?.native;
  const write = field.writeValue as NonNullable<FieldParts["writeValue"]>;
  const standing = direction === "both" && field.isPlain ? standingReader(field) : undefined;
  const holds = holdsWhen.canonical;
  return (body, into, held, problems) => {
    if (holds !== undefined && body !== undefined && !holds(body)) return;
    const value = body === undefined ? undefined : get(body);
    // What means the same stays as the target spells it; what we cannot read is not ours to clear.
    if (held !== undefined && standing !== undefined) {
      const present = standing(held);
      if (present === UNREADABLE) {
        if (value === undefined) return;
      } else if (sameJson(present, value) && (value !== undefined || fallback === undefined)) return;
    }
    try {
      const native = (body === undefined ? undefined : write(body, held)) ?? fallback;
      target.write(into, native, held);
    } catch (thrown) {
      problems.push(canonicalProblem(name, value, thrown));
    }
  };
}
