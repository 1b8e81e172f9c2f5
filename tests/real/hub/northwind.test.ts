import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runNorthwind } from "../../../bench/northwind/run.ts";
import { findingsOf } from "../../core/hub/findings.ts";
import { databaseServerUrl } from "../../services/postgres.ts";
import { SET_UP_MS } from "../set-up.ts";
import { writeSmallNorthwind } from "./small-northwind.ts";
import { startTrytonStar, type TrytonStar } from "./tryton-star.ts";

const ORDERS = 40;

let star: TrytonStar;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nave-northwind-"));
  star = await startTrytonStar();
}, SET_UP_MS);
afterAll(async () => {
  await star?.close();
  await rm(folder, { recursive: true, force: true });
});

test("discounts, freight, odd countries and long names: CRM, Tryton and an SQL sum of the source agree to the cent", async () => {
  const set = await writeSmallNorthwind(folder, ORDERS);
  await star.quiet();
  const { sides, disagreements, persons, deadLetters, discontinued } = await runNorthwind(
    star,
    folder,
    databaseServerUrl(),
    120_000,
  );
  expect(deadLetters).toEqual([]);
  expect(disagreements).toEqual([]);
  expect(sides.Tryton).toMatchObject({
    customers: set.customers.length,
    products: set.products.length,
    orders: ORDERS,
    lines: set.order_details.length,
  });
  expect(discontinued.inTryton).toBe(discontinued.wanted);
  expect(persons).toMatchObject({ inDoubt: 0, conflicts: 0, reviews: 0 });
  expect(await findingsOf(star.running.hub)).toEqual([]);
}, 240_000);
