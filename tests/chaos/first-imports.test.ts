import { expect, test } from "vitest";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { type Mode, settingsOf } from "./modes.ts";

const CUSTOMERS = 50;
const MODES: Mode[] = ["embedded", "distributed"];

type Systems = Pick<Star, "crm" | "erp">;

/** Both systems get the same customers, each under its own id and in its own spelling. */
async function enterInBoth({ crm, erp }: Systems, series: string): Promise<void> {
  const inCrm = each((index) => ({
    displayName: `Lighthouse ${NAMES[index]} ${series} GmbH`,
    customerNumber: `${series}-${index}`,
    channels: [{ type: "EMAIL", value: `Office@${series}-${index}.example` }],
  }));
  const inErp = each((index) => ({
    Name1: `LIGHTHOUSE ${NAMES[index]} ${series}`,
    CustNo: `${series}-${index}`,
    Email: `office@${series.toLowerCase()}-${index}.example`,
  })).reverse();
  await Promise.all([crm.seed("customer", inCrm), erp.seed("customer", inErp)]);
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

/** Every customer is one canonical record, and one record in each system; nobody is asked anything. */
async function expectEachOnce(star: Star): Promise<void> {
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
}

test.each(MODES)(
  "%s: 50 customers that two systems hold already become 50 records, each once in both",
  async (mode) => {
    const settings = await settingsOf(mode);
    // Natural keys are not guarded there: what is made twice is there twice.
    const unguarded = { misbehave: { duplicateAs: "silence" } } as const;
    const seed = (systems: Systems) => enterInBoth(systems, "FIRST");
    const star = await startStar({ hub: settings.hub, seed, crm: unguarded, erp: unguarded });
    try {
      await star.quiet();
      await expectEachOnce(star);
    } finally {
      await star.close();
      await settings.drop();
    }
  },
  120_000,
);

test("50 customers entered in two systems at the same moment, while the hub runs, become 50 records, each once in both", async () => {
  const settings = await settingsOf("distributed");
  const star = await startStar({ hub: settings.hub });
  try {
    await enterInBoth(star, "LIVE");
    await star.quiet();
    await expectEachOnce(star);
  } finally {
    await star.close();
    await settings.drop();
  }
}, 120_000);
