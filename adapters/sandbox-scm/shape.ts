import { isDecimal, type JsonObject } from "../../src/adapter-kit/index.ts";
import { UnreadableError } from "./unreadable.ts";
import type { XmlElement } from "./xml-element.ts";

/** One value of a document: the property of the native record, and where it stands, from the element around it. */
export type ValueShape = {
  as: string;
  at: string;
  /** Of the element at `at`; the value is then this attribute. */
  attribute?: string;
  is?: "date" | "time" | "decimal";
  required?: true;
  /** Written with the document's currency, and refused with another one. */
  amount?: true;
};
/** The same structure several times over. */
export type ListShape = { as: string; each: string; parts: readonly PartShape[]; required?: true };
/** Written as it stands, not read. */
export type FixedShape = { fixed: string; at: string };
export type PartShape = ValueShape | ListShape | FixedShape;

/** A kind of UBL 2.1 document as this adapter sees it: read and written by the same description, parts in UBL's order. */
export type DocumentShape = { root: string; parts: readonly PartShape[] };

const NAMESPACES: Readonly<Record<string, string>> = {
  cbc: "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
  cac: "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
};
const ZONE = "(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)?";
const DATE = new RegExp(`^\\d{4}-\\d\\d-\\d\\d${ZONE}$`);
const TIME = new RegExp(`^(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?${ZONE}$`);
type Form = { test: (text: string) => boolean; words: string };
const FORMS: Readonly<Record<NonNullable<ValueShape["is"]>, Form>> = {
  date: { test: isDate, words: "date" },
  time: { test: (text) => TIME.test(text), words: "time" },
  decimal: { test: isDecimal, words: "decimal number" },
};

function isDate(text: string): boolean {
  const time = Date.parse(text.slice(0, 10));
  return DATE.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 10));
}

export const rootNamespace = (root: string) => `urn:oasis:names:specification:ubl:schema:xsd:${root}-2`;

/**
 * The native record in a document. Elements that the shape does not name are passed over.
 *
 * @throws UnreadableError naming the element.
 */
export function readShape(root: XmlElement, shape: DocumentShape): JsonObject {
  const currency = find(root, "cbc:DocumentCurrencyCode")?.text.trim();
  return readParts(root, shape.parts, shape.root, currency);
}

function readParts(
  element: XmlElement,
  parts: readonly PartShape[],
  path: string,
  currency: string | undefined,
): JsonObject {
  const native: JsonObject = {};
  for (const part of parts) {
    if ("each" in part) {
      const items = findAll(element, part.each);
      if (part.required && items.length === 0) throw new UnreadableError(`${path}/${part.each} is missing`);
      const list = items.map((item, index) =>
        readParts(item, part.parts, `${path}/${part.each}[${index + 1}]`, currency),
      );
      if (list.length > 0) native[part.as] = list;
    } else if ("as" in part) {
      const value = readValue(element, part, path, currency);
      if (value !== undefined) native[part.as] = value;
    }
  }
  return native;
}

function readValue(
  element: XmlElement,
  { at, attribute, is, required, amount }: ValueShape,
  path: string,
  currency: string | undefined,
): string | undefined {
  const found = find(element, at);
  const where = attribute === undefined ? `${path}/${at}` : `${path}/${at}/@${attribute}`;
  const text = (attribute === undefined ? found?.text : found?.attributes[attribute])?.trim();
  if (text === undefined || text === "") {
    if (required) throw new UnreadableError(`${where} is missing`);
    return undefined;
  }
  if (is && !FORMS[is].test(text)) throw new UnreadableError(`${where} "${text}" is no ${FORMS[is].words}`);
  const stated = found?.attributes["currencyID"];
  if (amount && currency !== undefined && stated !== undefined && stated !== currency)
    throw new UnreadableError(`${where} is in ${stated}, the document in ${currency}`);
  return is === "date" ? text.slice(0, 10) : text;
}

export function find(element: XmlElement, path: string): XmlElement | undefined {
  return path.split("/").reduce<XmlElement | undefined>((at, step) => at && findAll(at, step)[0], element);
}

function findAll(element: XmlElement, step: string): XmlElement[] {
  const [prefix = "", name] = step.split(":");
  return element.children.filter((child) => child.name === name && child.namespace === NAMESPACES[prefix]);
}

/** The document for a native record. */
export function writeShape(native: JsonObject, shape: DocumentShape): string {
  const root: Tag = { name: shape.root, attributes: {}, text: "", children: [] };
  fillParts(root, native, shape.parts, native["DocumentCurrencyCode"] as string | undefined);
  const namespaces = Object.entries(NAMESPACES).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`);
  root.attributes = {};
  const text = print(root, "").replace(
    `<${shape.root}`,
    `<${shape.root} xmlns="${rootNamespace(shape.root)}"${namespaces.join("")}`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
}

type Tag = { name: string; attributes: Record<string, string>; text: string; children: Tag[] };

function fillParts(
  tag: Tag,
  native: JsonObject,
  parts: readonly PartShape[],
  currency: string | undefined,
): void {
  for (const part of parts) {
    if ("fixed" in part) place(tag, part.at).text = part.fixed;
    else if ("each" in part) {
      for (const item of (native[part.as] ?? []) as JsonObject[]) {
        const child: Tag = { name: part.each, attributes: {}, text: "", children: [] };
        tag.children.push(child);
        fillParts(child, item, part.parts, currency);
      }
    } else fillValue(tag, native[part.as], part, currency);
  }
}

function fillValue(
  tag: Tag,
  value: JsonObject[string] | undefined,
  { at, attribute, amount }: ValueShape,
  currency: string | undefined,
): void {
  if (typeof value !== "string" || value === "") return;
  const target = place(tag, at);
  if (attribute === undefined) target.text = value;
  else target.attributes[attribute] = value;
  if (amount && currency !== undefined) target.attributes["currencyID"] = currency;
}

/** The tag at this path, made where it is missing; what stands under one parent is kept together. */
function place(tag: Tag, path: string): Tag {
  return path.split("/").reduce((at, name) => {
    const there = at.children.find((child) => child.name === name);
    if (there) return there;
    const made: Tag = { name, attributes: {}, text: "", children: [] };
    at.children.push(made);
    return made;
  }, tag);
}

function print({ name, attributes, text, children }: Tag, indent: string): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  const open = `${indent}<${name}${given.join("")}>`;
  if (children.length === 0) return `${open}${escapeText(text)}</${name}>\n`;
  const inner = children.map((child) => print(child, `${indent}  `)).join("");
  return `${open}\n${inner}${indent}</${name}>\n`;
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}
