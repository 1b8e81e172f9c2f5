import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { writeShape } from "../shape.ts";
import { DTD_BOMB } from "../simulator/documents.ts";
import { readReceivedOrder } from "../simulator/read-order.ts";
import { entityOf, ORDER, readIncoming, readOrder } from "../ubl.ts";
import { orderSample } from "./harness.ts";

const CASES = join(import.meta.dirname, "..", "cases");
const caseFile = (name: string, file: string) => readFileSync(join(CASES, name, file));

test.each(readdirSync(CASES))("a document is read as its case says: %s", (name) => {
  const { native } = readIncoming(caseFile(name, "document.xml"));
  expect(native).toEqual(JSON.parse(caseFile(name, "native.json").toString("utf8")));
});

test("an order is read as it was written, by us and by a reader that knows nothing of us", () => {
  const order: JsonObject = {
    ...orderSample(1),
    UUID: "u-1",
    Note: `Zoë <&> ]]> "quoted" 漢字 \u{1F6B2} \t\r\n end`,
  };
  const xml = writeShape(order, ORDER);
  expect(readOrder(Buffer.from(xml))).toEqual(order);
  expect(readReceivedOrder(xml)).toEqual({
    id: "PO-1",
    uuid: "u-1",
    lines: [{ id: "1", item: "BIKE-7", quantity: "10", unit: "C62" }],
  });
});

const advice = caseFile("despatch-advice", "document.xml").toString("latin1");
const utf8 = advice.replace("ISO-8859-1", "UTF-8");

test.each<[string, string | Buffer, RegExp]>([
  ["entities that expand", DTD_BOMB, /document type \(DTD\), which is not accepted/],
  ["an entity nobody declared", utf8.replace("heavy", "&nbsp;"), /"&nbsp;" is no reference that XML knows/],
  ["a bare ampersand", utf8.replace("&lt;heavy", "& heavy"), /no well-formed XML/],
  [
    "another encoding than declared",
    Buffer.from(utf8.replace("1Z999", "Köln"), "latin1"),
    /its bytes are not utf-8/,
  ],
  [
    "an encoding we do not know",
    advice.replace("ISO-8859-1", "EBCDIC-CP-DE"),
    /"ebcdic-cp-de" is not accepted; accepted: utf-8/,
  ],
  ["a file cut off", utf8.slice(0, -200), /no well-formed XML/],
  ["an empty file", "", /no well-formed XML|0 root elements/],
  ["no XML at all", "ISA*00*          *00*", /no well-formed XML|root element/],
  ["a control character", utf8.replace("1Z999", "1Z\u0007"), /the character U\+0007/],
  [
    "another document",
    utf8.replaceAll("DespatchAdvice", "Invoice"),
    /its root element is Invoice; accepted: OrderResponse, /,
  ],
  [
    "another version's namespace",
    utf8.replaceAll("DespatchAdvice-2", "DespatchAdvice-1"),
    /its namespace is ".*-1"; accepted: ".*-2"/,
  ],
  [
    "elements of another namespace",
    utf8.replace("CommonBasicComponents-2", "Basic-9"),
    /DespatchAdvice\/cbc:ID is missing/,
  ],
  [
    "a prefix nobody declared",
    utf8.replace("<a:Shipment>", "<b:Shipment>").replace("</a:Shipment>", "</b:Shipment>"),
    /the prefix of <b:Shipment> is not declared/,
  ],
  [
    "a quantity in words",
    utf8.replace(">4<", ">four<"),
    /cac:DespatchLine\[1\]\/cbc:DeliveredQuantity "four" is no decimal number/,
  ],
  [
    "a quantity without unit",
    utf8.replace('unitCode="C62">4', ">4"),
    /DeliveredQuantity\/@unitCode is missing/,
  ],
  [
    "a day that does not exist",
    utf8.replace("2026-11-24Z", "2026-02-30"),
    /cbc:IssueDate "2026-02-30" is no date/,
  ],
  ["no lines", utf8.replace(/<a:DespatchLine>[^]*<\/a:DespatchLine>/, ""), /cac:DespatchLine is missing/],
  ["levels without end", `${"<a>".repeat(5000)}${"</a>".repeat(5000)}`, /no well-formed XML/],
])("cannot be taken, and says why: %s", (_what, content, reason) => {
  expect(() => readIncoming(Buffer.from(content as string))).toThrow(reason);
});

test("amounts in another currency than the document's are refused", () => {
  const xml = writeShape({ ...orderSample(1), UUID: "u-1" }, ORDER);
  const mixed = xml.replace('currencyID="EUR">134.95', 'currencyID="USD">134.95');
  expect(() => readOrder(Buffer.from(mixed))).toThrow(/PriceAmount is in USD, the document in EUR/);
});

test("a file's entity is told by its first bytes; what cannot be told concerns our orders", () => {
  expect(entityOf(Buffer.from(utf8.slice(0, 300)))).toBe("shipment");
  expect(entityOf(caseFile("inventory-report", "document.xml"))).toBe("stock-level");
  expect(entityOf(Buffer.from("nonsense"))).toBe("purchase-order");
});
