import type { ChangesPage, ChangesRequest, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import { NaveError } from "../../src/adapter-kit/index.ts";
import type { Shop } from "./connect-shop.ts";
import { type CustomerAnswer, nativeCustomer, nativeProduct, observe, type ProductAnswer } from "./native.ts";
import type { QueryName } from "./queries.ts";
import { changedAfter, type Page, pages } from "./scan.ts";

/** `updatedAt`: newest stamp there was when the last scan began. `addressesAt`: when all address books were last looked through. */
type Checkpoint = { version: 1; updatedAt?: string; addressesAt?: string };

/** How one of Vendure's lists is read: its documents, the name of its list, and what becomes of an item. */
export type RecordList<Answer> = {
  list: string;
  query: QueryName;
  marks: QueryName;
  observe(answer: Answer, digits: number): Observation;
};

export const CUSTOMERS: RecordList<CustomerAnswer> = {
  list: "customers",
  query: "Customers",
  marks: "CustomerMarks",
  observe: (answer) => observe(answer.id, answer.updatedAt, nativeCustomer(answer)),
};

export const PRODUCTS: RecordList<ProductAnswer> = {
  list: "productVariants",
  query: "Products",
  marks: "ProductMarks",
  // A variant that nobody can buy any more is what Vendure has for an archived one.
  observe: (answer, digits) => ({
    ...observe(answer.id, answer.updatedAt, nativeProduct(answer, digits)),
    ...(answer.enabled ? {} : { deleted: true }),
  }),
};

const TAKE = 100;
/** Vendure's own limit for a list, unless the shop changed `adminListQueryLimit`. */
const TAKE_MARKS = 1000;

/**
 * Records whose stamp is newer than the last scan's mark. The new mark is the newest stamp before the scan began, so what
 * changes while it runs is read by the next one.
 */
export async function* changedRecords<Answer extends { id: string; updatedAt: string }>(
  shop: Shop,
  records: RecordList<Answer>,
  request: ChangesRequest,
): AsyncGenerator<ChangesPage> {
  const before = request.full ? undefined : readCheckpoint(request.checkpoint);
  const newest = await newestStamp(shop, records, request.signal);
  const next: Checkpoint = { version: 1, ...stampOf("updatedAt", newest ?? before?.updatedAt) };
  const { digits } = await shop.facts(request.signal);
  const filter = changedAfter(before?.updatedAt, shop.manifest.limits.overlapMs);
  const read = pages<Answer>(
    (skip, take) => listPage(shop, records, { filter, skip, take }, request.signal),
    TAKE,
  );

  const isCustomers = records.list === "customers";
  const books = isCustomers ? await changedAddressBooks(shop, before, request.signal) : undefined;
  if (isCustomers) Object.assign(next, stampOf("addressesAt", books?.at ?? before?.addressesAt));
  const unread = new Set(books?.ids ?? []);
  for await (const { items, last, total } of read) {
    for (const { id } of items) unread.delete(id);
    const observations = items.map((item) => records.observe(item, digits));
    const complete = last && unread.size === 0;
    yield { observations, total, ...(complete ? { checkpoint: next } : {}) };
  }
  const rest = [...unread];
  for (let from = 0; from < rest.length; from += TAKE) {
    const observations = await readRecords(shop, records, rest.slice(from, from + TAKE), request.signal);
    yield { observations, ...(from + TAKE >= rest.length ? { checkpoint: next } : {}) };
  }
}

/** The records with these ids; ids that Vendure does not know are absent. */
export async function readRecords<Answer extends { id: string; updatedAt: string }>(
  shop: Shop,
  records: RecordList<Answer>,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Observation[]> {
  return findRecords(shop, records, { id: { in: [...ids] } }, ids.length, signal);
}

/** The records that the filter finds, at most `take` of them. */
export async function findRecords<Answer extends { id: string; updatedAt: string }>(
  shop: Shop,
  records: RecordList<Answer>,
  filter: JsonObject,
  take: number,
  signal: AbortSignal | undefined,
): Promise<Observation[]> {
  if (take === 0) return [];
  const { digits } = await shop.facts(signal);
  const { items } = await listPage(shop, records, { filter, skip: 0, take }, signal);
  return items.map((item) => records.observe(item, digits));
}

async function listPage<Answer>(
  shop: Shop,
  records: RecordList<Answer>,
  options: { filter: JsonObject; skip: number; take: number },
  signal: AbortSignal | undefined,
): Promise<Page<Answer>> {
  const variables = { options: { ...options, sort: { id: "ASC" } } };
  const data = await shop.ask<Record<string, Page<Answer>>>(records.query, variables, { signal });
  return data[records.list] as Page<Answer>;
}

async function newestStamp<Answer>(
  shop: Shop,
  records: RecordList<Answer>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const variables = { options: { sort: { updatedAt: "DESC" }, take: 1 } };
  const data = await shop.ask<Record<string, Page<{ updatedAt: string }>>>(records.marks, variables, {
    signal,
  });
  return data[records.list]?.items[0]?.updatedAt;
}

/**
 * Customers with an address changed since the address books were last looked through. A new address moves its customer's
 * stamp, a changed one does not (seen on 3.7.3, November 2026), and addresses have no list of their own; so all books are
 * looked through now and then. A deleted address shows in neither way and is found by reconciliation.
 */
async function changedAddressBooks(
  shop: Shop,
  before: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<{ ids: string[]; at: string | undefined } | undefined> {
  const now = shop.now();
  if (before?.addressesAt === undefined) return { ids: [], at: now };
  if (Date.parse(now ?? "") - Date.parse(before.addressesAt) < shop.slowScanMs) return undefined;
  const since = new Date(Date.parse(before.addressesAt) - shop.manifest.limits.overlapMs).toISOString();
  type Marks = { id: string; addresses: { updatedAt: string }[] | null };
  const read = pages<Marks>(async (skip, take) => {
    const variables = { options: { skip, take, sort: { id: "ASC" } } };
    return (await shop.ask<{ customers: Page<Marks> }>("CustomerMarks", variables, { signal })).customers;
  }, TAKE_MARKS);
  const ids: string[] = [];
  for await (const { items } of read) {
    for (const { id, addresses } of items)
      if (addresses?.some(({ updatedAt }) => updatedAt > since)) ids.push(id);
  }
  return { ids, at: now };
}

function stampOf(name: "updatedAt" | "addressesAt", stamp: string | undefined): Partial<Checkpoint> {
  return stamp === undefined ? {} : { [name]: stamp };
}

function readCheckpoint(checkpoint: JsonObject | undefined): Checkpoint | undefined {
  if (checkpoint === undefined) return undefined;
  if (checkpoint["version"] !== 1) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      "The checkpoint is of another version of the Vendure adapter",
      {
        value: checkpoint["version"],
        accepts: "version 1; reset the checkpoint to read everything again",
      },
    );
  }
  return checkpoint as Checkpoint;
}
