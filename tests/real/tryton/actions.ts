import { plainText } from "../../../adapters/tryton/rows.ts";
import type { Json, JsonObject } from "../../../src/adapter-kit/index.ts";
import type { Tryton } from "./server.ts";

/** What people do in Tryton outside the hub, as user admin. Ids are Tryton's own; each function answers when Tryton has done it. */
type Admin = Pick<Tryton, "call">;

/** Draft to quotation to processing; shipments and invoices are made by then. */
export async function confirmSale({ call }: Admin, ...sales: number[]): Promise<void> {
  await call("model.sale.sale.quote", [sales]);
  await call("model.sale.sale.confirm", [sales]);
}

export async function cancelSale({ call }: Admin, ...sales: number[]): Promise<void> {
  await call("model.sale.sale.cancel", [sales]);
}

/** Ships everything that is still open of these sales; answers the ids of the shipments. */
export async function shipAll(admin: Admin, ...sales: number[]): Promise<number[]> {
  const shipments = await openShipments(admin, sales);
  await ship(admin, shipments);
  return shipments;
}

/** Ships so many units of every open line at most; Tryton makes another shipment of the rest. */
export async function shipPartly(admin: Admin, sale: number, units: number): Promise<number> {
  const { call } = admin;
  const [shipment] = await openShipments(admin, [sale]);
  if (shipment === undefined) throw new Error(`sale ${sale} has no open shipment`);
  const fields: Json = ["quantity"];
  const moves = await records(
    call("model.stock.move.search_read", [
      [
        ["shipment", "=", `stock.shipment.out,${shipment}`],
        ["origin", "like", "sale.line,%"],
      ],
      0,
      null,
      null,
      fields,
    ]),
  );
  for (const { id, quantity } of moves) {
    await call("model.stock.move.write", [[id ?? null], { quantity: Math.min(Number(quantity), units) }]);
  }
  // the reservation is made again for the smaller quantities
  await call("model.stock.shipment.out.wait", [[shipment]]);
  await ship(admin, [shipment]);
  return shipment;
}

/** Posts all invoices of these sales that are not posted yet; answers the ids of all their invoices. */
export async function postInvoices({ call }: Admin, ...sales: number[]): Promise<number[]> {
  const found = await records(call("model.sale.sale.read", [sales, ["invoices.state"]]));
  const invoices = found.flatMap((sale) => (sale["invoices."] ?? []) as JsonObject[]);
  const drafts = invoices
    .filter(({ state }) => state === "draft" || state === "validated")
    .map(({ id }) => id ?? null);
  if (drafts.length > 0) await call("model.account.invoice.post", [drafts]);
  return invoices.map(({ id }) => Number(id));
}

/**
 * Pays the rest of an invoice, or the given amount of it, through the payment wizard. The wizard's own default is what is due
 * today, which is negative once something was paid before its day.
 */
export async function pay(admin: Admin, invoice: number, amount?: string): Promise<void> {
  const [method] = await records(
    admin.call("model.account.invoice.payment.method.search_read", [[], 0, 1, null, ["name"]]),
  );
  await inWizard(admin, "account.invoice.pay", "account.invoice", invoice, async (execute) => {
    const defaults = await execute({}, "start");
    const [open] = await records(admin.call("model.account.invoice.read", [[invoice], ["amount_to_pay"]]));
    const start: JsonObject = {
      ...defaults,
      amount: decimal(amount ?? plainText(open?.["amount_to_pay"])),
      payment_method: method?.["id"] ?? null,
      description: `payment of ${invoice}`,
    };
    const asked = await execute({ start }, "choice");
    // asked only when the amount is not what is due
    if (Object.keys(asked).length > 0) await execute({ start, ask: { ...asked, type: "partial" } }, "pay");
  });
}

/** Takes a posted invoice back with a credit note; answers its id. With a refund Tryton posts it and settles one with the other. */
export async function creditNote(admin: Admin, invoice: number, withRefund = true): Promise<number> {
  const before = await outgoing(admin);
  await inWizard(admin, "account.invoice.credit", "account.invoice", invoice, async (execute) => {
    const defaults = await execute({}, "start");
    await execute({ start: { ...defaults, invoice_date: null, with_refund: withRefund } }, "credit");
  });
  const made = (await outgoing(admin)).find((id) => !before.includes(id));
  if (made === undefined) throw new Error(`no credit note was made of invoice ${invoice}`);
  if (!withRefund) await admin.call("model.account.invoice.post", [[made]]);
  return made;
}

