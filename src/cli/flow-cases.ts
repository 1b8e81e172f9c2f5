import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FlowReport } from "../flows/cases/types.ts";
import { FlowFolders } from "../flows/storage/flow-folders.ts";
import { replaceFlows, type WantedFlow } from "../flows/versions/replace-flows.ts";
import type { FlowFolder } from "./flow-folder.ts";

export type CaseResult = { passed: number; failed: number; flows: FlowReport[]; lines: string[] };

/** Runs the cases in this folder of the flows named. */
export async function runCases(folder: FlowFolder, only: readonly string[]): Promise<CaseResult> {
  const { runFlowCases } = await import("../flows/cases/run-cases.ts");
  const { describeCases } = await import("../flows/cases/report.ts");
  const flows = only.length === 0 ? [] : await runFlowCases({ ...folder, only });
  const cases = flows.flatMap((one) => one.cases);
  const failed = cases.filter((one) => !one.passed).length;
  return { passed: cases.length - failed, failed, flows, lines: describeCases(flows) };
}

/** Runs the cases in this folder on the flow as the hub has it, which can be another version. */
export async function runCasesOn(folder: FlowFolder, flow: string, wanted: WantedFlow): Promise<CaseResult> {
  const flowsDir = await mkdtemp(join(tmpdir(), "nave-flow-"));
  try {
    await cp(folder.flowsDir, flowsDir, { recursive: true });
    const copy = new FlowFolders(flowsDir);
    const { deployed } = replaceFlows(await copy.read(), { wanted: [wanted], withShared: true });
    await copy.write(deployed.flows, deployed.shared);
    return await runCases({ ...folder, flowsDir }, [flow]);
  } finally {
    await rm(flowsDir, { recursive: true, force: true });
  }
}
