import { XMLParser } from "fast-xml-parser";
import { UnreadableError } from "./unreadable.ts";

/** An element with its namespace resolved; `text` is what stands directly in it. */
export type XmlElement = {
  namespace: string;
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  text: string;
};

const MOST_LEVELS = 40;
const ENCODINGS = ["utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16"];
/** Characters that XML 1.0 cannot carry, not even escaped; single halves of surrogate pairs among them. */
export const NOT_XML = /[^\P{Cc}\t\n\r\u007f-\u009f]|\p{Cs}|[\ufffe\uffff]/u;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: "#cdata",
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MOST_LEVELS,
});

/**
 * Reads one XML document: well formed, in the encoding it declares, without document type or entities of its own.
 *
 * @throws UnreadableError with a sentence for the person who made the file.
 */
export function readXml(bytes: Buffer): XmlElement {
  const xml = decode(bytes);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml))
    throw new UnreadableError("it has a document type (DTD), which is not accepted");
  const invalid = NOT_XML.exec(xml)?.[0];
  if (invalid !== undefined) {
    const code = invalid.codePointAt(0)?.toString(16).padStart(4, "0");
    throw new UnreadableError(`it holds the character U+${code}, which XML does not allow`);
  }
  const roots = parse(xml).flatMap((node) => elementsOf(node, new Map()));
  const [root] = roots;
  if (!root || roots.length > 1)
    throw new UnreadableError(`it has ${roots.length} root elements instead of one`);
  return root;
}

function decode(bytes: Buffer): string {
  const encoding = encodingOf(bytes);
  if (!ENCODINGS.some((one) => encoding.startsWith(one)))
    throw new UnreadableError(
      `its encoding "${encoding}" is not accepted; accepted: ${ENCODINGS.join(", ")}`,
    );
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableError(`its bytes are not ${encoding}, which it says it is`);
  }
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const declaration = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']/.exec(
    bytes.subarray(0, 200).toString("latin1"),
  );
  return declaration?.[1]?.toLowerCase() ?? "utf-8";
}

/** As fast-xml-parser gives it with `preserveOrder`: the tag's name beside `:@`, the attributes. */
type Node = Record<string, unknown>;

function parse(xml: string): Node[] {
  try {
    return parser.parse(xml, true) as Node[];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new UnreadableError(`it is no well-formed XML: ${text.slice(0, 200)}`);
  }
}

function elementsOf(node: Node, outer: ReadonlyMap<string, string>): XmlElement[] {
  const tag = Object.keys(node).find((name) => name !== ":@") ?? "";
  if (tag === "" || tag.startsWith("#")) return [];
  const given = (node[":@"] ?? {}) as Record<string, string>;
  const attributes = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, unescapeText(value)]),
  );
  const scope = new Map(outer);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "xmlns") scope.set("", value);
    else if (name.startsWith("xmlns:")) scope.set(name.slice(6), value);
  }
  const [prefix, name] = tag.includes(":") ? (tag.split(":", 2) as [string, string]) : ["", tag];
  const namespace = scope.get(prefix);
  if (namespace === undefined && prefix !== "")
    throw new UnreadableError(`the prefix of <${tag}> is not declared`);
  const content = node[tag] as Node[];
  const children = content.flatMap((child) => elementsOf(child, scope));
  return [{ namespace: namespace ?? "", name, attributes, children, text: textOf(content) }];
}

function textOf(content: readonly Node[]): string {
  const parts = content.flatMap((child) => {
    if ("#text" in child) return [unescapeText(child["#text"] as string)];
    if (!("#cdata" in child)) return [];
    return (child["#cdata"] as Node[]).map((inner) => (inner["#text"] ?? "") as string);
  });
  return parts.join("");
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeText(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+))?;?/g, (whole, hex, decimal, named) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16);
    const character = named === undefined ? characterOf(code) : NAMED[named as string];
    if (character !== undefined && whole.endsWith(";")) return character;
    throw new UnreadableError(`"${whole}" is no reference that XML knows`);
  });
}

function characterOf(code: number): string | undefined {
  if (!(code <= 0x10ffff)) return undefined;
  const character = String.fromCodePoint(code);
  return NOT_XML.test(character) ? undefined : character;
}
