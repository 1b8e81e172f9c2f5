import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { readStatus } from "../../../src/telemetry/status.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
let supplier: NonNullable<Star["supplier"]>;
beforeAll(async () => {
  star = await startStar({
    store: "postgres",
    supplier: {},
    systems: { supplier: { settings: { unfinishedMs: 500, maxFileBytes: 100_000 } } },
  });
  if (!star.supplier) throw new Error("the star has no supplier");
  supplier = star.supplier;
});
afterAll(() => star?.close());
beforeEach(() =>
  supplier.misbehave({ answerAfterMs: 50, despatchAfterMs: -1, partialEveryNth: 0, reportEveryMs: 100 }),
);

/** An order of a frame made to order and a bell from stock, placed in the CRM; answers its id there. */
async function placeOrder(number: string): Promise<string> {
  const product = (sku: string, stocked: boolean) =>
    star.crm.insert("product", { sku, title: sku, uom: "pc", active: true, stocked });
  const accountId = await star.crm.insert("customer", {
    displayName: `Buyer of ${number}`,
    type: "COMPANY",
    customerNumber: `B-${number}`,
  });
  const [frame, bell] = [await product(`FRAME-${number}`, false), await product(`BELL-${number}`, true)];
  return star.crm.insert("order", {
    orderNumber: number,
    accountId,
    placedAt: "2026-11-20T10:00:00.000Z",
    currency: "EUR",
    status: "NEW",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: [
      { lineNo: 1, itemId: frame, text: "Frame", qty: 3, uom: "pc", unitPrice: "180.00", netCents: 54000 },
      { lineNo: 2, itemId: bell, text: "Bell", qty: 3, uom: "pc", unitPrice: "18.00", netCents: 5400 },
    ],
    linesCents: 59400,
    netCents: 59400,
    shipTo: {
      name: "Söhne & <Co>",
      street: "Kai 7\nTor 3",
      zip: "20457",
      town: "Hamburg",
      countryCode: "DE",
    },
  });
}

async function confirmInErp(number: string): Promise<void> {
  const order = (await star.erp.all("order")).find((one) => one["CustRef"] === number);
  await star.erp.act("confirm", order?.["Id"] as string);
}

const folder = (name: string) => join(supplier.settings["directory"] as string, name);
const filesIn = async (name: string) => (await readdir(folder(name))).filter((one) => !one.startsWith("."));
const received = async (order: string) => supplier.get("purchase-order", `PO-${order}`);
const despatchesInCrm = async (order: string) =>
  (await star.crm.all("shipment")).filter((one) => (one["number"] as string).startsWith(`DA-PO-${order}-`));

async function purchaseOrder(order: string): Promise<JsonObject | undefined> {
  const [row] = await star.running.hub.db.query<{ body: JsonObject }>(
    "select body from nave.canonical_record where entity = 'purchase-order' and body ->> 'number' = $1",
    [`PO-${order}`],
  );
  return row?.body;
}

test("an order that the ERP confirms is bought once, despatched in two parts, and both appear in the CRM", async () => {
  const orderId = await placeOrder("S-1");
  await star.quiet();
  await supplier.misbehave({ asleep: true, partialEveryNth: 1 });
  await confirmInErp("S-1");
  await star.quiet();
  expect(await filesIn("inbox")).toEqual(["PO-S-1.xml"]);
  const document = await readFile(join(folder("inbox"), "PO-S-1.xml"), "utf8");
  expect(document).toContain("<cbc:Name>Söhne &amp; &lt;Co&gt;</cbc:Name>");
  expect(document).toMatch(/OriginatorDocumentReference>\s*<cbc:ID>S-1</);
  expect(document.match(/<cac:OrderLine>/g)).toHaveLength(1);
  await supplier.misbehave({ asleep: false });

  await until("the supplier has answered", async () => (await received("S-1"))?.["state"] === "accepted");
  await star.quiet();
  const order = await purchaseOrder("S-1");
  expect(order).toMatchObject({ number: "PO-S-1", status: "accepted" });

  await supplier.act("despatch", "PO-S-1");
  await star.quiet();
  await supplier.act("despatch", "PO-S-1");
  await star.quiet();
  const own = await despatchesInCrm("S-1");
  expect(
    own.map(({ number, orderId: of, lines }) => [number, of, (lines as JsonObject[])[0]?.["qty"]]),
  ).toEqual([
    ["DA-PO-S-1-1", orderId, 2],
    ["DA-PO-S-1-2", orderId, 1],
  ]);
  const after = await purchaseOrder("S-1");
  expect(after).toMatchObject({
    status: "shipped",
    lines: [{ key: "1", shippedQuantity: { value: "3", unit: "C62" } }],
  });
  const stock = (await star.crm.all("stock-level")).map(({ place, onHand }) => [place, onHand]);
  expect(stock).toHaveLength(1);
  await until("in sync", async () => (await readStatus(star.running.hub)).inSync, 30_000);
});

