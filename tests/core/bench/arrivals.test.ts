import { expect, test } from "vitest";
import { BenchSystems } from "../../../bench/simulator/bench-systems.ts";
import { crmRecord } from "../../../bench/simulator/records.ts";

const fields = (n: number, revision: number) => {
  const { customerNumber = null, notes = null } = crmRecord("customer", n, revision);
  return { CustNo: customerNumber, Memo: notes };
};

test("what a target was given is compared with the source: lost, doubled, late and not the newest are told apart", () => {
  const systems = new BenchSystems();
  systems.seed("customer", 1, 4);
  systems.seed("customer", 1, 3);
  const erp = systems.table("erp", "customer");
  const report = () => systems.arrivals("erp", "customer");
  expect(report()).toEqual({ records: 0, missing: 4, doubled: 0, outOfOrder: 0, notNewest: 0 });
  for (const n of [1, 2, 3]) erp.write({ key: `k${n}`, fields: fields(n, 1) });
  expect(report()).toEqual({ records: 3, missing: 1, doubled: 0, outOfOrder: 0, notNewest: 3 });
  erp.write({ key: "k4", fields: fields(4, 1) });
  for (const n of [1, 2, 3]) erp.write({ id: `e-0000000${n}`, fields: fields(n, 2) });
  expect(report()).toEqual({ records: 4, missing: 0, doubled: 0, outOfOrder: 0, notNewest: 0 });
  erp.write({ id: "e-00000002", fields: fields(2, 1) });
  expect(report()).toMatchObject({ outOfOrder: 1, notNewest: 1 });
  erp.write({ key: "k3", fields: fields(3, 2) });
  expect(report()).toMatchObject({ doubled: 1, missing: 0 });
});
