import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { compileRead, compileWrite, isEmptyValue, parseNativePath, sameJson } from "./path.ts";
import type { CompileContext, Place } from "./scope.ts";

/** One native field, or several that make up one value together. */
export type NativeField = {
  /** How problems and the field table call it. */
  title: string;
  count: number;
  eachItem: boolean;
  /** The value, undefined where it is empty; for several fields the array of their values, null for empty ones. */
  read: (native: JsonObject) => Json | undefined;
  isEmpty: (value: Json) => boolean;
  /** Writes the value; without one, clears what the target holds, and leaves alone what is empty already. */
  write(into: JsonObject, value: Json | undefined, held: JsonObject | undefined): void;
};

export function nativeFields(
  native: string | string[] | undefined,
  empty: Json,
  context: CompileContext,
  place: Place,
): NativeField {
  if (Array.isArray(native)) return several(native.map((path) => single(path, empty, context, place)));
  return native === undefined ? NONE : single(native, empty, context, place);
}

const NONE: NativeField = {
  title: "",
  count: 0,
  eachItem: false,
  read: () => undefined,
  isEmpty: isEmptyValue,
  write: () => undefined,
};

function single(text: string, empty: Json, context: CompileContext, place: Place): NativeField {
  const path = parseNativePath(text);
  if (typeof path === "string") {
    context.faults.add(
      place.at,
      path,
      "properties joined by dots, list[property=value] to select an item, [] at the end",
    );
    return NONE;
  }
  const get = compileRead(path.steps);
  const put = compileWrite(path.steps);
  const isEmpty = isEmptyValue(empty)
    ? isEmptyValue
    : (value: Json | undefined): boolean => isEmptyValue(value) || sameJson(value, empty);
  const cleared = path.eachItem && empty === null ? [] : empty;
  return {
    title: text,
    count: 1,
    eachItem: path.eachItem,
    read: get,
    isEmpty,
    write(into, value, held) {
      if (!isEmptyValue(value)) put(into, value, held);
      else if (held !== undefined && !isEmpty(get(held) ?? null)) put(into, cleared, held);
    },
  };
}

function several(fields: readonly NativeField[]): NativeField {
  const read = (native: JsonObject): Json | undefined => {
    const values = fields.map((field) => {
      const value = field.read(native);
      return value === undefined || field.isEmpty(value) ? null : value;
    });
    return values.some((value) => value !== null) ? values : undefined;
  };
  return {
    title: fields.map((field) => field.title).join(", "),
    count: fields.length,
    eachItem: false,
    read,
    isEmpty: isEmptyValue,
    write(into, value, held) {
      const values = Array.isArray(value) ? value : [value];
      for (const [index, field] of fields.entries()) field.write(into, values[index], held);
    },
  };
}
