import type { JsonObject } from "../../src/adapter-kit/index.ts";
import { type DocumentShape, type PartShape, readShape, rootNamespace } from "./shape.ts";
import { UnreadableError } from "./unreadable.ts";
import { readXml } from "./xml-element.ts";

const ADDRESS = "cac:Delivery/cac:DeliveryAddress";
const LINE = "cac:LineItem";

/** What we order. The purchase order's number is the document's id, its canonical id the UUID. */
export const ORDER: DocumentShape = {
  root: "Order",
  parts: [
    { fixed: "2.1", at: "cbc:UBLVersionID" },
    { as: "ID", at: "cbc:ID", required: true },
    { as: "UUID", at: "cbc:UUID", required: true },
    { as: "IssueDate", at: "cbc:IssueDate", is: "date", required: true },
    { as: "Note", at: "cbc:Note" },
    { as: "DocumentCurrencyCode", at: "cbc:DocumentCurrencyCode", required: true },
    { as: "CustomerReference", at: "cbc:CustomerReference" },
    { as: "OriginatorOrder", at: "cac:OriginatorDocumentReference/cbc:ID" },
    { as: "Buyer", at: "cac:BuyerCustomerParty/cac:Party/cac:PartyName/cbc:Name" },
    { as: "Seller", at: "cac:SellerSupplierParty/cac:Party/cac:PartyName/cbc:Name" },
    { as: "StreetName", at: `${ADDRESS}/cbc:StreetName` },
    { as: "AdditionalStreetName", at: `${ADDRESS}/cbc:AdditionalStreetName` },
    { as: "CityName", at: `${ADDRESS}/cbc:CityName` },
    { as: "PostalZone", at: `${ADDRESS}/cbc:PostalZone` },
    { as: "CountrySubentity", at: `${ADDRESS}/cbc:CountrySubentity` },
    { as: "Country", at: `${ADDRESS}/cac:Country/cbc:IdentificationCode` },
    { as: "RequestedDeliveryDate", at: "cac:Delivery/cac:RequestedDeliveryPeriod/cbc:EndDate", is: "date" },
    { as: "DeliverTo", at: "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name" },
    {
      as: "LineTotal",
      at: "cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount",
      is: "decimal",
      amount: true,
    },
    {
      as: "PayableAmount",
      at: "cac:AnticipatedMonetaryTotal/cbc:PayableAmount",
      is: "decimal",
      amount: true,
    },
    {
      as: "OrderLine",
      each: "cac:OrderLine",
      required: true,
      parts: [
        { as: "ID", at: `${LINE}/cbc:ID`, required: true },
        { as: "Quantity", at: `${LINE}/cbc:Quantity`, is: "decimal", required: true },
        { as: "Unit", at: `${LINE}/cbc:Quantity`, attribute: "unitCode", required: true },
        { as: "NetAmount", at: `${LINE}/cbc:LineExtensionAmount`, is: "decimal", amount: true },
        ...discount(),
        { as: "Price", at: `${LINE}/cac:Price/cbc:PriceAmount`, is: "decimal", amount: true },
        { as: "Description", at: `${LINE}/cac:Item/cbc:Description` },
        { as: "ItemID", at: `${LINE}/cac:Item/cac:BuyersItemIdentification/cbc:ID`, required: true },
      ],
    },
  ],
};

/** An allowance needs its amount; the percentage explains it. */
function discount(): PartShape[] {
  const allowance = `${LINE}/cac:AllowanceCharge`;
  return [
    { as: "ChargeIndicator", at: `${allowance}/cbc:ChargeIndicator` },
    { as: "DiscountPercent", at: `${allowance}/cbc:MultiplierFactorNumeric`, is: "decimal" },
    { as: "DiscountAmount", at: `${allowance}/cbc:Amount`, is: "decimal", amount: true },
  ];
}

const ORDER_RESPONSE: DocumentShape = {
  root: "OrderResponse",
  parts: [
    { as: "ID", at: "cbc:ID", required: true },
    { as: "IssueDate", at: "cbc:IssueDate", is: "date", required: true },
    { as: "IssueTime", at: "cbc:IssueTime", is: "time" },
    { as: "ResponseCode", at: "cbc:OrderResponseCode", required: true },
    { as: "Note", at: "cbc:Note" },
    { as: "OrderID", at: "cac:OrderReference/cbc:ID", required: true },
    { as: "PromisedDeliveryDate", at: "cac:Delivery/cac:PromisedDeliveryPeriod/cbc:EndDate", is: "date" },
  ],
};

const DELIVERY = "cac:Shipment/cac:Delivery";

