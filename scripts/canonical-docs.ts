import type { ObjectShape, Shape } from "../src/canonical/shape.ts";

/** Writes `docs/canonical-model.md`: what each entity can say, and what its fields are called in UBL, X12 and EDIFACT. */
export function writeDocs(shapes: Map<string, ObjectShape>): string {
  const shared = sharedParts(shapes);
  const entities = [...shapes].map(([entity, shape]) => writeEntity(entity, shape, shared));
  const parts = [...shared.values()].sort((a, b) => titleOf(a).localeCompare(titleOf(b)));
  return `${INTRODUCTION}
## Entities

${[...shapes].map(([entity, { schema }]) => `- [${entity}](#${entity}): ${schema.description ?? ""}`).join("\n")}

${entities.join("\n")}
## Shared parts

Used by several entities, and described once.

${parts.map((part) => writePart(part, shared)).join("\n")}${RULES}`;
}

const INTRODUCTION = `<!-- Generated from schemas/ by scripts/generate-canonical.ts; do not edit. -->
# The canonical data model

Every system speaks to the hub in these types and in no other's. A mapping translates a system's own record into one of
them and back; what is merged, compared, searched and sent on is the canonical record. The schemas are JSON Schema 2020-12
under \`schemas/\`, with examples of what is accepted and what is refused under \`schemas/examples/\`.

How to read the tables:

- **Absent is absent.** A field nobody knows is left out: no \`null\`, no \`""\`, no \`n/a\`, no 1970-01-01. An empty list or
  object counts as none.
- **Amounts are decimal strings** (\`"12.50"\`) in the document's currency; a [quantity](#quantity) names its unit.
- **Days** are \`YYYY-MM-DD\`; **instants** are RFC 3339 in UTC, ending in \`Z\`.
- A **list by key** holds items with a \`key\` that stays the same for the life of the record. Paths use it:
  \`addresses[billing].city\` is the city of the billing address, wherever it stands in the list.
- A **reference** is \`{ "id": "..." }\`, the canonical id, or \`{ "system": "...", "localId": "..." }\` as an adapter knows it;
  the hub resolves the second into the first.
- **Bold** fields are required. *(search: kind)* marks values by which the hub finds a record and its messages.
- *(personal)* and *(confidential)* are the secrecy grades 2 and 3; everything else is open within the firm.
- Every entity may carry \`extensions\`: \`{ "<system>": { "<native field>": value } }\`, what nobody mapped, so that a round trip
  loses nothing.

Id, version, references per system and whether a record is archived stand beside the body, not in it.
`;

const RULES = `
## What is checked beyond the schemas

- **Totals.** Every line's \`netAmount\` is quantity times price less discounts; \`totals\` are what lines and charges add up to
  under the stated \`rounding\`. Per \`line\`, amounts and taxes are rounded and then added; per \`document\`, amounts are added
  as they stand, and net and the tax of each rate are rounded once. Freight is a charge; a discount is a negative one. Tax is
  checked where every line and charge names its rate.
- **Currencies.** Amounts to be paid have no more decimals than their currency; a promotion uses one currency throughout.
- **Dates.** An invoice is not due before it is issued, nothing is delivered before it is shipped, periods end after they begin. Instants may contradict each other by five minutes: they come from the clocks of several systems.
  A day compared with an instant may be off by one day for the sake of time zones.
- **Codes.** Countries ISO 3166-1, currencies ISO 4217, languages ISO 639, units UN/ECE Recommendation 20 (the codes listed in
  \`src/canonical/units.ts\`, with package codes of Recommendation 21 under their leading X).
- **Keys** are unique within their list.
- **Placeholders** (\`n/a\`, \`unknown\`, \`-\`, \`xxx\`, 1970-01-01, 9999-12-31 ...) are refused.
- **Phones.** \`e164\` is the number that \`value\` reads as; e-mail addresses have an @.
- A payment's allocations do not exceed it; a receivable's total is the sum of its items; packages hold the shipment's lines.
`;

/** Objects that stand in more than one place, by title. */
function sharedParts(shapes: Map<string, ObjectShape>): Map<string, ObjectShape> {
  const seen = new Map<string, { shape: ObjectShape; places: Set<string> }>();
  const look = (at: Shape, place: string): void => {
    const object = at.kind === "keyed" ? at.item : at;
    if (object.kind !== "object") return;
    const entry = seen.get(titleOf(object)) ?? { shape: object, places: new Set() };
    entry.places.add(place);
    seen.set(titleOf(object), entry);
    for (const [name, inner] of object.properties) look(inner, `${titleOf(object)}.${name}`);
  };
  for (const shape of shapes.values()) look(shape, "");
  return new Map(
    [...seen].filter(([, { places }]) => places.size > 1).map(([title, { shape }]) => [title, shape]),
  );
}

function writeEntity(entity: string, shape: ObjectShape, shared: Map<string, ObjectShape>): string {
  const { description = "" } = shape.schema;
  const secrecy = shape.secrecy > 1 ? ` The whole record is ${GRADES[shape.secrecy]}.` : "";
  return `### ${entity}

${description}${secrecy}

${counterpartLine(shape)} Schema: [\`${entity}.schema.json\`](../schemas/${entity}.schema.json). Examples: [accepted](../schemas/examples/${entity}/valid), [refused](../schemas/examples/${entity}/invalid).

${writeTable(shape, shared)}`;
}

function writePart(part: ObjectShape, shared: Map<string, ObjectShape>): string {
  const { description = "" } = part.part;
  return `### ${titleOf(part)}\n\n${[description, counterpartLine(part)].join(" ").trim()}\n\n${writeTable(part, shared)}`;
}

function counterpartLine({ schema }: ObjectShape): string {
  const { ubl, x12, edifact } = schema["x-nave-counterparts"] ?? {};
  const named = [
    ubl === undefined ? [] : [`UBL \`${ubl}\``],
    x12 === undefined ? [] : [`X12 \`${x12}\``],
    edifact === undefined ? [] : [`EDIFACT \`${edifact}\``],
  ].flat();
  return named.length === 0 ? "No counterpart in UBL, X12 or EDIFACT." : `Counterparts: ${named.join(", ")}.`;
}

function writeTable(shape: ObjectShape, shared: Map<string, ObjectShape>): string {
  return `| field | type | meaning | UBL | X12 | EDIFACT |
|---|---|---|---|---|---|
${rows(shape, "", shape.secrecy, shared).join("\n")}
`;
}

function rows(
  shape: ObjectShape,
  prefix: string,
  around: number,
  shared: Map<string, ObjectShape>,
): string[] {
  const lines: string[] = [];
  for (const [name, at] of shape.properties) {
    if (at.kind === "bag") continue;
    const path = prefix + name;
    lines.push(row(path, at, around, shared));
    const inner = at.kind === "keyed" ? at.item : at;
    if (inner.kind !== "object" || shared.has(titleOf(inner))) continue;
    lines.push(...rows(inner, at.kind === "keyed" ? `${path}[].` : `${path}.`, inner.secrecy, shared));
  }
  return lines;
}

const GRADES: Record<number, string> = { 1: "open", 2: "personal", 3: "confidential" };

function row(path: string, at: Shape, around: number, shared: Map<string, ObjectShape>): string {
  const { ubl, x12, edifact } = at.schema["x-nave-counterparts"] ?? {};
  const marks = [
    at.businessKey === undefined ? [] : [`*(search: ${at.businessKey.replace(/^\{(.+)\}$/, "by its $1")})*`],
    at.secrecy === around ? [] : [`*(${GRADES[at.secrecy]})*`],
  ].flat();
  const meaning = [isShared(at, shared) ? ownDescription(at) : (at.schema.description ?? ""), ...marks]
    .join(" ")
    .trim();
  const field = at.required ? `**\`${path}\`**` : `\`${path}\``;
  return `| ${[field, typeInWords(at, shared), meaning, ubl, x12, edifact].map((cell) => escapeCell(cell ?? "")).join(" | ")} |`;
}

function isShared(at: Shape, shared: Map<string, ObjectShape>): boolean {
  return at.kind === "object" && shared.has(titleOf(at));
}

/** What is said of a shared part in this place; what holds everywhere is said once. */
function ownDescription({ schema, part }: Shape): string {
  return schema.description === part.description ? "" : (schema.description ?? "");
}

function typeInWords(at: Shape, shared: Map<string, ObjectShape>): string {
  switch (at.kind) {
    case "object":
      return shared.has(titleOf(at)) ? link(titleOf(at)) : "group";
    case "keyed":
      return `list by key${shared.has(titleOf(at.item)) ? ` of ${link(titleOf(at.item))}` : ""}`;
    case "reference":
      return `reference to [${at.entity}](#${at.entity})`;
    case "bag":
      return "bag";
    default:
      return leafInWords(at.schema.enum, at.schema.format, at.schema.type);
  }
}

const FORMATS: Record<string, string> = { date: "day", "date-time": "instant", decimal: "decimal" };
const TYPES: Record<string, string> = {
  integer: "whole number",
  boolean: "true/false",
  array: "list of texts",
};

function leafInWords(values: unknown[] | undefined, format: string | undefined, type = "string"): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(", ");
  if (format !== undefined) return FORMATS[format] ?? format;
  return TYPES[type] ?? "text";
}

function link(title: string): string {
  return `[${title.toLowerCase()}](#${title.toLowerCase().replaceAll(" ", "-")})`;
}

function titleOf({ part }: ObjectShape): string {
  return part.title ?? "";
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
