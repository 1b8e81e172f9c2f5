import type { NaveError } from "../../errors.ts";
import { toNaveError } from "../../errors.ts";
import type { Hub } from "../../hub.ts";
import { transactTogether } from "../../store/batching.ts";
import type { Sql } from "../../store/database.ts";
import { postponeWait, selectDueWaits, takeDueWait, type Wait, type WaitKind } from "../../store/waits.ts";
import { expireApproval } from "./approve.ts";
import { endCollect } from "./collect.ts";
import { undoNext } from "./compensate.ts";
import { missDeadline } from "./deadline.ts";
import { fireSchedule } from "./schedule.ts";

/** How a step is undone waits for no time. */
type TimedKind = Exclude<WaitKind, "undo">;

/** What becomes of a wait that falls due: it is locked, and ended or put off in the transaction. */
const WHEN_DUE: Record<TimedKind, (sql: Sql, wait: Wait) => Promise<void>> = {
  collect: endCollect,
  deadline: missDeadline,
  schedule: fireSchedule,
  approve: expireApproval,
  "undo all": undoNext,
};
const KINDS = Object.keys(WHEN_DUE) as TimedKind[];

const GROUP = 20;
const AGAIN_AFTER_MS = 60_000;

/**
 * Ends the waits that are due, those of schedules that are deployed here. Any number of processes may do so at once.
 *
 * @returns whether there were any.
 */
export async function endDueWaits(hub: Hub, schedules: readonly string[]): Promise<boolean> {
  for (let group = 0; ; group += 1) {
    const ids = await selectDueWaits(hub.db, KINDS, schedules, GROUP);
    if (ids.length === 0) return group > 0;
    const results = await transactTogether(hub.db, ids, endDue);
    hub.reached("resumed");
    for (const [index, result] of results.entries())
      if (result.status === "rejected") await putOff(hub, ids[index] ?? "", toNaveError(result.reason));
    // Others that are due now may be another worker's at this moment.
    if (ids.length < GROUP) return true;
  }
}

async function endDue(sql: Sql, id: string): Promise<void> {
  const wait = await takeDueWait(sql, id);
  if (wait) await WHEN_DUE[wait.kind as TimedKind](sql, wait);
}

/** So that it does not stand in the way of the others. */
async function putOff(hub: Hub, waitId: string, error: NaveError): Promise<void> {
  const correlationId = await postponeWait(hub.db, waitId, AGAIN_AFTER_MS);
  hub.log.error(
    { waitId, correlationId, code: error.code },
    `a wait could not be ended, again in a minute: ${error.message}`,
  );
}
