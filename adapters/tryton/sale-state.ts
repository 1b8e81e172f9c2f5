import type { JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { refused } from "./faults.ts";
import { idsOf, linkedRows, type Row, rowsOf, text } from "./rows.ts";

/** What of an order's course may be asked for; Tryton goes on from `confirmed` to `processing` and `done` by itself. */
export type WishedState = "draft" | "quotation" | "confirmed" | "cancelled";

/** For each wished state: what to call in which state. */
const STEPS: Record<WishedState, Record<string, string>> = {
  draft: { draft: "there", quotation: "there" },
  quotation: { draft: "quote", quotation: "there" },
  confirmed: { draft: "quote", quotation: "confirm", confirmed: "there", processing: "there", done: "there" },
  cancelled: {
    draft: "cancel",
    quotation: "cancel",
    confirmed: "draft",
    processing: "call off",
    cancelled: "there",
  },
};

/**
 * Brings an order to a state, step by step, and reads the state back after each: Tryton answers a step that does not fit
 * with success and ignores it. Steps that are done already are left out, so that it may be called again.
 */
export async function moveSale(
  call: Call,
  id: number,
  wished: WishedState,
  signal: AbortSignal,
): Promise<string> {
  let state = await stateOf(call, id, signal);
  for (;;) {
    const step = nextStep(state, wished, id);
    if (step === undefined) return state;
    if (step === "call off") await callOff(call, id, signal);
    else await call(`model.sale.sale.${step}`, [[id]], { writes: true, signal });
    const before = state;
    state = await stateOf(call, id, signal);
    if (step === "call off" && state === "done") return "cancelled";
    if (state === before) {
      throw refused(`Tryton ignored "${step}" of order ${id}, which is still ${state}`, {
        field: "state",
        value: wished,
      });
    }
  }
}

/** The step towards the wished state; undefined when the order is there, or beyond it as its course goes. */
function nextStep(state: string, wished: WishedState, id: number): string | undefined {
  const step = STEPS[wished][state];
  if (step !== undefined) return step === "there" ? undefined : step;
  throw refused(`Order ${id} is ${state} in Tryton and cannot become ${wished}`, {
    field: "state",
    value: wished,
    accepts: state === "cancelled" ? "a new order" : `${state} or what follows it`,
  });
}

/**
 * An order in processing cannot be cancelled in Tryton 6.0. Its shipments and invoices can, as long as nothing has left or
 * been posted; the exceptions this raises are answered with "do not make them again", and the order is then done and empty.
 */
async function callOff(call: Call, id: number, signal: AbortSignal): Promise<void> {
  const [sale] = rowsOf(
    await call("model.sale.sale.read", [[id], ["shipments.state", "invoices.state"]], { signal }),
  );
  const shipments = sale ? linkedRows(sale, "shipments") : [];
  const invoices = sale ? linkedRows(sale, "invoices") : [];
  if (inState(shipments, "done").length > 0 || inState(invoices, "posted", "paid").length > 0) {
    throw refused(`Order ${id} is shipped or invoiced in part and cannot be cancelled`, {
      field: "state",
      value: "cancelled",
      accepts: "a return and a credit note",
    });
  }
  const writes = { writes: true, signal };
  const openShipments = shipments.filter((row) => text(row, "state") !== "cancelled").map((row) => row.id);
  if (openShipments.length > 0) await call("model.stock.shipment.out.cancel", [openShipments], writes);
  const openInvoices = inState(invoices, "draft", "validated").map((row) => row.id);
  if (openInvoices.length > 0) await call("model.account.invoice.cancel", [openInvoices], writes);
  await ignoreException(call, id, "shipment", "moves", signal);
  await ignoreException(call, id, "invoice", "invoices", signal);
}

function inState(rows: readonly Row[], ...states: string[]): Row[] {
  return rows.filter((row) => states.includes(text(row, "state") ?? ""));
}

/** Answers the wizard "handle exception" with nothing to be made again. */
async function ignoreException(
  call: Call,
  id: number,
  what: string,
  items: string,
  signal: AbortSignal,
): Promise<void> {
  const [sale] = rowsOf(await call("model.sale.sale.read", [[id], [`${what}_state`]], { signal }));
  if (text(sale, `${what}_state`) !== "exception") return;
  const wizard = `wizard.sale.handle.${what}.exception`;
  const context = { active_model: "sale.sale", active_id: id, active_ids: [id] };
  const [session] = (await call(`${wizard}.create`, [], { writes: true, signal })) as number[];
  const asked = await call(`${wizard}.execute`, [session ?? null, {}, "ask"], {
    writes: true,
    context,
    signal,
  });
  const { defaults } = (asked as { view: { defaults: JsonObject } }).view;
  const answer = { [`recreate_${items}`]: [], [`domain_${items}`]: idsOf(defaults, `domain_${items}`) };
  await call(`${wizard}.execute`, [session ?? null, { ask: answer }, "handle"], {
    writes: true,
    context,
    signal,
  });
  await call(`${wizard}.delete`, [session ?? null], { writes: true, signal });
}

async function stateOf(call: Call, id: number, signal: AbortSignal): Promise<string> {
  const [sale] = rowsOf(await call("model.sale.sale.read", [[id], ["state"]], { signal }));
  return text(sale, "state") ?? "draft";
}
