import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

async function openCase(number: string, dueOn: string | undefined): Promise<string> {
  const accountId = await star.crm.insert("customer", { displayName: `Buyer of ${number}`, type: "COMPANY" });
  const body = { caseNumber: number, accountId, kind: "REQUEST", status: "OPEN" };
  const id = await star.crm.insert("service-case", {
    ...body,
    ...(dueOn !== undefined && { dueAt: `${dueOn}T10:00:00Z` }),
  });
  await star.quiet();
  return id;
}

const reminders = async (number: string): Promise<string[]> =>
  (
    await star.running.hub.db.query<{ text: string }>(
      "select recipient || ': ' || subject as text from nave.notification where subject like $1 order by created_at",
      [`% ${number}:%`],
    )
  ).map(({ text }) => text);

/** The days on which is reminded, of a record, as they wait. */
async function waiting(id: string): Promise<string[]> {
  const rows = await star.running.hub.db.query<{ due: Date }>(
    `select w.due_at as due from nave.wait w join nave.cross_reference x on w.key like '%' || x.canonical_id || '%'
     where w.state = 'open' and x.system = 'crm' and x.local_id = $1 order by w.due_at`,
    [id],
  );
  return rows.map(({ due }) => due.toISOString());
}

/** As if it were the time of every reminder that waits. */
async function timePasses(): Promise<void> {
  await star.running.hub.db.query("update nave.wait set due_at = now() where state = 'open'");
  await until("nothing waits", async () => {
    const [row] = await star.running.hub.db.query<{ count: number }>(
      "select count(*)::int as count from nave.wait where state = 'open'",
    );
    return row?.count === 0;
  });
  await star.quiet();
}

test("a date is reminded of two days before, one day before and one day after, once each", async () => {
  const date = inDays(10);
  const id = await openCase("R-1", date);
  const at = (days: number) => `${inDays(10 + days)}T08:00:00.000Z`;
  expect(await waiting(id)).toEqual([at(-2), at(-1), at(1)]);
  await star.crm.edit("service-case", id, { contactName: "Ann" });
  await star.quiet();
  await timePasses();
  const text = `customer service: service-case R-1: follow-up on ${date}`;
  expect(await reminders("R-1")).toEqual([text, text, text]);
});

test("a date that moves is reminded of where it is then, one that goes and a record that is over not at all", async () => {
  const moved = await openCase("R-2", inDays(10));
  const gone = await openCase("R-3", inDays(10));
  const over = await openCase("R-4", inDays(10));
  await star.crm.edit("service-case", moved, { dueAt: `${inDays(20)}T10:00:00Z` });
  await star.crm.edit("service-case", gone, { dueAt: null });
  await star.crm.edit("service-case", over, { status: "CLOSED" });
  await star.quiet();
  await timePasses();
  const text = `customer service: service-case R-2: follow-up on ${inDays(20)}`;
  expect(await reminders("R-2")).toEqual([text, text, text]);
  expect(await reminders("R-3")).toEqual([]);
  expect(await reminders("R-4")).toEqual([]);
});

test("what has passed when the date becomes known is not reminded of", async () => {
  const id = await openCase("R-5", inDays(0));
  expect(await waiting(id)).toEqual([`${inDays(1)}T08:00:00.000Z`]);
});

test("orders and invoices are reminded of by dates of their own", async () => {
  const accountId = await star.crm.insert("customer", { displayName: "Buyer of R-6", type: "COMPANY" });
  const itemId = await star.crm.insert("product", {
    sku: "R-6",
    title: "Bell",
    uom: "pc",
    active: true,
    stocked: true,
  });
  await star.crm.insert("order", {
    orderNumber: "R-6",
    accountId,
    placedAt: "2026-11-20T10:00:00.000Z",
    currency: "EUR",
    status: "NEW",
    wantedOn: inDays(5),
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    linesCents: 1800,
    netCents: 1800,
    taxCents: 342,
    grossCents: 2142,
    lines: [{ lineNo: 1, itemId, qty: 1, uom: "pc", unitPrice: "18.00", netCents: 1800, taxPercent: "19" }],
  });
  await star.quiet();
  const order = (await star.erp.all("order")).find((one) => one["CustRef"] === "R-6");
  const invoiceId = await star.erp.act("invoice", order?.["Id"] as string);
  await star.quiet();
  await timePasses();
  const invoice = await star.erp.get("invoice", invoiceId);
  expect(
    (await reminders("R-6")).every((one) => one === `sales: order R-6: requested delivery on ${inDays(5)}`),
  ).toBe(true);
  expect(await reminders("R-6")).toHaveLength(3);
  const due = `accounting: invoice ${String(invoice?.["InvoiceNo"])}: due date on ${String(invoice?.["DueDate"])}`;
  expect(await reminders(String(invoice?.["InvoiceNo"]))).toEqual([due, due, due]);
});
