import { afterAll, beforeAll, expect, test } from "vitest";
import { flatten } from "../../../src/canonical/fields.ts";
import { acceptObservations } from "../../../src/receive/accept.ts";
import { readCanonical } from "../../../src/store/canonical-records.ts";
import { selectCanonicalIds } from "../../../src/store/cross-references.ts";
import { distrustShadow } from "../../../src/store/shadows.ts";
import { readWishDetails } from "../../../src/store/wishes.ts";
import type { ConnectedSystem } from "../../../src/systems/connected-system.ts";
import { until } from "../../services/until.ts";
import { crmCustomer } from "./customers.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

async function customerInBoth(n: number): Promise<{ crm: string; erp: string }> {
  const crm = await star.crm.insert("customer", crmCustomer(n));
  await star.quiet();
  const erp = (await star.erp.all("customer")).find((one) => one["CustNo"] === `C${n}`);
  return { crm, erp: String(erp?.["Id"]) };
}

async function canonicalId(erpId: string): Promise<string> {
  const [id = ""] = (await selectCanonicalIds(star.running.hub.db, "customer", "erp", [erpId])).values();
  return id;
}

test("an edit that waits for a correction is not written over, however often it is read meanwhile", async () => {
  const { crm, erp } = await customerInBoth(1);
  const address = { id: "a1", role: "BILL", street: "Hauptstr. 1", zip: "10115", countryCode: "DE" };
  const edited = { ...address, town: "entered in the CRM", countryCode: "XX" };
  await star.crm.edit("customer", crm, { addresses: [edited] });
  await star.quiet();
  const [there] = ((await star.erp.get("customer", erp))?.["Addresses"] ?? []) as object[];
  await star.erp.edit("customer", erp, { Addresses: [{ ...there, Street: "entered in the ERP" }] });
  await star.crm.edit("customer", crm, { website: "https://c1.example" });
  await star.quiet();
  const [wish] = await readWishDetails(star.running.hub.db, "customer", await canonicalId(erp));
  expect(wish).toMatchObject({ system: "crm", state: "waiting", text: expect.stringContaining("addresses") });
  expect((await star.crm.get("customer", crm))?.["addresses"]).toEqual([edited]);
  await star.crm.edit("customer", crm, { addresses: [{ ...edited, countryCode: "AT" }] });
  await star.quiet();
  expect((await star.crm.get("customer", crm))?.["addresses"]).toEqual([
    { ...edited, countryCode: "AT", street: "entered in the ERP" },
  ]);
  expect((await star.erp.get("customer", erp))?.["Addresses"]).toMatchObject([
    { Street: "entered in the ERP", City: "entered in the CRM", Country: "AT" },
  ]);
});

test("an observation older than the last one is nobody's edit, also where what the system holds is not known any more", async () => {
  const { erp } = await customerInBoth(2);
  const before = await star.erp.get("customer", erp);
  await star.erp.edit("customer", erp, { Memo: "the latest" });
  await star.quiet();
  const { hub, pollers } = star.running;
  await pollers.get("erp")?.stop();
  await distrustShadow(hub.db, "erp", "customer", erp);
  const system = hub.systems.get("erp") as ConnectedSystem;
  const old = { localId: erp, native: { ...before, Memo: "of before" }, number: 1 };
  await acceptObservations(hub, system, "customer", [old]);
  await until("it has gone through its flow", async () => {
    const settled = "select 1 from nave.message where observation_number = 1 and state = 'settled'";
    return (await hub.db.query(settled)).length === 1;
  });
  const record = await readCanonical(hub.db, { entity: "customer", id: await canonicalId(erp) });
  expect(flatten(hub.model.entity("customer"), record?.body ?? {}).get("note")).toBe("the latest");
});
