import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LifeStep } from "../../src/hub.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { drawFlow } from "../flows/draw.ts";
import { until } from "../services/until.ts";
import { insertCustomer, reasonsIn, startDrawnBed } from "./drawn-bed.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import type { Mode } from "./modes.ts";

const enter = {
  in: { type: "record in", entity: "customer", kind: "observed", system: "crm", wire: ["merge"] },
};
const told = (reason: string) => ({ type: "reject", reason, owner: "sales" });

/** Each customer is late a second after it was seen. */
const lateFlow = drawFlow("late", {
  ...enter,
  merge: { type: "merge", echoes: "end", wire: ["start"] },
  start: {
    type: "deadline",
    mode: "start",
    deadline: "call",
    key: "payload.name",
    dueType: "duration",
    due: "1 s",
    wire: ["", "late"],
  },
  late: told("{{payload.name}} is late"),
});

/** All customers of some seconds are one collection; and every second something fires. */
const togetherFlow = drawFlow("together", {
  ...enter,
  merge: { type: "merge", echoes: "end", wire: ["gather"] },
  gather: { type: "collect", key: '"all"', first: "8 s", most: "1000", wire: ["told", "told"] },
  told: told("{{nave.waited.count}} together"),
  ticking: { type: "schedule", by: "interval", interval: "1 s", missed: "once", wire: ["tick"] },
  tick: {
    type: "delay",
    pauseType: "delay",
    timeout: "1",
    timeoutUnits: "milliseconds",
    outputs: 1,
    wire: [""],
  },
});

/** It has been handed over; it is settled, and has not gone on; it has gone on, and nobody has been told. */
const DEATHS: LifeStep[] = ["waiting", "acknowledged", "resumed"];

test.each<Mode>(["embedded", "distributed"])(
  "%s: killed between being handed over, settled and going on, every wait goes on exactly once",
  async (mode) => {
    const { star, close } = await startDrawnBed(mode, lateFlow);
    try {
      const names: string[] = [];
      for (const step of DEATHS) {
        const name = `killed when ${step}`;
        names.push(name);
        await insertCustomer(star, name);
        const hub = new HubInAProcess();
        hub.begin(star.config, { step, hit: 1 });
        await hub.diesAt(step);
      }
      await star.startHub();
      await until("all are told", async () => (await reasonsIn(star.running.hub.db)).length >= names.length);
      await star.quiet();
      expect(await reasonsIn(star.running.hub.db)).toEqual(names.map((name) => `${name} is late`).sort());
      const [row] = await star.running.hub.db.query<{ count: number }>(
        "select count(*)::int as count from nave.message where kind = 'resumed'",
      );
      expect(row?.count).toBe(names.length);
    } finally {
      await close();
    }
  },
  300_000,
);

test("two hubs on one store: one collection of what both took in, though one is killed before it ends; one firing for each time", async () => {
  const { star, close } = await startDrawnBed("distributed", togetherFlow);
  const dataDir = await mkdtemp(join(tmpdir(), "nave-second-hub-"));
  const [first, second] = [new HubInAProcess(), new HubInAProcess()];
  try {
    first.begin(star.config);
    second.begin({ ...star.config, hub: { ...star.config.hub, dataDir } });
    await Promise.all([first.ready(), second.ready()]);
    const names = Array.from({ length: 30 }, (_, n) => `Customer ${n}`);
    await Promise.all(names.map((name) => insertCustomer(star, name)));
    const url = star.config.hub.databaseUrl;
    const third = await openDatabase({ url, dataDir: "unused" });
    const count = async (statement: string) =>
      (await third.query<{ count: number }>(`select count(*)::int as count from ${statement}`))[0]?.count ??
      0;
    await until("all are in the collection", async () => (await count("nave.wait_arrival")) === names.length);
    await first.kill();
    await until(
      "it has ended",
      async () => (await count("nave.wait where kind = 'collect' and state = 'done'")) > 0,
    );
    await until("it is told", async () => (await count("nave.dead_letter where state = 'open'")) > 0);
    expect(await reasonsIn(third)).toEqual([`${names.length} together`]);
    const fired = await third.query<{ due: string; firings: number }>(
      `select body->'payload'->>'due' as due, count(*)::int as firings from nave.message
       where kind = 'resumed' and node = 'together.ticking' group by 1 order by 1`,
    );
    expect(fired.length).toBeGreaterThan(5);
    expect(fired.filter(({ firings }) => firings !== 1)).toEqual([]);
    await third.close();
  } finally {
    await Promise.all([first.kill(), second.kill()]);
    await close();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 300_000);
