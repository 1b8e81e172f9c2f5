import { expect, test } from "vitest";
import { applyRepair } from "../../../src/reconcile/repair.ts";
import * as drift from "./drifts.ts";
import { compareCustomers, tellReconciliation } from "./reconcile-story.ts";

const told = tellReconciliation({ customers: 200, drifts: 22, minutes: 4 });

test("a repair follows the rules of the fields: what the system may change spreads, the rest is put back", async () => {
  const { star, erp, pairs } = told();
  const [edited, foreign] = [pairs.at(-1), pairs.at(-3)];
  drift.editPastEverything(erp, edited?.erp ?? "", "Memo", "anybody may edit notes", "note");
  drift.editPastEverything(erp, foreign?.erp ?? "", "CustKind", "O", "kind");
  const report = await compareCustomers(star, "erp", "full");
  expect(report.findings).toHaveLength(2);
  await applyRepair(star.running.hub, report.id, "test");
  await star.quiet();
  expect(await star.crm.get("customer", edited?.crm ?? "")).toMatchObject({
    notes: "anybody may edit notes",
  });
  expect(await star.erp.get("customer", foreign?.erp ?? "")).toMatchObject({ CustKind: "F" });
  expect((await compareCustomers(star, "erp", "full")).findings).toEqual([]);
});

test("a write that was lost although the hub believes in it is made up for", async () => {
  const { star, erp, pairs } = told();
  const [at] = pairs.slice(-5);
  await star.crm.edit("customer", at?.crm ?? "", { notes: "written, and then lost" });
  await star.quiet();
  const { db } = star.running.hub;
  drift.editPastEverything(erp, at?.erp ?? "", "Memo", "from before", "note");
  await db.query(
    `update nave.shadow set canonical = jsonb_set(canonical, '{note}', '"from before"')
     where system = 'erp' and local_id = $1`,
    [at?.erp],
  );
  const report = await compareCustomers(star, "erp", "full");
  expect(report.findings).toMatchObject([{ kind: "different", path: "note" }]);
  await applyRepair(star.running.hub, report.id, "test");
  await star.quiet();
  expect(await star.erp.get("customer", at?.erp ?? "")).toMatchObject({ Memo: "written, and then lost" });
});
