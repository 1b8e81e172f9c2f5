import {
  type JsonObject,
  NaveError,
  type OperationReply,
  type OperationRequest,
  outcomeOfError,
} from "../../src/adapter-kit/index.ts";
import type { ErpClient } from "./client.ts";
import { SoapFault } from "./soap-transport.ts";

type Operation = (client: ErpClient, request: OperationRequest) => Promise<OperationReply>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  confirmOrder: (client, { args, idempotencyKey, signal }) => {
    return changeState(
      client,
      "ConfirmOrder",
      { Id: args["orderId"] ?? "", RequestId: idempotencyKey },
      "CONFIRMED",
      signal,
    );
  },
  cancelOrder: (client, { args, idempotencyKey, signal }) => {
    const { orderId = "", reason } = args;
    const call = { Id: orderId, RequestId: idempotencyKey, ...(reason !== undefined && { Reason: reason }) };
    return changeState(client, "CancelOrder", call, "CANCELLED", signal);
  },
  reserveStock: (client, request) => moveStock(client, "ReserveStock", request),
  releaseStock: (client, request) => moveStock(client, "ReleaseStock", request),
  stockAvailable: async (client, { args, signal }) => {
    const call = { ArticleId: args["productId"] ?? "" };
    const {
      OnHand = "0",
      Reserved = "0",
      Available = "0",
    } = await client.query("StockAvailable", call, signal);
    return { kind: "done", result: { onHand: OnHand, reserved: Reserved, available: Available } };
  },
  sendReminder: async (client, { args, signal }) => {
    const { ReminderNo = "" } = await client.change(
      "SendReminder",
      { InvoiceId: args["invoiceId"] ?? "" },
      signal,
    );
    return { kind: "done", result: { reminderNumber: ReminderNo } };
  },
  creditCheck: async (client, { args, signal }) => {
    const call = {
      CustomerId: args["customerId"] ?? "",
      Amount: args["amount"] ?? "",
      Curr: args["currency"] ?? "",
    };
    const {
      Granted = false,
      CreditLimit,
      OpenBalance,
      Available,
    } = await client.query("CreditCheck", call, signal);
    const sums = { limit: CreditLimit, openBalance: OpenBalance, available: Available };
    const known = Object.entries(sums).filter((sum): sum is [string, string] => typeof sum[1] === "string");
    return { kind: "done", result: { granted: Granted, ...Object.fromEntries(known) } };
  },
};

/** Runs an operation that the manifest declares. A repeated idempotency key is answered by the ERP with the first reply. */
export async function callOperation(
  client: ErpClient,
  name: string,
  request: OperationRequest,
): Promise<OperationReply> {
  const operation = OPERATIONS[name];
  if (!operation) {
    const accepts = Object.keys(OPERATIONS).join(", ");
    throw new NaveError("NAVE_NOT_SUPPORTED", `The ERP has no operation ${name}`, { value: name, accepts });
  }
  try {
    return await operation(client, request);
  } catch (error) {
    return error instanceof SoapFault ? refusal(error) : outcomeOfError(error);
  }
}

/** The ERP ignores a transition that does not fit and answers success: the state it names is what counts. */
async function changeState(
  client: ErpClient,
  operation: string,
  args: JsonObject,
  wanted: string,
  signal: AbortSignal,
): Promise<OperationReply> {
  const { State, OrderNo } = await client.change(operation, args, signal);
  if (State !== wanted) {
    return {
      kind: "refused",
      text: `The order stays ${JSON.stringify(State)}`,
      field: "State",
      accepts: wanted,
    };
  }
  return {
    kind: "done",
    result: { state: State, ...(typeof OrderNo === "string" && { orderNumber: OrderNo }) },
  };
}

async function moveStock(
  client: ErpClient,
  operation: string,
  { args, idempotencyKey, signal }: OperationRequest,
): Promise<OperationReply> {
  const { productId = "", quantity = "" } = args;
  const call = { ArticleId: productId, Qty: quantity, RequestId: idempotencyKey };
  const { Reserved = "0", Available = "0" } = await client.change(operation, call, signal);
  return { kind: "done", result: { reserved: Reserved, available: Available } };
}

function refusal({ message: text, detail }: SoapFault): OperationReply {
  const { Field, Accepts } = detail;
  return {
    kind: "refused",
    text,
    ...(typeof Field === "string" && { field: Field }),
    ...(typeof Accepts === "string" && { accepts: Accepts }),
  };
}
