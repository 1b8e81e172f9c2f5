import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { RecordTable, StoredRecord } from "../../../src/adapter-kit/simulation/index.ts";
import { type DespatchLine, despatchAdvice, inventoryReport, orderResponse } from "./documents.ts";
import type { Outbox } from "./outbox.ts";
import type { OrderedLine, ReceivedOrder } from "./read-order.ts";
import { type SupplierSwitches, takeNext } from "./switches.ts";

const FIRST_STOCK = 1000;

/** What the supplier knows of an order; times in milliseconds since 1970, absent: only when told to. */
type Order = {
  ID: string;
  UUID: string;
  state: "received" | "accepted" | "rejected" | "shipped";
  lines: (OrderedLine & { shipped: number })[];
  isPartial: boolean;
  answerAt?: number;
  despatchAt?: number;
  despatches: number;
};

/** The supplier's work: taking orders, answering, despatching, counting stock. All of it survives a restart. */
export class SupplierBusiness {
  readonly table: RecordTable;
  readonly #outbox: Outbox;
  readonly #switches: SupplierSwitches;
  #reportAt = 0;
  #isStockChanged = false;

  constructor(table: RecordTable, outbox: Outbox, switches: SupplierSwitches) {
    this.table = table;
    this.#outbox = outbox;
    this.#switches = switches;
  }

  /** An order from the inbox. One that comes again is noted and changes nothing. */
  take({ id, uuid, lines }: ReceivedOrder): void {
    const isKnown = this.table.get("purchase-order", id) !== undefined;
    this.#log("take order", id, isKnown ? "refused" : "create");
    if (isKnown) return;
    const { answerAfterMs, despatchAfterMs, partialEveryNth } = this.#switches;
    const number = this.table.next("purchase-order");
    const answerAt = Date.now() + answerAfterMs;
    const isEarly = takeNext(this.#switches, "outOfOrderNext");
    const order: Order = {
      ID: id,
      UUID: uuid,
      state: "received",
      lines: lines.map((line) => ({ ...line, shipped: 0 })),
      isPartial: partialEveryNth > 0 && number % partialEveryNth === 0,
      answerAt: isEarly ? answerAt + 1000 : answerAt,
      ...(despatchAfterMs >= 0 && { despatchAt: isEarly ? answerAt : answerAt + despatchAfterMs }),
      despatches: 0,
    };
    this.table.insert(record("purchase-order", id, order));
  }

  /** What is due by now. */
  async work(): Promise<void> {
    const now = Date.now();
    for (const order of this.#openOrders()) {
      if (order.answerAt !== undefined && order.answerAt <= now) await this.answer(order.ID);
      if (order.despatchAt !== undefined && order.despatchAt <= now) await this.despatch(order.ID);
    }
    if (this.#isStockChanged && now >= this.#reportAt) await this.report();
  }

  /** Answers an order, if that is still to be done; answers the response's number. */
  async answer(orderId: string): Promise<string> {
    const { answerAt: _due, ...order } = this.#order(orderId);
    const id = `OR-${orderId}`;
    const isRejected = takeNext(this.#switches, "rejectNext");
    const promised = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    const response = orderResponse(id, orderId, isRejected ? "RE" : "AP", isRejected ? undefined : promised);
    await this.#outbox.put(fileName(id), response);
    const { despatchAt: _later, ...rejected } = order;
    if (isRejected) this.#save({ ...rejected, state: "rejected" });
    else this.#save({ ...order, state: order.state === "shipped" ? "shipped" : "accepted" });
    return id;
  }

  /** Sends what is left of an order, or half of it; answers the despatch advice's number. */
  async despatch(orderId: string): Promise<string> {
    const { despatchAt: _due, ...order } = this.#order(orderId);
    const isHalf = order.isPartial && order.despatches === 0;
    const id = `DA-${orderId}-${order.despatches + 1}`;
    const leaving = order.lines.map((line) => leavingLine(line, isHalf));
    await this.#outbox.putDespatch(fileName(id), despatchAdvice(id, orderId, leaving));
    const lines = order.lines.map((line, index) => ({
      ...line,
      shipped: line.shipped + Number(leaving[index]?.quantity ?? 0),
    }));
    const { despatchAfterMs } = this.#switches;
    const next = isHalf && despatchAfterMs >= 0 ? { despatchAt: Date.now() + despatchAfterMs } : {};
    this.#save({
      ...order,
      ...next,
      lines,
      state: isHalf ? "accepted" : "shipped",
      despatches: order.despatches + 1,
    });
    for (const line of leaving) this.#takeFromStock(line);
    this.table.insert(record("shipment", id, { ID: id, OrderID: orderId }));
    this.#log("despatch", id, "operation");
    return id;
  }

  /** Reports all stock; answers the report's number. */
  async report(): Promise<string> {
    const id = `IR-${this.table.next("report")}`;
    const lines = this.table.select("entity = ?", ["stock-level"]).map(({ id: item, native }) => ({
      item,
      quantity: JSON.stringify(native["onHand"]),
      unit: native["unit"] as string,
    }));
    this.#isStockChanged = false;
    this.#reportAt = Date.now() + this.#switches.reportEveryMs;
    if (lines.length > 0) await this.#outbox.put(fileName(id), inventoryReport(id, lines));
    return id;
  }

  #takeFromStock({ item, quantity, unit }: DespatchLine): void {
    const held = this.table.get("stock-level", item);
    const onHand = Number(held?.native["onHand"] ?? FIRST_STOCK) - Number(quantity);
    const native = { ID: item, onHand: Math.max(0, onHand), unit };
    if (held) this.table.update({ ...held, native });
    else this.table.insert(record("stock-level", item, native));
    this.#isStockChanged = true;
  }

  #openOrders(): Order[] {
    const condition = "entity = ? and (native like '%\"answerAt\"%' or native like '%\"despatchAt\"%')";
    return this.table.select(condition, ["purchase-order"]).map(({ native }) => native as unknown as Order);
  }

  #order(id: string): Order {
    const found = this.table.get("purchase-order", id);
    if (!found) throw new Error(`There is no order ${id}`);
    return found.native as unknown as Order;
  }

  #save(order: Order): void {
    const held = this.table.get("purchase-order", order.ID);
    if (held) this.table.update({ ...held, native: order });
  }

  #log(method: string, id: string, kind: "create" | "refused" | "operation"): void {
    const entity = kind === "operation" ? "shipment" : "purchase-order";
    this.table.appendToLedger({ time: new Date().toISOString(), method, entity, id, kind });
  }
}

function leavingLine(
  { id, item, quantity, unit, shipped }: Order["lines"][number],
  isHalf: boolean,
): DespatchLine {
  const left = Number(quantity) - shipped;
  const now = isHalf ? Math.ceil(left / 2) : left;
  return { id, orderLine: id, item, unit, quantity: `${now}`, outstanding: `${left - now}` };
}

function record(entity: string, id: string, native: JsonObject): Omit<StoredRecord, "seq"> {
  const now = Date.now();
  const times = { created: now, modified: now };
  return { entity, id, native, version: 1, ...times, removed: false, probe: null, naturalKey: null };
}

/** Order numbers may hold anything; file names may not. */
function fileName(id: string): string {
  return encodeURIComponent(id).slice(0, 150);
}
