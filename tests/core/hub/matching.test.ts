import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { settleReview } from "../../../src/identity/decide-review.ts";
import { mergeIdentities, unmergeIdentities } from "../../../src/identity/merge-identities.ts";
import { reconcile } from "../../../src/reconcile/reconcile.ts";
import { selectCanonicalIds } from "../../../src/store/cross-references.ts";
import { listOpenReviews } from "../../../src/store/match-keys.ts";
import { selectWishesOf } from "../../../src/store/wishes.ts";
import { crmCustomer, erpCustomer } from "./customers.ts";
import { hubWrites, type Star, type StarOptions, startStar } from "./star.ts";

let star: Star;
const db = () => star.running.hub.db;
const start = async (options: StarOptions = {}) => {
  star = await startStar({ store: "postgres", ...options });
};
const close = () => star?.close();

async function canonicalId(system: "crm" | "erp", localId: string): Promise<string> {
  return (await selectCanonicalIds(db(), "customer", system, [localId])).get(localId) ?? "none";
}

async function erpIdOf(number: string): Promise<string> {
  const found = (await star.erp.all("customer")).find((one) => one["CustNo"] === number);
  return String(found?.["Id"]);
}

/** The same name in the same town, and nothing else in common: likely, not certain. */
function lookAlike(n: number): JsonObject {
  const { CustNo, Email, Phone, ...rest } = erpCustomer(n);
  return CustNo && Email && Phone ? { ...rest, Email: `other-${n}@erp.example` } : {};
}

function unnumbered(n: number): JsonObject {
  const { customerNumber, ...rest } = crmCustomer(n);
  return customerNumber ? rest : {};
}

async function compareAll(): Promise<void> {
  for (const system of ["crm", "erp"]) {
    const [report] = await reconcile(star.running.hub, system, "customer");
    expect(report?.findings).toEqual([]);
  }
}

describe("a CRM that is told nothing about customers", () => {
  beforeAll(() => start({ systems: { crm: { entities: { customer: { take: true, give: false } } } } }));
  afterAll(close);

  test("a likely match waits for a person and nothing is made meanwhile; the same: one record, linked; different: two", async () => {
    const erp = [
      await star.erp.insert("customer", lookAlike(1)),
      await star.erp.insert("customer", lookAlike(2)),
    ];
    await star.quiet();
    const before = await star.erp.all("customer");
    const crm = [
      await star.crm.insert("customer", unnumbered(1)),
      await star.crm.insert("customer", unnumbered(2)),
    ];
    await star.quiet();
    const reviews = await listOpenReviews(db(), 10);
    expect(reviews.map(({ localId, blocking }) => ({ localId, blocking }))).toEqual(
      crm.map((localId) => ({ localId, blocking: true })),
    );
    expect(await star.erp.all("customer")).toEqual(before);
    expect(reviews[0]?.reasons.join()).toContain("name agrees");

    await settleReview(star.running.hub, reviews[0]?.id ?? "", "same", "Ann");
    await settleReview(star.running.hub, reviews[1]?.id ?? "", "different", "Ann");
    await star.quiet();
    expect(await canonicalId("crm", crm[0] ?? "")).toBe(await canonicalId("erp", erp[0] ?? ""));
    expect(await canonicalId("crm", crm[1] ?? "")).not.toBe(await canonicalId("erp", erp[1] ?? ""));
    expect((await star.erp.all("customer")).length).toBe(before.length + 1);
    await compareAll();
  });

  test("a record that is corrected while it waits needs no decision any more", async () => {
    await star.erp.insert("customer", lookAlike(3));
    await star.quiet();
    const crm = await star.crm.insert("customer", unnumbered(3));
    await star.quiet();
    expect(await listOpenReviews(db(), 10)).toHaveLength(1);
    const channels = [{ id: "c1", type: "EMAIL", value: "other-3@erp.example" }];
    await star.crm.edit("customer", crm, { channels });
    await star.quiet();
    expect(await listOpenReviews(db(), 10)).toEqual([]);
    const [same] = (await star.erp.all("customer")).filter((one) => one["Email"] === "other-3@erp.example");
    expect(await canonicalId("crm", crm)).toBe(await canonicalId("erp", String(same?.["Id"])));
    await compareAll();
  });
});

