import { createInterface } from "node:readline/promises";
import type { Changed } from "../flows/versions/change-flows.ts";
import { describeDifference } from "../flows/versions/describe-difference.ts";
import { describeMissing } from "../flows/versions/missing.ts";
import { CliError, EXIT } from "./exit-codes.ts";

/** What a change of flows does, or would do, flow by flow. */
export function describeChanges({ changes, missing }: Pick<Changed, "changes" | "missing">): string[] {
  return [
    ...changes.flatMap(({ flow, versions, difference }) =>
      describeDifference({ flow, against: "the hub", versions, ...difference }),
    ),
    ...missing.map((one) => `missing  ${describeMissing(one)}`),
  ];
}

/** Asks the person at the terminal. @throws CliError where there is none. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CliError(EXIT.usage, "there is nobody to ask", { accepts: "--yes, or --dry-run" });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  return /^y(es)?$/i.test(answer.trim());
}