const DESPATCH_ADVICE: DocumentShape = {
  root: "DespatchAdvice",
  parts: [
    { as: "ID", at: "cbc:ID", required: true },
    { as: "IssueDate", at: "cbc:IssueDate", is: "date", required: true },
    { as: "IssueTime", at: "cbc:IssueTime", is: "time" },
    { as: "Note", at: "cbc:Note" },
    { as: "OrderID", at: "cac:OrderReference/cbc:ID", required: true },
    { as: "TrackingID", at: `${DELIVERY}/cbc:TrackingID` },
    { as: "Carrier", at: `${DELIVERY}/cac:CarrierParty/cac:PartyName/cbc:Name` },
    { as: "DespatchDate", at: `${DELIVERY}/cac:Despatch/cbc:ActualDespatchDate`, is: "date" },
    { as: "DespatchTime", at: `${DELIVERY}/cac:Despatch/cbc:ActualDespatchTime`, is: "time" },
    {
      as: "DespatchLine",
      each: "cac:DespatchLine",
      required: true,
      parts: [
        { as: "ID", at: "cbc:ID", required: true },
        { as: "Quantity", at: "cbc:DeliveredQuantity", is: "decimal", required: true },
        { as: "Unit", at: "cbc:DeliveredQuantity", attribute: "unitCode", required: true },
        { as: "Outstanding", at: "cbc:OutstandingQuantity", is: "decimal" },
        { as: "OrderLineID", at: "cac:OrderLineReference/cbc:LineID", required: true },
        { as: "ItemID", at: "cac:Item/cac:BuyersItemIdentification/cbc:ID" },
      ],
    },
  ],
};

const INVENTORY_REPORT: DocumentShape = {
  root: "InventoryReport",
  parts: [
    { as: "ID", at: "cbc:ID", required: true },
    { as: "IssueDate", at: "cbc:IssueDate", is: "date", required: true },
    { as: "IssueTime", at: "cbc:IssueTime", is: "time" },
    {
      as: "Line",
      each: "cac:InventoryReportLine",
      required: true,
      parts: [
        { as: "ID", at: "cbc:ID", required: true },
        { as: "Quantity", at: "cbc:Quantity", is: "decimal", required: true },
        { as: "Unit", at: "cbc:Quantity", attribute: "unitCode", required: true },
        { as: "ItemID", at: "cac:Item/cac:BuyersItemIdentification/cbc:ID", required: true },
        { as: "Place", at: "cac:InventoryLocation/cbc:ID" },
        { as: "PlaceName", at: "cac:InventoryLocation/cbc:Name" },
      ],
    },
  ],
};

/** The kinds that a supplier sends, and the entity each is about. */
const INCOMING = {
  OrderResponse: { shape: ORDER_RESPONSE, entity: "purchase-order" },
  DespatchAdvice: { shape: DESPATCH_ADVICE, entity: "shipment" },
  InventoryReport: { shape: INVENTORY_REPORT, entity: "stock-level" },
} as const;

export type Kind = keyof typeof INCOMING;
/** `issuedAt`: RFC 3339 UTC. */
export type UblDocument = { kind: Kind; native: JsonObject; issuedAt: string };

/** Reads one document of the supplier's. @throws UnreadableError naming the element and what is accepted. */
export function readIncoming(bytes: Buffer): UblDocument {
  const root = readXml(bytes);
  const incoming = Object.entries(INCOMING).find(([name]) => name === root.name);
  const kinds = Object.keys(INCOMING).join(", ");
  if (!incoming) throw new UnreadableError(`its root element is ${root.name}; accepted: ${kinds}`);
  const expected = rootNamespace(root.name);
  if (root.namespace !== expected)
    throw new UnreadableError(`its namespace is "${root.namespace}"; accepted: "${expected}"`);
  const native = readShape(root, incoming[1].shape);
  const issuedAt = instantOf(native["IssueDate"] as string, native["IssueTime"] as string | undefined);
  return { kind: root.name as Kind, native, issuedAt };
}

/** A UBL date and time; a time without a zone, and a day without a time, are UTC's. */
export function instantOf(date: string, time: string | undefined): string {
  const clock = time ?? "00:00:00Z";
  return new Date(`${date}T${/(?:Z|[+-]\d\d:\d\d)$/.test(clock) ? clock : `${clock}Z`}`).toISOString();
}

/** The entity that a file is about, as far as its first bytes tell; what cannot be told concerns our orders. */
export function entityOf(bytes: Buffer): string {
  const start = bytes.subarray(0, 2000).toString("latin1");
  const incoming = Object.entries(INCOMING).find(([name]) =>
    new RegExp(`<(?:\\w+:)?${name}[\\s>]`).test(start),
  );
  return incoming?.[1].entity ?? "purchase-order";
}

/** Reads an order that was written by `writeShape`. */
export function readOrder(bytes: Buffer): JsonObject {
  return readShape(readXml(bytes), ORDER);
}
