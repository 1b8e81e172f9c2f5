import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { CliError, EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";

export type FlowFolder = {
  flowsDir: string;
  /** Node-RED's folder of the hub, where nodes are installed by hand; absent: the flows are of another hub. */
  paletteDir?: string;
};

/** The folder of flows that a command works on: the one that is named, else that of the configuration. */
export async function openFlowFolder(session: Session, named: string | undefined): Promise<FlowFolder> {
  const folder = named === undefined ? await configured(session) : { flowsDir: resolve(named) };
  if (existsSync(folder.flowsDir)) return folder;
  throw new CliError(EXIT.usage, `${folder.flowsDir} does not exist`, { accepts: "a folder of flows" });
}

async function configured(session: Session): Promise<FlowFolder> {
  const { hub } = await session.config();
  return { flowsDir: hub.flowsDir, paletteDir: join(hub.dataDir, "node-red") };
}
