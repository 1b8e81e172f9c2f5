import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { until } from "../../services/until.ts";
import { answer, questions, timePasses, told } from "./people.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

/** A repair of a bicycle whose warranty ends then, with so many spare parts in stock; answers the case's id in the CRM. */
async function openRepair(number: string, warrantyUntil: string, inStock: number): Promise<string> {
  const itemId = await star.crm.insert("product", {
    sku: `GEAR-${number}`,
    title: "Gear",
    uom: "pc",
    active: true,
    stocked: true,
  });
  const devices = [{ serialNumber: `F-${number}`, itemId, warrantyUntil }];
  const accountId = await star.crm.insert("customer", {
    displayName: `Buyer of ${number}`,
    type: "COMPANY",
    devices,
  });
  await star.quiet();
  const article = (await star.erp.all("product")).find((one) => one["ArticleNo"] === `GEAR-${number}`);
  const amounts = { OnHand: `${inStock}.000`, Reserved: "0.000", Available: `${inStock}.000` };
  const stock = { ArticleId: article?.["Id"] as string, Place: "W1", PlaceKind: "E", Unit: "ST", ...amounts };
  await star.erp.insert("stock-level", { ...stock, AsOf: "2026-11-20T06:00:00Z" });
  const about = {
    caseNumber: number,
    accountId,
    kind: "REPAIR",
    subject: "Gears slip",
    serialNumber: `F-${number}`,
  };
  const id = await star.crm.insert("service-case", { ...about, status: "OPEN", priority: "HIGH" });
  await star.quiet();
  return id;
}

const shown = async (id: string): Promise<JsonObject> => (await star.crm.get("service-case", id)) ?? {};
const stepsOf = async (id: string): Promise<JsonObject[]> =>
  ((await shown(id))["steps"] ?? []) as JsonObject[];

/** Field service closes its step in the CRM, with a report. */
async function report(id: string, resolution: string): Promise<void> {
  const steps = (await stepsOf(id)).map((step) =>
    step["code"] === "visit" ? { ...step, status: "DONE" } : step,
  );
  await star.crm.edit("service-case", id, { steps, resolution });
  await star.quiet();
}

test("under warranty, with the part in stock, a repair goes from the serial number to the call-back", async () => {
  const id = await openRepair("R-1", "2030-01-01", 3);
  expect(await questions(star, "Repair R-1%")).toEqual([]);
  expect(await told(star, "Visit for repair R-1%")).toEqual(["field service"]);
  expect(await shown(id)).toMatchObject({
    warrantyCovered: true,
    warrantyUntil: "2030-01-01",
    status: "WAITING",
  });
  expect(await stepsOf(id)).toMatchObject([{ code: "visit", status: "OPEN" }]);
  await report(id, "New gear");
  await answer(star, "Call back about repair R-1%New gear%", "approved", { satisfaction: 90 });
  await star.quiet();
  expect(await shown(id)).toMatchObject({ status: "RESOLVED", satisfaction: 90, resolution: "New gear" });
  expect(await told(star, "%repair R-1%")).toEqual(["field service"]);
});

test("without warranty somebody decides first; in time, or an admin", async () => {
  const id = await openRepair("R-2", "2020-01-01", 3);
  expect(await shown(id)).not.toHaveProperty("warrantyCovered");
  const [question] = await questions(star, "Repair R-2%the warranty ended on 2020-01-01%");
  expect(question).toBeDefined();
  await timePasses(star);
  await until("an admin is asked", async () => {
    const [row] = await star.running.hub.db.query<{ asked: string[] }>(
      "select data->'candidates' as asked from nave.wait where id = $1",
      [question],
    );
    return row?.asked.join() === "role:admin";
  });
  await timePasses(star);
  await star.quiet();
  expect(await shown(id)).toMatchObject({
    status: "RESOLVED",
    warrantyCovered: false,
    approvals: [{ code: "repair", decision: "REFUSED" }],
  });
});

test("approved without warranty, and the part comes later: purchasing hears of it once, and the visit is planned then", async () => {
  const id = await openRepair("R-3", "2020-01-01", 0);
  await answer(star, "Repair R-3%", "approved", {}, "a good customer");
  await star.quiet();
  expect(await told(star, "%repair R-3%")).toEqual(["purchasing"]);
  await timePasses(star);
  await star.quiet();
  expect(await told(star, "%repair R-3%")).toEqual(["purchasing"]);
  const [stock] = (await star.erp.all("stock-level")).filter((one) => one["OnHand"] === "0.000");
  await star.erp.edit("stock-level", stock?.["Id"] as string, { OnHand: "5.000", Available: "5.000" });
  await timePasses(star);
  await until("a visit is planned", async () => (await stepsOf(id)).length > 0);
  await star.quiet();
  expect(await told(star, "%repair R-3%")).toEqual(["field service", "purchasing"]);
  expect((await shown(id))["approvals"]).toMatchObject([
    { decision: "APPROVED", reason: "by olga: a good customer" },
  ]);
});

test("a visit that is late is escalated, and a customer who does not say what the report says is heard", async () => {
  const id = await openRepair("R-4", "2030-01-01", 3);
  await timePasses(star);
  await until("the case is escalated", async () => (await shown(id))["status"] === "ESCALATED");
  expect(await told(star, "Repair R-4 was not visited%")).toEqual(["head of field service"]);
  await report(id, "Oiled");
  await answer(star, "Call back about repair R-4%", "rejected", {}, "still slips");
  await until("the head is told", async () => (await told(star, "Repair R-4: the customer%")).length > 0);
  await star.quiet();
  expect(await shown(id)).toMatchObject({ status: "ESCALATED" });
  expect((await stepsOf(id)).map(({ code, text }) => [code, text])).toContainEqual([
    "call-back",
    "Call back: not as reported: still slips",
  ]);
});
