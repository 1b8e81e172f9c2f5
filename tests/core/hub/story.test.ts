import { afterAll, beforeAll, expect, test } from "vitest";
import { trace } from "../../../src/telemetry/trace.ts";
import { crmCustomer } from "./customers.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
let crm: string;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
  crm = await star.crm.insert("customer", { ...crmCustomer(7), notes: "first" });
  await star.quiet();
});
afterAll(() => star?.close());

const inErp = async () => (await star.erp.all("customer")).find((one) => one["CustNo"] === "C7") ?? {};
const hops = async (step: string) => {
  const { hops: all } = await trace(star.running.hub, "C7");
  return all.filter((hop) => hop.step === step);
};

test("the story of a new record holds it as it was seen, as it was sent, and as it was read back", async () => {
  const [accepted] = await hops("accepted");
  expect(accepted).toMatchObject({
    system: "crm",
    localId: crm,
    after: { customerNumber: "C7", notes: "first" },
  });
  expect((await hops("merged"))[0]?.text).toMatch(/^first seen: a new canonical record of \d+ field\(s\)$/);
  const [sent] = await hops("sent");
  expect(sent).toMatchObject({
    system: "erp",
    text: "create in erp",
    after: { CustNo: "C7", Memo: "first" },
  });
  expect(sent).not.toHaveProperty("before");
  const { Id, Memo } = await inErp();
  expect((await hops("written"))[0]).toMatchObject({
    system: "erp",
    localId: Id,
    after: { Id, CustNo: "C7", Memo },
  });
});

test("of a change, what it replaces and what it puts there", async () => {
  await star.crm.edit("customer", crm, { notes: "second" });
  await star.quiet();
  // A poll may read what was written before the write is settled: that is accepted too, and changes nothing.
  const told = async (step: string, hop: object) =>
    expect(await hops(step)).toContainEqual(expect.objectContaining(hop));
  await told("accepted", { system: "crm", after: expect.objectContaining({ notes: "second" }) });
  await told("merged", {
    before: expect.objectContaining({ note: "first" }),
    after: expect.objectContaining({ note: "second" }),
  });
  await told("sent", {
    text: "update in erp",
    before: expect.objectContaining({ Memo: "first" }),
    after: expect.objectContaining({ Memo: "second" }),
  });
  await told("written", { system: "erp", after: expect.objectContaining({ Memo: "second" }) });
});

test("writes that are known to have happened leave no intent behind", async () => {
  expect(await star.running.hub.db.query("select * from nave.intent")).toEqual([]);
});
