import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import type { LifeStep } from "../../src/hub.ts";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { type ModeSettings, settingsOf } from "./modes.ts";

let settings: ModeSettings;
let star: Star;
beforeAll(async () => {
  settings = await settingsOf("distributed");
  star = await startStar({ hub: settings.hub });
});
afterAll(async () => {
  await star?.close();
  await settings?.drop();
});

async function newCustomer(number: string): Promise<string> {
  const id = await star.crm.insert("customer", {
    displayName: `Customer ${number}`,
    type: "COMPANY",
    customerNumber: number,
    notes: "as agreed",
    channels: [{ id: "first", type: "EMAIL", value: `${number.toLowerCase()}@example.com` }],
  });
  await star.quiet();
  return id;
}

async function inErp(number: string): Promise<JsonObject> {
  return (await star.erp.all("customer")).find((one) => one["CustNo"] === number) ?? {};
}

/** The hub dies in this step of what `change` sets off; then `meanwhile` happens, and a new hub comes to rest. */
async function dieAt(step: LifeStep, change: () => Promise<unknown>, meanwhile: () => Promise<unknown>) {
  await star.stopHub();
  const hub = new HubInAProcess();
  hub.begin(star.config, { step, hit: 1 });
  await hub.ready();
  await change();
  await hub.diesAt(step);
  await meanwhile();
  await star.startHub();
  await star.quiet();
  expect(await countForPersons(star.running.hub.db)).toMatchObject({ inDoubt: 0, deadLetters: 0 });
}

test("an edit made where a dead hub was about to write the same field is taken for an edit, not for what became of the write", async () => {
  const crm = await newCustomer("SAME-1");
  await dieAt(
    "intent",
    () => star.crm.edit("customer", crm, { notes: "by the CRM" }),
    async () => star.erp.edit("customer", (await inErp("SAME-1"))["Id"] as string, { Memo: "by the ERP" }),
  );
  const { notes } = (await star.crm.get("customer", crm)) ?? {};
  expect((await inErp("SAME-1"))["Memo"]).toBe(notes);
});

test("an edit made in a record that a hub created just before it died is taken for an edit", async () => {
  let crm = "";
  await dieAt(
    "answered",
    async () => {
      crm = await star.crm.insert("customer", {
        displayName: "Customer NEW-1",
        customerNumber: "NEW-1",
        notes: "by the CRM",
      });
    },
    async () => star.erp.edit("customer", (await inErp("NEW-1"))["Id"] as string, { Memo: "by the ERP" }),
  );
  const { notes } = (await star.crm.get("customer", crm)) ?? {};
  expect((await inErp("NEW-1"))["Memo"]).toBe(notes);
});

test("a name that the target cut is known for its form of it, also by a hub that never saw the answer", async () => {
  const crm = await newCustomer("CUT-1");
  await star.erp.misbehave({ nameLimit: 30 });
  const name = "Donaudampfschifffahrtsgesellschaft mit beschränkter Haftung";
  await dieAt(
    "answered",
    () => star.crm.edit("customer", crm, { displayName: name }),
    async () => {},
  );
  expect(await inErp("CUT-1")).toMatchObject({ Name1: name.slice(0, 30) });
  expect(await star.crm.get("customer", crm)).toMatchObject({ displayName: name });
});

test("news that a dead hub had merged and not yet routed are routed, though a newer observation brings none", async () => {
  const crm = await newCustomer("NEWS-1");
  await dieAt(
    "merge",
    () => star.crm.edit("customer", crm, { notes: "news" }),
    // Other ids of list items: another record to the eye, the same to the mapping.
    () =>
      star.crm.edit("customer", crm, {
        channels: [{ id: "other", type: "EMAIL", value: "news-1@example.com" }],
      }),
  );
  expect(await inErp("NEWS-1")).toMatchObject({ Memo: "news" });
});
