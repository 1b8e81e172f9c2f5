import type { Json } from "../../adapter-kit/contract.ts";
import type { Body, FieldPath, Problem } from "../types.ts";
import { NONE, type ValueRule } from "./rule.ts";

const DAY_MS = 86_400_000;
/** Instants come from the clocks of several systems, some of which keep no more than seconds or minutes. */
const CLOCKS_MS = 5 * 60_000;

/** Pairs of fields of which the first may not lie after the second. */
export function datesInOrder(...pairs: [earlier: FieldPath, later: FieldPath][]): (body: Body) => Problem[] {
  return (body) =>
    pairs.flatMap(([earlierPath, laterPath]) => {
      const earlier = valueAt(body, earlierPath);
      const later = valueAt(body, laterPath);
      return typeof earlier === "string" && typeof later === "string" && liesAfter(earlier, later)
        ? [problem(laterPath, later, earlierPath, earlier)]
        : [];
    });
}

/** Periods end after they begin, wherever they stand. */
export const periodsInOrder: ValueRule = (at, value, path) => {
  if (at.kind !== "object" || !at.properties.has("from") || !at.properties.has("until")) return NONE;
  const { from, until } = value as { from?: string; until?: string };
  if (from === undefined || until === undefined || !liesAfter(from, until)) return NONE;
  return [problem(`${path}.until`, until, `${path}.from`, from)];
};

/** Beyond what clocks differ by. A day has no zone: against an instant it may be off by one day on either side. */
function liesAfter(earlier: string, later: string): boolean {
  const days = [earlier, later].filter(({ length }) => length === 10).length;
  const toleranceMs = [CLOCKS_MS, 2 * DAY_MS, 0][days] ?? 0;
  return Date.parse(earlier) > Date.parse(later) + toleranceMs;
}

function problem(path: FieldPath, value: string, earlierPath: FieldPath, earlier: string): Problem {
  const text = `${path} "${value}" lies before ${earlierPath} "${earlier}"`;
  return { path, value, text, accepts: `${earlier.slice(0, 10)} or later` };
}

function valueAt(body: Body, path: FieldPath): Json | undefined {
  let value: Json | undefined = body;
  for (const name of path.split(".")) value = (value as Body | undefined)?.[name];
  return value;
}
