import type { Json } from "../contract.ts";
import { type Converter, scalarText, Unconvertible } from "./converter.ts";

const TRUE = new Set(["true", "1", "yes", "y", "on", "t", "x"]);
const FALSE = new Set(["false", "0", "no", "n", "off", "f"]);

/** The spellings of yes and no. */
export const boolean: Converter = {
  title: "true/false, 1/0, yes/no, Y/N, on/off ↔ a boolean",
  options: {
    true: "how the system writes yes, default true",
    false: "how the system writes no, default false",
    inverted: "true: the native field means the opposite (`disabled`)",
  },
  create(options) {
    const yes = options["true"] ?? true;
    const no = options["false"] ?? false;
    const inverted = options["inverted"] === true;
    const read = (value: Json): boolean => {
      if (value === yes) return true;
      if (value === no) return false;
      const spelling = scalarText(value).trim().toLowerCase();
      if (TRUE.has(spelling)) return true;
      if (FALSE.has(spelling)) return false;
      throw new Unconvertible("is neither yes nor no", `${JSON.stringify(yes)} or ${JSON.stringify(no)}`);
    };
    return {
      toCanonical: (value) => read(value) !== inverted,
      toNative(value) {
        if (typeof value !== "boolean") throw new Unconvertible("is no boolean", "true or false");
        return value === inverted ? no : yes;
      },
    };
  },
};
