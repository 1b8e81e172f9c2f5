import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject, WriteRequest } from "../../../src/adapter-kit/contract.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

/** How the two systems call what the tests edit. */
const WORDS = {
  crm: { id: "id", number: "customerNumber", note: "notes", web: "website" },
  erp: { id: "Id", number: "CustNo", note: "Memo", web: "Web" },
} as const;
type Side = keyof typeof WORDS;

const RECORDS = 200;
const NEVER_MS = 3_600_000;

/** Done once, when the hub has recorded that it is going to write and has not sent it yet. */
let betweenPollAndWrite: (() => void) | undefined;
let star: Star;

beforeAll(async () => {
  star = await startStar({
    store: "postgres",
    systems: { crm: { limits: { pollEveryMs: NEVER_MS } }, erp: { limits: { pollEveryMs: NEVER_MS } } },
    reached: (step) => {
      if (step !== "intent") return;
      betweenPollAndWrite?.();
      betweenPollAndWrite = undefined;
    },
  });
});
afterAll(() => star?.close());

async function numbersOf(side: Side): Promise<Map<string, JsonObject>> {
  const records = await star[side].all("customer");
  return new Map(records.map((one) => [one[WORDS[side].number] as string, one]));
}

async function poll(side: Side): Promise<void> {
  await star.running.pollers.get(side)?.scanNow("customer", false);
}

/** Both systems hold these customers, and the hub knows it. */
async function sharedCustomers(prefix: string): Promise<string[]> {
  const numbers = Array.from({ length: RECORDS }, (_, index) => `${prefix}-${index}`);
  await star.crm.seed(
    "customer",
    numbers.map((number) => ({ displayName: `Shared ${number}`, customerNumber: number, notes: "before" })),
  );
  await poll("crm");
  await until(
    "the ERP has them",
    async () => (await everyOne("erp", prefix, "note", "before")) === RECORDS,
    60_000,
  );
  await poll("erp");
  await until("nothing is under way", isQuiet, 30_000);
  return numbers;
}

async function isQuiet(): Promise<boolean> {
  const rows = await star.running.hub.db.query(
    `select 1 from nave.message where state in ('accepted', 'waiting')
     union all select 1 from nave.wish where state in ('open', 'waiting')`,
  );
  return rows.length === 0;
}

/** How many customers of this prefix hold the value there. */
async function everyOne(side: Side, prefix: string, field: "note" | "web", value: string): Promise<number> {
  const ours = [...(await numbersOf(side)).entries()].filter(([number]) => number.startsWith(`${prefix}-`));
  return ours.filter(([, record]) => record[WORDS[side][field]] === value).length;
}

/** Edits every customer of this prefix at once: the commits are done when this returns. */
function editAll(side: Side, ids: readonly string[], changes: JsonObject): void {
  for (const id of ids) void star[side].edit("customer", id, changes);
}

async function idsOf(side: Side, prefix: string): Promise<string[]> {
  const all = [...(await numbersOf(side)).entries()].filter(([number]) => number.startsWith(`${prefix}-`));
  return all.map(([, record]) => record[WORDS[side].id] as string);
}

/** The source changes notes; while the hub is about to write them into the target, people there enter web addresses. */
async function survivors(prefix: string, source: Side, target: Side): Promise<Record<string, number>> {
  await sharedCustomers(prefix);
  const [there, here] = [await idsOf(target, prefix), await idsOf(source, prefix)];
  let edits = 0;
  betweenPollAndWrite = () => {
    edits = there.length;
    editAll(target, there, { [WORDS[target].web]: "https://edited.example" });
  };
  editAll(source, here, { [WORDS[source].note]: "after" });
  await poll(source);
  const arrived = async () => (await everyOne(target, prefix, "note", "after")) === RECORDS;
  await until("what the source changed has arrived", arrived, 60_000);
  const returned = async () => (await everyOne(source, prefix, "web", "https://edited.example")) === RECORDS;
  await until("the edits have come back", returned, 60_000).catch(() => {});
  await until("nothing is under way", isQuiet, 30_000);
  return {
    edits,
    keptThere: await everyOne(target, prefix, "web", "https://edited.example"),
    arrivedHere: await everyOne(source, prefix, "web", "https://edited.example"),
    written: await everyOne(target, prefix, "note", "after"),
  };
}

const ALL_OF_THEM = { edits: RECORDS, keptThere: RECORDS, arrivedHere: RECORDS, written: RECORDS };

test("200 of 200 edits made in the ERP between the hub's last poll and its write survive", async () => {
  expect(await survivors("ERP", "crm", "erp")).toEqual(ALL_OF_THEM);
}, 240_000);

test("200 of 200 edits made in the CRM between the hub's last poll and its write survive", async () => {
  expect(await survivors("CRM", "erp", "crm")).toEqual(ALL_OF_THEM);
}, 240_000);

test("they survive in a system without lock tokens too: it is read afresh, and only what differs is sent", async () => {
  const system = star.running.hub.systems.get("erp");
  if (!system) throw new Error("there is no ERP");
  Object.assign(system.capability("customer"), { lockToken: false });
  const { spoke } = system;
  const write = spoke.write.bind(spoke);
  spoke.write = (entity, requests, signal) => write(entity, requests.map(withoutLock), signal);
  expect(await survivors("NOLOCK", "crm", "erp")).toEqual(ALL_OF_THEM);
}, 240_000);

function withoutLock(request: WriteRequest): WriteRequest {
  if (request.kind === "create") return request;
  const { lockToken: _lockToken, ...rest } = request;
  return rest;
}
