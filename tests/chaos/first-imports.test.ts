import { expect, test } from "vitest";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { type Mode, settingsOf } from "./modes.ts";

const CUSTOMERS = 50;
const MODES: Mode[] = ["embedded", "distributed"];

/** Before the hub has ever run, both systems hold the same customers, each under its own id and in its own spelling. */
async function seed({ crm, erp }: Pick<Star, "crm" | "erp">): Promise<void> {
  await crm.seed(
    "customer",
    each((index) => ({
      displayName: `Lighthouse ${NAMES[index]} GmbH`,
      customerNumber: `FI-${index}`,
      channels: [{ type: "EMAIL", value: `Office@Lighthouse-${index}.example` }],
    })),
  );
  await erp.seed(
    "customer",
    each((index) => ({
      Name1: `LIGHTHOUSE ${NAMES[index]}`,
      CustNo: `FI-${index}`,
      Email: `office@lighthouse-${index}.example`,
    })).reverse(),
  );
}

function each(native: (index: number) => JsonObject): JsonObject[] {
  return Array.from({ length: CUSTOMERS }, (_, index) => native(index));
}

/** Names that have little in common. */
const NAMES = Array.from({ length: CUSTOMERS }, (_, index) =>
  [index * 7 + 3, index * 13 + 5, index * 29 + 1]
    .map((n) => ["Ost", "West", "Alt", "Neu", "Berg", "Tal"][n % 6] + String.fromCharCode(97 + (n % 26)))
    .join(""),
);

test.each(MODES)(
  "%s: 50 customers that two systems hold already become 50 records, each once in both",
  async (mode) => {
    const settings = await settingsOf(mode);
    const unguarded = { misbehave: { duplicateAs: "silence" } } as const;
    const star = await startStar({ hub: settings.hub, seed, crm: unguarded, erp: unguarded });
    try {
      await star.quiet();
      const { db } = star.running.hub;
      const [counts] = await db.query(
        `select (select count(*)::int from nave.canonical_record where entity = 'customer') as canonical,
         (select count(*)::int from nave.cross_reference where entity = 'customer' and is_primary) as linked`,
      );
      expect(counts).toEqual({ canonical: CUSTOMERS, linked: 2 * CUSTOMERS });
      expect(await star.crm.all("customer")).toHaveLength(CUSTOMERS);
      expect(await star.erp.all("customer")).toHaveLength(CUSTOMERS);
      const nobody = { deadLetters: 0, inDoubt: 0, reviews: 0, deleteHolds: 0 };
      expect(await countForPersons(db)).toMatchObject(nobody);
    } finally {
      await star.close();
      await settings.drop();
    }
  },
  120_000,
);
