import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { until } from "../../services/until.ts";
import { crmOrder, erpOrder, PRICE_CENTS } from "../entered-orders.ts";
import type { Edit, Place } from "./plan-edits.ts";

type Systems = Record<Place, SandboxServer>;

const ARTICLES = ["CHAOS-1", "CHAOS-2", "CHAOS-3"];
const KEYS = {
  crm: { id: "id", customer: "customerNumber", order: "orderNumber", product: "sku" },
  erp: { id: "Id", customer: "CustNo", order: "CustRef", product: "ArticleNo" },
} as const;
type Entity = "customer" | "order" | "product";
/** A list of all records of a system is as good as new for so long. */
const LIST_LASTS_MS = 400;

/** What the next edits in a system are committed with. */
type Late = { edits: number; lateMs: number; onDone: () => void };

/** People at work in both systems, whether a hub is up or not: they do what is planned, at the time for which it is. */
export class People {
  readonly #systems: Systems;
  readonly #lists = new Map<string, { at: number; records: JsonObject[] }>();
  readonly #late = new Map<Place, Late>();
  /** Edits that could not be made: the record had not come there, or was gone. */
  skipped = 0;
  done = 0;

  constructor(systems: Systems) {
    this.#systems = systems;
  }

  /** Puts in the articles that orders are about, in the CRM only; resolves when the ERP has them, too. */
  async stock(withinMs: number): Promise<void> {
    const { crm, erp } = this.#systems;
    for (const sku of ARTICLES)
      await crm.insert("product", { sku, title: `Article ${sku}`, uom: "pc", active: true });
    const haveArrived = async () => (await erp.all("product")).length >= ARTICLES.length;
    await until("the ERP has the articles", haveArrived, withinMs);
  }

  /** The next edits made there carry the time at which they were begun and show so much later. Resolves when they are begun. */
  async commitLate(place: Place, edits: number, lateMs: number, withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#late.set(place, { edits, lateMs, onDone: resolve });
    await Promise.race([promise, sleep(withinMs, undefined, { ref: false })]);
    this.#late.delete(place);
  }

  /** Resolves when everything is done; nobody waits for an edit that takes long before making the next. */
  async work(edits: readonly Edit[], signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const running: Promise<void>[] = [];
    for (const edit of edits) {
      const waitMs = started + edit.atMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      if (signal.aborted) break;
      running.push(this.#make(edit));
    }
    await Promise.all(running);
  }

  async #make(edit: Edit): Promise<void> {
    const isDone = await this.#attempt(edit).catch((error: unknown) => {
      // Somebody else has deleted it since the list was made.
      if (String(error).includes("There is no")) return false;
      throw error;
    });
    if (isDone) this.done += 1;
    else this.skipped += 1;
  }

  async #attempt(edit: Edit): Promise<boolean> {
    switch (edit.does) {
      case "new customer":
        await this.#change(edit.place, (system) => system.insert("customer", customer(edit.place, edit)));
        return true;
      case "new order":
        return this.#order(edit);
      case "delete customer":
        return this.#delete(edit);
      case "edit customer":
        return this.#edit(edit.place, "customer", edit.key, () => customerChanges(edit.place, edit));
      case "edit order":
        return this.#edit(edit.place, "order", edit.key, (held) => orderChanges(held, edit));
    }
  }

  async #order({
    place,
    key,
    buyer,
    article,
    quantity,
  }: Extract<Edit, { does: "new order" }>): Promise<boolean> {
    const who = await this.#find(place, "customer", buyer);
    const what = await this.#find(place, "product", ARTICLES[article] ?? "");
    if (!who || !what) return false;
    const order = place === "crm" ? crmOrder(key, who, what, quantity) : erpOrder(key, who, what, quantity);
    await this.#change(place, (system) => system.insert("order", order));
    return true;
  }

  async #delete({ place, key, how }: Extract<Edit, { does: "delete customer" }>): Promise<boolean> {
    const held = await this.#find(place, "customer", key);
    if (!held) return false;
    const id = held[KEYS[place].id] as string;
    await this.#change(place, (system) =>
      how === "remove"
        ? system.remove("customer", id)
        : system.edit("customer", id, place === "crm" ? { archived: true } : { Blocked: true }),
    );
    return true;
  }

  async #edit(
    place: Place,
    entity: "customer" | "order",
    key: string,
    changes: (held: JsonObject) => JsonObject,
  ): Promise<boolean> {
    const held = await this.#find(place, entity, key);
    if (!held) return false;
    await this.#change(place, (system) => system.edit(entity, held[KEYS[place].id] as string, changes(held)));
    return true;
  }

  async #change(place: Place, change: (system: SandboxServer) => Promise<unknown>): Promise<void> {
    const system = this.#systems[place];
    const late = this.#late.get(place);
    if (!late) {
      await change(system);
      return;
    }
    late.edits -= 1;
    if (late.edits === 0) {
      this.#late.delete(place);
      late.onDone();
    }
    // An edit takes its time, and looks how late it is, before this goes on: no other one is late by it.
    const isLate = system.misbehave({ lateCommitMs: late.lateMs });
    const isDone = change(system);
    await Promise.all([isLate, system.misbehave({ lateCommitMs: 0 }), isDone]);
  }

  async #find(place: Place, entity: Entity, key: string): Promise<JsonObject | undefined> {
    const name = `${place} ${entity}`;
    let list = this.#lists.get(name);
    if (!list || performance.now() - list.at > LIST_LASTS_MS) {
      list = { at: performance.now(), records: await this.#systems[place].all(entity) };
      this.#lists.set(name, list);
    }
    const listed = list.records.find((record) => record[KEYS[place][entity]] === key);
    // Edits rest on what the screen shows now, not on the list.
    return listed && this.#systems[place].get(entity, listed[KEYS[place].id] as string);
  }
}

function customer(place: Place, { key, name }: { key: string; name: string }): JsonObject {
  const mail = `${key.toLowerCase()}@example.com`;
  if (place === "erp") return { Name1: name, CustKind: "F", CustNo: key, Email: mail };
  const channels = [{ type: "EMAIL", value: mail }];
  return { displayName: name, type: "COMPANY", customerNumber: key, channels };
}

function customerChanges(
  place: Place,
  { field, value }: Pick<Extract<Edit, { does: "edit customer" }>, "field" | "value">,
): JsonObject {
  if (field === "limit") return { CreditLimit: `${value}.00`, CreditCurr: "EUR" };
  const names = { note: ["notes", "Memo"], web: ["website", "Web"], name: ["displayName", "Name1"] } as const;
  return { [names[field][place === "crm" ? 0 : 1]]: value };
}

function orderChanges(
  held: JsonObject,
  { field, value, note }: Extract<Edit, { does: "edit order" }>,
): JsonObject {
  if (field === "promised") return { PromDate: value };
  const [line] = held["lines"] as JsonObject[];
  const cents = Number(value) * PRICE_CENTS;
  const lines = [{ ...line, qty: Number(value), netCents: cents }];
  return { lines, linesCents: cents, netCents: cents, notes: note };
}
