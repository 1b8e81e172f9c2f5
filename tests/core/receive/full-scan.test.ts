import { afterAll, beforeAll, expect, test } from "vitest";
import { readCheckpoint } from "../../../src/store/checkpoints.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

let hub: ServedHub;
beforeAll(async () => {
  hub = await serveHub({ system: { fullScanEveryMs: 0 } });
});
afterAll(() => hub?.close());

const checkpoint = (entity: string) => readCheckpoint(hub.running.hub.db, "crm", entity);
const isArchived = async (key: string) => {
  const { json } = await ask(`${hub.url}/api/trace?key=${key}`, { token: hub.token });
  return (json["records"] as { archived: boolean }[] | undefined)?.[0]?.archived;
};

/** Every poll moves the checkpoint. */
async function untilPolled(entity: string): Promise<void> {
  const { revision } = await checkpoint(entity);
  await until(`${entity} is polled twice`, async () => (await checkpoint(entity)).revision >= revision + 2);
}

test("a delete that leaves no trace is found by the full scan that is due, and by no poll before it", async () => {
  const system = hub.running.hub.systems.get("crm");
  if (!system) throw new Error("no system crm");
  const natives = ["STAYS", "GOES"].map((number) => ({
    displayName: number,
    customerNumber: number,
    type: "COMPANY",
  }));
  const [, gone = ""] = await hub.crm.seed("customer", natives);
  await until("both are known", async () => (await isArchived("GOES")) === false);
  await hub.crm.remove("customer", gone);
  await untilPolled("customer");
  await untilPolled("customer");
  expect(await isArchived("GOES")).toBe(false);

  const orders = system.manifest.entities["order"];
  if (!orders) throw new Error("no orders");
  orders.deletes = "reported";
  const before = { order: await checkpoint("order"), customer: await checkpoint("customer") };
  system.config.fullScanEveryMs = 100;
  await until("its delete is found", async () => (await isArchived("GOES")) === true);
  expect(await isArchived("STAYS")).toBe(false);
  await untilPolled("order");
  const after = { order: await checkpoint("order"), customer: await checkpoint("customer") };
  expect(Number(after.customer.fullScanAt)).toBeGreaterThan(Number(before.customer.fullScanAt));
  expect(after.order.fullScanAt).toEqual(before.order.fullScanAt);
});
