import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decideApproval } from "../../src/flows/waits/decide-approval.ts";
import type { Hub, LifeStep } from "../../src/hub.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { drawFlow } from "../flows/draw.ts";
import { keptLog } from "../services/kept-log.ts";
import { until } from "../services/until.ts";
import { insertCustomer, reasonsIn, startDrawnBed } from "./drawn-bed.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import type { Mode } from "./modes.ts";

const told = (how: string) => ({ type: "reject", reason: `{{payload.name}} ${how}`, owner: "sales" });

/** Each customer is a question, which ends after this time if nobody answers, one escalation included. */
const askFlow = (due: string) =>
  drawFlow("ask", {
    in: { type: "record in", entity: "customer", kind: "observed", system: "crm", wire: ["merge"] },
    merge: { type: "merge", echoes: "end", wire: ["ask"] },
    ask: {
      type: "approve",
      question: "{{payload.name}}?",
      candidates: "role:operator",
      mode: "any",
      due,
      dueType: "duration",
      escalateTo: "role:admin",
      escalateDue: "1 s",
      escalateDueType: "duration",
      wire: ["yes", "no", "late"],
    },
    yes: told("is approved"),
    no: told("is rejected"),
    late: told("has expired"),
  });

/** It has been asked; the message that asks is settled; the answer that nobody gave has gone on. */
const DEATHS: LifeStep[] = ["waiting", "acknowledged", "resumed"];

test.each<Mode>(["embedded", "distributed"])(
  "%s: killed while it asks, waits, escalates and goes on, every question ends exactly once",
  async (mode) => {
    const { star, close } = await startDrawnBed(mode, askFlow("1 s"));
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
      const { db } = star.running.hub;
      await until("all are told", async () => (await reasonsIn(db)).length >= names.length);
      await star.quiet();
      expect(await reasonsIn(db)).toEqual(names.map((name) => `${name} has expired`).sort());
    } finally {
      await close();
    }
  },
  300_000,
);

/** A worker that takes an answer and dies once it is on record: nothing is published by it. */
function dyingWorker(db: Database): Hub {
  const { log } = keptLog();
  const reached = () => {
    throw new Error("killed");
  };
  return { db, log, reached } as unknown as Hub;
}

test("two hubs on one store, two people who answer everything at once, by workers that die then: one answer counts, and goes on once", async () => {
  const { star, close } = await startDrawnBed("distributed", askFlow("1 h"));
  const dataDir = await mkdtemp(join(tmpdir(), "nave-second-hub-"));
  const [first, second] = [new HubInAProcess(), new HubInAProcess()];
  try {
    first.begin(star.config);
    second.begin({ ...star.config, hub: { ...star.config.hub, dataDir } });
    await Promise.all([first.ready(), second.ready()]);
    const names = Array.from({ length: 20 }, (_, n) => `Customer ${n}`);
    await Promise.all(names.map((name) => insertCustomer(star, name)));
    const db = await openDatabase({ url: star.config.hub.databaseUrl, dataDir: "unused" });
    const open = () =>
      db.query<{ id: string }>("select id from nave.wait where kind = 'approve' and state = 'open'");
    await until("all are asked", async () => (await open()).length === names.length);
    const answer = async (id: string, name: string, decision: "approved" | "rejected") => {
      const given = { decision, values: {} };
      return decideApproval(dyingWorker(db), id, { name, role: "operator" }, given).catch(() => "died");
    };
    const ids = (await open()).map(({ id }) => id);
    const results = await Promise.all(
      ids.map((id) => Promise.all([answer(id, "kim", "approved"), answer(id, "lee", "rejected")])),
    );
    await first.kill();
    for (const both of results) expect(both.filter((one) => one === "died")).toHaveLength(1);
    await until("all are told", async () => (await reasonsIn(db)).length >= names.length);
    const [row] = await db.query<{ count: number }>(
      "select count(*)::int as count from nave.message where kind = 'resumed'",
    );
    expect(row?.count).toBe(names.length);
    expect((await reasonsIn(db)).map((text) => text.replace(/ is \w+$/, ""))).toEqual(names.toSorted());
    await db.close();
  } finally {
    await Promise.all([first.kill(), second.kill()]);
    await close();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 300_000);
