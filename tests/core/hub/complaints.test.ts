import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { until } from "../../services/until.ts";
import { timePasses, told } from "./people.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

async function complain(number: string, fields: JsonObject): Promise<string> {
  const accountId = await star.crm.insert("customer", { displayName: `Buyer of ${number}`, type: "COMPANY" });
  const open = {
    caseNumber: number,
    accountId,
    kind: "COMPLAINT",
    status: "OPEN",
    openedAt: "2026-11-25T09:00:00Z",
  };
  const id = await star.crm.insert("service-case", { ...open, ...fields });
  await star.quiet();
  return id;
}

test("a complaint is told to every department it concerns, once, and the CRM shows who has to answer by when", async () => {
  const id = await complain("C-1", { subject: "Delivered late, and charged twice", priority: "URGENT" });
  expect(await told(star, "Complaint C-1%")).toEqual(["accounting", "logistics"]);
  const shown = (await star.crm.get("service-case", id)) ?? {};
  expect((shown["departments"] as JsonObject[]).map(({ code }) => code)).toEqual(["logistics", "accounting"]);
  expect(shown["steps"]).toMatchObject([
    { code: "logistics", status: "OPEN", deadline: shown["dueAt"] },
    { code: "accounting", status: "OPEN", deadline: shown["dueAt"] },
  ]);
  await star.crm.edit("service-case", id, { contactName: "Ann" });
  await star.quiet();
  expect(await told(star, "Complaint C-1%")).toHaveLength(2);
  expect(await star.crm.get("service-case", id)).toMatchObject({
    contactName: "Ann",
    dueAt: shown["dueAt"],
  });
});

test("a department that does not answer in time is told on, and the case is escalated; one that answers is not", async () => {
  const late = await complain("C-2", { subject: "Spokes are loose" });
  const answered = await complain("C-3", { subject: "Frame is cracked" });
  const asked = (await star.crm.get("service-case", answered)) ?? {};
  const [step] = asked["steps"] as JsonObject[];
  await star.crm.edit("service-case", answered, { steps: [{ ...step, status: "DONE" }] });
  await star.quiet();
  await timePasses(star);
  await until(
    "the head of the department is told",
    async () => (await told(star, "Complaint C-2%")).length === 2,
  );
  await star.quiet();
  expect(await told(star, "Complaint C-2%")).toEqual(["head of quality", "quality"]);
  expect(await star.crm.get("service-case", late)).toMatchObject({ status: "ESCALATED", priority: "HIGH" });
  expect(await told(star, "Complaint C-3%")).toEqual(["quality"]);
  expect(await star.crm.get("service-case", answered)).toMatchObject({ status: "OPEN" });
});

test("what the CRM says after the hub has escalated a case stands", async () => {
  const id = await complain("C-4", { subject: "Nobody calls back" });
  expect(await told(star, "Complaint C-4%")).toEqual(["sales"]);
  await timePasses(star);
  await until("the case is escalated", async () => {
    return (await star.crm.get("service-case", id))?.["status"] === "ESCALATED";
  });
  await star.crm.edit("service-case", id, { status: "RESOLVED", resolution: "Called on Monday" });
  await star.quiet();
  expect(await star.crm.get("service-case", id)).toMatchObject({ status: "RESOLVED" });
});
