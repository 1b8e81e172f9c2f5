import { expect, test } from "vitest";
import { pages } from "../scan.ts";

type Item = { id: string };

/** A list that something happens to before each page is taken from it. */
function listOf(count: number, before: (list: Item[], page: number) => void) {
  const list = Array.from({ length: count }, (_, index) => ({ id: String(index) }));
  let page = 0;
  return async (skip: number, take: number) => {
    before(list, page);
    page += 1;
    return { items: list.slice(skip, skip + take), totalItems: list.length };
  };
}

async function read(fetchPage: Parameters<typeof pages<Item>>[0], take: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const { items } of pages(fetchPage, take)) seen.push(...items.map(({ id }) => id));
  return seen;
}

test("lists every record once, when their number is that of whole pages too", async () => {
  for (const count of [0, 1, 49, 50, 51, 100, 230]) {
    const seen = await read(
      listOf(count, () => {}),
      50,
    );
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => String(index)));
  }
});

test.each([1, 5, 9, 10, 11, 45, 60])(
  "misses nothing when %i records in front are deleted meanwhile",
  async (gone) => {
    const deleting = listOf(230, (list, page) => {
      if (page === 2) list.splice(0, gone);
    });
    const seen = await read(deleting, 50);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(
      expect.arrayContaining(Array.from({ length: 130 }, (_, index) => String(index + 100))),
    );
  },
);

test("lists a record once that another one pushes onto the next page", async () => {
  const inserting = listOf(120, (list, page) => {
    if (page === 1) list.unshift({ id: "new" });
  });
  const seen = await read(inserting, 50);
  expect(seen).toHaveLength(120);
});

test("an empty page where there should be records ends the scan", async () => {
  await expect(read(async () => ({ items: [], totalItems: 3 }), 50)).rejects.toMatchObject({
    code: "NAVE_SYSTEM_UNAVAILABLE",
  });
});
