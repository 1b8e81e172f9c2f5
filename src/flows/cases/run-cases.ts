import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Log } from "../../adapter-kit/contract.ts";
import { loadModel } from "../../canonical/model.ts";
import type { Model } from "../../canonical/types.ts";
import { NaveError, toNaveError } from "../../errors.ts";
import { deployedVersion } from "../deploy.ts";
import { type FlowRuntime, startFlows } from "../runtime.ts";
import { type Flow, FlowFolders } from "../storage/flow-folders.ts";
import { caseFiles } from "./case-files.ts";
import { type Begun, CaseHub } from "./case-hub.ts";
import { compareEffects } from "./compare-effects.ts";
import { flowUnderTest } from "./flow-under-test.ts";
import { readCase } from "./read-case.ts";
import type { CaseReport, FlowCase, FlowReport } from "./types.ts";

export type CaseRun = {
  flowsDir: string;
  /** Names of flows; absent: all. */
  only?: readonly string[];
  /** Node-RED's folder of the hub, for nodes that were installed there by hand. */
  paletteDir?: string;
};

/** More messages than a step of any sensible flow leads to. */
const MOST_MESSAGES = 100;

/**
 * Runs the cases of flows, each in a Node-RED of its own that holds nothing but the flow, so that no case sees what
 * another has left behind. Drafts are run as if they were live. Needs this process's one Node-RED.
 *
 * @throws NAVE_CONFIG_INVALID when there is no flow of a name in `only`, or a flow cannot be read.
 */
export async function runFlowCases({ flowsDir, only, paletteDir }: CaseRun): Promise<FlowReport[]> {
  const { flows, shared } = await new FlowFolders(flowsDir).read();
  const model = loadModel();
  const root = await mkdtemp(join(tmpdir(), "nave-cases-"));
  try {
    const userDir = join(root, "node-red");
    await linkPalette(userDir, paletteDir);
    const reports: FlowReport[] = [];
    for (const flow of chosen(flows, only)) {
      const alone = { model, userDir, flowsDir: join(root, "flows", flow.name), flow: flow.name };
      await new FlowFolders(alone.flowsDir).write(flowUnderTest(flow, flows), shared);
      const files = await caseFiles(flowsDir, flow.name);
      const cases: CaseReport[] = [];
      for (const file of files) cases.push(await runCaseFile(join(flowsDir, file), file, alone));
      reports.push({ flow: flow.name, version: deployedVersion(flow, shared), cases });
    }
    return reports;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A flow alone in a folder of flows, and what it is run with. */
type Alone = { model: Model; flow: string; flowsDir: string; userDir: string };

function chosen(flows: readonly Flow[], only: readonly string[] | undefined): readonly Flow[] {
  if (only === undefined) return flows;
  const names = flows.map((flow) => flow.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown === undefined) return flows.filter((flow) => only.includes(flow.name));
  throw new NaveError("NAVE_CONFIG_INVALID", `there is no flow "${unknown}"`, { accepts: names.join(", ") });
}

async function runCaseFile(path: string, file: string, alone: Alone): Promise<CaseReport> {
  const report: CaseReport = { file, title: basename(file), passed: false, misses: [], log: [] };
  try {
    const read = await readCase(path, alone.model);
    report.title = read.title;
    await runCase(read, alone, report);
    report.passed = report.misses.length === 0;
  } catch (thrown) {
    const { message, detail } = toNaveError(thrown, "NAVE_FLOW_FAILED");
    report.problem = detail.accepts === undefined ? message : `${message}; accepted: ${detail.accepts}`;
  }
  return report;
}

async function runCase({ given, steps }: FlowCase, alone: Alone, report: CaseReport): Promise<void> {
  const hub = new CaseHub(alone.model, given);
  const { flowsDir, userDir } = alone;
  const flows = await startFlows({ hub, flowsDir, userDir, log: logInto(report.log) });
  try {
    refuseRefused(flows, alone.flow);
    for (const [at, step] of steps.entries()) {
      await runToEnd(hub, flows, hub.happen(step));
      if (step.event.kind === "after") await passTime(hub, flows, step.event.ms);
      hub.refuseProblem();
      const effects = hub.takeEffects();
      if (step.expect === undefined) continue;
      const misses = compareEffects(step.expect, effects);
      report.misses.push(...misses.map((miss) => ({ step: at + 1, ...miss })));
    }
  } finally {
    await flows.stop();
  }
}

/** One after the other, so that what falls due waits for what has come of what fell due before. */
async function passTime(hub: CaseHub, flows: FlowRuntime, ms: number): Promise<void> {
  const until = new Date(hub.now.getTime() + ms);
  const schedules = flows.waiters().filter(({ plan }) => plan !== undefined);
  for (let messages = 0; ; messages += 1) {
    const next = hub.passTime(until, schedules);
    if (next === undefined) return;
    if (messages === MOST_MESSAGES) throw tooMany();
    await runToEnd(hub, flows, [next]);
  }
}

/** Sends messages through the flow, and what the hub sends because of them, to the end. */
async function runToEnd(hub: CaseHub, flows: FlowRuntime, first: readonly Begun[]): Promise<void> {
  const messages = [...first];
  // Grows while it is gone through.
  for (const message of messages) {
    try {
      if (message.kind === "resumed") await flows.resume(message.messageId);
      else await flows.accept(message.messageId);
    } catch (thrown) {
      // Nothing takes it: in a hub it would be held until something does.
      await hub.fail(message.messageId, thrown, { flow: "", node: "" });
    }
    messages.push(...hub.takeCaused((head) => flows.takes(head.entity, head.kind)));
    if (messages.length > MOST_MESSAGES) throw tooMany();
  }
}

function tooMany(): NaveError {
  const text = `the step has led to more than ${MOST_MESSAGES} messages: the flow goes round in a circle, or a schedule in it is due too often`;
  return new NaveError("NAVE_FLOW_FAILED", text);
}

function refuseRefused(flows: FlowRuntime, name: string): void {
  const problems = flows.versions().find((flow) => flow.name === name)?.problems ?? [];
  if (problems.length > 0)
    throw new NaveError("NAVE_CONFIG_INVALID", `the hub refuses the flow: ${problems.join("; ")}`);
}

function logInto(lines: string[]): Log {
  const write = (_fields: Record<string, unknown>, text: string) => void lines.push(text);
  return { debug: () => {}, info: () => {}, warn: write, error: write };
}

/** Nodes from the public palette lie in the hub's own Node-RED folder, where people put them. */
async function linkPalette(userDir: string, paletteDir: string | undefined): Promise<void> {
  const modules = join(userDir, "node_modules");
  await mkdir(modules, { recursive: true });
  if (paletteDir === undefined) return;
  const source = join(paletteDir, "node_modules");
  const names = await readdir(source).catch(() => []);
  for (const name of names.filter((one) => one !== "nave-nodes"))
    await symlink(join(source, name), join(modules, name));
}
