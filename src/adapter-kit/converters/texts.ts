import { type Converter, countOption, scalarText, textOption, Unconvertible } from "./converter.ts";

/** Native values of any scalar type <-> texts; used where a product gives numbers for what is a code. */
export const text: Converter = {
  title: "a native text, number or boolean → a text; texts are written as they are",
  options: {},
  create: () => ({ toCanonical: scalarText, toNative: scalarText }),
};

export const trim: Converter = {
  title: "white space around the text is dropped both ways",
  options: {},
  create: () => ({
    toCanonical: (value) => scalarText(value).trim(),
    toNative: (value) => scalarText(value).trim(),
  }),
};

const CASES = ["upper", "lower"] as const;

function turn(wanted: string | undefined, value: string): string {
  if (wanted === undefined) return value;
  return wanted === "upper" ? value.toUpperCase() : value.toLowerCase();
}

/** Upper or lower case on either side. */
export const letterCase: Converter = {
  title: "upper or lower case on either side",
  options: { canonical: "upper or lower", native: "upper or lower; as it is without it" },
  create(options) {
    const canonical = textOption(options, "canonical", CASES);
    const native = textOption(options, "native", CASES);
    return {
      toCanonical: (value) => turn(canonical, scalarText(value)),
      toNative: (value) => turn(native, scalarText(value)),
    };
  },
};

export const upper: Converter = {
  title: "upper case in the hub and in the system",
  options: {},
  create: () => letterCase.create({ canonical: "upper", native: "upper" }),
};

export const lower: Converter = {
  title: "lower case in the hub and in the system",
  options: {},
  create: () => letterCase.create({ canonical: "lower", native: "lower" }),
};

/** Several native fields <-> lines of one text (street1, street2 <-> street). */
export const lines: Converter = {
  title: "several native fields ↔ the lines of one text; surplus lines join the last field with a comma",
  options: { fields: "number of native fields, default 2" },
  create(options) {
    const fields = countOption(options, "fields") ?? 2;
    return {
      toCanonical: (value) => asTexts(value).join("\n"),
      toNative(value) {
        const all = scalarText(value)
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter((line) => line !== "");
        return [...all.slice(0, fields - 1), all.slice(fields - 1).join(", ")];
      },
    };
  },
};

/** Several native fields <-> words of one text; read right to left, so that the last field gets the last word. */
export const join: Converter = {
  title:
    "several native fields ↔ one text; written back, the last field gets what follows the last separator",
  options: { separator: "between the values, default one blank" },
  create(options) {
    const separator = textOption(options, "separator") ?? " ";
    return {
      toCanonical: (value) => asTexts(value).join(separator),
      toNative(value) {
        const whole = scalarText(value);
        const at = whole.lastIndexOf(separator);
        return at < 0 ? [null, whole] : [whole.slice(0, at), whole.slice(at + separator.length)];
      },
    };
  },
};

/** One native text with separators <-> a plain list of texts. */
export const list: Converter = {
  title: "one native text with separators ↔ a plain list of texts",
  options: { separator: "between the values, default `,`; blanks around values are dropped" },
  create(options) {
    const separator = textOption(options, "separator") ?? ",";
    return {
      toCanonical(value) {
        const items = scalarText(value)
          .split(separator)
          .map((item) => item.trim())
          .filter((item) => item !== "");
        return items.length > 0 ? items : undefined;
      },
      toNative: (value) => asTexts(value).join(separator),
    };
  },
};

function asTexts(value: unknown): string[] {
  if (!Array.isArray(value)) throw new Unconvertible("is no list");
  return value
    .flatMap((item) => (item === null || item === "" ? [] : [scalarText(item).trim()]))
    .filter((item) => item !== "");
}