/** Counts a product in the first warehouse: from now on there are so many. */
export async function setStock({ call }: Admin, product: number, units: number): Promise<void> {
  const [location] = (await call("model.stock.location.search", [
    [["code", "=", "STO"]],
    0,
    1,
    null,
  ])) as number[];
  const line: JsonObject = { product, quantity: units, expected_quantity: 0 };
  const values: JsonObject = { location: location ?? null, lines: [["create", [line]]] };
  const inventories = (await call("model.stock.inventory.create", [[values]])) as number[];
  await call("model.stock.inventory.confirm", [inventories]);
}

async function ship({ call }: Admin, shipments: number[]): Promise<void> {
  for (const step of ["assign_try", "pick", "pack", "done"])
    await call(`model.stock.shipment.out.${step}`, [shipments]);
  for (const { id, state } of await records(call("model.stock.shipment.out.read", [shipments, ["state"]]))) {
    if (state !== "done")
      throw new Error(`shipment ${plainText(id)} is ${plainText(state)}: not enough in stock?`);
  }
}

async function openShipments({ call }: Admin, sales: number[]): Promise<number[]> {
  const found = await records(call("model.sale.sale.read", [sales, ["shipments.state"]]));
  return found
    .flatMap((sale) => (sale["shipments."] ?? []) as JsonObject[])
    .filter(({ state }) => state !== "done" && state !== "cancelled")
    .map(({ id }) => Number(id));
}

async function outgoing({ call }: Admin): Promise<number[]> {
  return (await call("model.account.invoice.search", [[["type", "=", "out"]], 0, null, null])) as number[];
}

type Execute = (values: JsonObject, state: string) => Promise<JsonObject>;

/** Runs a wizard on one record; `execute` answers the defaults of the form that comes next, as values to send back. */
async function inWizard(
  { call }: Admin,
  name: string,
  model: string,
  id: number,
  work: (execute: Execute) => Promise<void>,
): Promise<void> {
  const context = { active_model: model, active_id: id, active_ids: [id] };
  const [session = null] = (await call(`wizard.${name}.create`, [])) as number[];
  await work(async (values, state) => {
    const answer = (await call(`wizard.${name}.execute`, [session, values, state], context)) as {
      view?: { defaults: JsonObject };
    };
    const defaults = Object.entries(answer.view?.defaults ?? {}).filter(([field]) => !field.endsWith("."));
    return Object.fromEntries(defaults.map(([field, value]) => [field, typed(value)]));
  });
  await call(`wizard.${name}.delete`, [session]);
}

/** Answers are decoded to plain texts; sent back, dates and decimals need their types again. */
function typed(value: Json): Json {
  if (typeof value !== "string") return value;
  if (/^-?\d+\.\d+$/.test(value)) return decimal(value);
  const [year, month, day] = /^\d{4}-\d{2}-\d{2}$/.test(value) ? value.split("-").map(Number) : [];
  return year === undefined ? value : { __class__: "date", year, month: month ?? 1, day: day ?? 1 };
}

function decimal(text: string): JsonObject {
  return { __class__: "Decimal", decimal: text };
}

async function records(answer: Promise<Json>): Promise<JsonObject[]> {
  return (await answer) as JsonObject[];
}

/** Gives each party the e-mail address `edited-<id>@nordwind.example` instead of its own, through its form. */
export async function editMailOf({ call }: Pick<Tryton, "call">, parties: readonly number[]): Promise<void> {
  const domain = [
    ["party", "in", [...parties]],
    ["type", "=", "email"],
  ];
  const fields = ["party"];
  const found = await call("model.party.contact_mechanism.search_read", [domain, 0, null, null, fields]);
  const edits = (found as { id: number; party: number }[]).flatMap(({ id, party }) => {
    const value = `edited-${party}@nordwind.example`;
    return [[party], { contact_mechanisms: [["write", [id], { value }]] }];
  });
  await call("model.party.party.write", edits);
}
