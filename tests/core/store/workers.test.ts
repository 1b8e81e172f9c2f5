import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { acquireLease, heartbeat, releaseClaimsOfTheDead, removeWorker } from "../../../src/store/workers.ts";
import { freshStore } from "../../services/fresh-store.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshStore());
});
afterAll(() => close?.());

const sign = (id: string) => heartbeat(db, { id, role: "work", host: "h", cpuMs: 0, tickets: 0 });
const fallSilent = (id: string) =>
  db.query("update nave.worker set seen_at = now() - interval '1 minute' where id = $1", [id]);

async function claimWish(claim: string): Promise<void> {
  await db.query(
    `insert into nave.wish (system, entity, canonical_id, action, body, canonical_version, state, correlation_id, claimed_by,
       claimed_until) values ('erp', 'customer', $1, 'hold', '{}', 1, 'open', $1, $2, now() + interval '1 minute')`,
    [randomUUID(), claim],
  );
}

async function claims(): Promise<string[]> {
  const rows = await db.query<{ claim: string }>(
    "select claimed_by as claim from nave.wish where claimed_by is not null order by 1",
  );
  return rows.map(({ claim }) => claim);
}

test("what a process has claimed that gives no sign of life is free; what the asking one has claimed is not, however late its signs", async () => {
  for (const id of ["busy", "dead", "alive"]) {
    await sign(id);
    await claimWish(`${id}#1`);
  }
  await fallSilent("busy");
  await fallSilent("dead");
  await releaseClaimsOfTheDead(db, "busy");
  expect(await claims()).toEqual(["alive#1", "busy#1"]);
  await releaseClaimsOfTheDead(db, "alive");
  expect(await claims()).toEqual(["alive#1"]);
});

test("who comes back and dies again is noticed again, and who ends leaves no claim", async () => {
  await sign("dead");
  await claimWish("dead#2");
  await fallSilent("dead");
  await db.query("update nave.worker set released_at = seen_at - interval '1 second' where id = 'dead'");
  await releaseClaimsOfTheDead(db, "alive");
  expect(await claims()).toEqual(["alive#1"]);
  await removeWorker(db, "alive");
  expect(await claims()).toEqual([]);
});

test("a sign of life keeps the leases that a process still has, and brings back none", async () => {
  await sign("reader");
  expect(await acquireLease(db, "poll.crm", "reader")).toBe(1);
  await db.query("update nave.lease set until = now() + interval '200 milliseconds'");
  await sign("reader");
  expect(await acquireLease(db, "poll.crm", "other")).toBeUndefined();
  await db.query("update nave.lease set until = now() - interval '1 millisecond'");
  await sign("reader");
  expect(await acquireLease(db, "poll.crm", "other")).toBe(2);
});