test("an order changed, redelivered, and taken up by a new hub is not sent again", async () => {
  const orderId = await placeOrder("S-2");
  await star.quiet();
  await confirmInErp("S-2");
  await star.quiet();
  await star.crm.edit("order", orderId, { notes: "ring twice" });
  await star.quiet();
  // Everything the hub had to say about purchase orders, once more: as after a lost acknowledgement.
  await star.running.hub.db.query(
    "update nave.wish set state = 'open', published_at = null where entity = 'purchase-order'",
  );
  await star.quiet();
  await star.stopHub();
  await star.startHub();
  await star.quiet();
  const taken = (await supplier.ledger()).filter(
    ({ method, id }) => method === "take order" && id === "PO-S-2",
  );
  expect(taken).toHaveLength(1);
});

test("an order rejected by the supplier is rejected in the hub", async () => {
  await placeOrder("S-3");
  await star.quiet();
  await supplier.misbehave({ rejectNext: 1 });
  await confirmInErp("S-3");
  await until("the supplier has answered", async () => (await received("S-3"))?.["state"] === "rejected");
  await star.quiet();
  const order = await purchaseOrder("S-3");
  expect(order?.["status"]).toBe("rejected");
});

test("bad files become dead letters and lie in the rejected folder; the documents around them arrive", async () => {
  await placeOrder("S-4");
  await star.quiet();
  await supplier.misbehave({
    hugeBytes: 200_000,
    truncatedNext: 1,
    wrongEncodingNext: 1,
    unknownOrderNext: 1,
    hugeNext: 1,
    dtdBombNext: 1,
    duplicateNext: 1,
    halfWrittenNext: 1,
    partialEveryNth: 0,
  });
  await confirmInErp("S-4");
  await until("the supplier has answered", async () => (await received("S-4"))?.["state"] === "accepted");
  await supplier.act("despatch", "PO-S-4");
  await until(
    "five files are put aside",
    async () => {
      return (await filesIn("rejected")).filter((name) => name.endsWith(".xml")).length === 5;
    },
    30_000,
  );
  await star.quiet();
  const letters = await star.running.hub.db.query<{ text: string; owner: string }>(
    "select text, owner from nave.dead_letter where state = 'open' order by text",
  );
  const texts = letters.map(({ text }) => text).join("\n");
  for (const reason of ["at most 100000", "DTD", "utf-8", "PO-NOBODY", "well-formed"])
    expect(texts).toContain(reason);
  expect(letters).toHaveLength(5);
  expect(new Set(letters.map(({ owner }) => owner))).toEqual(new Set(["purchasing"]));
  expect((await filesIn("rejected")).filter((name) => name.endsWith(".txt"))).toHaveLength(5);
  const own = await despatchesInCrm("S-4");
  expect(own.map(({ number }) => number)).toEqual(["DA-PO-S-4-1"]);
});

test("a despatch advice that overtakes the order response changes nothing in the end", async () => {
  await placeOrder("S-5");
  await star.quiet();
  await supplier.misbehave({ outOfOrderNext: 1, despatchAfterMs: 0, partialEveryNth: 0 });
  await confirmInErp("S-5");
  await until(
    "the supplier has answered late",
    async () => {
      const order = await received("S-5");
      return order?.["state"] === "shipped" && order["answerAt"] === undefined;
    },
    10_000,
  );
  await star.quiet();
  const order = await purchaseOrder("S-5");
  expect(order?.["status"]).toBe("shipped");
  expect(order?.["promisedDeliveryDate"]).toBeDefined();
});
