import { afterAll, beforeAll, expect, test } from "vitest";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar();
});
afterAll(() => star?.close());

test("a customer made in the CRM appears in the ERP with what both can hold", async () => {
  await star.crm.insert("customer", {
    displayName: "Blauer See Delikatessen",
    type: "COMPANY",
    customerNumber: "BLAUS",
    addresses: [
      { id: "a1", role: "BILL", street: "Forsterstr. 57", zip: "68306", town: "Mannheim", countryCode: "DE" },
    ],
    channels: [{ id: "c1", type: "EMAIL", value: "info@blauer-see.example" }],
  });
  await star.quiet();
  const [customer] = await star.erp.all("customer");
  expect(customer).toMatchObject({
    Name1: "Blauer See Delikatessen",
    CustNo: "BLAUS",
    Email: "info@blauer-see.example",
  });
});
