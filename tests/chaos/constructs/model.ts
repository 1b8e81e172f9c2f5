import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/index.ts";
import { CONSTRUCTS, type Construct } from "./drawn.ts";

/** A customer as somebody entered or edited it: one message for the flow. */
export type Slip = {
  construct: Construct;
  number: number;
  version: number;
  /** Local id of the ERP's article, which this slip has together with `SLIPS_PER_ARTICLE - 1` others. */
  articleId: string;
  /** Which of them it is, from 0. */
  place: number;
};

/** What a construct's copies do, three to a slip, stand in decimal digits of their own of what is reserved of its article. */
const PARTS = 3;
export const SLIPS_PER_ARTICLE = 5;

export const customerNumber = ({ construct, number }: Pick<Slip, "construct" | "number">) =>
  `${construct}-${number}`;

/** Of each part, so much is reserved each time that it leaves a construct. */
export function quantitiesOf({ place }: Slip): number[] {
  return Array.from({ length: PARTS }, (_, part) => 10 ** (place * PARTS + part));
}

/** The answer of the server that the flow asks. */
export const rateOf = (number: number) => (number * 37) % 101;

/** Effects that the flow must have at the ERP for one slip, said without a flow. */
type Effects = { note: string; parts: number; reservations: number };

function effectsOf(slip: Slip): Effects {
  const note = (text: string) => `v${slip.version} ${text}`;
  const once = (text: string): Effects => ({ note: note(text), parts: 1, reservations: 1 });
  const thrice = (text: string): Effects => ({ note: note(text), parts: PARTS, reservations: PARTS });
  switch (slip.construct) {
    case "fan-out":
      return thrice("fan-out");
    case "new-messages":
      return thrice("new message");
    case "split":
      return thrice("split");
    case "split-join":
      return { note: note(quantitiesOf(slip).join("+")), parts: PARTS, reservations: 1 };
    case "delay":
      return once("delayed");
    case "catch":
      return once("no such region");
    case "complete":
      return once("completed");
    case "link":
      return once("linked, called");
    case "subflow":
      return once("subflow");
    case "http":
      return once(`rate ${rateOf(slip.number)}`);
    case "palette":
      return once("from the palette");
  }
}

/** What the ERP holds, by article and by customer number, read past the hub. */
export type Held = {
  /** So much is reserved: whole numbers, written in digits. */
  reserved: Map<string, string>;
  customers: Map<string, JsonObject[]>;
};

export async function readHeld(erp: FarSide): Promise<Held> {
  const [stocks, customers] = await Promise.all([erp.all("stock-level"), erp.all("customer")]);
  return {
    reserved: new Map(
      stocks.map((stock) => [text(stock["ArticleId"]), Number(stock["Reserved"]).toFixed(0)]),
    ),
    customers: Map.groupBy(customers, (customer) => text(customer["CustNo"])),
  };
}

/** How often each part of the slip has been reserved. */
function timesReserved({ reserved }: Held, { articleId, place }: Slip): number[] {
  const digits = (reserved.get(articleId) ?? "").padStart(SLIPS_PER_ARTICLE * PARTS, "0");
  return Array.from({ length: PARTS }, (_, part) => Number(digits.at(-1 - place * PARTS - part)));
}

/** Whether all that the slip must bring about is there. */
export function hasArrived(held: Held, slip: Slip): boolean {
  const { note, parts } = effectsOf(slip);
  const [customer] = held.customers.get(customerNumber(slip)) ?? [];
  return (
    customer?.["Memo"] === note &&
    timesReserved(held, slip)
      .slice(0, parts)
      .every((times) => times > 0)
  );
}

export type Tally = { messages: number; expected: number; found: number; lost: number; doubled: number };
export type Comparison = { tallies: Record<Construct, Tally>; faults: string[] };

/**
 * Compares what the ERP holds and says it did with what the slips must have brought about.
 *
 * @param slips  In the order in which they were entered.
 */
export async function compareWithModel(erp: FarSide, slips: readonly Slip[]): Promise<Comparison> {
  const held = await readHeld(erp);
  const tallies = Object.fromEntries(
    CONSTRUCTS.map((construct) => [construct, { messages: 0, expected: 0, found: 0, lost: 0, doubled: 0 }]),
  ) as Record<Construct, Tally>;
  const faults: string[] = [];
  const count = (construct: Construct, what: string, wanted: number, found: number) => {
    const tally = tallies[construct];
    tally.expected += wanted;
    tally.found += found;
    tally.lost += Math.max(0, wanted - found);
    tally.doubled += Math.max(0, found - wanted);
    if (found !== wanted) faults.push(`${what}: ${found} instead of ${wanted}`);
  };
  const last = new Map(slips.map((slip) => [customerNumber(slip), slip]));
  for (const slip of slips) {
    const { construct, version } = slip;
    tallies[construct].messages += 1;
    const { parts } = effectsOf(slip);
    for (const [part, times] of timesReserved(held, slip).entries()) {
      const what = `${customerNumber(slip)} v${version}, reservations of part ${part}`;
      count(construct, what, part < parts ? 1 : 0, times);
    }
  }
  for (const [number, slip] of last) {
    const records = held.customers.get(number) ?? [];
    count(slip.construct, `${number}, records`, 1, records.length);
    const { note } = effectsOf(slip);
    const isHeld = records.some((record) => record["Memo"] === note);
    const there = records.map((record) => JSON.stringify(record["Memo"])).join();
    count(slip.construct, `${number}, notes ${JSON.stringify(note)} (${there})`, 1, isHeld ? 1 : 0);
  }
  for (const number of held.customers.keys())
    if (!last.has(number)) faults.push(`${number} was never entered`);
  return { tallies, faults: [...faults, ...(await ledgerFaults(erp, slips))] };
}

/** By the ERP's own book: so many reservations of each article. */
async function ledgerFaults(erp: FarSide, slips: readonly Slip[]): Promise<string[]> {
  const wanted = new Map<string, number>();
  for (const slip of slips)
    wanted.set(slip.articleId, (wanted.get(slip.articleId) ?? 0) + effectsOf(slip).reservations);
  const done = Map.groupBy(
    (await erp.ledger()).filter(({ method }) => method === "reservation"),
    ({ id }) => id,
  );
  return (await erp.all("stock-level")).flatMap((stock) => {
    const articleId = text(stock["ArticleId"]);
    const [times, should] = [done.get(text(stock["Id"]))?.length ?? 0, wanted.get(articleId) ?? 0];
    return times === should ? [] : [`article ${articleId} was reserved ${times} times instead of ${should}`];
  });
}

function text(value: Json | undefined): string {
  return String(value);
}
