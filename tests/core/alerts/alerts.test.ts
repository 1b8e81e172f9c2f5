import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAlerts } from "../../../src/alerts/read-rules.ts";
import type { RawAlerts } from "../../../src/alerts/rule.ts";
import { AlertWatcher } from "../../../src/alerts/watcher.ts";
import { selectFiring } from "../../../src/store/alerts.ts";
import { listNotifications } from "../../../src/store/notifications.ts";
import { pauseSystem } from "../../../src/store/system-states.ts";
import { until } from "../../services/until.ts";
import { naveHere } from "../cli/run-nave.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

const WAYS = { giveUpAfterMs: 60_000, hooks: {} };
const PAUSED = {
  metric: "nave_system_mode",
  labels: { mode: "paused" },
  above: 0,
  text: "nothing moves",
} as const;

describe("an alert", () => {
  let hub: ServedHub;
  beforeAll(async () => {
    const alerts = readAlerts("test", { everyMs: 100, rules: { paused: PAUSED } }, WAYS);
    hub = await serveHub({ alerts });
  });
  afterAll(() => hub?.close());

  const db = () => hub.running.hub.db;
  const subjects = async () =>
    (await listNotifications(db(), undefined, 100))
      .filter(({ subject }) => subject.includes("paused"))
      .map(({ subject }) => subject)
      .toReversed();

  test("is told once, not again by another process or after a restart, and its end is told", async () => {
    await pauseSystem(db(), "crm", "Ann");
    await until("it is told", async () => (await subjects()).length === 1);
    expect(await subjects()).toEqual(["Nave warning: paused firing, mode paused, system crm"]);
    await db().query("update nave.lease set owner = null, until = null where partition = 'alerts'");
    const other = new AlertWatcher({ ...hub.running.hub, workerId: "another" });
    other.start();
    const holders = new Set<string>();
    await until("both have looked", async () => {
      const [lease] = await db().query<{ owner: string }>(
        "select owner from nave.lease where partition = 'alerts'",
      );
      if (lease?.owner) holders.add(lease.owner);
      await db().query("update nave.lease set until = now() where partition = 'alerts'");
      return holders.size === 2;
    });
    await other.stop();
    expect(await subjects()).toHaveLength(1);
    await pauseSystem(db(), "crm", null);
    await until("its end is told", async () => (await subjects()).length === 2, 30_000);
    expect((await subjects()).at(-1)).toContain("paused resolved");
    expect((await selectFiring(db())).filter(({ rule }) => rule === "paused")).toEqual([]);
  });

  test("of a security event is told: guessed passwords make the next attempt wait", async () => {
    for (let attempt = 0; attempt < 6; attempt += 1)
      await ask(`${hub.url}/api/session`, { json: { name: "admin", password: `guess ${attempt}` } });
    const told = async () => (await listNotifications(db(), undefined, 100)).map(({ subject }) => subject);
    await until(
      "it is told",
      async () => (await told()).some((one) => one.includes("logins-throttled")),
      30_000,
    );
  });

  test("is shown on the command line, and so are the rules", async () => {
    const env = { NAVE_URL: hub.url, NAVE_DATA: hub.config.hub.dataDir };
    await until(
      "it fires",
      async () => (await naveHere(["alerts"], env)).stdout.includes("logins-throttled"),
      30_000,
    );
    const { firing } = JSON.parse((await naveHere(["alerts", "--json"], env)).stdout);
    expect(firing).toContainEqual(expect.objectContaining({ rule: "logins-throttled", severity: "warning" }));
    expect((await naveHere(["alerts", "rules"], env)).stdout).toMatch(
      /^dead-letters +warning +nave_dead_letters/m,
    );
    expect((await ask(`${hub.url}/api/alerts`)).status).toBe(401);
  });
});

test.each<[string, RawAlerts, string]>([
  [
    "a metric that there is not",
    { rules: { x: { metric: "nave_nothing" as never, above: 1 } } },
    "alerts.rules.x.metric",
  ],
  ["a counter", { rules: { x: { metric: "nave_retries_total", above: 1 } } }, "alerts.rules.x.metric"],
  ["no metric", { rules: { x: { above: 1 } } }, "alerts.rules.x"],
  ["no threshold", { rules: { x: { metric: "nave_workers" } } }, "alerts.rules.x"],
  ["two thresholds", { rules: { x: { metric: "nave_workers", above: 9, below: 1 } } }, "alerts.rules.x"],
  [
    "a label that it has not",
    { rules: { x: { metric: "nave_workers", above: 1, labels: { of: "crm" } } } },
    "alerts.rules.x.labels",
  ],
  ["mail without a server", { to: [{ mail: "ops@example.com" }] }, "alerts.to"],
  ["an unknown hook", { rules: { drift: { to: [{ hook: "pager" }] } } }, "alerts.rules.drift.to"],
])("a rule with %s is refused, naming the key", (_what, raw, key) => {
  const refused = { code: "NAVE_CONFIG_INVALID", detail: expect.objectContaining({ field: key }) };
  expect(() => readAlerts("nave.config.yaml", raw, WAYS)).toThrow(expect.objectContaining(refused));
});

test("a rule that is shipped can be changed in part, or switched off", () => {
  const { rules } = readAlerts("f", { rules: { drift: { off: true }, "oldest-wish": { above: 60 } } }, WAYS);
  expect(rules.map(({ name }) => name)).not.toContain("drift");
  expect(rules.find(({ name }) => name === "oldest-wish")).toMatchObject({
    above: 60,
    to: [{ page: "operators" }],
  });
});
