import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planSandboxes, runSandboxes } from "../../../src/cli/sandbox/run-sandboxes.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Config } from "../../../src/config/types.ts";
import { keptLog } from "../../services/kept-log.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nave-sandboxes-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The demonstration's ERP, renamed, with each of these adapters in turn. */
function starOf(adapters: Record<string, string>): Config {
  const config = loadConfig("nave.config.yaml", { NAVE_DATA: folder });
  const { erp } = config.systems;
  if (!erp) throw new Error("nave.config.yaml has no system erp");
  const systems = Object.entries(adapters).map(([name, adapter]) => [name, { ...erp, name, adapter }]);
  return { ...config, systems: Object.fromEntries(systems) as Config["systems"] };
}

test("only adapters that are sandboxes are replaced; a product stays as configured, simulator or not", () => {
  const config = starOf({ crm: "sandbox-crm", shop: "vendure", back: "tryton", erp: "sandbox-erp" });
  expect(planSandboxes(config, "http://127.0.0.1:8080").map(({ system }) => system)).toEqual(["crm", "erp"]);
});

test("where no sandbox is configured the start is refused, saying what would be one", async () => {
  const running = runSandboxes(starOf({ shop: "vendure" }), "http://127.0.0.1:8080", keptLog().log);
  await expect(running).rejects.toMatchObject({
    exitCode: 2,
    detail: { accepts: expect.stringContaining("sandbox-crm") },
  });
});
