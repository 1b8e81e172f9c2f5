import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReconcileDepth, type ReconcileReport, reconcile } from "../../../src/reconcile/reconcile.ts";
import { applyRepair, planRepair } from "../../../src/reconcile/repair.ts";
import { crmCustomer, erpCustomer } from "./customers.ts";
import * as drift from "./drifts.ts";
import { hubWrites, type Star, startStar } from "./star.ts";
import { timed } from "./timed.ts";

export type Size = { customers: number; drifts: number; minutes: number };
export type Drifting = {
  star: Star;
  crm: drift.Driftable;
  erp: drift.Driftable;
  pairs: { crm: string; erp: string }[];
};
type Side = "crm" | "erp";

const MINUTE_MS = 60_000;
/** Many records at once leave little time for polls. */
const POLL_MS = 300;
const SEEDED_AT = "2026-11-01T08:00:00.000Z";

/** Two systems that agree, drifts in both, a comparison while people work on, and a repair, told in order. */
export function tellReconciliation({ customers, drifts, minutes }: Size): () => Drifting {
  const timeoutMs = minutes * MINUTE_MS;
  let folder: string;
  let it: Drifting;
  const compare = (side: Side, depth: ReconcileDepth = "full") => compareCustomers(it.star, side, depth);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nave-drift-"));
    it = await inAgreement(folder, customers, timeoutMs);
  }, timeoutMs);
  afterAll(async () => {
    await it?.star.close();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    "after quiet nothing differs, and a second comparison by versions reads hardly a body",
    async () => {
      for (const side of ["crm", "erp"] as const) {
        const full = await timed(`full comparison of the ${side}`, () => compare(side));
        expect(full.findings).toEqual([]);
        expect(full.totals).toMatchObject({ compared: customers, bodiesRead: customers });
        const changed = await timed(`comparison of the ${side} by versions`, () => compare(side, "changed"));
        console.log(`bodies read: ${changed.totals.bodiesRead} of ${changed.totals.compared}`);
        expect(changed.findings).toEqual([]);
        expect(changed.totals.compared).toBe(customers);
        expect(changed.totals.bodiesRead).toBeLessThan(customers * 0.05);
      }
    },
    timeoutMs,
  );

  test(
    "all drifts are found field by field while others work on; none is false; a repair leaves none",
    async () => {
      const expected = await seedDrifts(it, drifts);
      const stop = keepWorking(it);
      const reports = {
        crm: await timed("comparison of the CRM under traffic", () => compare("crm")),
        erp: await timed("comparison of the ERP under traffic", () => compare("erp")),
      };
      expect(await stop()).toBeGreaterThan(2);
      await it.star.quiet(timeoutMs);
      for (const side of ["crm", "erp"] as const)
        expect(drift.sortedFindings(reports[side].findings)).toEqual(drift.sortedFindings(expected[side]));
      const found = reports.crm.findings.length + reports.erp.findings.length;
      console.log(`${found} of ${drifts} drifts found, 0 false`);
      expect(found).toBe(drifts);

      await expectPlanToChangeNothing(it, reports.erp);
      for (const { id, findings } of Object.values(reports))
        expect(await applyRepair(it.star.running.hub, id, "test")).toBe(findings.length);
      await timed("repair", () => it.star.quiet(timeoutMs));
      for (const side of ["crm", "erp"] as const) expect((await compare(side)).findings).toEqual([]);
      expect((await it.star.erp.all("customer")).length).toBe((await it.star.crm.all("customer")).length);
    },
    timeoutMs,
  );

  return () => it;
}

export async function compareCustomers(
  star: Star,
  side: Side,
  depth: ReconcileDepth,
): Promise<ReconcileReport> {
  const [report] = await reconcile(star.running.hub, side, "customer", { depth });
  if (!report) throw new Error("no report");
  return report;
}

async function inAgreement(folder: string, customers: number, timeoutMs: number): Promise<Drifting> {
  const files = { crm: join(folder, "crm.db"), erp: join(folder, "erp.db") };
  const never = { reconcileAfterQuietMs: 86_400_000, reconcileEveryMs: 86_400_000 };
  const star = await startStar({
    store: "postgres",
    crm: { file: files.crm },
    erp: { file: files.erp },
    systems: { crm: { limits: { pollEveryMs: POLL_MS } }, erp: { limits: { pollEveryMs: POLL_MS } } },
    hub: never,
  });
  await star.crm.misbehave({ frozenStamp: SEEDED_AT });
  const natives = Array.from({ length: customers }, (_, n) => crmCustomer(n));
  await star.crm.seed("customer", natives);
  await star.crm.misbehave({ frozenStamp: "" });
  await timed(`${customers} customers carried into the ERP`, () => star.quiet(timeoutMs));
  const byNumber = new Map((await star.erp.all("customer")).map((one) => [one["CustNo"], String(one["Id"])]));
  const pairs = (await star.crm.all("customer")).map((one) => ({
    crm: String(one["id"]),
    erp: byNumber.get(one["customerNumber"] ?? null) ?? "",
  }));
  await pollsMoveOn(star, pairs);
  const driftable = (side: Side): drift.Driftable => ({ server: star[side], file: files[side] });
  return { star, crm: driftable("crm"), erp: driftable("erp"), pairs };
}

