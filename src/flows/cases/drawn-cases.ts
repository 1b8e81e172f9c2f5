import { fork } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FlowPermits } from "../../access/flow-permissions.ts";
import { NaveError } from "../../errors.ts";
import { FlowForbidden } from "../lint/refuse-forbidden.ts";
import type { NodeConfig } from "../node-red.ts";
import { FlowFolders, isNodeList, sortIntoFlows } from "../storage/flow-folders.ts";
import { type Deployer, userOf } from "../storage/storage.ts";
import { caseFiles } from "./case-files.ts";
import type { CaseAnswer } from "./case-process.ts";
import { readYaml } from "./read-body.ts";
import type { CaseRun } from "./run-cases.ts";
import type { FlowReport } from "./types.ts";

const PROCESS = fileURLToPath(new URL("case-process.ts", import.meta.url));
const MOST_MS = 5 * 60_000;

export type ListedCase = { file: string; title: string };

/** The cases of a flow, run against the flow as somebody has it on the canvas, deployed or not. */
export class DrawnCases {
  readonly #flowsDir: string;
  readonly #paletteDir: string;
  readonly #permits: FlowPermits;
  #isRunning = false;

  /** `paletteDir`: Node-RED's folder of the hub, for nodes that were installed there by hand. */
  constructor(options: { flowsDir: string; paletteDir: string; permits: FlowPermits }) {
    this.#flowsDir = options.flowsDir;
    this.#paletteDir = options.paletteDir;
    this.#permits = options.permits;
  }

  /** None for a flow that has no folder yet, or that this user may not read. */
  async list(tab: string, user: Deployer): Promise<ListedCase[]> {
    const name = await this.#nameOf(tab);
    const isShown = name !== undefined && this.#permits(userOf(user), "read", name);
    const files = isShown ? await caseFiles(this.#flowsDir, name) : [];
    return Promise.all(files.map(async (file) => ({ file, title: await this.#titleOf(file) })));
  }

  /**
   * @param nodes  All that is drawn, as the editor would deploy it.
   * @throws NAVE_REQUEST_INVALID for what is no list of nodes with this tab, with status 403 for a flow that this user may not
   *   edit; NAVE_HUB_UNAVAILABLE while others run.
   */
  async run(tab: string, nodes: unknown, user: Deployer): Promise<FlowReport> {
    const name = await this.#nameOf(tab);
    if (name !== undefined && !this.#permits(userOf(user), "edit", name))
      throw new FlowForbidden(`${user.username ?? "nobody"} may not edit ${name}, and run its cases`);
    if (!isNodeList(nodes) || !nodes.some((node) => node.type === "tab" && node.id === tab)) {
      const accepts = "the list of all nodes, the tab among them, as the editor deploys it";
      throw new NaveError("NAVE_REQUEST_INVALID", "there is no such flow among the nodes", { accepts });
    }
    if (this.#isRunning) throw new NaveError("NAVE_HUB_UNAVAILABLE", "other cases are being run");
    this.#isRunning = true;
    try {
      return await this.#runAlone(tab, nodes);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Undefined: it has not been deployed yet. */
  async #nameOf(tab: string): Promise<string | undefined> {
    const { flows } = await new FlowFolders(this.#flowsDir).read();
    return flows.find((one) => one.tab === tab)?.name;
  }

  /** In a folder of flows as they are drawn, with the cases of this one. */
  async #runAlone(tab: string, nodes: readonly NodeConfig[]): Promise<FlowReport> {
    const root = await mkdtemp(join(tmpdir(), "nave-drawn-"));
    try {
      const { flows } = await new FlowFolders(this.#flowsDir).read();
      const drawn = sortIntoFlows(nodes, flows);
      await new FlowFolders(root).write(drawn.flows, drawn.shared);
      const name = drawn.flows.find((flow) => flow.tab === tab)?.name ?? "";
      const deployed = flows.find((flow) => flow.tab === tab)?.name;
      if (deployed !== undefined) {
        await symlink(join(this.#flowsDir, deployed, "cases"), join(root, name, "cases"));
      }
      return await runInProcess({ flowsDir: root, only: [name], paletteDir: this.#paletteDir });
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  /** Of a file that cannot be read, its name: running it says why. */
  async #titleOf(file: string): Promise<string> {
    const content = await readYaml(join(this.#flowsDir, file)).catch(() => undefined);
    const title = (content as { title?: unknown } | null | undefined)?.title;
    return typeof title === "string" ? title : basename(file);
  }
}

async function runInProcess(run: CaseRun): Promise<FlowReport> {
  const child = fork(PROCESS, {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    timeout: MOST_MS,
  });
  const { promise, resolve, reject } = Promise.withResolvers<CaseAnswer>();
  child.once("message", (answer) => resolve(answer as CaseAnswer));
  child.once("error", reject);
  child.once("exit", (status) => {
    const text =
      status === null
        ? `the cases did not come to an end within ${MOST_MS / 60_000} min`
        : `the process of the cases ended with status ${status}`;
    reject(new NaveError("NAVE_FLOW_FAILED", text));
  });
  child.send(run);
  const answer = await promise;
  if ("problem" in answer) throw new NaveError("NAVE_FLOW_FAILED", answer.problem);
  const [report] = answer.reports;
  if (report === undefined) throw new NaveError("NAVE_FLOW_FAILED", "the cases were not run");
  return report;
}
