import type { NodeConfig } from "../../../src/flows/node-red.ts";
import { versionOf } from "../../../src/flows/storage/flow-files.ts";
import type { Database } from "../../../src/store/database.ts";
import { readNewestEpoch, recordEpoch } from "../../../src/store/flow-versions.ts";

/** As another hub on the same store deploys: these are all flows from then on, each a tab with its nodes. */
export async function deployElsewhere(
  db: Database,
  flows: readonly (readonly NodeConfig[])[],
): Promise<number> {
  const newest = await readNewestEpoch(db);
  const result = await recordEpoch(db, {
    after: newest?.number ?? 0,
    author: "carla",
    comment: null,
    origin: "editor",
    flows: flows.map((nodes) => ({
      flow: nodes[0]?.id ?? "",
      version: versionOf(nodes),
      state: nodes[0]?.disabled === true ? "draft" : "live",
      tab: nodes[0]?.id ?? "",
      nodes,
      difference: null,
    })),
  });
  if ("newest" in result) throw new Error("somebody else has deployed meanwhile");
  return result.recorded;
}
