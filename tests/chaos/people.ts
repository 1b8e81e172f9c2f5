import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../src/adapter-kit/simulation/index.ts";
import { crmOrder, erpOrder, PRICE_CENTS } from "./entered-orders.ts";

/** What people entered last, by natural key and field; `web` is entered by both sides, so either may win. */
export type Entered = Map<string, Record<string, string | number>>;

type Place = "crm" | "erp";
type Systems = Record<Place, SandboxServer>;

const PLACES: readonly Place[] = ["crm", "erp"];

const ARTICLES = ["CHAOS-1", "CHAOS-2", "CHAOS-3"];

/**
 * People at work in both systems: they make customers and orders and edit them, whether the hub is up or not. Each
 * remembers what was entered last, which is what both systems have to show in the end.
 */
export class People {
  readonly customers: Entered = new Map();
  readonly orders: Entered = new Map();
  readonly #systems: Systems;
  readonly #everyMs: number;
  #working: Promise<void> | undefined;
  #stopped = false;
  #count = 0;
  #mostCustomers = 120;
  #mostOrders = 150;

  constructor(systems: Systems, everyMs: number) {
    this.#systems = systems;
    this.#everyMs = everyMs;
  }

  /** Puts in the articles that orders are about, in the CRM only. */
  async stock(): Promise<void> {
    for (const sku of ARTICLES) {
      await this.#systems.crm.insert("product", { sku, title: `Article ${sku}`, uom: "pc", active: true });
    }
  }

  /** From so many records on they only edit; this lets them make some more. */
  makeMore(customers: number, orders: number): void {
    this.#mostCustomers += customers;
    this.#mostOrders += orders;
  }

  /** @param where  Whose people work; those of the other system have gone home. */
  start(where: readonly Place[] = PLACES): void {
    this.#stopped = false;
    this.#working = this.#work(where);
  }

  /** Resolves when the last of them has gone home. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(where: readonly Place[]): Promise<void> {
    const tasks = where.flatMap((place) => [
      () => this.#newCustomer(place),
      () => this.#editCustomer(place),
      () => this.#newOrder(place),
      () => this.#editOrder(place),
      () => this.#editCustomer(anyOf(where) ?? place),
      () => this.#editOrder(anyOf(where) ?? place),
    ]);
    while (!this.#stopped) {
      this.#count += 1;
      await tasks[this.#count % tasks.length]?.();
      await sleep(this.#everyMs);
    }
  }

  async #newCustomer(where: Place): Promise<void> {
    if (this.customers.size >= this.#mostCustomers) return this.#editCustomer(where);
    const number = `${where === "crm" ? "C" : "E"}-${this.#count}`;
    const mail = `${number.toLowerCase()}@example.com`;
    const name = `Company ${number} ${Math.random().toString(36).slice(2, 10)}`;
    const native: JsonObject =
      where === "crm"
        ? {
            displayName: name,
            type: "COMPANY",
            customerNumber: number,
            channels: [{ type: "EMAIL", value: mail }],
          }
        : { Name1: name, CustKind: "F", CustNo: number, Email: mail };
    await this.#systems[where].insert("customer", native);
    this.customers.set(number, { name, mail });
  }

  async #newOrder(where: Place): Promise<void> {
    const buyer = anyOf(await this.#systems[where].all("customer"));
    const items = await this.#systems[where].all("product");
    if (this.orders.size >= this.#mostOrders || !buyer || items.length < ARTICLES.length)
      return this.#editOrder(where);
    const item = anyOf(items) ?? {};
    const number = `${where === "crm" ? "SO" : "PH"}-${this.#count}`;
    const quantity = 1 + (this.#count % 9);
    const native =
      where === "crm" ? crmOrder(number, buyer, item, quantity) : erpOrder(number, buyer, item, quantity);
    await this.#systems[where].insert("order", native);
    this.orders.set(number, { quantity, cents: quantity * PRICE_CENTS });
  }

  /** The CRM's people keep notes, the ERP's set the limit, and both correct web addresses. */
  async #editCustomer(where: Place): Promise<void> {
    const customer = anyOf(await this.#systems[where].all("customer"));
    if (!customer) return;
    const number = customer[where === "crm" ? "customerNumber" : "CustNo"] as string;
    const entered = this.customers.get(number);
    if (!entered) return;
    const id = customer[where === "crm" ? "id" : "Id"] as string;
    const web = `https://${this.#count}.example`;
    const cents = this.#count * 100;
    const [changes, known]: [JsonObject, Record<string, string | number>] =
      this.#count % 4 === 0
        ? [where === "crm" ? { website: web } : { Web: web }, {}]
        : where === "crm"
          ? [{ notes: `note ${this.#count}` }, { note: `note ${this.#count}` }]
          : [{ CreditLimit: `${this.#count}.00`, CreditCurr: "EUR" }, { limitCents: cents }];
    await this.#systems[where].edit("customer", id, changes);
    Object.assign(entered, known);
  }

  /** The CRM's people change quantities and notes, the ERP's promise dates. */
  async #editOrder(where: Place): Promise<void> {
    const order = anyOf(await this.#systems[where].all("order"));
    const entered = order && this.orders.get(order[where === "crm" ? "orderNumber" : "CustRef"] as string);
    if (!entered || !order) return;
    if (where === "erp") {
      const promised = `2027-01-${String(1 + (this.#count % 28)).padStart(2, "0")}`;
      await this.#systems.erp.edit("order", order["Id"] as string, { PromDate: promised });
      Object.assign(entered, { promised });
      return;
    }
    const quantity = 1 + (this.#count % 9);
    const cents = quantity * PRICE_CENTS;
    const [line] = order["lines"] as JsonObject[];
    const lines = [{ ...line, qty: quantity, netCents: cents }];
    const note = `order note ${this.#count}`;
    const changes = { lines, linesCents: cents, netCents: cents, notes: note };
    await this.#systems.crm.edit("order", order["id"] as string, changes);
    Object.assign(entered, { quantity, cents, note });
  }
}

function anyOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
