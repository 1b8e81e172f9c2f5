import { add, compare } from "../../src/adapter-kit/canonical.ts";
import {
  type Json,
  type JsonObject,
  NaveError,
  type OperationReply,
  type OperationRequest,
} from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { refused, replyOfFault } from "./faults.ts";
import { rowsOf, text } from "./rows.ts";
import { moveSale } from "./sale-state.ts";

type Operation = (call: Call, args: JsonObject, signal: AbortSignal) => Promise<JsonObject>;

/**
 * Commands are repeatable without a key of their own: each looks at the state first and does only what is left to do, so
 * that a second attempt after a lost answer is harmless.
 */
const OPERATIONS: Record<string, Operation> = {
  quoteOrder: async (call, args, signal) => ({
    state: await moveSale(call, idIn(args, "order"), "quotation", signal),
  }),
  confirmOrder: async (call, args, signal) => ({
    state: await moveSale(call, idIn(args, "order"), "confirmed", signal),
  }),
  cancelOrder: async (call, args, signal) => ({
    state: await moveSale(call, idIn(args, "order"), "cancelled", signal),
  }),
  assignShipment: (call, args, signal) => moveShipment(call, idIn(args, "shipment"), "assigned", signal),
  shipShipment: (call, args, signal) => moveShipment(call, idIn(args, "shipment"), "done", signal),
  postInvoice,
  creditCheck,
};

export async function callOperation(
  call: Call,
  operation: string,
  { args, signal }: OperationRequest,
): Promise<OperationReply> {
  const run = OPERATIONS[operation];
  if (!run) {
    throw new NaveError("NAVE_NOT_SUPPORTED", `Tryton has no operation "${operation}"`, {
      accepts: Object.keys(OPERATIONS).join(", "),
    });
  }
  try {
    return { kind: "done", result: await run(call, args, signal) };
  } catch (error) {
    return replyOfFault(error);
  }
}

const SHIPPING = ["waiting", "assigned", "picked", "packed", "done"];
const STEPS: Record<string, string> = {
  draft: "wait",
  waiting: "assign_try",
  assigned: "pick",
  picked: "pack",
  packed: "done",
};

async function moveShipment(
  call: Call,
  id: number,
  wished: string,
  signal: AbortSignal,
): Promise<JsonObject> {
  const read = async () => {
    const [row] = rowsOf(
      await call("model.stock.shipment.out.read", [[id], ["state", "number"]], { signal }),
    );
    return text(row, "state") ?? "";
  };
  for (let state = await read(); ; ) {
    if (SHIPPING.indexOf(state) >= SHIPPING.indexOf(wished)) return { state };
    const step = STEPS[state];
    if (step === undefined) {
      throw refused(`Shipment ${id} is ${state} in Tryton and cannot become ${wished}`, {
        field: "state",
        value: wished,
      });
    }
    await call(`model.stock.shipment.out.${step}`, [[id]], { writes: true, signal });
    const before = state;
    state = await read();
    if (state !== before) continue;
    const reason = step === "assign_try" ? "there is not enough in stock" : `Tryton ignored "${step}"`;
    throw refused(`Shipment ${id} is still ${state}: ${reason}`, { field: "state", value: wished });
  }
}

const POSTED = new Set(["posted", "paid"]);

async function postInvoice(call: Call, args: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const id = idIn(args, "invoice");
  const read = async () =>
    rowsOf(await call("model.account.invoice.read", [[id], ["state", "number"]], { signal }))[0];
  if (!POSTED.has(text(await read(), "state") ?? ""))
    await call("model.account.invoice.post", [[id]], { writes: true, signal });
  const invoice = await read();
  const state = text(invoice, "state");
  if (state !== undefined && POSTED.has(state)) return { state, number: text(invoice, "number") ?? "" };
  throw refused(`Tryton ignored the posting of invoice ${id}, which is still ${state}`, {
    field: "state",
    value: "posted",
  });
}

/** Whether what the customer owes and the amount asked about stay within the credit limit; without a limit they do. */
async function creditCheck(call: Call, args: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const id = idIn(args, "customer");
  const amount = text(args, "amount") ?? "0";
  const modules = rowsOf(
    await call(
      "model.ir.module.search_read",
      [
        [
          ["name", "=", "account_credit_limit"],
          ["state", "=", "activated"],
        ],
        0,
        1,
        null,
        ["name"],
      ],
      { signal },
    ),
  );
  const fields: Json[] = [
    "receivable",
    "receivable_today",
    ...(modules.length > 0 ? ["credit_limit_amount"] : []),
  ];
  const [party] = rowsOf(await call("model.party.party.read", [[id], fields], { signal }));
  const limit = text(party, "credit_limit_amount");
  const openBalance = text(party, "receivable") ?? "0";
  return {
    granted: limit === undefined || compare(add(openBalance, amount), limit) <= 0,
    openBalance,
    overdue: text(party, "receivable_today") ?? "0",
    ...(limit === undefined ? {} : { limit }),
  };
}

function idIn(args: JsonObject, name: string): number {
  const value = args[name];
  const id = Number(value);
  if ((typeof value === "string" || typeof value === "number") && Number.isInteger(id) && id > 0) return id;
  throw refused(`The operation needs ${name}`, { field: name, value, accepts: "a local id of this system" });
}
