import { XMLParser } from "fast-xml-parser";

export type OrderedLine = { id: string; item: string; quantity: string; unit: string };
export type ReceivedOrder = { id: string; uuid: string; lines: OrderedLine[] };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  parseTagValue: false,
  alwaysCreateTextNode: true,
  isArray: (name) => name === "OrderLine",
});

type Node = { "#text"?: string; "@unitCode"?: string; [name: string]: unknown };

/** Reads an order as the supplier's own software would; it knows nothing of the hub's way of reading. */
export function readReceivedOrder(xml: string): ReceivedOrder {
  const { Order: order } = parser.parse(xml) as { Order?: Node };
  if (!order) throw new Error("this is no order");
  const lines = ((order["OrderLine"] ?? []) as Node[]).map((line) => ({
    id: text(line, "LineItem", "ID"),
    item: text(line, "LineItem", "Item", "BuyersItemIdentification", "ID"),
    quantity: text(line, "LineItem", "Quantity"),
    unit: String(at(line, "LineItem", "Quantity")["@unitCode"]),
  }));
  return { id: text(order, "ID"), uuid: text(order, "UUID"), lines };
}

function text(node: Node, ...path: string[]): string {
  const found = at(node, ...path)["#text"];
  if (found === undefined || found === "") throw new Error(`${path.join("/")} is missing`);
  return found;
}

function at(node: Node, ...path: string[]): Node {
  return path.reduce((here, name) => (here[name] ?? {}) as Node, node);
}
