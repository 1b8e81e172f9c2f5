import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { SET_UP_MS } from "../set-up.ts";
import { editMailOf } from "../tryton/actions.ts";
import { records } from "./tryton-figures.ts";
import { startTrytonStar, type TrytonStar } from "./tryton-star.ts";

const RECORDS = 200;
const NEVER_MS = 3_600_000;
const PHONE = "+49 30 1234567";
const ORDERS = ["product", "order", "shipment", "invoice", "payment", "stock-level"];

let star: TrytonStar;
beforeAll(async () => {
  star = await startTrytonStar({ limits: { pollEveryMs: NEVER_MS }, without: ORDERS });
}, SET_UP_MS);
afterAll(() => star?.close());

type Party = { id: number; name: string; email: string; phone: string };

function mailOf(number: string): JsonObject {
  return { id: "c1", type: "EMAIL", value: `${number.toLowerCase()}@nordwind.example` };
}

/** What Tryton itself holds, by customer number. */
async function parties(): Promise<Map<string, Party>> {
  const fields = ["code", "name", "contact_mechanisms.value", "contact_mechanisms.type"];
  const found = await records(
    star.tryton.call("model.party.party.search_read", [[["code", "like", "RACE-%"]], 0, null, null, fields]),
  );
  return new Map(
    found.map((party) => {
      const means = party["contact_mechanisms."] as { type: string; value: string }[];
      const valuesOf = (kind: string) => means.filter(({ type }) => type === kind).map(({ value }) => value);
      const [email, phone] = [valuesOf("email").join(), valuesOf("phone").join()];
      return [String(party["code"]), { id: Number(party["id"]), name: String(party["name"]), email, phone }];
    }),
  );
}

/** Once for each party: just before the hub's write of it leaves, the hub having decided and noted it, a person edits it and saves. */
function editBeforeWrites(): Set<string> {
  const spoke = star.running.hub.systems.get("erp")?.spoke;
  if (!spoke) throw new Error("there is no ERP");
  const edited = new Set<string>();
  const write = spoke.write.bind(spoke);
  spoke.write = async (entity, requests, signal) => {
    const ids = requests.flatMap((one) => (one.kind === "create" ? [] : [one.localId]));
    const untouched = ids.filter((id) => !edited.has(id));
    for (const id of untouched) edited.add(id);
    if (untouched.length > 0) await editMailOf(star.tryton, untouched.map(Number));
    return write(entity, requests, signal);
  };
  return edited;
}

test("200 of 200 edits made in Tryton between the hub's last poll and its write survive, and reach the CRM", async () => {
  const numbers = Array.from({ length: RECORDS }, (_unused, index) => `RACE-${index}`);
  const crmIds = await star.crm.seed(
    "customer",
    numbers.map((number) => ({
      displayName: `Before ${number}`,
      type: "COMPANY",
      customerNumber: number,
      channels: [mailOf(number)],
    })),
  );
  await star.quiet(120_000);
  const before = await parties();
  expect(before.size).toBe(RECORDS);

  const edited = editBeforeWrites();
  // the phone number goes into the same list of the party as the address that is edited there
  const changes = numbers.map((number) => ({
    displayName: `After ${number}`,
    channels: [mailOf(number), { id: "c2", type: "PHONE", value: PHONE }],
  }));
  await Promise.all(crmIds.map((id, index) => star.crm.edit("customer", id, changes[index] ?? {})));
  await star.quiet(120_000);
  expect(edited.size).toBe(RECORDS);

  const wanted = numbers.map((number): [string, Party] => {
    const id = before.get(number)?.id ?? 0;
    return [number, { id, name: `After ${number}`, email: `edited-${id}@nordwind.example`, phone: PHONE }];
  });
  expect(Object.fromEntries(await parties())).toEqual(Object.fromEntries(wanted));
  const inCrm = await Promise.all(crmIds.map((id) => star.crm.get("customer", id)));
  const mails = inCrm.map((one) => ((one ?? {})["channels"] as { value: string }[])[0]?.value);
  expect(mails).toEqual(wanted.map(([, { email }]) => email));
  expect(await countForPersons(star.running.hub.db)).toMatchObject({
    deadLetters: 0,
    inDoubt: 0,
    conflicts: 0,
    reviews: 0,
  });
}, 300_000);
