import { afterAll, beforeAll, expect, test } from "vitest";
import { listConflicts } from "../../../src/store/conflicts.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { KINDS, runOrderToCash } from "./order-to-cash.ts";
import { startTrytonStar, type TrytonStar } from "./tryton-star.ts";

const PER_KIND = 10;

let star: TrytonStar;
beforeAll(async () => {
  star = await startTrytonStar({ limits: { pollEveryMs: 5000 }, without: ["stock-level"] });
});
afterAll(() => star?.close());

test("what people do to orders in Tryton, past the hub, is what the CRM shows: states, shipments, invoices, credit notes, payments", async () => {
  const { done, differences, courses, seconds } = await runOrderToCash(star, PER_KIND, 120_000);
  console.log(JSON.stringify(seconds));
  expect(done).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, PER_KIND])));
  expect(differences).toEqual([]);
  const all = [...courses.values()];
  expect(all.filter(({ order }) => order.deliveryStatus === "PARTIAL")).toHaveLength(PER_KIND);
  expect(all.filter(({ order }) => order.status === "CANCELLED")).toHaveLength(PER_KIND);
  expect(all.filter(({ order }) => order.creditedCents > 0)).toHaveLength(PER_KIND);
  expect(all.filter(({ order }) => order.paymentStatus === "PARTIAL")).toHaveLength(PER_KIND);
  // neither a person's nor settled by a rule: what Tryton works out by itself is nobody's edit
  expect(await listConflicts(star.running.hub.db, "all", 10)).toEqual([]);
  expect(await countForPersons(star.running.hub.db)).toMatchObject({
    deadLetters: 0,
    inDoubt: 0,
    conflicts: 0,
  });
}, 240_000);
