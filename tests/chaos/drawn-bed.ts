import { rm } from "node:fs/promises";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import type { Database } from "../../src/store/database.ts";
import { listDeadLetters } from "../../src/store/dead-letters.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { writeFlows } from "../flows/draw.ts";
import { type Mode, settingsOf } from "./modes.ts";

export type DrawnBed = { star: Star; close(): Promise<void> };

/** The systems, and a hub in this process that has this flow only and is not running yet. */
export async function startDrawnBed(mode: Mode, flow: NodeConfig[]): Promise<DrawnBed> {
  const { flowsDir } = await writeFlows({ [flow[0]?.id ?? "flow"]: flow });
  const settings = await settingsOf(mode);
  const star = await startStar({ hub: { ...settings.hub, flowsDir } });
  await star.stopHub();
  return {
    star,
    async close() {
      await star.close();
      await settings.drop();
      await rm(flowsDir, { recursive: true, force: true });
    },
  };
}

export function insertCustomer({ crm }: Star, displayName: string): Promise<string> {
  return crm.insert("customer", { displayName, type: "COMPANY", customerNumber: displayName });
}

/** Of all dead letters, without the record that they are about. */
export async function reasonsIn(db: Database): Promise<string[]> {
  const letters = await listDeadLetters(db, 1000);
  return letters.map(({ text }) => text.replace(/^customer \S+: /, "")).sort();
}
