import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { replaceKeysOfRecord } from "../../../src/store/business-keys.ts";
import type { Database } from "../../../src/store/database.ts";
import { replaceMatchKeys } from "../../../src/store/match-keys.ts";
import { freshStore } from "../../services/fresh-store.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshStore());
});
afterAll(() => close?.());

const number = { kind: "number", value: "k1" };
const mail = { kind: "e-mail", value: "ann@example.org" };
const newMail = { kind: "e-mail", value: "bea@example.org" };

describe.each([
  ["business_key", replaceKeysOfRecord],
  ["match_key", replaceMatchKeys],
] as const)("the keys of records in %s", (table, replace) => {
  const keysOf = (canonicalId: string) =>
    db.query(`select kind, value from nave.${table} where canonical_id = $1 order by kind, value`, [
      canonicalId,
    ]);
  const record = () => ({ entity: "customer", canonicalId: randomUUID() });

  test("of a new one, each once", async () => {
    const one = record();
    await replace(db, { ...one, keys: [number, mail, number], former: undefined });
    expect(await keysOf(one.canonicalId)).toEqual([mail, number]);
  });

  test("what it no longer has goes, and nothing of another record that has the same", async () => {
    const [one, other] = [record(), record()];
    for (const each of [one, other]) await replace(db, { ...each, keys: [number, mail], former: undefined });
    await replace(db, { ...one, keys: [number, newMail], former: [number, mail] });
    expect(await keysOf(one.canonicalId)).toEqual([newMail, number]);
    expect(await keysOf(other.canonicalId)).toEqual([mail, number]);
  });

  test("one that is there though nobody thought so stays, once", async () => {
    const one = record();
    await replace(db, { ...one, keys: [number, newMail], former: undefined });
    await replace(db, { ...one, keys: [number, newMail], former: [number] });
    expect(await keysOf(one.canonicalId)).toEqual([newMail, number]);
  });

  test("none are left where none are wanted", async () => {
    const one = record();
    await replace(db, { ...one, keys: [number, mail], former: undefined });
    await replace(db, { ...one, keys: [], former: [number, mail] });
    expect(await keysOf(one.canonicalId)).toEqual([]);
  });
});
