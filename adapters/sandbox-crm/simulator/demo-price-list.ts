import type { JsonObject } from "../../../src/adapter-kit/contract.ts";

/** What dealers pay from ten pieces on: a tenth less than the list price, for the first products. */
export function demoPriceList(products: readonly JsonObject[], ids: readonly string[]): JsonObject {
  const prices = products.slice(0, 20).map((product, index): JsonObject => {
    const cents = Math.round((product["listPriceCents"] as number) * 0.9);
    const amount = (cents / 100).toFixed(2);
    return { priceNo: index + 1, itemId: ids[index] ?? "", amount, minQty: 10, uom: product["uom"] ?? "pc" };
  });
  return {
    listNumber: "DEALERS-2026",
    title: "Dealers 2026",
    status: "ACTIVE",
    currency: "EUR",
    accountGroup: "dealers",
    validFrom: "2026-01-01",
    validUntil: "2026-12-31",
    prices,
  };
}
