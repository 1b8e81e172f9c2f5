import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nave, startNave } from "../core/cli/run-nave.ts";
import { startStar } from "../core/hub/star.ts";
import { until } from "../services/until.ts";
import { settingsOf } from "./modes.ts";

test("poll, work, work and api as four processes are one hub: both systems agree, and the status shows who does what", async () => {
  const settings = await settingsOf("distributed");
  const star = await startStar({ hub: settings.hub });
  await star.stopHub();
  const folder = await mkdtemp(join(tmpdir(), "nave-roles-"));
  const file = join(folder, "nave.config.yaml");
  const { hub, systems, entities } = star.config;
  const { databaseUrl, amqpUrl, queuePrefix, flowsDir, adapterDirs } = hub;
  const named = Object.entries(systems).map(([name, { name: _name, ...system }]) => [name, system]);
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      hub: { port: 0, databaseUrl, amqpUrl, queuePrefix, flowsDir, adapterDirs, reconcileAfterQuietMs: 500 },
      systems: Object.fromEntries(named),
      entities,
    }),
  );
  const start = (role: string, data: string) =>
    startNave(["start", "--role", role, "--config", file], { NAVE_DATA: join(folder, data) });
  const api = start("api", "api");
  const parts = [api];
  try {
    await until("the page is served", () => /page +http/.test(api.output()), 60_000);
    const status = async () =>
      JSON.parse(
        (await nave(["status", "--json", "--config", file], { NAVE_DATA: join(folder, "api") })).stdout,
      );
    const lonely = await nave(["status", "--config", file], { NAVE_DATA: join(folder, "api") });
    expect(lonely.stdout).toContain("no process has the role work");
    const sync = await nave(["sync", "crm", "customer", "--config", file], {
      NAVE_DATA: join(folder, "api"),
    });
    expect(sync.stderr).toMatch(/no process reads crm\n +accepted: a process with the role poll/);
    parts.push(start("poll", "poll"), start("work", "work-1"), start("work", "work-2"));
    await star.crm.seed("customer", [{ displayName: "Shared out", customerNumber: "S-1" }]);
    await until(
      "the ERP has it",
      async () => (await star.erp.all("customer")).some((one) => one["CustNo"] === "S-1"),
      60_000,
    );
    await until("in sync", async () => (await status()).inSync, 60_000);
    const { processes } = (await status()) as { processes: { roles: string[]; leases: string[] }[] };
    expect(processes.map(({ roles }) => roles.join()).sort()).toEqual(["api", "poll", "work", "work"]);
    expect(processes.find(({ roles }) => roles.includes("poll"))?.leases).toEqual(["poll.crm", "poll.erp"]);
    const asked = await nave(["sync", "crm", "customer", "--json", "--config", file], {
      NAVE_DATA: join(folder, "api"),
    });
    expect(asked.code).toBe(0);
  } finally {
    for (const { child } of parts) child.kill("SIGKILL");
    await Promise.all(parts.map(({ ended }) => ended));
    await star.close();
    await settings.drop();
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

test("a part of a hub is refused where no other could reach it, with what would be accepted", async () => {
  const embedded = await nave(["start", "--role", "work"]);
  expect(embedded.code).not.toBe(0);
  expect(embedded.stderr).toMatch(/cannot work with the embedded store.*\n +accepted: all roles/);
  const unknown = await nave(["start", "--role", "work,wrok"]);
  expect(unknown.stderr).toMatch(/"wrok" is no role\n +accepted: poll, work, api/);
  const sandbox = await nave(["start", "--sandbox", "--role", "api"], {
    DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
    AMQP_URL: "amqp://127.0.0.1:1",
  });
  expect(sandbox.stderr).toMatch(/--sandbox does not go with --role api/);
});
