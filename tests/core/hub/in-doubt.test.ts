import { afterAll, beforeAll, expect, test } from "vitest";
import type { Spoke } from "../../../src/adapter-kit/contract.ts";
import { dropDeadLetter, retryDeadLetter } from "../../../src/receive/dead-letter-actions.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { until } from "../../services/until.ts";
import { crmCustomer } from "./customers.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
  const spoke = star.running.hub.systems.get("erp")?.spoke as Partial<Spoke>;
  // As in a system that has no field for a key of the hub's.
  delete spoke.findByProbe;
});
afterAll(() => star?.close());

/** A customer whose creation got lost on its way to the ERP, which nobody can ask about it. */
async function customerInDoubt(n: number): Promise<{ crm: string; letter: string }> {
  await star.erp.misbehave({ lostBeforeWriteNext: 1 });
  const crm = await star.crm.insert("customer", crmCustomer(n));
  await until("it is in doubt", async () => (await countForPersons(star.running.hub.db)).inDoubt === 1);
  const [letter] = await listDeadLetters(star.running.hub.db, 1);
  expect(letter).toMatchObject({ code: "NAVE_WRITE_IN_DOUBT", state: "open" });
  return { crm, letter: letter?.id ?? "" };
}

const inErp = async (n: number) =>
  (await star.erp.all("customer")).filter((one) => one["CustNo"] === `C${n}`);

test("a create in doubt is sent again when a person who has looked retries it, and then it is met", async () => {
  const { letter } = await customerInDoubt(1);
  await star.quiet();
  expect(await inErp(1)).toEqual([]);
  await retryDeadLetter(star.running.hub, letter, "Ann");
  await star.quiet();
  expect(await inErp(1)).toHaveLength(1);
  expect(await countForPersons(star.running.hub.db)).toMatchObject({ inDoubt: 0, deadLetters: 0 });
});

test("a create in doubt that a person drops is not sent again until its record changes", async () => {
  const { crm, letter } = await customerInDoubt(2);
  await dropDeadLetter(star.running.hub, letter, "Ann");
  await star.quiet();
  expect(await inErp(2)).toEqual([]);
  await star.crm.edit("customer", crm, { notes: "still wanted" });
  await star.quiet();
  expect(await inErp(2)).toMatchObject([{ Memo: "still wanted" }]);
  expect(await countForPersons(star.running.hub.db)).toMatchObject({ inDoubt: 0, deadLetters: 0 });
});
