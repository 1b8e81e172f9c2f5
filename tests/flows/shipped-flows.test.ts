import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../../src/canonical/model.ts";
import type { Body } from "../../src/canonical/types.ts";
import { joinFlow, type Layout, print, splitFlow } from "../../src/flows/flow-files.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { recordingLog } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const SHIPPED = ["customer-sync", "order-sync", "order-to-supplier", "product-sync"];
const root = new URL("../../", import.meta.url).pathname;
const hub = new MemoryHub();
let flows: FlowRuntime;

beforeAll(async () => {
  const userDir = await mkdtemp(join(tmpdir(), "nave-editor-"));
  flows = await startFlows({ hub, flowsDir: join(root, "flows"), userDir, log: recordingLog() });
});
afterAll(() => flows.stop());

const example = async (file: string): Promise<Body> =>
  JSON.parse(await readFile(join(root, "schemas/examples", file), "utf8")) as Body;

test("every flow shipped is live", () => {
  expect(flows.versions().map(({ name, state, problems }) => ({ name, state, problems }))).toEqual(
    SHIPPED.map((name) => ({ name, state: "live", problems: [] })),
  );
});

test.each(SHIPPED)("%s is stored as the editor would store it", async (name) => {
  const logic = await readFile(join(root, "flows", name, "flow.json"), "utf8");
  const layout = await readFile(join(root, "flows", name, "layout.json"), "utf8");
  const nodes = joinFlow({ logic: JSON.parse(logic) as NodeConfig[], layout: JSON.parse(layout) as Layout });
  expect(print(splitFlow(nodes).logic)).toBe(logic);
  expect(print(splitFlow(nodes).layout)).toBe(layout);
});

test.each([
  "customer",
  "order",
  "shipment",
  "invoice",
  "payment",
  "product",
  "stock-level",
  "purchase-order",
])("an observed %s reaches every system", async (entity) => {
  const id = hub.observed(entity, { number: "1" });
  await flows.accept(id, entity, "observed");
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(hub.systems.map((system) => hub.wishes.get(`${system}/id-${id}`)?.entity)).toEqual([
    entity,
    entity,
    entity,
  ]);
});

/** The example, with a line for which nothing could be reserved. */
async function orderToBuyFor(): Promise<Body> {
  const order = await example("order/valid/two-lines-two-rates.json");
  const [stocked, other] = order["lines"] as Body[];
  return { ...order, lines: [stocked ?? {}, { ...other, reservedQuantity: { value: "0", unit: "C62" } }] };
}

test("a confirmed order becomes one valid purchase order of what is not on stock, however often it changes", async () => {
  const order = await orderToBuyFor();
  const first = hub.changed("order", order);
  await flows.accept(first, "order", "changed");
  const canonicalId = hub.messages.get(first)?.canonicalId ?? "";
  const made = hub.derived.get(`purchase-order/${canonicalId}`) ?? {};
  expect(made).toMatchObject({
    number: "PO-10248",
    order: { id: canonicalId },
    status: "sent",
    issuedOn: "2026-11-20",
    lines: [{ key: "2" }],
  });
  expect(loadModel().entity("purchase-order").validate(made)).toEqual([]);
  const again = hub.observed(
    "order",
    { ...order, note: "ring twice" },
    { kind: "changed", canonicalId, version: 2 },
  );
  await flows.accept(again, "order", "changed");
  expect([...hub.derived.keys()]).toEqual([`purchase-order/${canonicalId}`]);
});

test("a day that had passed when the order was confirmed is not asked of the supplier", async () => {
  const id = hub.changed("order", { ...(await orderToBuyFor()), requestedDeliveryDate: "2026-11-19" });
  await flows.accept(id, "order", "changed");
  const made = hub.derived.get(`purchase-order/${hub.messages.get(id)?.canonicalId}`);
  expect(made).toMatchObject({ number: "PO-10248", issuedOn: "2026-11-20" });
  expect(made).not.toHaveProperty("requestedDeliveryDate");
});

test.each([
  ["that is not confirmed", async () => ({ ...(await orderToBuyFor()), status: "placed" })],
  ["whose stock is reserved", () => example("order/valid/two-lines-two-rates.json")],
])("an order %s makes no purchase order", async (_which, order) => {
  const id = hub.changed("order", await order());
  await flows.accept(id, "order", "changed");
  expect(hub.fate(id).settled).toBe(1);
  expect(hub.derived.has(`purchase-order/${hub.messages.get(id)?.canonicalId}`)).toBe(false);
});
