import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Gatherer } from "../../src/gatherer.ts";

const fulfilled = <T>(value: T): PromiseSettledResult<T> => ({ status: "fulfilled", value });

/** Doubles numbers, and remembers the groups they came in. */
function doubling(limits = { items: 100, groups: 1 }) {
  const groups: number[][] = [];
  const gatherer = new Gatherer(limits, async (items: readonly number[]) => {
    groups.push([...items]);
    await sleep(5);
    return items.map((item) => fulfilled(item * 2));
  });
  return { groups, gatherer };
}

test("calls of the same moment make up one group, and each gets its own answer", async () => {
  const { groups, gatherer } = doubling();
  expect(await Promise.all([1, 2, 3].map((item) => gatherer.add(item)))).toEqual([2, 4, 6]);
  expect(groups).toEqual([[1, 2, 3]]);
});

test("what comes while a group runs makes up the next one, never more than the limit", async () => {
  const { groups, gatherer } = doubling({ items: 2, groups: 1 });
  const first = gatherer.add(1);
  await sleep(2);
  await Promise.all([first, ...[2, 3, 4].map((item) => gatherer.add(item))]);
  expect(groups).toEqual([[1], [2, 3], [4]]);
});

test("as many groups run at once as may", async () => {
  let most = 0;
  let running = 0;
  const gatherer = new Gatherer({ items: 1, groups: 3 }, async (items: readonly number[]) => {
    most = Math.max(most, (running += 1));
    await sleep(5);
    running -= 1;
    return items.map(fulfilled);
  });
  await Promise.all(Array.from({ length: 9 }, (_, item) => gatherer.add(item)));
  expect(most).toBe(3);
});

test("one failure is its caller's own; a group that fails as a whole fails all its callers, and the next one runs", async () => {
  const gatherer = new Gatherer({ items: 3, groups: 1 }, async (items: readonly number[]) => {
    if (items.includes(0)) throw new Error("all lost");
    return items.map((item) =>
      item < 0 ? { status: "rejected" as const, reason: new Error(`not ${item}`) } : fulfilled(item),
    );
  });
  const ends = await Promise.allSettled([1, -2, 3, 0, 5, 6, 7].map((item) => gatherer.add(item)));
  expect(ends.map((end) => (end.status === "fulfilled" ? end.value : String(end.reason.message)))).toEqual([
    1,
    "not -2",
    3,
    "all lost",
    "all lost",
    "all lost",
    7,
  ]);
});
