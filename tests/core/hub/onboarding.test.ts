import { describe, expect, test } from "vitest";
import { goDark, goLive } from "../../../src/reconcile/onboard.ts";
import { countPending } from "../../../src/telemetry/counts.ts";
import { readStatus } from "../../../src/telemetry/status.ts";
import { until } from "../../services/until.ts";
import { crmCustomer, erpCustomer } from "./customers.ts";
import { tellOnboarding } from "./onboarding-story.ts";
import { hubWrites, startStar } from "./star.ts";

describe("two full systems meet", () => tellOnboarding({ each: 200, shared: 140, near: 10 }, 5));

test("a system in shadow mode is neither read nor written, and holds nobody up; it can be taken back at any time", async () => {
  const star = await startStar({ store: "postgres", systems: { erp: { shadowMode: true } } });
  const { hub } = star.running;
  const named = async (server: typeof star.erp, name: string) =>
    (await server.all("customer")).some((one) => Object.values(one).includes(name));
  try {
    await star.erp.insert("customer", { ...erpCustomer(1), Name1: "Only in the ERP" });
    const crm = await star.crm.insert("customer", { ...crmCustomer(2), displayName: "Only in the CRM" });
    await star.quiet();
    await until("in sync without it", async () => (await readStatus(hub)).inSync, 30_000);
    expect([await hubWrites(star.crm), await hubWrites(star.erp)]).toEqual([0, 0]);
    const status = await readStatus(hub);
    expect(status.systems["erp"]?.["customer"]).toMatchObject({ records: 0, pending: 1 });

    await goLive(hub, "erp", "test");
    await until("the CRM's customer in the ERP", () => named(star.erp, "Only in the CRM"), 30_000);
    await until("the ERP's customer in the CRM", () => named(star.crm, "Only in the ERP"), 30_000);
    await until("nothing is pending", async () => (await countPending(hub.db)) === 0, 30_000);

    await goDark(hub, "erp", "test");
    await until("dark", () => hub.systems.get("erp")?.inShadow ?? false);
    const before = await hubWrites(star.erp);
    await star.crm.edit("customer", crm, { notes: "while it is dark" });
    const [erp] = await star.erp.all("customer");
    await star.erp.edit("customer", String(erp?.["Id"]), { Web: "https://dark.example" });
    await star.quiet();
    expect(await hubWrites(star.erp)).toBe(before);

    await goLive(hub, "erp", "test");
    await until("live", () => !(hub.systems.get("erp")?.inShadow ?? true));
    await star.quiet();
    expect((await star.erp.all("customer")).some((one) => one["Memo"] === "while it is dark")).toBe(true);
    expect((await star.crm.all("customer")).some((one) => one["website"] === "https://dark.example")).toBe(
      true,
    );
  } finally {
    await star.close();
  }
}, 180_000);
