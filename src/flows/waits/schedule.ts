import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Database, Sql } from "../../store/database.ts";
import {
  closeWait,
  deleteWait,
  insertFiring,
  lockNextFiring,
  moveWait,
  readClock,
  type Wait,
} from "../../store/waits.ts";
import type { FlowPlace } from "../hub-port.ts";
import { endAndGoOn } from "./go-on.ts";
import { nextDue, type SchedulePlan } from "./schedule-plan.ts";

/** A schedule node that is deployed. */
export type LiveSchedule = { place: FlowPlace; where: string; plan: SchedulePlan };

type FiringData = { where: string; plan: SchedulePlan };

/** So late, nobody was there for it. */
const MISSED_AFTER_MS = 60_000;

/** Has the next firing of a deployed schedule waiting, however many processes ask: a changed timetable replaces the old one. */
export async function keepSchedule(db: Database, { place, where, plan }: LiveSchedule): Promise<void> {
  const data: FiringData = { where, plan };
  await db.transaction(async (sql) => {
    let after = await readClock(sql);
    for (;;) {
      const waiting = await lockNextFiring(sql, place.node);
      if (waiting && isDeepStrictEqual(planOf(waiting), plan)) return moveWait(sql, waiting.id, place, data);
      if (waiting) await deleteWait(sql, waiting.id);
      const due = nextDue(plan, after);
      if (due === undefined || (await insertNext(sql, place, data, due))) return;
      // Another process was quicker, or the clock went back behind a firing that has been.
      after = due;
    }
  });
}

/** Lets a firing that is due go on, or skips it, and has the next one waiting. What was missed fires once, not as often as missed. */
export async function fireSchedule(sql: Sql, wait: Wait): Promise<void> {
  const { where, plan } = wait.data as FiringData;
  const due = wait.dueAt ?? new Date(wait.key);
  const now = await readClock(sql);
  const wasMissed = now.getTime() - due.getTime() > MISSED_AFTER_MS;
  if (wasMissed && plan.missed === "skip") await closeWait(sql, wait.id, "cancelled");
  else await fire(sql, wait, due, wasMissed);
  let next = nextDue(plan, now > due ? now : due);
  while (next !== undefined && !(await insertNext(sql, wait, { where, plan }, next)))
    next = nextDue(plan, next);
}

async function fire(sql: Sql, wait: Wait, due: Date, wasMissed: boolean): Promise<void> {
  const { where } = wait.data as FiringData;
  const at = due.toISOString();
  const waited: JsonObject = { kind: wait.kind, where, due: at, missed: wasMissed };
  await endAndGoOn(sql, wait, {
    output: 0,
    message: { payload: { due: at }, nave: { waited } },
    entity: null,
    canonicalId: null,
    ownStory: true,
    because: `due ${at}${wasMissed ? ", while the hub or the flow was down" : ""}`,
  });
}

/** @returns whether it was: there is one firing for each due time, and one waiting for each schedule. */
async function insertNext(sql: Sql, place: FlowPlace, data: FiringData, due: Date): Promise<boolean> {
  const { flow, flowVersion, node } = place;
  const id = randomUUID();
  const firing = { id, kind: "schedule" as const, flow, flowVersion, node, key: due.toISOString(), data };
  return insertFiring(sql, { ...firing, causeId: null, correlationId: id }, due);
}

function planOf(wait: Wait): SchedulePlan {
  return (wait.data as FiringData).plan;
}
