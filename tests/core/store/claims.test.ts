import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { renewClaims } from "../../../src/store/wishes.ts";
import { freshStore } from "../../services/fresh-store.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshStore());
});
afterAll(() => close?.());

const MINUTE = 60_000;

/** A wish that this worker has claimed, for as long as this from now on. */
async function claimed(worker: string, forMs: number) {
  const key = { entity: "customer", canonicalId: randomUUID() };
  await db.query(
    `insert into nave.wish (system, entity, canonical_id, action, body, canonical_version, state, correlation_id, claimed_by,
       claimed_until) values ('erp', $1, $2, 'hold', '{}', 1, 'open', $2, $3, now() + $4::int * interval '1 millisecond')`,
    [key.entity, key.canonicalId, worker, forMs],
  );
  return key;
}

async function minutesLeft({ canonicalId }: { canonicalId: string }): Promise<number> {
  const [row] = await db.query<{ minutes: number }>(
    "select round(extract(epoch from claimed_until - now()) / 60)::int as minutes from nave.wish where canonical_id = $1",
    [canonicalId],
  );
  return row?.minutes ?? Number.NaN;
}

test("a claim that lasts long enough is kept as it is, one that would end too soon lasts its whole time again", async () => {
  const [long, short, over] = [
    await claimed("me#1", 9 * MINUTE),
    await claimed("me#1", 4 * MINUTE),
    await claimed("me#1", -MINUTE),
  ];
  const times = { claimMs: 10 * MINUTE, neededMs: 7 * MINUTE };
  expect(await renewClaims(db, "erp", [long, short, over], "me#1", times)).toBe(3);
  expect([await minutesLeft(long), await minutesLeft(short), await minutesLeft(over)]).toEqual([9, 10, 10]);
});

test("a claim that somebody else has by now is not counted, nor renewed", async () => {
  const [mine, theirs] = [await claimed("me#1", 9 * MINUTE), await claimed("other#1", MINUTE)];
  const times = { claimMs: 10 * MINUTE, neededMs: 7 * MINUTE };
  expect(await renewClaims(db, "erp", [mine, theirs], "me#1", times)).toBe(1);
  expect(await minutesLeft(theirs)).toBe(1);
});

test("claims that are being renewed are kept from others until the transaction ends", async () => {
  const key = await claimed("me#1", 9 * MINUTE);
  const order: string[] = [];
  const { promise: isHeld, resolve: held } = Promise.withResolvers<void>();
  const renewing = db.transaction(async (sql) => {
    await renewClaims(sql, "erp", [key], "me#1", { claimMs: 10 * MINUTE, neededMs: 7 * MINUTE });
    held();
    await sql.query("select pg_sleep(0.3)");
    order.push("ended");
  });
  await isHeld;
  await db.query("update nave.wish set claimed_by = null where canonical_id = $1", [key.canonicalId]);
  order.push("freed");
  await renewing;
  expect(order).toEqual(["ended", "freed"]);
});
