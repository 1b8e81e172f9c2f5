import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer as startErp } from "../../adapters/sandbox-erp/simulator/server.ts";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { reconcile } from "../../src/reconcile/reconcile.ts";
import { applyRepair } from "../../src/reconcile/repair.ts";
import { pauseSystem } from "../../src/store/system-states.ts";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { kindsOf, mismatchedIn } from "../core/hub/findings.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { until } from "../services/until.ts";
import { faultsOf } from "./far-sides.ts";
import { standingStill } from "./kills.ts";
import { type Mode, settingsOf } from "./modes.ts";
import { People } from "./people.ts";
import { backUpStore } from "./store-backup.ts";
import { storiesOf } from "./stories.ts";

/** How long people work before the backup, between it and the restore, and after it; and how fast. */
export type RestoreTimes = { beforeMs: number; ageMs: number; afterMs: number; everyMs: number };

type Kinds = Record<string, number>;

export type RestoreReport = {
  customers: number;
  orders: number;
  /** Customers and orders of which the backup knew nothing. */
  younger: number;
  /** Records that carry the hub's key of another one than their local id was linked to. */
  mismatched: number;
  /** What each comparison found, by kind; the last one after everything was repaired. */
  listed: Kinds[];
  /** Local ids listed as mismatched by the first comparison. */
  listedMismatched: string[];
  /** What is not as entered, and why nobody could know: systems disagreed, and a conflict with both values is on record. */
  overruled: string[];
  /** Whatever else is wrong. */
  faults: string[];
  standing: string[];
  persons: Awaited<ReturnType<typeof countForPersons>>;
};

const AT_PEACE_MS = 150_000;
const MOST_REPAIRS = 4;
/** What still waits then waits for a record that only the next comparison finds missing. */
const REPAIRED_MS = 10_000;
/** Natural keys are not guarded there: what is made twice is there twice. */
const UNGUARDED = { misbehave: { duplicateAs: "silence" } } as const;

/** Puts back a store of the hub's, so old, while people work. */
export async function restoreHub(mode: Mode, times: RestoreTimes): Promise<RestoreReport> {
  const settings = await settingsOf(mode);
  const star = await startStar({
    hub: settings.hub,
    crm: UNGUARDED,
    erp: UNGUARDED,
    systems: systemsAt(times),
  });
  try {
    const people = await peopleAtWork(star, times);
    await sleep(times.beforeMs);
    await star.stopHub();
    const backup = await backUpStore(star.config);
    const known = people.customers.size + people.orders.size;
    await star.startHub();
    await sleep(times.ageMs);
    await star.stopHub();
    await backup.restore();
    const younger = people.customers.size + people.orders.size - known;
    await star.startHub();
    await sleep(times.afterMs);
    await people.stop();
    const standing = await comeToRest(star);
    const reports = [
      ...(await reconcile(star.running.hub, "erp", undefined)),
      ...(await reconcile(star.running.hub, "crm", undefined)),
    ];
    await backup.drop();
    return {
      younger,
      mismatched: 0,
      listed: [kindsOf(reports)],
      listedMismatched: mismatchedIn(reports),
      standing,
      ...(await lookAt(star, people)),
    };
  } finally {
    await star.close();
    await settings.drop();
  }
}

/**
 * Puts back an ERP's records, so old, as docs/failures.md says: paused, compared, repaired with the hub's values, resumed.
 * The ERP's own people stay out until then, the CRM's go on. Before the comparison somebody enters some of the lost
 * customers again from an export, so that they live under local ids that had been given to others.
 */
export async function restoreErp(times: RestoreTimes): Promise<RestoreReport> {
  const folder = await mkdtemp(join(tmpdir(), "nave-erp-"));
  const file = join(folder, "erp.sqlite");
  const settings = await settingsOf("distributed");
  const star = await startStar({
    hub: settings.hub,
    crm: UNGUARDED,
    erp: { ...UNGUARDED, file },
    systems: systemsAt(times),
  });
  try {
    const people = await peopleAtWork(star, times);
    await sleep(times.beforeMs);
    await people.stop();
    await whileErpIsDown(star, file, () => cp(file, `${file}.backup`));
    const known = people.customers.size + people.orders.size;
    people.start();
    await sleep(times.ageMs);
    await people.stop();
    const younger = people.customers.size + people.orders.size - known;
    const standing = await comeToRest(star);
    people.start(["crm"]);
    await pauseErp(star, true);
    const lost = await star.erp.all("customer");
    await whileErpIsDown(star, file, () => cp(`${file}.backup`, file));
    const mismatched = await enterAgain(star, lost);
    const first = await reconcile(star.running.hub, "erp", undefined);
    for (const { id } of first) await applyRepair(star.running.hub, id, "the test", "hub");
    await pauseErp(star, false);
    await sleep(times.afterMs);
    await people.stop();
    const later = await repairUntilClean(star);
    return {
      younger,
      mismatched,
      listed: [kindsOf(first), ...later],
      listedMismatched: mismatchedIn(first),
      standing: [...standing, ...(await comeToRest(star))],
      ...(await lookAt(star, people)),
    };
  } finally {
    await star.close();
    await settings.drop();
    await rm(folder, { recursive: true });
  }
}

