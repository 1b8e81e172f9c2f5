import { isDeepStrictEqual } from "node:util";

/** One place in which two values differ; a side on which nothing is there is absent. */
export type Difference = { path: string; before?: unknown; after?: unknown };

/** Where two values differ, at the deepest level that both have: `rows[0].value`. */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old === undefined || now === undefined || Array.isArray(before) !== Array.isArray(after))
    return [difference(path, before, after)];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names].flatMap((name) =>
    differences(old[name], now[name], pathTo(path, name, Array.isArray(before))),
  );
}

/**
 * Where a value is not what was asked for. What was asked for says of an object only the properties it names, of a list
 * every item; `null` asks that there is nothing, as records hold no null.
 */
export function unfulfilled(wanted: unknown, found: unknown, path = ""): Difference[] {
  if (wanted === null) return found === undefined ? [] : [{ path, after: found }];
  const parts = partsOf(wanted);
  const there = partsOf(found);
  if (parts === undefined || there === undefined || Array.isArray(wanted) !== Array.isArray(found))
    return isDeepStrictEqual(wanted, found) ? [] : [difference(path, wanted, found)];
  const isList = Array.isArray(wanted);
  const names = isList ? new Set([...Object.keys(parts), ...Object.keys(there)]) : Object.keys(parts);
  return [...names].flatMap((name) => unfulfilled(parts[name], there[name], pathTo(path, name, isList)));
}

function partsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function pathTo(path: string, name: string, isItem: boolean): string {
  if (isItem) return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}

function difference(path: string, before: unknown, after: unknown): Difference {
  return {
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}
