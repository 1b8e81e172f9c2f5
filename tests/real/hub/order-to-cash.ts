import { isDeepStrictEqual } from "node:util";
import {
  cancelSale,
  confirmSale,
  creditNote,
  pay,
  postInvoices,
  shipAll,
  shipPartly,
} from "../tryton/actions.ts";
import type { Tryton } from "../tryton/server.ts";
import { coursesInCrm } from "./crm-figures.ts";
import { openOrderDesk, placeOrders } from "./order-desk.ts";
import { coursesInTryton, type OrderCourse, records } from "./tryton-figures.ts";
import type { TrytonStar } from "./tryton-star.ts";

/** What people at the ERP do to orders, past the hub. */
const WORK = {
  confirmation: (tryton: Tryton, sales: number[]) => confirmSale(tryton, ...sales),
  "partial shipment": async (tryton: Tryton, sales: number[]) => {
    await confirmSale(tryton, ...sales);
    for (const sale of sales) await shipPartly(tryton, sale, 1 + (sale % 3));
  },
  cancellation: (tryton: Tryton, sales: number[]) => cancelSale(tryton, ...sales),
  "credit note": async (tryton: Tryton, sales: number[]) => {
    await confirmSale(tryton, ...sales);
    await shipAll(tryton, ...sales);
    for (const invoice of await postInvoices(tryton, ...sales)) await creditNote(tryton, invoice);
  },
  "part payment": async (tryton: Tryton, sales: number[]) => {
    await confirmSale(tryton, ...sales);
    for (const invoice of await postInvoices(tryton, ...sales))
      await pay(tryton, invoice, `${10 + (invoice % 20)}.${10 + (invoice % 90)}`);
  },
} satisfies Record<string, (tryton: Tryton, sales: number[]) => Promise<void>>;

/** Orders that people take in hand together. */
const AT_ONCE = 10;

export type Kind = keyof typeof WORK;
export const KINDS = Object.keys(WORK) as Kind[];

export type CashReport = {
  /** Orders worked on, by kind. */
  done: Record<Kind, number>;
  /** Where the CRM does not show what Tryton holds, in words. */
  differences: string[];
  courses: Map<string, OrderCourse>;
  seconds: { placed: number; worked: number; arrived: number };
};

/**
 * Places `perKind` orders for each kind of work in the CRM, lets people do that work in Tryton while the hub runs, and
 * compares every order's course in the CRM with Tryton's own figures once all is quiet.
 */
export async function runOrderToCash(
  star: TrytonStar,
  perKind: number,
  timeoutMs: number,
): Promise<CashReport> {
  const desk = await openOrderDesk(star);
  const numbers = new Map(
    KINDS.map((kind) => [
      kind,
      Array.from({ length: perKind }, (_unused, n) => `OTC-${KINDS.indexOf(kind)}-${n}`),
    ]),
  );
  const all = [...numbers.values()].flat();
  let startedAt = performance.now();
  const lap = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    startedAt = performance.now();
    return seconds;
  };
  await placeOrders(star, desk, all);
  await star.quiet(timeoutMs);
  const placed = lap();
  const sales = await saleIds(star.tryton, all);
  const done = {} as Record<Kind, number>;
  for (const [kind, own] of numbers) {
    const ids = own.map((number) => sales.get(number) ?? 0);
    for (let from = 0; from < ids.length; from += AT_ONCE)
      await WORK[kind](star.tryton, ids.slice(from, from + AT_ONCE));
    done[kind] = ids.length;
  }
  const worked = lap();
  await star.quiet(timeoutMs);
  const arrived = lap();
  const [courses, shown] = [await coursesInTryton(star.tryton, all), await coursesInCrm(star.crm, all)];
  const differences = all.flatMap((number) => differencesOf(number, courses.get(number), shown.get(number)));
  return { done, differences, courses, seconds: { placed, worked, arrived } };
}

async function saleIds({ call }: Tryton, references: readonly string[]): Promise<Map<string, number>> {
  const domain = [["reference", "in", [...references]]];
  const sales = await records(call("model.sale.sale.search_read", [domain, 0, null, null, ["reference"]]));
  return new Map(sales.map(({ id, reference }) => [String(reference), Number(id)]));
}

function differencesOf(number: string, inTryton?: OrderCourse, inCrm?: OrderCourse): string[] {
  if (inTryton === undefined || inCrm === undefined) return [`${number} is not in both systems`];
  return (["order", "shipments", "invoices", "payments"] as const).flatMap((part) => {
    const [wanted, shown] = [sorted(inTryton[part]), sorted(inCrm[part])];
    if (isDeepStrictEqual(wanted, shown)) return [];
    return [`${number}, ${part}: Tryton ${JSON.stringify(wanted)}, CRM ${JSON.stringify(shown)}`];
  });
}

function sorted(part: object): unknown {
  return Array.isArray(part) ? part.map((one) => JSON.stringify(one)).sort() : part;
}
