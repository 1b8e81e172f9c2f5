import { lineOf } from "./mutant.ts";
import type { Result } from "./progress.ts";

/** One line for each result, and the survivors once more at the end. */
export function tableOf(results: readonly Result[]): string {
  const tried = results.filter(({ status }) => status !== "invalid");
  const survivors = tried.filter(({ status }) => status === "survived");
  const invalid = results.length - tried.length;
  return [
    ...tried.map((result) => `${lineOf(result)}\n    ${fateOf(result)}`),
    "",
    `${tried.length - survivors.length} of ${tried.length} killed${invalid > 0 ? `; ${invalid} did not compile, others were drawn in their place` : ""}`,
    ...survivors.map((result) => `survived: ${lineOf(result)}`),
  ].join("\n");
}

function fateOf({ killedBy, steps, passing, seconds }: Result): string {
  const flaws = passing.length > 0 ? `; ${passing.length} failures did not hold` : "";
  if (killedBy === undefined) return `survived ${steps.join(", ")} in ${seconds} s${flaws}`;
  return `killed in step ${killedBy.step} by ${killedBy.file ?? "the run"}: ${killedBy.test} in ${seconds} s${flaws}`;
}
