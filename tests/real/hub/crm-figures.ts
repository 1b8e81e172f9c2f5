import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/index.ts";
import type { OrderCourse } from "./tryton-figures.ts";

/** The courses of these orders as the CRM shows them, past the hub. */
export async function coursesInCrm(
  crm: Pick<FarSide, "all">,
  numbers: readonly string[],
): Promise<Map<string, OrderCourse>> {
  const wanted = new Set(numbers);
  const orders = (await crm.all("order")).filter((order) => wanted.has(String(order["orderNumber"])));
  const [shipments, invoices, payments] = [
    await crm.all("shipment"),
    await crm.all("invoice"),
    await crm.all("payment"),
  ];
  const numberOf = new Map(invoices.map(({ id, number }) => [id, String(number)]));
  return new Map(
    orders.map((order) => {
      const own = invoices.filter(({ orderId }) => orderId === order["id"]);
      const course: OrderCourse = {
        order: progressOf(order),
        shipments: shipments.filter(({ orderId }) => orderId === order["id"]).map(shipmentOf),
        invoices: own.map((invoice) => ({
          number: String(invoice["number"]),
          kind: String(invoice["kind"]),
          status: String(invoice["status"]),
          netCents: Number(invoice["netCents"]),
          grossCents: Number(invoice["grossCents"]),
          corrects: numberOf.get(invoice["correctsId"] ?? null) ?? "",
          units: unitsOf(invoice),
        })),
        payments: payments.flatMap((payment) =>
          items(payment["allocations"])
            .filter(({ invoiceId }) => own.some(({ id }) => id === invoiceId))
            .map(({ cents, invoiceId }) => ({
              cents: Number(cents),
              invoice: numberOf.get(invoiceId ?? null) ?? "",
            })),
        ),
      };
      return [String(order["orderNumber"]), course];
    }),
  );
}

function progressOf(order: JsonObject): OrderCourse["order"] {
  const word = (field: string) => String(order[field] ?? "OPEN");
  return {
    status: word("status"),
    deliveryStatus: word("deliveryStatus"),
    invoiceStatus: word("invoiceStatus"),
    paymentStatus: word("paymentStatus"),
    invoicedCents: Number(order["invoicedCents"] ?? 0),
    creditedCents: Number(order["creditedCents"] ?? 0),
    paidCents: Number(order["paidCents"] ?? 0),
    shippedQty: items(order["lines"]).map((line) => Number(line["shippedQty"] ?? 0)),
  };
}

function shipmentOf(shipment: JsonObject): OrderCourse["shipments"][number] {
  return {
    number: String(shipment["number"]),
    status: String(shipment["status"]),
    units: unitsOf(shipment),
  };
}

function unitsOf(record: JsonObject): number {
  return items(record["lines"]).reduce((sum, { qty }) => sum + Number(qty), 0);
}

function items(list: Json | undefined): JsonObject[] {
  return (list ?? []) as JsonObject[];
}
