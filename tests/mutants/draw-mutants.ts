import { type Random, randomOf } from "../chaos/star/random.ts";
import type { Mutant } from "./mutant.ts";

/**
 * Draws mutants by seed: as many from each folder, and within a folder from one kind of change after the other.
 *
 * @param count     `all` draws every one.
 * @param isUsable  False for one that cannot be tried; the next of its folder is drawn in its place, the others stay.
 */
export function drawMutants(
  mutants: readonly Mutant[],
  { seed, count, isUsable = () => true }: { seed: number; count: number | "all"; isUsable?: Usable },
): Mutant[] {
  const folders = Map.groupBy(mutants, ({ file }) => file.split("/")[1] as string);
  const orders = [...folders].map(([folder, own]) =>
    inTurn(kindsOf(own, randomOf(seed, folder))).filter(isUsable),
  );
  return inTurn(orders).slice(0, count === "all" ? undefined : count);
}

type Usable = (mutant: Mutant) => boolean;

function kindsOf(mutants: readonly Mutant[], random: Random): Mutant[][] {
  const kinds = [...Map.groupBy(mutants, ({ kind }) => kind).values()];
  return shuffled(kinds, random).map((own) => shuffled(own, random));
}

/** The first of each list, then the second of each, and so on. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random.next() }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}
