import type { Json } from "../../adapter-kit/contract.ts";
import type { LeafShape } from "../shape.ts";
import { NONE, type ValueRule } from "./rule.ts";

/** What people and programs write into a field that must not be empty. `null` and `none` are missing: some people are called so. */
const PLACEHOLDERS = new Set(
  (
    "n/a|n.a.|n. a.|#n/a|nil|undefined|[object object]|nan|tbd|t.b.d.|tba|to be defined|unknown|unbekannt|inconnu|" +
    "desconocido|sconosciuto|not available|not applicable|keine angabe|k.a.|k. a.|dummy|placeholder|" +
    "<none>|(none)|<null>|(null)"
  ).split("|"),
);

const LONGEST = 20;

/** Only punctuation, or three and more of the same x. */
const FILLER = /^(?:[\p{P}\s]+|x{3,}|\?+)$/iu;

const UNSET_DAYS = new Set([
  "0000-00-00",
  "0001-01-01",
  "1753-01-01",
  "1899-12-30",
  "1900-01-01",
  "1970-01-01",
  "9999-12-31",
]);

/** Days that can really be the first of some year: people were born and firms founded then. */
const ANY_DAY = /(?:^|\.)(?:birthDate|foundedOn)$/;

/** No field is filled just to be filled: absent is absent. */
export const noPlaceholders: ValueRule = (at, value, path) => {
  if (at.kind !== "leaf" || at.decimal || at.schema.enum !== undefined || path.endsWith(".key")) return NONE;
  const found = textsIn(value).find((text) => isPlaceholder(at, text, path));
  if (found === undefined) return NONE;
  const text = `${path.slice(path.lastIndexOf(".") + 1)} "${found}" is a placeholder; leave out what is not known`;
  return [{ path, value: found, text, accepts: "the real value, or no field at all" }];
};

function isPlaceholder({ schema }: LeafShape, text: string, path: string): boolean {
  if (schema.format === "date" || schema.format === "date-time") {
    return UNSET_DAYS.has(text.slice(0, 10)) && !ANY_DAY.test(path);
  }
  // Placeholders are short, and most texts that are not need no closer look.
  return (
    schema.format === undefined &&
    text.length <= LONGEST &&
    (PLACEHOLDERS.has(text.trim().toLowerCase()) || FILLER.test(text))
  );
}

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
