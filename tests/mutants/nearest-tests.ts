import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

const NEAREST = 4;

/**
 * Splits test files into the few most likely to notice a change in `file`, and the rest.
 *
 * Those with the fewest imports between themselves and the file come first; among equals those of a whole hub, and the
 * shortest, which are likely to be quick.
 *
 * @param tests  From the root of the project, with `/`.
 */
export function splitByNearness(root: string, file: string, tests: readonly string[]): [string[], string[]] {
  const reaching = tests
    .map((test) => ({ test, order: orderOf(root, test, file) }))
    .filter(({ order }) => Number.isFinite(order[0]))
    .sort((one, other) => compare(one.order, other.order));
  const nearest = reaching.slice(0, NEAREST).map(({ test }) => test);
  return [nearest, tests.filter((test) => !nearest.includes(test))];
}

function orderOf(root: string, test: string, file: string): number[] {
  const isOfHub = test.startsWith("tests/core/hub/");
  return [countHops(root, test, file), isOfHub ? 0 : 1, statSync(join(root, test)).size];
}

function compare(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((number, at) => number !== other[at]);
  return index === -1 ? 0 : (one[index] as number) - (other[index] as number);
}

/** Imports to follow from one file to the other; infinite when no chain of them leads there. */
export function countHops(root: string, from: string, to: string): number {
  const seen = new Set([from]);
  let ring = [from];
  for (let hops = 0; ring.length > 0; hops += 1) {
    if (ring.includes(to)) return hops;
    ring = ring.flatMap((file) => importsOf(root, file)).filter((file) => !seen.has(file) && seen.add(file));
  }
  return Number.POSITIVE_INFINITY;
}

const known = new Map<string, string[]>();

/** Imports that exist at run time: types are left out. */
function importsOf(root: string, file: string): string[] {
  const path = join(root, file);
  const found = known.get(path) ?? (existsSync(path) ? readImports(readFileSync(path, "utf8"), file) : []);
  known.set(path, found);
  return found;
}

function readImports(source: string, file: string): string[] {
  const statements = source.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?"(\.[^"]+\.ts)";/gm);
  return [...statements].map(([, path]) => posix.join(dirname(file), path as string));
}
