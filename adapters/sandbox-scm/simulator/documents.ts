/** The supplier's own way of writing UBL 2.1: prefixes and order of attributes differ from ours on purpose. */

export type DespatchLine = {
  id: string;
  orderLine: string;
  item: string;
  quantity: string;
  unit: string;
  outstanding: string;
};
export type StockLine = { item: string; quantity: string; unit: string };

const BASIC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
const AGGREGATE = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";

export function orderResponse(
  id: string,
  order: string,
  code: "AP" | "RE",
  promised: string | undefined,
): string {
  const delivery =
    promised === undefined
      ? ""
      : `<a:Delivery><a:PromisedDeliveryPeriod><b:EndDate>${promised}</b:EndDate></a:PromisedDeliveryPeriod></a:Delivery>`;
  const note = code === "RE" ? "<b:Note>We cannot deliver this.</b:Note>" : "";
  return document(
    "OrderResponse",
    `${head(id)}<b:OrderResponseCode listID="UNCL4343">${code}</b:OrderResponseCode>${note}${reference(order)}${parties()}${delivery}`,
  );
}

export function despatchAdvice(id: string, order: string, lines: readonly DespatchLine[]): string {
  const now = new Date();
  const shipment = `<a:Shipment><b:ID>${escapeXml(id)}</b:ID><a:Delivery><b:TrackingID>TR${escapeXml(id)}</b:TrackingID>
    <a:CarrierParty><a:PartyName><b:Name>Sandbox Freight</b:Name></a:PartyName></a:CarrierParty>
    <a:Despatch><b:ActualDespatchDate>${day(now)}</b:ActualDespatchDate><b:ActualDespatchTime>${clock(now)}</b:ActualDespatchTime></a:Despatch>
  </a:Delivery></a:Shipment>`;
  const body = lines.map(despatchLine).join("\n");
  return document("DespatchAdvice", `${head(id)}${reference(order)}${shipment}${body}`);
}

function despatchLine({ id, orderLine, item, quantity, unit, outstanding }: DespatchLine): string {
  return `<a:DespatchLine><b:ID>${escapeXml(id)}</b:ID>
    <b:DeliveredQuantity unitCode="${escapeXml(unit)}">${quantity}</b:DeliveredQuantity>
    <b:OutstandingQuantity unitCode="${escapeXml(unit)}">${outstanding}</b:OutstandingQuantity>
    <a:OrderLineReference><b:LineID>${escapeXml(orderLine)}</b:LineID></a:OrderLineReference>
    <a:Item><a:BuyersItemIdentification><b:ID>${escapeXml(item)}</b:ID></a:BuyersItemIdentification></a:Item>
  </a:DespatchLine>`;
}

export function inventoryReport(id: string, lines: readonly StockLine[]): string {
  const body = lines.map(
    ({ item, quantity, unit }, index) => `<a:InventoryReportLine><b:ID>${index + 1}</b:ID>
      <b:Quantity unitCode="${escapeXml(unit)}">${quantity}</b:Quantity>
      <a:Item><a:BuyersItemIdentification><b:ID>${escapeXml(item)}</b:ID></a:BuyersItemIdentification></a:Item>
      <a:InventoryLocation><b:ID>SUP-1</b:ID><b:Name>Supplier's warehouse</b:Name></a:InventoryLocation>
    </a:InventoryReportLine>`,
  );
  return document("InventoryReport", `${head(id)}${body.join("\n")}`);
}

/** Three levels of ten are enough to see whether entities are expanded at all. */
export const DTD_BOMB = `<?xml version="1.0"?><!DOCTYPE DespatchAdvice [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<DespatchAdvice xmlns="urn:oasis:names:specification:ubl:schema:xsd:DespatchAdvice-2">&c;</DespatchAdvice>`;

function document(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<u:${root} xmlns:b="${BASIC}" xmlns:u="urn:oasis:names:specification:ubl:schema:xsd:${root}-2" xmlns:a="${AGGREGATE}">
<b:UBLVersionID>2.1</b:UBLVersionID>${content}
</u:${root}>
`;
}

function head(id: string): string {
  const now = new Date();
  return `<b:ID>${escapeXml(id)}</b:ID><b:IssueDate>${day(now)}</b:IssueDate><b:IssueTime>${clock(now)}</b:IssueTime>`;
}

function reference(order: string): string {
  return `<a:OrderReference><b:ID>${escapeXml(order)}</b:ID></a:OrderReference>`;
}

function parties(): string {
  return party("SellerSupplierParty", "Sandbox Supplier") + party("BuyerCustomerParty", "Buyer");
}

function party(role: string, name: string): string {
  return `<a:${role}><a:Party><a:PartyName><b:Name>${name}</b:Name></a:PartyName></a:Party></a:${role}>`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function clock(date: Date): string {
  return date.toISOString().slice(11);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
