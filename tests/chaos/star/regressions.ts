import { readFileSync } from "node:fs";
import type { Mode } from "../modes.ts";

/** A seed that is run again and again: what it once found. */
export type Regression = { mode: Mode; seed: number; was: string };

/** In the order in which they were found; what is added goes to the end. */
export function readRegressions(): Regression[] {
  const file = new URL("./regressions.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Regression[];
}