async function placeOrder(number: string, accountId: string): Promise<void> {
  const itemId = await star.crm.insert("product", {
    sku: `SKU-${number}`,
    title: "Chai",
    uom: "pc",
    active: true,
  });
  await star.crm.insert("order", {
    orderNumber: number,
    accountId,
    placedAt: "2026-11-20T10:00:00.000Z",
    currency: "EUR",
    status: "NEW",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: [{ lineNo: 1, itemId, text: "Chai", qty: 3, uom: "pc", unitPrice: "18.00", netCents: 5400 }],
    linesCents: 5400,
    feesCents: 0,
    netCents: 5400,
  });
  await star.quiet();
}

async function buyerOf(number: string): Promise<unknown> {
  const [row] = await db().query<{ id: string }>(
    "select body->'buyer'->>'id' as id from nave.canonical_record where entity = 'order' and body->>'number' = $1",
    [number],
  );
  return row?.id;
}

describe("two systems that keep each other informed", () => {
  beforeAll(() => start());
  afterAll(close);

  test("two identities made one and separated again: references, wishes and fields are as they were", async () => {
    const { hub } = star.running;
    const one = await star.crm.insert("customer", { ...crmCustomer(10), language: "de" });
    const two = await star.crm.insert("customer", { ...crmCustomer(11), website: "https://two.example" });
    await star.quiet();
    await placeOrder("MERGE-1", two);
    const [survivor, absorbed] = [await canonicalId("crm", one), await canonicalId("crm", two)];
    const wishesBefore = (await selectWishesOf(db(), "customer", absorbed)).map(({ system, body }) => ({
      system,
      body,
    }));

    const merge = await mergeIdentities(hub, "customer", survivor, absorbed, "Ann");
    await star.quiet();
    expect(await buyerOf("MERGE-1")).toBe(survivor);
    expect(await canonicalId("crm", two)).toBe(survivor);
    expect(await star.crm.get("customer", one)).toMatchObject({
      website: "https://two.example",
      language: "de",
    });
    expect(await star.erp.get("customer", await erpIdOf("C10"))).toMatchObject({
      Web: "https://two.example",
    });
    expect(await selectWishesOf(db(), "customer", absorbed)).toEqual([]);
    const writes = await hubWrites(star.erp);
    await star.crm.edit("customer", two, { notes: "on the second record, kept aside" });
    await star.quiet();
    expect(await hubWrites(star.erp)).toBe(writes);
    await compareAll();
    await expect(mergeIdentities(hub, "customer", survivor, absorbed, "Bob")).rejects.toThrow("already");

    await star.crm.edit("customer", one, { notes: "edited since" });
    await star.quiet();
    await unmergeIdentities(hub, merge, "Ann");
    await star.quiet();
    expect(await buyerOf("MERGE-1")).toBe(absorbed);
    expect(await canonicalId("crm", two)).toBe(absorbed);
    expect(await canonicalId("erp", await erpIdOf("C11"))).toBe(absorbed);
    const restored = await star.crm.get("customer", one);
    expect(restored).toMatchObject({ notes: "edited since", language: "de" });
    expect(restored).not.toHaveProperty("website");
    expect(await star.erp.get("customer", await erpIdOf("C10"))).not.toHaveProperty("Web");
    expect(await star.erp.get("customer", await erpIdOf("C11"))).toMatchObject({
      Web: "https://two.example",
      Memo: "on the second record, kept aside",
    });
    const wishes = (await selectWishesOf(db(), "customer", absorbed)).map(({ system, body }) => ({
      system,
      body,
    }));
    expect(wishes.map(({ system }) => system).sort()).toEqual(
      wishesBefore.map(({ system }) => system).sort(),
    );
    await compareAll();
    await expect(unmergeIdentities(hub, merge, "Bob")).rejects.toThrow("no merge");
  });

  test("duplicates inside one system hold nobody up; said to be the same, they become one record", async () => {
    const first = await star.crm.insert("customer", unnumbered(20));
    await star.quiet();
    const second = await star.crm.insert("customer", { ...unnumbered(20), notes: "entered twice" });
    await star.quiet();
    const [review, ...more] = await listOpenReviews(db(), 10);
    expect(more).toEqual([]);
    expect(review).toMatchObject({ localId: second, blocking: false });
    expect(await canonicalId("crm", second)).not.toBe(await canonicalId("crm", first));
    await settleReview(star.running.hub, review?.id ?? "", "same", "Ann");
    await star.quiet();
    expect(await canonicalId("crm", second)).toBe(await canonicalId("crm", first));
    expect(await star.crm.get("customer", first)).toMatchObject({ notes: "entered twice" });
    await compareAll();
  });
});
