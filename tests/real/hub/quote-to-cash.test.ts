import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answer, timePasses } from "../../core/hub/people.ts";
import { until } from "../../services/until.ts";
import { SET_UP_MS } from "../set-up.ts";
import { pay, postInvoices, shipAll } from "../tryton/actions.ts";
import { flowsForTryton } from "./adapted-flows.ts";
import { offer, openOrderDesk } from "./order-desk.ts";
import { records } from "./tryton-figures.ts";
import { startTrytonStar, type TrytonStar } from "./tryton-star.ts";

const MINUTES = 6 * 60_000;

let star: TrytonStar;
let flowsDir: string;
beforeAll(async () => {
  flowsDir = await flowsForTryton();
  star = await startTrytonStar({ hub: { flowsDir }, without: ["stock-level"] });
}, SET_UP_MS);
afterAll(async () => {
  await star?.close();
  await rm(flowsDir, { recursive: true, force: true });
});

async function sale(number: string): Promise<{ id: number; state: unknown } | undefined> {
  const domain = [["reference", "=", `SO-${number}`]];
  const call = star.tryton.call("model.sale.sale.search_read", [domain, 0, null, null, ["state"]]);
  const [found] = await records(call);
  return found && { id: Number(found["id"]), state: found["state"] };
}
const orderInCrm = async (number: string) =>
  (await star.crm.all("order")).find((one) => one["orderNumber"] === `SO-${number}`);

async function confirmed(number: string): Promise<number> {
  await until(
    "Tryton has confirmed the order",
    async () => {
      await timePasses(star, ["deadline"]);
      return ["confirmed", "processing"].includes(String((await sale(number))?.state));
    },
    MINUTES,
  );
  return (await sale(number))?.id ?? 0;
}

test(
  "a quote that is won is checked, approved, ordered and confirmed in Tryton; shipment and payment come back to the CRM",
  async () => {
    const desk = await openOrderDesk(star);
    const small = await offer(star, desk, "QTC-1", 2);
    const large = await offer(star, desk, "QTC-2", 1000);
    for (const id of [small, large]) await star.crm.edit("quote", id, { stage: "WON" });
    const id = await confirmed("QTC-1");
    expect(await sale("QTC-2")).toBeUndefined();
    await answer(star, "%quote QTC-2 over 21350.00 USD%", "approved");
    await confirmed("QTC-2");
    await shipAll(star.tryton, id);
    for (const invoice of await postInvoices(star.tryton, id)) await pay(star.tryton, invoice, "42.70");
    await star.quiet(MINUTES);
    expect(await star.crm.get("quote", small)).toMatchObject({
      orderId: (await orderInCrm("QTC-1"))?.["id"],
    });
    expect(await orderInCrm("QTC-1")).toMatchObject({
      quoteId: small,
      status: "DONE",
      deliveryStatus: "SHIPPED",
      paymentStatus: "PAID",
    });
    expect(await orderInCrm("QTC-2")).toMatchObject({ quoteId: large, status: "CONFIRMED" });
  },
  MINUTES,
);
