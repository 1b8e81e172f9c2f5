import type { JsonObject } from "../../src/adapter-kit/contract.ts";

/** What every article costs, in both systems. */
export const PRICE_CENTS = 1250;

/** An order of one line as somebody enters it in the CRM; buyer and item as the CRM holds them. */
export function crmOrder(
  orderNumber: string,
  { id: accountId = null }: JsonObject,
  item: JsonObject,
  qty: number,
): JsonObject {
  const cents = qty * PRICE_CENTS;
  const line = { lineNo: 1, itemId: item["id"] ?? null, text: "Article", qty, uom: "pc" };
  return {
    orderNumber,
    accountId,
    placedAt: "2026-11-20T10:00:00.000Z",
    currency: "EUR",
    status: "NEW",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: [{ ...line, unitPrice: "12.50", netCents: cents }],
    linesCents: cents,
    feesCents: 0,
    netCents: cents,
  };
}

/** The same in the ERP. */
export function erpOrder(
  CustRef: string,
  { Id: CustomerId = null }: JsonObject,
  item: JsonObject,
  qty: number,
): JsonObject {
  const net = ((qty * PRICE_CENTS) / 100).toFixed(2);
  const position = { PosNo: 1, ArticleId: item["Id"] ?? null, Text: "Article", Qty: `${qty}`, Unit: "ST" };
  return {
    CustRef,
    CustomerId,
    OrderDate: "2026-11-20T10:00:00Z",
    Curr: "EUR",
    RoundMode: "K",
    RoundPer: "P",
    Positions: [{ ...position, Price: "12.50", Net: net }],
    SumPositions: net,
    SumCharges: "0.00",
    SumNet: net,
  };
}
