import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../adapter-kit/contract.ts";
import { ERROR_CODES, type ErrorCode, NaveError, toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import type { Database } from "../store/database.ts";
import {
  closeScanRequest,
  deleteScanRequest,
  insertScanRequest,
  noteScanProgress,
  readScanRequest,
  type ScanRequest,
} from "../store/scan-requests.ts";
import { selectLiveWorkers } from "../store/workers.ts";
import type { Poller, ScanProgress } from "./poller.ts";

const LOOK_EVERY_MS = 250;
const PROGRESS_EVERY_MS = 500;
/** A process that polls may just be starting, or be replaced. */
const NOBODY_FOR_MS = 8000;

type OnProgress = (progress: ScanProgress) => void;

/**
 * Scans one entity now, in the process that reads the system: this one, or another that is asked by a row.
 *
 * @throws what the scan there ended in; NAVE_HUB_UNAVAILABLE when no process has the role `poll`.
 */
export async function scanWherePolled(
  hub: Hub,
  poller: Poller,
  wanted: Omit<ScanRequest, "id">,
  onProgress: OnProgress,
): Promise<ScanProgress> {
  if (await poller.isHere()) return poller.scanNow(wanted.entity, wanted.everything, onProgress);
  const request = { id: randomUUID(), ...wanted };
  await insertScanRequest(hub.db, request);
  try {
    return await awaitScan(hub.db, request, onProgress);
  } finally {
    await deleteScanRequest(hub.db, request.id);
  }
}

async function awaitScan(
  db: Database,
  { id, system, entity }: ScanRequest,
  onProgress: OnProgress,
): Promise<ScanProgress> {
  let polledAt = Date.now();
  for (;;) {
    const request = await readScanRequest(db, id);
    if (request === undefined)
      throw new NaveError("NAVE_HUB_UNAVAILABLE", `the scan of ${system}/${entity} was forgotten`);
    const progress = { read: 0, accepted: 0, parked: 0, ...request.progress } as ScanProgress;
    if (request.state === "failed") throw thrownThere(request.problem ?? {});
    onProgress(progress);
    if (request.state === "done") return progress;
    if (await isPolled(db)) polledAt = Date.now();
    else if (Date.now() - polledAt > NOBODY_FOR_MS) {
      throw new NaveError("NAVE_HUB_UNAVAILABLE", `no process reads ${system}`, {
        accepts: "a process with the role poll: nave start --role poll",
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function isPolled(db: Database): Promise<boolean> {
  return (await selectLiveWorkers(db)).some(({ role }) => role.split(",").includes("poll"));
}

function thrownThere({ code, text, detail }: JsonObject): NaveError {
  const known = ERROR_CODES.find((one) => one === code) ?? ("NAVE_HUB_UNAVAILABLE" satisfies ErrorCode);
  return new NaveError(known, typeof text === "string" ? text : known, (detail ?? {}) as NaveError["detail"]);
}

/** Runs a scan for another process, and puts on record how far it is and how it ended. */
export async function carryOutScan(
  db: Database,
  { id }: ScanRequest,
  scan: (onProgress: OnProgress) => Promise<ScanProgress>,
): Promise<void> {
  let toldAt = 0;
  const tell = (progress: ScanProgress) => {
    if (Date.now() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = Date.now();
    // How far it is is for people; how it ended is told for certain.
    void noteScanProgress(db, id, { ...progress }).catch(() => {});
  };
  try {
    await closeScanRequest(db, id, { progress: { ...(await scan(tell)) } });
  } catch (thrown) {
    const { code, message, detail } = toNaveError(thrown);
    await closeScanRequest(db, id, { problem: { code, text: message, detail: detail as JsonObject } });
    throw thrown;
  }
}
