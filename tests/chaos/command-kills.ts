import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { erpHarness } from "../../adapters/sandbox-erp/tests/harness.ts";
import type { LifeStep } from "../../src/hub.ts";
import { listDeadLetters } from "../../src/store/dead-letters.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { drawBetween, writeFlows } from "../flows/draw.ts";
import { until } from "../services/until.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { type Mode, settingsOf } from "./modes.ts";

const STEPS: LifeStep[] = ["intent", "sent", "answered", "committed"];
const PER_DEATH = 3;
const SLOW = { answerAfterMs: 50 };

type Called = { star: Star; close(): Promise<void> };

/** A star whose flow calls one operation of the ERP for every customer that somebody enters in the CRM. */
async function startCalling(mode: Mode, operation: string, args: (erpId: string) => string): Promise<Called> {
  const settings = await settingsOf(mode);
  const { flowsDir } = await writeFlows({});
  let id = "";
  const star = await startStar({
    hub: { ...settings.hub, flowsDir },
    crm: {},
    erp: { misbehave: SLOW },
    systems: {
      crm: { entities: { customer: { take: true, give: false } } },
      erp: { entities: { product: { take: false, give: false } } },
    },
    seed: async ({ erp }) => {
      id = operation === "sendReminder" ? await openInvoice(erp) : await stockedProduct(erp);
      const call = { type: "call", system: "erp", operation, args: args(id), key: "", once: "" };
      const node = { ...call, deadline: 600, onFailure: "skip", to: "reply", wire: ["", "", ""] };
      const file = join(flowsDir, "customer", "flow.json");
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify(drawBetween("customer", { call: node })));
    },
  });
  await star.stopHub();
  return {
    star,
    close: async () => {
      await star.close();
      await settings.drop();
    },
  };
}

async function stockedProduct(erp: Star["erp"]): Promise<string> {
  const product = await erp.insert("product", erpHarness.sample("product", 1, {}));
  const stock = erpHarness.sample("stock-level", 1, { product });
  await erp.insert("stock-level", { ...stock, OnHand: "1000.000", Reserved: "0.000" });
  return product;
}

async function openInvoice(erp: Star["erp"]): Promise<string> {
  const customer = await erp.insert("customer", erpHarness.sample("customer", 1, {}));
  const product = await erp.insert("product", erpHarness.sample("product", 1, {}));
  const order = await erp.insert("order", erpHarness.sample("order", 1, { customer, product }));
  return erp.insert("invoice", erpHarness.sample("invoice", 1, { customer, product, order }));
}

let entered = 0;
async function enterCustomers({ crm }: Star, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    entered += 1;
    await crm.insert("customer", { displayName: `Customer ${entered}`, type: "COMPANY" });
  }
}

async function dieAt({ config }: Star, step: LifeStep, hit: number): Promise<void> {
  const hub = new HubInAProcess();
  hub.begin(config, { step, hit });
  await hub.diesAt(step);
}

/** What becomes of commands when the hub is killed, on one kind of store and transport. */
export function commandKills(mode: Mode): void {
  describe(`commands of a hub that is killed, ${mode}`, () => {
    test("in any step: each is done once", async () => {
      const args = (id: string) => `{ "productId": "${id}", "quantity": "1" }`;
      const { star, close } = await startCalling(mode, "reserveStock", args);
      try {
        for (const [index, step] of STEPS.entries()) {
          await enterCustomers(star, PER_DEATH);
          await dieAt(star, step, 1 + (index % 2));
        }
        await star.startHub();
        await star.quiet(150_000);
        const expected = `${STEPS.length * PER_DEATH}.000`;
        expect((await star.erp.all("stock-level"))[0]?.["Reserved"]).toBe(expected);
        expect(await listDeadLetters(star.running.hub.db, 10)).toEqual([]);
      } finally {
        await close();
      }
    }, 400_000);

    test("after sending: one that must not be repeated is not, and a person is asked", async () => {
      const { star, close } = await startCalling(mode, "sendReminder", (id) => `{ "invoiceId": "${id}" }`);
      try {
        await enterCustomers(star, 1);
        await dieAt(star, "sent", 1);
        await star.startHub();
        const letters = () => listDeadLetters(star.running.hub.db, 10);
        await until("a person is asked", async () => (await letters()).length > 0);
        expect(await letters()).toMatchObject([{ code: "NAVE_WRITE_IN_DOUBT", system: "erp" }]);
        const posted = (await star.erp.ledger()).filter(({ method }) => method === "reminder");
        expect(posted).toHaveLength(1);
      } finally {
        await close();
      }
    }, 200_000);
  });
}
