import { afterAll, beforeAll, expect, test } from "vitest";
import { listConflicts } from "../../../src/store/conflicts.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { findingsOf } from "../../core/hub/findings.ts";
import { SET_UP_MS } from "../set-up.ts";
import { KINDS, runOrderToCash } from "./order-to-cash.ts";
import { startTrytonStar, type TrytonStar } from "./tryton-star.ts";

/** Orders of a CRM in a real Tryton, worked on there by people, `perKind` for each kind of work. */
export function tellOrderToCash(perKind: number, minutes: number): void {
  const timeoutMs = minutes * 60_000;
  let star: TrytonStar;
  beforeAll(async () => {
    star = await startTrytonStar({ limits: { pollEveryMs: 5000 }, without: ["stock-level"] });
  }, SET_UP_MS);
  afterAll(() => star?.close());

  test(
    "what people do to orders in Tryton, past the hub, is what the CRM shows: states, shipments, invoices, credit notes, payments",
    async () => {
      const { done, differences, courses, seconds } = await runOrderToCash(star, perKind, timeoutMs);
      console.log(
        `${perKind} orders of each kind: ${Object.entries(seconds)
          .map(([what, took]) => `${what} ${took.toFixed(1)} s`)
          .join(", ")}`,
      );
      expect(done).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, perKind])));
      expect(differences).toEqual([]);
      const count = (is: (order: (typeof all)[number]["order"]) => boolean) =>
        all.filter(({ order }) => is(order)).length;
      const all = [...courses.values()];
      expect(count(({ deliveryStatus }) => deliveryStatus === "PARTIAL")).toBe(perKind);
      expect(count(({ status }) => status === "CANCELLED")).toBe(perKind);
      expect(count(({ creditedCents }) => creditedCents > 0)).toBe(perKind);
      expect(count(({ paymentStatus }) => paymentStatus === "PARTIAL")).toBe(perKind);
      // neither a person's nor settled by a rule: what Tryton works out by itself is nobody's edit
      expect(await listConflicts(star.running.hub.db, "all", 10)).toEqual([]);
      expect(await countForPersons(star.running.hub.db)).toMatchObject({
        deadLetters: 0,
        inDoubt: 0,
        conflicts: 0,
      });
      expect(await findingsOf(star.running.hub)).toEqual([]);
    },
    timeoutMs,
  );
}
