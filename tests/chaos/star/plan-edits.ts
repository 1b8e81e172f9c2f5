import { type Random, randomOf } from "./random.ts";

export type Place = "crm" | "erp";

/** What somebody does at a screen. Records are named by their natural keys, which tell where they are first entered. */
export type Edit = { atMs: number; place: Place } & (
  | { does: "new customer"; key: string; name: string }
  | { does: "new order"; key: string; buyer: string; article: number; quantity: number }
  | { does: "edit customer"; key: string; field: "note" | "web" | "name" | "limit"; value: string }
  | { does: "edit order"; key: string; field: "quantity" | "promised"; value: string; note: string }
  | { does: "delete customer"; key: string; how: "archive" | "remove" }
);

/** On average; the gaps between edits vary from nothing to twice that. */
const EVERY_MS = 150;
/** A record is edited from then on: most have arrived in the other system by then, some have not. */
const OLD_ENOUGH_MS = 1500;
const CUSTOMERS_PER_MINUTE = 50;
const ORDERS_PER_MINUTE = 50;
/** Customers who are entered to be deleted again: nobody orders anything for them. */
const SHORT_LIVED_PER_MINUTE = 10;
const LIVES_MS = 8000;

type Known = { key: string; place: Place; bornMs: number };

/** What people do in a run of so many milliseconds: the same for the same seed. */
export function planEdits(seed: number, durationMs: number): Edit[] {
  const random = randomOf(seed, "edits");
  const customers: Known[] = [];
  const orders: Known[] = [];
  const doomed: Known[] = [];
  const edits: Edit[] = [];
  const born = (prefix: string, known: Known[], place: Place, atMs: number) => {
    const key = `${prefix}${place === "crm" ? "C" : "E"}-${seed}-${known.length + 1}`;
    known.push({ key, place, bornMs: atMs });
    return key;
  };
  const due = (known: readonly Known[], perMinute: number, atMs: number) =>
    known.length < (perMinute * atMs) / 60_000 + 4;
  for (let atMs = 0, count = 1; atMs < durationMs; atMs += random.next() * 2 * EVERY_MS, count += 1) {
    const place = random.pick(["crm", "erp"] as const);
    const next = doomed.find((one) => atMs - one.bornMs > LIVES_MS);
    const name = (key: string) => `Company ${key} ${random.next().toString(36).slice(2, 10)}`;
    if (next) {
      doomed.splice(doomed.indexOf(next), 1);
      edits.push({
        atMs,
        place,
        does: "delete customer",
        key: next.key,
        how: random.pick(["archive", "remove"]),
      });
    } else if (due(customers, CUSTOMERS_PER_MINUTE, atMs)) {
      const key = born("", customers, place, atMs);
      edits.push({ atMs, place, does: "new customer", key, name: name(key) });
    } else if (
      shortLived(edits) < (SHORT_LIVED_PER_MINUTE * (atMs - LIVES_MS)) / 60_000 &&
      atMs + 2 * LIVES_MS < durationMs
    ) {
      const key = `D${place === "crm" ? "C" : "E"}-${seed}-${count}`;
      doomed.push({ key, place, bornMs: atMs });
      edits.push({ atMs, place, does: "new customer", key, name: name(key) });
    } else {
      edits.push(laterEdit(random, { atMs, place }, count, { customers, orders, due, born }));
    }
  }
  return edits;
}

function shortLived(edits: readonly Edit[]): number {
  return edits.filter((edit) => edit.does === "new customer" && edit.key.startsWith("D")).length;
}

type Stock = {
  customers: Known[];
  orders: Known[];
  due: (known: readonly Known[], perMinute: number, atMs: number) => boolean;
  born: (prefix: string, known: Known[], place: Place, atMs: number) => string;
};

function laterEdit(random: Random, at: { atMs: number; place: Place }, count: number, stock: Stock): Edit {
  const { customers, orders, due, born } = stock;
  const { atMs, place } = at;
  const old = (known: readonly Known[]) => known.filter(({ bornMs }) => atMs - bornMs > OLD_ENOUGH_MS);
  const customer = random.pick(old(customers).length > 0 ? old(customers) : customers);
  if (due(orders, ORDERS_PER_MINUTE, atMs)) {
    const key = born("O", orders, place, atMs);
    const [article, quantity] = [random.below(3), 1 + random.below(9)];
    return { ...at, does: "new order", key, buyer: customer.key, article, quantity };
  }
  const order = random.pick(old(orders).length > 0 ? old(orders) : orders);
  if (random.below(3) === 0) {
    const note = `order note ${count}`;
    if (place === "crm")
      return {
        ...at,
        does: "edit order",
        key: order.key,
        field: "quantity",
        value: `${1 + random.below(9)}`,
        note,
      };
    const value = `2027-${String(1 + (count % 12)).padStart(2, "0")}-${String(1 + (count % 28)).padStart(2, "0")}`;
    return { ...at, does: "edit order", key: order.key, field: "promised", value, note };
  }
  const edited = { ...at, does: "edit customer", key: customer.key } as const;
  const choice = random.below(10);
  if (choice < 2) return { ...edited, field: "web", value: `https://${count}.example` };
  if (choice < 3) return { ...edited, field: "name", value: `Company ${customer.key} anew ${count}` };
  return place === "crm"
    ? { ...edited, field: "note", value: `note ${count}` }
    : { ...edited, field: "limit", value: `${count}` };
}
