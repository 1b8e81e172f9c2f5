import type { Json } from "../adapter-kit/contract.ts";
import { equal, isDecimal } from "./decimal.ts";
import { shapeOfType } from "./model.ts";
import { type BagShape, type KeyedShape, type LeafShape, type ObjectShape, shapeAt } from "./shape.ts";
import type { Body, EntityType, FieldPath, Fields } from "./types.ts";

/**
 * A body as its leaves, in the order of the body. Items of keyed lists become `list[key]`; their keys show in the path
 * only, unless an item has nothing else. References, plain lists and whatever the schema does not know are leaves. An empty
 * object or list is the same as none and vanishes.
 */
export function flatten(type: EntityType, body: Body): Fields {
  const fields: Fields = new Map();
  flattenObject(shapeOfType(type), body, "", fields);
  return fields;
}

/** `key`: the property that already shows in the prefix. */
function flattenObject(shape: ObjectShape, body: Body, prefix: string, fields: Fields, key?: string): void {
  for (const name in body) {
    const value = body[name];
    if (value === undefined || name === key) continue;
    const path = prefix + name;
    if (typeof value !== "object" || value === null) {
      fields.set(path, value);
      continue;
    }
    const at = shape.properties.get(name);
    if (Array.isArray(value)) flattenList(at, value, path, fields);
    else if (at?.kind === "object") flattenObject(at, value, `${path}.`, fields);
    else if (at?.kind === "bag") flattenBag(value, path, fields);
    else fields.set(path, value);
  }
}

function flattenList(at: ReturnType<typeof shapeAt>, list: Json[], path: string, fields: Fields): void {
  if (list.length === 0) return;
  if (at?.kind !== "keyed" || !list.every((item) => hasKey(item, at.key))) {
    fields.set(path, list);
    return;
  }
  for (const item of list as Body[]) flattenItem(at, item, path, fields);
}

function flattenItem(at: KeyedShape, item: Body, path: string, fields: Fields): void {
  const before = fields.size;
  const key = item[at.key] as string;
  flattenObject(at.item, item, `${path}[${key}].`, fields, at.key);
  if (fields.size === before) fields.set(`${path}[${key}].${at.key}`, key);
}

function flattenBag(bag: Body, path: string, fields: Fields): void {
  for (const system in bag) {
    const values = bag[system];
    if (!isBody(values)) continue;
    for (const name in values) fields.set(`${path}.${system}.${name}`, values[name] as Json);
  }
}

/** The body that has these leaves; the inverse of `flatten`. */
export function unflatten(type: EntityType, fields: Fields): Body {
  const body: Body = {};
  const start: Cursor = { prefix: "", node: body, shape: shapeOfType(type) };
  const items = new Map<string, Body>();
  let cursor = start;
  for (const [path, value] of fields) {
    // Neighbours in a body are neighbours here: most paths begin where the one before was placed.
    cursor = place(path.startsWith(cursor.prefix) ? cursor : start, path, value, items);
  }
  return body;
}

/** An object that has been reached, by the path that leads into it (`addresses[billing].`). */
type Cursor = { prefix: string; node: Body; shape: ObjectShape };

const DOT = 46;
const OPENING = 91;

function place(cursor: Cursor, path: FieldPath, value: Json, items: Map<string, Body>): Cursor {
  let { node, shape } = cursor;
  let from = cursor.prefix.length;
  for (;;) {
    const end = segmentEnd(path, from);
    const name = path.slice(from, end);
    const at = end === path.length ? undefined : shape.properties.get(name);
    if (at?.kind === "object") {
      node = objectIn(node, name);
      shape = at;
      from = end + 1;
    } else if (at?.kind === "keyed" && path.charCodeAt(end) === OPENING) {
      const close = path.indexOf("]", end);
      node = itemIn(node, name, at.key, path.slice(0, close + 1), path.slice(end + 1, close), items);
      shape = at.item;
      from = close + 2;
    } else {
      if (at?.kind === "bag") placeInBag(objectIn(node, name), path.slice(end + 1), value);
      else put(node, path.slice(from), value);
      return from === cursor.prefix.length ? cursor : { prefix: path.slice(0, from), node, shape };
    }
  }
}

function segmentEnd(path: FieldPath, from: number): number {
  let end = from;
  for (; end < path.length; end += 1) {
    const code = path.charCodeAt(end);
    if (code === DOT || code === OPENING) break;
  }
  return end;
}

function placeInBag(bag: Body, path: string, value: Json): void {
  const dot = path.indexOf(".");
  put(objectIn(bag, path.slice(0, dot)), path.slice(dot + 1), value);
}

function objectIn(node: Body, name: string): Body {
  const held = node[name];
  if (isBody(held)) return held;
  const made: Body = {};
  node[name] = made;
  return made;
}

function itemIn(
  node: Body,
  name: string,
  keyName: string,
  itemPath: string,
  key: string,
  items: Map<string, Body>,
): Body {
  const held = items.get(itemPath);
  if (held !== undefined) return held;
  const item: Body = { [keyName]: key };
  items.set(itemPath, item);
  const list = node[name];
  if (Array.isArray(list)) list.push(item);
  else node[name] = [item];
  return item;
}

/** Native field names are any text; assigning to this one would set the prototype. */
function put(node: Body, name: string, value: Json): void {
  if (name !== "__proto__") node[name] = value;
  else Object.defineProperty(node, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Paths whose values differ, or that only one side has; those of `a` first. Given the type, decimals compare as numbers
 * (`1.0` is `1.00`); without it every difference counts.
 */
export function differingPaths(a: Fields, b: Fields, type?: EntityType): FieldPath[] {
  const differing: FieldPath[] = [];
  for (const [path, value] of a) {
    const other = b.get(path);
    if (other === undefined || !(type ? sameField(type, path, value, other) : sameValue(value, other))) {
      differing.push(path);
    }
  }
  for (const path of b.keys()) if (!a.has(path)) differing.push(path);
  return differing;
}

/** Whether two values of one field are the same: decimals as numbers, everything else as `sameValue`. */
export function sameField(
  type: EntityType,
  path: FieldPath,
  a: Json | undefined,
  b: Json | undefined,
): boolean {
  if (sameValue(a, b)) return true;
  if (typeof a !== "string" || typeof b !== "string" || !isDecimal(a) || !isDecimal(b)) return false;
  const leaf = fieldShape(type, path);
  return leaf?.kind === "leaf" && leaf.decimal && equal(a, b);
}

/** Secrecy of a field: 1 open within the firm, 2 personal, 3 confidential. What the schema does not know is 3. */
export function secrecyOf(type: EntityType, path: FieldPath): 1 | 2 | 3 {
  return fieldShape(type, path)?.secrecy ?? 3;
}

function fieldShape(type: EntityType, path: FieldPath): LeafShape | BagShape | ReturnType<typeof shapeAt> {
  return shapeAt(shapeOfType(type), path.replaceAll(/\[[^\]]*\]/g, ""));
}

/** Deep equality, whatever the order of properties; the order of a list counts. */
export function sameValue(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameValue(a[name], b[name]));
}

function isBody(value: Json | undefined): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasKey(item: Json, key: string): boolean {
  return isBody(item) && typeof item[key] === "string";
}
