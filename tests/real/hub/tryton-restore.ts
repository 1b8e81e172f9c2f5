import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { reconcile } from "../../../src/reconcile/reconcile.ts";
import { applyRepair } from "../../../src/reconcile/repair.ts";
import { pauseSystem } from "../../../src/store/system-states.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { inWords, kindsOf, mismatchedIn } from "../../core/hub/findings.ts";
import { until } from "../../services/until.ts";
import { differencesOf } from "./restore-figures.ts";
import { RestorePeople } from "./restore-people.ts";
import { records } from "./tryton-figures.ts";
import { startTrytonStar, type TrytonStar } from "./tryton-star.ts";

/** How long people work before the copy, between it and the restore, and after it; and how fast. */
export type TrytonRestoreTimes = { beforeMs: number; ageMs: number; afterMs: number; everyMs: number };

export type TrytonRestoreReport = {
  customers: number;
  orders: number;
  /** Customers and orders that the copy knew nothing of. */
  younger: number;
  /** Parties that live under a local id that another one had before the restore. */
  mismatched: string[];
  /** Local ids listed as mismatched by the first comparison. */
  listedMismatched: string[];
  /** What each comparison found, by kind, each after what the one before had found was repaired. */
  listed: Record<string, number>[];
  /** What the last one found. */
  left: string[];
  differences: string[];
  persons: Awaited<ReturnType<typeof countForPersons>>;
  /** What stands in the dead letters. */
  deadLetters: string[];
};

const QUIET_MS = 1_800_000;
const MOST_REPAIRS = 4;
/** What Tryton alone makes could not be made again there. */
const NOT_COMPARED = ["shipment", "invoice", "payment", "stock-level"];

/**
 * Puts back a real Tryton's database, so old, as docs/failures.md says: paused, restored, compared, repaired with the hub's
 * values, resumed. Tryton's own people stay out until then, the CRM's go on. Before the comparison somebody enters some of
 * the lost parties again from an export, the last one first, so that they live under local ids that others had.
 */
export async function restoreTryton(times: TrytonRestoreTimes): Promise<TrytonRestoreReport> {
  const star = await startTrytonStar({ without: NOT_COMPARED, settings: { orderStateOnCreate: "draft" } });
  const people = await RestorePeople.of(star, times.everyMs);
  try {
    people.start(["crm", "tryton"]);
    await sleep(times.beforeMs);
    await people.stop();
    const known = people.customers.size + people.orders.size;
    const backup = await star.tryton.backUp?.();
    if (!backup) throw new Error("this Tryton cannot be put back: it is a server from outside");
    people.start(["crm", "tryton"]);
    await sleep(times.ageMs);
    await people.stop();
    await star.quiet(QUIET_MS);
    const younger = people.customers.size + people.orders.size - known;
    people.start(["crm"]);
    await setPaused(star, true);
    const before = await partiesOf(star);
    await backup.putBack();
    people.forgetTryton();
    const mismatched = await enterAgain(star, before);
    const first = await reconcile(star.running.hub, "erp", undefined);
    for (const { id } of first) await applyRepair(star.running.hub, id, "the test", "hub");
    await setPaused(star, false);
    await sleep(times.afterMs);
    await people.stop();
    return {
      customers: people.customers.size,
      orders: people.orders.size,
      younger,
      mismatched,
      listedMismatched: mismatchedIn(first),
      ...(await repairUntilClean(star, [kindsOf(first)])),
      differences: await differencesOf(star, people),
      persons: await countForPersons(star.running.hub.db),
      deadLetters: await deadLettersOf(star),
    };
  } finally {
    await people.stop();
    await star.close();
  }
}

async function deadLettersOf({ running }: TrytonStar): Promise<string[]> {
  const rows = await running.hub.db.query<{ told: string }>(
    "select concat_ws(' ', system, entity, local_id, code, text, detail::text) as told from nave.dead_letter where state = 'open'",
  );
  return rows.map(({ told }) => told);
}

async function setPaused({ running }: TrytonStar, isPaused: boolean): Promise<void> {
  await pauseSystem(running.hub.db, "erp", isPaused ? "the test" : null);
  const erp = running.hub.systems.get("erp");
  await until("the hub has taken notice", () => erp?.paused === isPaused);
}

type Party = { id: string; code: string; name: string; identifiers: string[] };

async function partiesOf({ tryton }: TrytonStar): Promise<Party[]> {
  const fields = ["code", "name", "identifiers.code"];
  const found = await records(
    tryton.call("model.party.party.search_read", [[], 0, null, [["id", "ASC"]], fields]),
  );
  return found.map((one) => ({
    id: String(one["id"]),
    code: String(one["code"]),
    name: String(one["name"]),
    identifiers: ((one["identifiers."] ?? []) as JsonObject[]).map(({ code }) => String(code)),
  }));
}

/**
 * Enters half of the parties again that Tryton has lost, the hub's keys among their identifiers.
 *
 * @returns the local ids under which another one of them had been.
 */
async function enterAgain(star: TrytonStar, before: readonly Party[]): Promise<string[]> {
  const held = new Set((await partiesOf(star)).map(({ id }) => id));
  const lost = before.filter(({ id, identifiers }) => !held.has(id) && identifiers.length > 0);
  const codeOf = new Map(lost.map(({ id, code }) => [id, code]));
  const mismatched: string[] = [];
  for (const { code, name, identifiers } of lost.toReversed().slice(0, Math.ceil(lost.length / 2))) {
    const keys = identifiers.map((key) => ({ type: null, code: key }));
    const values = { code, name, identifiers: [["create", keys]] };
    const [id] = (await star.tryton.call("model.party.party.create", [[values]])) as number[];
    const former = codeOf.get(String(id));
    if (former !== undefined && former !== code) mismatched.push(String(id));
  }
  return mismatched;
}

async function repairUntilClean(star: TrytonStar, listed: Record<string, number>[]) {
  for (;;) {
    await star.quiet(QUIET_MS);
    const reports = await reconcile(star.running.hub, "erp", undefined);
    const left = inWords(reports);
    listed.push(kindsOf(reports));
    if (left.length === 0 || listed.length > MOST_REPAIRS) return { listed, left };
    for (const { id } of reports) await applyRepair(star.running.hub, id, "the test", "hub");
  }
}
