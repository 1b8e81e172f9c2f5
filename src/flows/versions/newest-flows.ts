import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Log } from "../../adapter-kit/contract.ts";
import type { Epoch } from "../../store/flow-versions.ts";
import type { Deployed } from "../deploy.ts";
import { print } from "../storage/flow-files.ts";
import { replaceFile } from "../storage/flow-folders.ts";
import { flowsOfEpoch, flowsToDeploy, versionsOf } from "./flow-epoch.ts";
import type { FlowLedger } from "./flow-ledger.ts";

/** What lay in the folders when this hub looked at them last, and the epoch that it was. */
export type FolderNote = { epoch: number; versions: Record<string, string> };

export type NoteKeeper = { read(): Promise<FolderNote | undefined>; write(note: FolderNote): Promise<void> };

/** Beside the folders, in Node-RED's private folder: what a person changes in the folders meanwhile shows. */
export function noteIn(userDir: string): NoteKeeper {
  const file = join(userDir, "deployed-flows.json");
  return {
    // One that cannot be read tells nothing: the folder then counts as changed.
    read: async () => {
      try {
        return JSON.parse(await readFile(file, "utf8")) as FolderNote;
      } catch {
        return undefined;
      }
    },
    write: (note) => replaceFile(file, print(note)),
  };
}

type Around = { ledger: FlowLedger; note: NoteKeeper; log: Log };

/**
 * The flows to start with. What lies in the folders is deployed when a person has changed it since this hub looked at it last;
 * otherwise the newest epoch is right, which another hub may have deployed meanwhile.
 */
export async function newestFlows(
  folder: Deployed,
  { ledger, note, log }: Around,
): Promise<{ epoch: Epoch; deployed: Deployed }> {
  const newest = await ledger.newest();
  const deployments = newest === undefined ? [] : await ledger.deployments(newest.number);
  const inStore = Object.fromEntries(deployments.map(({ flow, version }) => [flow, version]));
  const inFolder = versionsOf(folder);
  if (newest !== undefined && isDeepStrictEqual(inFolder, inStore))
    return { epoch: newest, deployed: folder };
  const seen = await note.read();
  if (newest !== undefined && isBehind(newest, inFolder, seen))
    return { epoch: newest, deployed: await flowsOfEpoch(deployments, folder, ledger) };
  const before = await flowsOfEpoch(deployments, { flows: [], shared: [] }, ledger);
  const result = await ledger.record(
    {
      after: newest?.number ?? 0,
      author: null,
      comment: null,
      origin: "files",
      flows: flowsToDeploy(folder, before),
    },
    async () => {},
  );
  if ("newest" in result) return newestFlows(folder, { ledger, note, log });
  if (newest !== undefined)
    log.info({ epoch: result.recorded }, "the flows in the folders have been changed: they are deployed");
  return { epoch: (await ledger.newest()) as Epoch, deployed: folder };
}

/** Nobody has changed the folder since. A store that was put back from an older copy knows less than the folder. */
function isBehind(newest: Epoch, inFolder: FolderNote["versions"], seen: FolderNote | undefined): boolean {
  if (seen === undefined) return Object.keys(inFolder).length === 0;
  return seen.epoch < newest.number && isDeepStrictEqual(inFolder, seen.versions);
}
