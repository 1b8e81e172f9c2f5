import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { copyingWriter, propertyReader } from "./accessor.ts";

/** One step of a native path: a property, or the item of a list whose property has a given value. */
export type Step = { property: string } | { where: string; is: string };

export type NativePath = {
  steps: Step[];
  /** Ends in `[]`: the list itself, converted item by item. */
  eachItem: boolean;
};

const PROPERTY = /^[^.[\]=\s][^.[\]=]*$/;
const UNSAFE = new Set(["__proto__", "constructor", "prototype"]);

/** Parses `billing.city`, `extrinsics[name=cost centre].value`, `tags[]`; returns what is wrong as a text. */
export function parseNativePath(text: string): NativePath | string {
  const eachItem = text.endsWith("[]");
  const steps: Step[] = [];
  for (const part of (eachItem ? text.slice(0, -2) : text).split(/\.(?![^[]*\])/)) {
    const found = /^([^[\]]+)(?:\[([^=[\]]+)=([^[\]]+)\])?$/.exec(part);
    const property = found?.[1];
    if (!property || !PROPERTY.test(property) || UNSAFE.has(property)) return `"${text}" is no native path`;
    steps.push({ property });
    if (found[2] !== undefined && found[3] !== undefined) steps.push({ where: found[2], is: found[3] });
  }
  const last = steps.at(-1);
  if (last === undefined || !("property" in last)) return `"${text}" selects an item, but no property of it`;
  return { steps, eachItem };
}

/** Parses a canonical path without list keys, such as `credit.limit`; returns what is wrong as a text. */
export function parseCanonicalPath(text: string): string[] | string {
  const parts = text.split(".");
  const isPath = parts.every((part) => PROPERTY.test(part) && !UNSAFE.has(part));
  return isPath ? parts : `"${text}" is no canonical path`;
}

export type Read = (from: JsonObject) => Json | undefined;
/** Sets the value; copies every object on the way that still belongs to `held`, which is never changed. */
export type Write = (into: JsonObject, value: Json, held: JsonObject | undefined) => void;

/** A closure that reads the path; anything in the way that is no object makes the value absent. */
export function compileRead(steps: readonly Step[]): Read {
  const names = propertyNames(steps);
  if (names !== undefined) return propertyReader(names);
  return (from) => {
    let value: Json | undefined = from;
    for (const step of steps) value = take(value, step);
    return value;
  };
}

function propertyNames(steps: readonly Step[]): string[] | undefined {
  const names = steps.flatMap((step) => ("property" in step ? [step.property] : []));
  return names.length === steps.length ? names : undefined;
}

/** A closure that writes the path, making objects and selected list items where they are missing. */
export function compileWrite(steps: readonly Step[]): Write {
  const names = propertyNames(steps);
  if (names !== undefined) return copyingWriter(names);
  return (into, value, held) => {
    if (!exists(into, steps) && isEmptyValue(value)) return;
    writeSteps(into, steps, 0, value, held);
  };
}

function take(from: Json | undefined, step: Step): Json | undefined {
  if ("property" in step) return isObject(from) ? from[step.property] : undefined;
  return asItems(from).find((item) => isObject(item) && textOf(item[step.where]) === step.is);
}

/** An empty value is not worth making a selected item or an object for. */
function exists(into: JsonObject, steps: readonly Step[]): boolean {
  let value: Json | undefined = into;
  for (const step of steps.slice(0, -1)) value = take(value, step);
  return value !== undefined && value !== null;
}

function writeSteps(
  into: JsonObject,
  steps: readonly Step[],
  at: number,
  value: Json,
  held: JsonObject | undefined,
): void {
  const step = steps[at] as { property: string };
  const next = steps[at + 1];
  if (next === undefined) {
    into[step.property] = value;
  } else if ("property" in next) {
    const object = ownObject(into, step.property, held);
    writeSteps(object, steps, at + 1, value, asObject(held?.[step.property]));
  } else {
    writeSelected(into, step.property, next, steps, at, value);
  }
}

function writeSelected(
  into: JsonObject,
  property: string,
  selector: { where: string; is: string },
  steps: readonly Step[],
  at: number,
  value: Json,
): void {
  const items = [...asItems(into[property])];
  const index = items.findIndex((item) => isObject(item) && textOf(item[selector.where]) === selector.is);
  const before = index < 0 ? undefined : (items[index] as JsonObject);
  const item: JsonObject = before === undefined ? { [selector.where]: selector.is } : { ...before };
  if (index < 0) items.push(item);
  else items[index] = item;
  into[property] = items;
  writeSteps(item, steps, at + 2, value, before);
}

/** The object at the property, copied first when it is the one that `held` owns. */
function ownObject(into: JsonObject, property: string, held: JsonObject | undefined): JsonObject {
  const present = into[property];
  if (isObject(present)) {
    if (held?.[property] !== present) return present;
    const copy = { ...present };
    into[property] = copy;
    return copy;
  }
  const made: JsonObject = {};
  into[property] = made;
  return made;
}

/** The list at a path; a single object stands for a list of one, as XML readers give it. */
export function asItems(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? [value] : [];
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** A code or key as text, whatever type the system gives it; a list or object, which is none, as JSON. */
export function textOf(value: Json | undefined): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What natives write for "nothing here". */
export function isEmptyValue(value: Json | undefined): value is undefined | null | "" {
  return value === undefined || value === null || value === "";
}

/** Equality of JSON values; the order of an object's properties does not matter. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => name in b && sameJson(a[name], b[name]))
  );
}
