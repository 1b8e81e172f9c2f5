import type { Json, WriteOutcome } from "../../src/adapter-kit/index.ts";

/** Characters that XML 1.0 cannot carry, not even escaped; single halves of surrogate pairs among them. */
const NOT_XML = /[^\P{Cc}\t\n\r\u007f-\u009f]|\p{Cs}|[\ufffe\uffff]/u;

/** The refusal of a record that holds such a character; undefined when it can be written. */
export function unwritable(value: Json | undefined, path = ""): WriteOutcome | undefined {
  if (typeof value === "string" && NOT_XML.test(value)) {
    const field = path.split(".").slice(2).join(".");
    return {
      kind: "refused",
      text: `${field} holds a character that XML cannot carry`,
      field,
      accepts: "plain text",
    };
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, held] of Object.entries(value)) {
    const found = unwritable(held, path === "" ? name : `${path}.${name}`);
    if (found) return found;
  }
  return undefined;
}
