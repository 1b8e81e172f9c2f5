import { XMLParser } from "fast-xml-parser";
import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";

const LISTS = new Set(
  [
    "Addresses Contacts Positions Charges Allocations Expected Prices Changes Ids Values Clear",
    "Customer Article PriceList SalesOrder Delivery Invoice Receipt Stock",
  ].flatMap((names) => names.split(" ")),
);
const INTEGERS = new Set([
  "PosNo",
  "OrderPosNo",
  "ContactNo",
  "ExpectedNo",
  "PriceNo",
  "LockVersion",
  "Limit",
]);
const FLAGS = new Set(["Blocked", "CreditHold", "StockItem"]);

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => LISTS.has(name),
});

export type SoapRequest = { operation: string; args: JsonObject; sessionId: string | undefined };

/** Reads a SOAP envelope. Documents with a DTD are not read at all. */
export function readEnvelope(xml: string): SoapRequest {
  if (xml.includes("<!DOCTYPE")) throw new Error("a document type is not accepted");
  const { Envelope } = parser.parse(xml) as { Envelope?: { Header?: JsonObject; Body?: JsonObject } };
  const [operation, args] = Object.entries(Envelope?.Body ?? {}).find(([name]) => name !== "#text") ?? [];
  if (operation === undefined) throw new Error("the envelope has no body");
  const sessionId = Envelope?.Header?.["SessionId"] as string | undefined;
  return { operation, args: typed(args ?? {}) as JsonObject, sessionId };
}

/** Writes an element with its children; lists repeat the element, what is absent leaves none. */
export function toXml(name: string, value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((item) => toXml(name, item)).join("");
  const content =
    typeof value === "object"
      ? Object.entries(value)
          .map(([child, held]) => toXml(child, held))
          .join("")
      : escapeText(String(value));
  return `<erp:${name}>${content}</erp:${name}>`;
}

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:erp="urn:sandbox-erp:1"><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

function typed(value: Json, name = ""): Json {
  if (Array.isArray(value)) return value.map((item) => typed(item, name));
  if (typeof value === "object" && value !== null) {
    const children = Object.entries(value).filter(([child]) => child !== "#text");
    return Object.fromEntries(children.map(([child, held]) => [child, typed(held, child)]));
  }
  if (INTEGERS.has(name)) return Number(value);
  return FLAGS.has(name) ? value === "true" || value === "1" : value;
}