/** Sources are asked as often as people work. */
function systemsAt({ everyMs }: RestoreTimes) {
  const limits = { pollEveryMs: Math.max(100, everyMs) };
  return { crm: { limits }, erp: { limits } };
}

async function peopleAtWork(star: Star, { everyMs }: RestoreTimes): Promise<People> {
  const people = new People(star, everyMs);
  people.makeMore(400, 400);
  await people.stock();
  await star.quiet();
  people.start();
  return people;
}

/** The hub goes on while its ERP is away, which comes back under the same address. */
async function whileErpIsDown(star: Star, file: string, change: () => Promise<void>): Promise<void> {
  const port = Number(new URL(star.erp.url).port);
  await star.erp.close();
  await change();
  star.erp = await startErp({ ...UNGUARDED, file, port });
}

async function pauseErp({ running }: Star, isPaused: boolean): Promise<void> {
  await pauseSystem(running.hub.db, "erp", isPaused ? "the test" : null);
  const erp = running.hub.systems.get("erp");
  await until("the hub has taken notice", () => erp?.paused === isPaused);
}

/**
 * Enters half of the customers again that the ERP has lost, the last one first.
 *
 * @returns how many came under a local id that another one of them had had.
 */
async function enterAgain({ erp }: Star, before: readonly JsonObject[]): Promise<number> {
  const held = new Set((await erp.all("customer")).map((one) => one["Id"]));
  const lost = before.filter((one) => !held.has(one["Id"] as string));
  const keyOf = new Map(lost.map((one) => [one["Id"], one["ExternalRef"]]));
  const exported = lost.filter((one) => one["ExternalRef"] !== undefined).reverse();
  let mismatched = 0;
  for (const { Id: _, ...native } of exported.slice(0, Math.ceil(exported.length / 2))) {
    const id = await erp.insert("customer", native);
    if (keyOf.has(id) && keyOf.get(id) !== native["ExternalRef"]) mismatched += 1;
  }
  return mismatched;
}

async function repairUntilClean(star: Star): Promise<Kinds[]> {
  const listed: Kinds[] = [];
  while (listed.length < MOST_REPAIRS) {
    await comeToRest(star, REPAIRED_MS);
    const reports = await reconcile(star.running.hub, "erp", undefined);
    const kinds = kindsOf(reports);
    listed.push(kinds);
    if (Object.keys(kinds).length === 0) break;
    for (const { id } of reports) await applyRepair(star.running.hub, id, "the test", "hub");
  }
  return listed;
}

/** @returns what did not. */
function comeToRest(star: Star, withinMs = AT_PEACE_MS): Promise<string[]> {
  return star.quiet(withinMs).then(
    () => [],
    () => standingStill(star),
  );
}

async function lookAt(star: Star, people: People) {
  const onRecord = await conflictsOf(star);
  const all = await faultsOf(star, people);
  for (const line of await storiesOf(star, all)) console.log(line);
  const overruled = all.filter((fault) => [...onRecord].some((conflict) => fault.startsWith(conflict)));
  return {
    overruled,
    faults: all.filter((fault) => !overruled.includes(fault)),
    persons: await countForPersons(star.running.hub.db),
    customers: people.customers.size,
    orders: people.orders.size,
  };
}

/** Canonical fields in which people work, as the comparison of the systems calls them. */
const FIELDS: Record<string, readonly string[]> = {
  note: ["note"],
  "credit.limit": ["limitCents"],
  "lines[1].quantity.value": ["quantity", "cents"],
  promisedDeliveryDate: ["promised"],
};

/** Conflicts that a rule has decided, in the words with which a fault about the field begins. */
async function conflictsOf({ running }: Star): Promise<Set<string>> {
  const rows = await running.hub.db.query<{ entity: string; number: string; path: string }>(
    `select c.entity, k.value as number, c.path from nave.conflict c
     join nave.business_key k on k.entity = c.entity and k.canonical_id = c.canonical_id where c.decided_by = 'rule'`,
  );
  return new Set(
    rows.flatMap(({ entity, number, path }) =>
      (FIELDS[path] ?? []).map((field) => `${entity} ${number.toUpperCase()} ${field}: `),
    ),
  );
}
