import { NaveError } from "../errors.ts";

/** Where in a mapping file: property names and list indexes from the top. */
export type SourcePath = readonly (string | number)[];

/** Collects every mistake of a mapping file, so that its author sees all of them at once. */
export type Faults = {
  /** @param accepts In words, what would be right. */
  add(at: SourcePath, text: string, accepts?: string): void;
  /** Throws NAVE_CONFIG_INVALID when there were any, one line each: `file:line: key: text; accepted: …`. */
  throwIfAny(): void;
};

/** @param lineOf The line of a place in the file, counted from 1. */
export function collectFaults(file: string, lineOf: (at: SourcePath) => number): Faults {
  const lines: string[] = [];
  return {
    add(at, text, accepts) {
      const key = at.join(".") || "(top)";
      lines.push(`${file}:${lineOf(at)}: ${key}: ${text}${accepts ? `; accepted: ${accepts}` : ""}`);
    },
    throwIfAny() {
      if (lines.length > 0) throw new NaveError("NAVE_CONFIG_INVALID", [...new Set(lines)].join("\n"));
    },
  };
}
