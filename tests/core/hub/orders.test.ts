import { afterAll, beforeAll, expect, test } from "vitest";
import { readStatus } from "../../../src/telemetry/status.ts";
import { trace } from "../../../src/telemetry/trace.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ erp: { misbehave: { followUpMs: 0 } } });
});
afterAll(() => star?.close());

async function placeOrder(number: string): Promise<string> {
  const accountId = await star.crm.insert("customer", {
    displayName: `Buyer of ${number}`,
    type: "COMPANY",
    customerNumber: `B-${number}`,
  });
  const itemId = await star.crm.insert("product", {
    sku: `SKU-${number}`,
    title: "Chai",
    uom: "pc",
    status: "ACTIVE",
  });
  return star.crm.insert("order", {
    orderNumber: number,
    accountId,
    placedAt: "2026-11-20T10:00:00.000Z",
    currency: "EUR",
    status: "NEW",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: [{ lineNo: 1, itemId, text: "Chai", qty: 3, uom: "pc", unitPrice: "18.00", netCents: 5400 }],
    fees: [{ code: "freight", kind: "FREIGHT", cents: 500, text: "freight" }],
    linesCents: 5400,
    feesCents: 500,
    netCents: 5900,
  });
}

test("an order reaches the ERP after its customer and product, and its progress comes back", async () => {
  const crmOrder = await placeOrder("NV-1");
  await star.quiet();
  const order = (await star.erp.all("order")).find((one) => one["CustRef"] === "NV-1");
  expect(order).toMatchObject({ SumNet: "59.00", State: "DRAFT" });
  await star.erp.act("confirm", String(order?.["Id"]));
  await star.quiet();
  expect(await star.crm.get("order", crmOrder)).toMatchObject({ status: "CONFIRMED" });
  await star.erp.act("ship", String(order?.["Id"]));
  await star.quiet();
  expect(await star.crm.get("order", crmOrder)).toMatchObject({ deliveryStatus: "SHIPPED" });
  expect(await star.crm.all("shipment")).toHaveLength(1);
});

test("a trace by order number tells the whole story, hop by hop, with what changed", async () => {
  const story = await trace(star.running.hub, "NV-1");
  expect(story.records).toEqual([expect.objectContaining({ entity: "order", title: "nv-1" })]);
  const steps = story.hops.map((hop) => hop.step);
  for (const step of ["accepted", "merged", "wished", "sent", "written"]) expect(steps).toContain(step);
  const times = story.hops.map((hop) => hop.at);
  expect(times).toEqual([...times].sort());
  expect(story.hops.some((hop) => (hop.difference ?? []).some((one) => one.path === "status"))).toBe(true);
});

test("in sync means that nothing is pending and the last comparison of all contents found no difference", async () => {
  await until("in sync", async () => (await readStatus(star.running.hub)).inSync, 30_000);
  const status = await readStatus(star.running.hub);
  expect(status.comparedAt).not.toBeNull();
  expect(status.systems["erp"]?.["order"]).toEqual({ records: 1, pending: 0, parked: 0 });
  const [order] = await star.erp.all("order");
  await star.erp.edit("order", String(order?.["Id"]), { Memo: "leave at the gate" });
  await until("out of sync", async () => !(await readStatus(star.running.hub)).inSync);
  await until("in sync again", async () => (await readStatus(star.running.hub)).inSync, 30_000);
});