/** A minute later, with something new: what was there before is below the overlap that every poll reads again. */
async function pollsMoveOn(star: Star, pairs: Drifting["pairs"]): Promise<void> {
  await star.crm.misbehave({ clockSkewMs: 60_000 });
  await star.erp.misbehave({ clockSkewMs: 60_000 });
  await star.crm.edit("customer", pairs[0]?.crm ?? "", { notes: "a minute later" });
  await star.erp.edit("customer", pairs[1]?.erp ?? "", { Memo: "a minute later" });
  await star.quiet();
}

type Drift = (
  it: Drifting,
  at: Drifting["pairs"][number],
  n: number,
) => drift.Expected | Promise<drift.Expected>;

const IN_ERP: readonly Drift[] = [
  ({ erp }, at) => drift.editPastEverything(erp, at.erp, "Memo", "in the database", "note"),
  ({ erp }, at) => drift.editPastEverything(erp, at.erp, "CustKind", "H", "kind"),
  ({ erp }, at) => drift.editUnderOldStamp(erp, at.erp, { Web: "https://unseen.example" }, "website"),
  ({ erp }, at) => drift.removeRow(erp, at.erp),
  ({ erp }, _at, n) => drift.insertUnnoticed(erp, erpCustomer(9_000_000 + n)),
  (it, at) => keyOfAnother(it).then((key) => drift.writeKey(it.erp, "ExternalRef", at.erp, key)),
];
const IN_CRM: readonly Drift[] = [
  ({ crm }, at) => drift.editPastEverything(crm, at.crm, "notes", "in the database", "note"),
  ({ crm }, at) => drift.editUnderOldStamp(crm, at.crm, { displayName: "Renamed unseen" }, "name"),
  ({ crm }, at) => drift.removeRow(crm, at.crm),
  ({ crm }, _at, n) => drift.insertUnnoticed(crm, crmCustomer(8_000_000 + n)),
  (it, at) => keyOfAnother(it).then((key) => drift.writeKey(it.crm, "externalRef", at.crm, key)),
];

async function keyOfAnother({ star, pairs }: Drifting): Promise<string> {
  return String((await star.erp.get("customer", pairs[2]?.erp ?? ""))?.["ExternalRef"]);
}

/** One finding each, in every kind in turn, in both systems, spread over all customers. */
async function seedDrifts(it: Drifting, count: number): Promise<Record<Side, drift.Expected[]>> {
  const expected: Record<Side, drift.Expected[]> = { crm: [], erp: [] };
  const step = Math.floor((it.pairs.length - 10) / 2 / count);
  for (let n = 0; n < count; n += 1) {
    const [side, kinds] = n % 2 === 0 ? (["erp", IN_ERP] as const) : (["crm", IN_CRM] as const);
    const make = kinds[Math.floor(n / 2) % kinds.length] as Drift;
    const at = it.pairs[10 + n * step] as Drifting["pairs"][number];
    expected[side].push(await make(it, at, n));
  }
  return expected;
}

/** People edit customers of the second half in both systems until told to stop. @returns a stop that answers how often. */
function keepWorking({ star, pairs }: Drifting): () => Promise<number> {
  const traffic = { on: true, edits: 0 };
  const half = Math.floor(pairs.length / 2);
  const working = (async () => {
    while (traffic.on) {
      const at = half + ((traffic.edits * 7) % (half - 1));
      await star.crm.edit("customer", pairs[at]?.crm ?? "", { notes: `called ${traffic.edits}` });
      await star.erp.edit("customer", pairs[at + 1]?.erp ?? "", {
        Web: `https://edit-${traffic.edits}.example`,
      });
      traffic.edits += 1;
      await sleep(150);
    }
  })();
  return async () => {
    traffic.on = false;
    await working;
    return traffic.edits;
  };
}

async function expectPlanToChangeNothing(
  { star }: Drifting,
  { id, findings }: ReconcileReport,
): Promise<void> {
  const before = [await hubWrites(star.crm), await hubWrites(star.erp)];
  expect(await planRepair(star.running.hub, id)).toHaveLength(findings.length);
  await star.quiet();
  expect([await hubWrites(star.crm), await hubWrites(star.erp)]).toEqual(before);
  expect((await compareCustomers(star, "erp", "full")).findings).toHaveLength(findings.length);
}
