import { setTimeout as sleep } from "node:timers/promises";
import { erpHarness } from "../../../adapters/sandbox-erp/tests/harness.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/index.ts";
import { CONSTRUCTS, type Construct } from "./drawn.ts";
import {
  customerNumber,
  type Held,
  hasArrived,
  quantitiesOf,
  readHeld,
  SLIPS_PER_ARTICLE,
  type Slip,
} from "./model.ts";

type Systems = { crm: FarSide; erp: FarSide };

const LOOK_EVERY_MS = 200;
const MOST_VERSIONS = 3;
/** What has not arrived after so long waits for what a dead hub had claimed, or is lost: others are entered beside it. */
const LATE_AFTER_MS = 5000;
/** Of late ones there may be so many for each that is not. */
const LATE_FOR_EACH = 3;
const IN_STOCK = "999999999999999.000";

/**
 * People who enter and edit customers in the CRM for each construct, as many as the hub gets through: so many at a time are
 * under way. A customer is edited when all that its former version brings about has happened.
 */
export class Customers {
  /** What was entered, in that order. */
  readonly slips: Slip[] = [];
  readonly #systems: Systems;
  readonly #underWayEach: number;
  /** What has not arrived yet, and when it was entered. */
  readonly #open = new Map<Construct, Map<Slip, number>>(
    CONSTRUCTS.map((construct) => [construct, new Map()]),
  );
  readonly #editable = new Map<Construct, Slip[]>(CONSTRUCTS.map((construct) => [construct, []]));
  readonly #localIds = new Map<string, string>();
  #article: { id: string; slips: number } | undefined;
  #stopped = false;
  #working: Promise<void> | undefined;

  constructor(systems: Systems, underWayEach: number) {
    this.#systems = systems;
    this.#underWayEach = underWayEach;
  }

  start(): void {
    this.#working = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const held = await readHeld(this.#systems.erp);
      for (const construct of CONSTRUCTS) await this.#serve(construct, held);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #serve(construct: Construct, held: Held): Promise<void> {
    const open = this.#open.get(construct) ?? new Map<Slip, number>();
    const editable = this.#editable.get(construct) ?? [];
    for (const slip of [...open.keys()].filter((one) => hasArrived(held, one))) {
      open.delete(slip);
      if (slip.version < MOST_VERSIONS) editable.push(slip);
    }
    const since = performance.now() - LATE_AFTER_MS;
    const inTime = [...open.values()].filter((enteredAt) => enteredAt > since).length;
    const most = this.#underWayEach * (1 + LATE_FOR_EACH) - open.size;
    for (let room = Math.min(this.#underWayEach - inTime, most); room > 0; room -= 1) {
      const former = room % 2 === 0 ? editable.shift() : undefined;
      open.set(await this.#enter(construct, former), performance.now());
    }
  }

  async #enter(construct: Construct, former: Slip | undefined): Promise<Slip> {
    const { crm } = this.#systems;
    const { id: articleId, place } = await this.#placeInAnArticle();
    const number = former?.number ?? this.slips.length;
    const version = (former?.version ?? 0) + 1;
    const slip = { construct, number, version, articleId, place };
    const notes = [`v${version}`, articleId, ...quantitiesOf(slip)].join(" ");
    const localId = this.#localIds.get(customerNumber(slip));
    // On the list before it is entered: if entering fails, the test does too.
    this.slips.push(slip);
    if (localId === undefined) {
      const named = { displayName: `${construct} ${number}`, customerNumber: customerNumber(slip) };
      const id = await crm.insert("customer", { ...named, type: "COMPANY", notes });
      this.#localIds.set(customerNumber(slip), id);
    } else {
      await crm.edit("customer", localId, { notes });
    }
    return slip;
  }

  async #placeInAnArticle(): Promise<{ id: string; place: number }> {
    if (this.#article === undefined || this.#article.slips === SLIPS_PER_ARTICLE) {
      this.#article = { id: await this.#stockAnArticle(), slips: 0 };
    }
    const place = this.#article.slips;
    this.#article.slips += 1;
    return { id: this.#article.id, place };
  }

  async #stockAnArticle(): Promise<string> {
    const { erp } = this.#systems;
    const id = await erp.insert("product", erpHarness.sample("product", this.slips.length, {}));
    const stock = erpHarness.sample("stock-level", this.slips.length, { product: id });
    await erp.insert("stock-level", { ...stock, OnHand: IN_STOCK, Reserved: "0.000" });
    return id;
  }
}
