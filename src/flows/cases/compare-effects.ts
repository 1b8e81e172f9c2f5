import { differences, unfulfilled } from "../versions/differences.ts";
import {
  type Deviation,
  EFFECT_KINDS,
  type EffectKind,
  type Effects,
  type Expectation,
  type Expected,
  type Miss,
} from "./types.ts";

/** Properties that say which effect is meant; one that differs there is hardly the one that was expected. */
const IDENTIFYING = new Set([
  "system",
  "entity",
  "canonicalId",
  "key",
  "owner",
  "code",
  "operation",
  "kind",
  "way",
]);
const STRANGER = 100;

/**
 * How a step did not do what was expected of it. Every effect needs to be expected and every expectation met, each by an
 * effect of its own, in whatever order.
 */
export function compareEffects(expected: Expectation, found: Effects): Miss[] {
  const misses = EFFECT_KINDS.flatMap((kind) => compareKind(kind, expected[kind], found[kind]));
  if (expected.settled === undefined || expected.settled === found.settled) return misses;
  return [...misses, { kind: "settled", expected: expected.settled, found: found.settled, differences: [] }];
}

function compareKind(kind: EffectKind, expected: readonly Expected[], found: readonly object[]): Miss[] {
  const between = expected.map((wanted) => found.map((effect) => differencesOf(wanted, effect)));
  const met = assign(between.map((row) => row.map((one) => one.length === 0)));
  const missing = expected.map((_, at) => at).filter((at) => !met.has(at));
  const taken = new Set(met.values());
  const left = new Set(found.map((_, at) => at).filter((at) => !taken.has(at)));
  const nearest = missing
    .flatMap((wanted) =>
      [...left].map((effect) => ({ wanted, effect, far: between[wanted]?.[effect] ?? [] })),
    )
    .sort((a, b) => distance(a.far) - distance(b.far));
  const misses = new Map<number, Miss>();
  for (const { wanted, effect, far } of nearest) {
    if (misses.has(wanted) || !left.delete(effect)) continue;
    misses.set(wanted, {
      kind,
      expected: expected[wanted]?.properties,
      found: found[effect],
      differences: far,
    });
  }
  return [
    ...missing.map((at) => misses.get(at) ?? { kind, expected: expected[at]?.properties, differences: [] }),
    ...[...left].map((at) => ({ kind, found: found[at], differences: [] })),
  ];
}

function differencesOf({ properties, exact }: Expected, found: object): Deviation[] {
  const { body, ...others } = properties;
  const there = "body" in found ? found.body : undefined;
  const compareBody = exact ? differences : unfulfilled;
  return [...unfulfilled(others, found), ...(body === undefined ? [] : compareBody(body, there, "body"))].map(
    ({ path, before, after }) => ({
      path,
      ...(before === undefined ? {} : { expected: before }),
      ...(after === undefined ? {} : { found: after }),
    }),
  );
}

function distance(far: readonly Deviation[]): number {
  return far.reduce((sum, { path }) => sum + (IDENTIFYING.has(path) ? STRANGER : 1), 0);
}

/** The largest assignment of columns to rows in which each pair fits: by row, its column. */
function assign(fits: readonly (readonly boolean[])[]): Map<number, number> {
  const rowOf = new Map<number, number>();
  const place = (row: number, tried: Set<number>): boolean => {
    for (const [column, isFit] of fits[row]?.entries() ?? []) {
      if (!isFit || tried.has(column)) continue;
      tried.add(column);
      const holder = rowOf.get(column);
      if (holder !== undefined && !place(holder, tried)) continue;
      rowOf.set(column, row);
      return true;
    }
    return false;
  };
  for (const row of fits.keys()) place(row, new Set());
  return new Map([...rowOf].map(([column, row]) => [row, column]));
}
