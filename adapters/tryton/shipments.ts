import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { ADDRESS_FIELDS, addressContent } from "./parties.ts";
import {
  fieldsOf,
  idOf,
  latestStamp,
  linked,
  linkedRows,
  names,
  plainText,
  present,
  quantity,
  type Row,
  referenceId,
  rowsOf,
  text,
} from "./rows.ts";
import { keyOfLine } from "./sale-lines.ts";
import { type Source, watchRecord } from "./source.ts";

const MOVE_FIELDS = ["product", "quantity", "uom.symbol", "state", "origin", "create_date", "write_date"];
const FIELDS = [
  ...names("number reference state customer planned_date effective_date warehouse.code"),
  ...names("create_date write_date _timestamp"),
  ...fieldsOf("delivery_address", ADDRESS_FIELDS),
  ...fieldsOf("outgoing_moves", MOVE_FIELDS),
];

/** Customer shipments of orders; what was shipped without an order is left out. */
export function shipmentSource(call: Call): Source {
  return {
    model: "stock.shipment.out",
    domain: [],
    localIds: (ids) => Promise.resolve(ids.map(String)),
    watched: [
      watchRecord("stock.shipment.out"),
      {
        model: "stock.move",
        domain: [["shipment", "like", "stock.shipment.out,%"]],
        fields: ["shipment"],
        owners: async (rows) => {
          const ids = rows.map((row) => referenceId(row, "shipment", "stock.shipment.out"));
          return [...new Set(ids)].filter((id) => id !== undefined).map(String);
        },
      },
    ],
    async read(localIds, signal) {
      if (localIds.length === 0) return [];
      const params: Json[] = [[["id", "in", localIds.map(Number)]], 0, null, null, FIELDS];
      const rows = rowsOf(await call("model.stock.shipment.out.search_read", params, { signal }));
      const orderLines = await readOrderLines(call, rows, signal);
      return rows.flatMap((row) => observeShipment(row, orderLines));
    },
  };
}

/** The lines of orders that the moves of these shipments come from, by id. */
async function readOrderLines(
  call: Call,
  shipments: readonly Row[],
  signal: AbortSignal,
): Promise<Map<number, Row>> {
  const moves = shipments.flatMap((shipment) => linkedRows(shipment, "outgoing_moves"));
  const ids = new Set(
    moves.map((move) => referenceId(move, "origin", "sale.line")).filter((id) => id !== undefined),
  );
  if (ids.size === 0) return new Map();
  const rows = rowsOf(await call("model.sale.line.read", [[...ids], ["sale", "note"]], { signal }));
  return new Map(rows.map((row) => [row.id, row]));
}

function observeShipment(row: Row, orderLines: Map<number, Row>): Observation[] {
  const moves = linkedRows(row, "outgoing_moves");
  const orderLineOf = (move: Row) => orderLines.get(referenceId(move, "origin", "sale.line") ?? 0);
  const sale = moves.map((move) => idOf(orderLineOf(move), "sale")).find((id) => id !== undefined);
  if (sale === undefined) return [];
  const modifiedAt = latestStamp([row, ...moves]);
  const address = linked(row, "delivery_address");
  const cancelled = text(row, "state") === "cancelled";
  const native = present({
    id: row.id,
    number: text(row, "number"),
    reference: text(row, "reference"),
    state: text(row, "state"),
    sale: String(sale),
    customer: plainText(row["customer"]),
    planned_date: text(row, "planned_date"),
    effective_date: text(row, "effective_date"),
    warehouse: text(linked(row, "warehouse"), "code"),
    delivery_address: address === undefined ? undefined : addressContent(address),
    lines: moves
      .filter((move) => cancelled || text(move, "state") !== "cancelled")
      .map((move) => nativeMove(move, orderLineOf(move))),
  });
  return [{ localId: String(row.id), native, ...(modifiedAt === undefined ? {} : { modifiedAt }) }];
}

function nativeMove(move: Row, orderLine: Row | undefined): JsonObject {
  const product = idOf(move, "product");
  return present({
    id: move.id,
    key: String(move.id),
    order_line: orderLine && keyOfLine(orderLine),
    product: product === undefined ? undefined : String(product),
    quantity: quantity(move, "quantity"),
    unit: text(linked(move, "uom"), "symbol"),
    state: text(move, "state"),
  });
}
