import type { Limits } from "../../../src/adapter-kit/contract.ts";
import { settingsFor } from "../tryton/harness.ts";
import { startTryton, type Tryton } from "../tryton/server.ts";
import { startVendure, type Vendure } from "../vendure/server.ts";
import { type RealHub, startRealHub } from "./real-hub.ts";

/** A hub between a real web shop, as the front office, and a real Tryton; articles are kept by hand in both. */
export type ShopStar = RealHub & { shop: Vendure; tryton: Tryton };

const BOTH_WAYS = { take: true, give: true };
const TAKEN = { take: true, give: false };
const GIVEN = { take: false, give: true };
const LIMITS: Partial<Limits> = { pollEveryMs: 5000, overlapMs: 2000, settleMs: 3000 };

export async function startShopStar(): Promise<ShopStar> {
  const [shop, tryton] = await Promise.all([startVendure(), startTryton()]);
  const { url, user, password } = shop;
  const hub = await startRealHub({
    systems: {
      // the rules of the demonstration call the front office so
      crm: {
        adapter: "vendure",
        title: "Web shop",
        settings: { url, user, password },
        entities: {
          customer: BOTH_WAYS,
          product: TAKEN,
          order: BOTH_WAYS,
          shipment: GIVEN,
        },
        limits: LIMITS,
      },
      erp: {
        adapter: "tryton",
        title: "Tryton",
        settings: settingsFor(tryton),
        entities: {
          customer: BOTH_WAYS,
          product: TAKEN,
          order: BOTH_WAYS,
          shipment: TAKEN,
          invoice: TAKEN,
        },
        limits: LIMITS,
      },
    },
  });
  const star: ShopStar = Object.assign(hub, { shop, tryton });
  const closeHub = hub.close;
  star.close = async () => {
    await closeHub();
    await Promise.all([shop.stop(), tryton.stop()]);
  };
  return star;
}
