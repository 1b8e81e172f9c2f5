import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { Tryton } from "../tryton/server.ts";

/** What came of one order, said in the CRM's words but by Tryton's own records. Amounts in cents. */
export type OrderCourse = {
  order: {
    status: string;
    deliveryStatus: string;
    invoiceStatus: string;
    paymentStatus: string;
    invoicedCents: number;
    creditedCents: number;
    paidCents: number;
    /** Units that have left, by line. */
    shippedQty: number[];
  };
  shipments: { number: string; status: string; units: number }[];
  invoices: {
    number: string;
    kind: string;
    status: string;
    netCents: number;
    grossCents: number;
    corrects: string;
    /** Of goods. */
    units: number;
  }[];
  payments: { cents: number; invoice: string }[];
};

/**
 * Reads the courses of the orders with these references past the hub: sales, moves, invoices and account lines as user
 * admin, each by its own field in Tryton.
 */
export async function coursesInTryton(
  tryton: Pick<Tryton, "call">,
  references: readonly string[],
): Promise<Map<string, OrderCourse>> {
  const sales = await records(
    tryton.call("model.sale.sale.search_read", [[["reference", "in", [...references]]], 0, null, null, SALE]),
  );
  const courses = new Map<string, OrderCourse>();
  for (const sale of sales) {
    const reference = String(sale["reference"]);
    if (courses.has(reference)) throw new Error(`Tryton has the order ${reference} twice`);
    courses.set(reference, await courseOf(tryton, sale));
  }
  return courses;
}

const SALE: Json = [
  "reference",
  "state",
  "untaxed_amount",
  "lines.type",
  "lines.quantity",
  "lines.product.type",
  "lines.moves.state",
  "lines.moves.quantity",
  "shipments.number",
  "shipments.state",
  "shipments.outgoing_moves.quantity",
  "shipments.outgoing_moves.state",
  "invoices",
];
const INVOICE: Json = [
  "number",
  "state",
  "untaxed_amount",
  "total_amount",
  "payment_lines.credit",
  "payment_lines.debit",
  "lines.origin",
  "lines.quantity",
  "lines.product.type",
];

async function courseOf(tryton: Pick<Tryton, "call">, sale: JsonObject): Promise<OrderCourse> {
  const own = sale["invoices"] as number[];
  const invoices = await readInvoices(tryton, [["id", "in", own]]);
  const lineIds = invoices.flatMap(linesOf).map(({ id }) => `account.invoice.line,${String(id)}`);
  const credits = await readInvoices(tryton, [["lines.origin", "in", lineIds]]);
  const posted = [...invoices, ...credits].filter(({ number }) => number !== null);
  const goods = part(sale, "lines").filter(isOfGoods);
  const shippedQty = goods.map((line) => units(part(line, "moves").filter(isDone)));
  const ordered = goods.map((line) => Number(line["quantity"]));
  const invoiced = posted.filter((one) => cents(one["total_amount"]) > 0);
  const paidCents = posted
    .flatMap((one) => part(one, "payment_lines"))
    .reduce((sum, line) => sum + paid(line), 0);
  const invoicedCents = sumOf(invoiced, "total_amount");
  const creditedCents = Math.abs(
    sumOf(
      posted.filter((one) => cents(one["total_amount"]) < 0),
      "total_amount",
    ),
  );
  const allInvoiced =
    invoiced.length > 0 && sumOf(invoiced, "untaxed_amount") >= cents(sale["untaxed_amount"]);
  const allPaid = allInvoiced && paidCents >= invoicedCents - creditedCents;
  return {
    order: {
      status: STATUS[String(sale["state"])] ?? String(sale["state"]),
      deliveryStatus: deliveryOf(shippedQty, ordered),
      invoiceStatus: invoiced.length === 0 ? "OPEN" : allInvoiced ? "INVOICED" : "PARTIAL",
      paymentStatus: paidCents <= 0 ? "OPEN" : allPaid ? "PAID" : "PARTIAL",
      invoicedCents,
      creditedCents,
      paidCents,
      shippedQty,
    },
    shipments: part(sale, "shipments").map((shipment) => ({
      number: String(shipment["number"]),
      status: SHIPMENT[String(shipment["state"])] ?? String(shipment["state"]),
      units: units(part(shipment, "outgoing_moves")),
    })),
    invoices: posted.map((one) => ({
      number: String(one["number"]),
      kind: cents(one["total_amount"]) < 0 ? "CREDIT" : "INVOICE",
      status: String(one["state"]).toUpperCase(),
      netCents: Math.abs(cents(one["untaxed_amount"])),
      grossCents: Math.abs(cents(one["total_amount"])),
      corrects: credits.includes(one) ? String(correctedBy(one, invoices)?.["number"]) : "",
      units: Math.abs(units(linesOf(one).filter(isOfGoods))),
    })),
    payments: posted.flatMap((one) =>
      part(one, "payment_lines").map((line) => ({ cents: paid(line), invoice: String(one["number"]) })),
    ),
  };
}

const STATUS: Record<string, string> = {
  draft: "NEW",
  quotation: "NEW",
  confirmed: "CONFIRMED",
  processing: "CONFIRMED",
  done: "DONE",
  cancelled: "CANCELLED",
};
const SHIPMENT: Record<string, string> = {
  draft: "PLANNED",
  waiting: "PLANNED",
  assigned: "PLANNED",
  picked: "PICKED",
  packed: "PACKED",
  done: "SHIPPED",
  cancelled: "CANCELLED",
};

async function readInvoices({ call }: Pick<Tryton, "call">, domain: Json[]): Promise<JsonObject[]> {
  return records(call("model.account.invoice.search_read", [domain, 0, null, [["id", "ASC"]], INVOICE]));
}

function correctedBy(credit: JsonObject, invoices: readonly JsonObject[]): JsonObject | undefined {
  const origins = new Set(linesOf(credit).map(({ origin }) => String(origin)));
  return invoices.find((one) =>
    linesOf(one).some(({ id }) => origins.has(`account.invoice.line,${String(id)}`)),
  );
}

function deliveryOf(shipped: readonly number[], ordered: readonly number[]): string {
  if (shipped.every((count) => count === 0)) return "OPEN";
  return shipped.every((count, index) => count >= (ordered[index] ?? 0)) ? "SHIPPED" : "PARTIAL";
}

function linesOf(invoice: JsonObject): JsonObject[] {
  return part(invoice, "lines");
}

function part(record: JsonObject, field: string): JsonObject[] {
  return (record[`${field}.`] ?? []) as JsonObject[];
}

function isOfGoods(line: JsonObject): boolean {
  return (line["product."] as JsonObject | null)?.["type"] === "goods";
}

function isDone(move: JsonObject): boolean {
  return move["state"] === "done";
}

function units(moves: readonly JsonObject[]): number {
  return moves.reduce((sum, { quantity }) => sum + Number(quantity), 0);
}

function paid(line: JsonObject): number {
  return cents(line["credit"]) - cents(line["debit"]);
}

function sumOf(invoices: readonly JsonObject[], field: string): number {
  return invoices.reduce((sum, one) => sum + cents(one[field]), 0);
}

function cents(amount: Json | undefined): number {
  return Math.round(Number(amount ?? 0) * 100);
}

export async function records(answer: Promise<Json>): Promise<JsonObject[]> {
  return (await answer) as JsonObject[];
}
