import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { type OrderDesk, openOrderDesk, placeOrders } from "./order-desk.ts";
import type { TrytonStar } from "./tryton-star.ts";

export type Workplace = "crm" | "tryton";

/**
 * People at work in a CRM and in a real Tryton: customers are made in both, orders in the CRM; the CRM's people correct
 * e-mail addresses, Tryton's the names of parties of their own.
 */
export class RestorePeople {
  /** Numbers of what was made. */
  readonly customers = new Set<string>();
  readonly orders = new Set<string>();
  readonly #star: TrytonStar;
  readonly #desk: OrderDesk;
  readonly #everyMs: number;
  /** Ids there by number. */
  readonly #inCrm = new Map<string, string>();
  readonly #inTryton = new Map<string, number>();
  #working: Promise<void> | undefined;
  #stopped = false;
  #count = 0;

  private constructor(star: TrytonStar, desk: OrderDesk, everyMs: number) {
    this.#star = star;
    this.#desk = desk;
    this.#everyMs = everyMs;
  }

  static async of(star: TrytonStar, everyMs: number): Promise<RestorePeople> {
    return new RestorePeople(star, await openOrderDesk(star), everyMs);
  }

  start(where: readonly Workplace[]): void {
    this.#stopped = false;
    this.#working = this.#work(where);
  }

  /** Resolves when the last of them has gone home. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  /** What is entered in Tryton is forgotten: after a restore those ids may be others'. */
  forgetTryton(): void {
    this.#inTryton.clear();
  }

  async #work(where: readonly Workplace[]): Promise<void> {
    const tasks = where.flatMap((place) =>
      place === "crm"
        ? [() => this.#newInCrm(), () => this.#newOrder(), () => this.#editInCrm(), () => this.#newOrder()]
        : [() => this.#newInTryton(), () => this.#editInTryton()],
    );
    while (!this.#stopped) {
      this.#count += 1;
      await tasks[this.#count % tasks.length]?.();
      await sleep(this.#everyMs);
    }
  }

  async #newInCrm(): Promise<void> {
    const number = `RC-${this.#count}`;
    const native: JsonObject = {
      displayName: `Company ${number} ${word(this.#count)}`,
      type: "COMPANY",
      customerNumber: number,
      channels: [{ id: "c1", type: "EMAIL", value: mailOf(number, 0) }],
    };
    const id = await this.#star.crm.insert("customer", native);
    this.#inCrm.set(number, id);
    this.customers.add(number);
    this.#desk.customers.push(id);
  }

  async #editInCrm(): Promise<void> {
    const [number, id] = anyOf([...this.#inCrm]) ?? [];
    if (number === undefined || id === undefined) return;
    const channels = [{ id: "c1", type: "EMAIL", value: mailOf(number, this.#count) }];
    await this.#star.crm.edit("customer", id, { channels });
  }

  async #newOrder(): Promise<void> {
    const number = `RO-${this.#count}`;
    await placeOrders(this.#star, { ...this.#desk, customers: [anyOf(this.#desk.customers) ?? ""] }, [
      number,
    ]);
    this.orders.add(number);
  }

  async #newInTryton(): Promise<void> {
    const number = `RT-${this.#count}`;
    const party = { code: number, name: `Party ${number} ${word(this.#count)}` };
    const [id = 0] = (await this.#star.tryton.call("model.party.party.create", [[party]])) as number[];
    this.#inTryton.set(number, id);
    this.customers.add(number);
  }

  async #editInTryton(): Promise<void> {
    const [number, id] = anyOf([...this.#inTryton]) ?? [];
    if (number === undefined || id === undefined) return;
    const name = `Party ${number} ${word(this.#count)} renamed`;
    await this.#star.tryton.call("model.party.party.write", [[id], { name }]);
  }
}

function mailOf(number: string, n: number): string {
  return `${number.toLowerCase()}-${n}@example.com`;
}

/** Names that no matching takes for each other. */
function word(n: number): string {
  return (Math.imul(n + 1, 0x9e37_79b1) >>> 0).toString(36);
}

function anyOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
