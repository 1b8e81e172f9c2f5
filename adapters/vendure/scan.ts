import { type JsonObject, NaveError } from "../../src/adapter-kit/index.ts";

export type Page<Item> = { items: Item[]; totalItems: number };

/** How far each page reaches back into the one before it, to notice that records in front of it have gone. */
const OVERLAP_RECORDS = 10;

/**
 * Pages of a list sorted by id, each record once.
 *
 * Vendure counts pages by `skip`. When a record before the page is deleted meanwhile, everything moves up and the naive next
 * page misses one; so every page begins inside the one before, and further back when its first record is unknown. Records
 * that enter the list during the scan are found by the next one.
 */
export async function* pages<Item extends { id: string }>(
  fetchPage: (skip: number, take: number) => Promise<Page<Item>>,
  take: number,
): AsyncGenerator<{ items: Item[]; last: boolean; total: number }> {
  const seen = new Set<string>();
  let reached = 0;
  let overlap = OVERLAP_RECORDS;
  for (;;) {
    const skip = Math.max(0, reached - overlap);
    const { items, totalItems } = await fetchPage(skip, take);
    if (items.length === 0 && totalItems > skip) {
      throw new NaveError(
        "NAVE_SYSTEM_UNAVAILABLE",
        `Vendure gave an empty page of ${totalItems} records from ${skip} on`,
      );
    }
    const first = items[0];
    if (skip > 0 && (first === undefined || !seen.has(first.id))) {
      overlap *= 4;
      continue;
    }
    const fresh = items.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    const last = items.length < take;
    yield { items: fresh, last, total: totalItems };
    if (last) return;
    reached = skip + items.length;
    overlap = Math.min(OVERLAP_RECORDS, take - 1);
  }
}

/** Vendure's list options: changed after the mark, less the overlap; every record when there is no mark. */
export function changedAfter(mark: string | undefined, overlapMs: number): JsonObject {
  if (mark === undefined) return {};
  return { updatedAt: { after: new Date(Date.parse(mark) - overlapMs).toISOString() } };
}
