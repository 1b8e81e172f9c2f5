/** A process of its own for cases: there is one Node-RED in each, and the hub's runs the flows. Told what to run by its parent. */
import { toNaveError } from "../../errors.ts";
import { type CaseRun, runFlowCases } from "./run-cases.ts";
import type { FlowReport } from "./types.ts";

export type CaseAnswer = { reports: FlowReport[] } | { problem: string };

process.once("message", (run: CaseRun) => void answer(run));
// Nobody waits for the answer any more.
process.once("disconnect", () => process.exit());

async function answer(run: CaseRun): Promise<void> {
  process.send?.(await outcomeOf(run), () => process.disconnect());
}

async function outcomeOf(run: CaseRun): Promise<CaseAnswer> {
  try {
    return { reports: await runFlowCases(run) };
  } catch (error) {
    return { problem: toNaveError(error, "NAVE_FLOW_FAILED").message };
  }
}
