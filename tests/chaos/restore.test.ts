import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startServer as startErp } from "../../adapters/sandbox-erp/simulator/server.ts";
import { reconcile } from "../../src/reconcile/reconcile.ts";
import { applyRepair } from "../../src/reconcile/repair.ts";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { faultsOf } from "./far-sides.ts";
import { standingStill } from "./kills.ts";
import { type Mode, settingsOf } from "./modes.ts";
import { People } from "./people.ts";
import { backUpStore } from "./store-backup.ts";

const MODES: Mode[] = ["embedded", "distributed"];
const WORK_MS = 5000;
const AT_PEACE_MS = 150_000;
/** Natural keys are not guarded there: what is made twice is there twice. */
const UNGUARDED = { misbehave: { duplicateAs: "silence" } } as const;

test.each(MODES)(
  "%s: a hub's store that is restored from an older copy, while people work, doubles nothing and loses nothing",
  async (mode) => {
    const settings = await settingsOf(mode);
    const star = await startStar({ hub: settings.hub, crm: UNGUARDED, erp: UNGUARDED });
    try {
      const people = new People(star, 50);
      await people.stock();
      await star.quiet();
      people.start();
      await sleep(WORK_MS);
      await star.stopHub();
      const backup = await backUpStore(star.config);
      await star.startHub();
      await sleep(WORK_MS);
      await star.stopHub();
      await backup.restore();
      await star.startHub();
      await sleep(WORK_MS / 2);
      await people.stop();
      await star.quiet(AT_PEACE_MS);
      expect(await faultsOf(star, people)).toEqual([]);
      expect(await countForPersons(star.running.hub.db)).toMatchObject({
        inDoubt: 0,
        deadLetters: 0,
        reviews: 0,
      });
      await backup.drop();
    } finally {
      await star.close();
      await settings.drop();
    }
  },
  400_000,
);

test("an ERP that is restored from an older copy, while people work, doubles nothing; what does not fit is listed, and repair leaves none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nave-erp-"));
  const file = join(folder, "erp.sqlite");
  const star = await startStar({ crm: UNGUARDED, erp: { ...UNGUARDED, file } });
  try {
    const people = new People(star, 50);
    await people.stock();
    await star.quiet();
    await work(people, WORK_MS);
    await star.quiet();
    await whileErpIsDown(star, file, () => cp(file, `${file}.backup`));
    await work(people, WORK_MS);
    await star.quiet();
    await whileErpIsDown(star, file, () => cp(`${file}.backup`, file));
    await work(people, WORK_MS / 2);
    const listed = await repairUntilClean(star);
    console.log(`listed after the restore, then repaired: ${JSON.stringify(listed)}`);
    expect(listed[0]?.["mismatched-reference"]).toBeGreaterThan(0);
    expect(listed.at(-1)).toEqual({});
    expect(await faultsOf(star, { customers: new Map(), orders: new Map() })).toEqual([]);
  } finally {
    await star.close();
    await rm(folder, { recursive: true });
  }
}, 400_000);

async function work(people: People, forMs: number): Promise<void> {
  people.start();
  await sleep(forMs);
  await people.stop();
}

/** The hub goes on while its ERP is away, which comes back under the same address. */
async function whileErpIsDown(star: Star, file: string, change: () => Promise<void>): Promise<void> {
  const port = Number(new URL(star.erp.url).port);
  await star.erp.close();
  await change();
  star.erp = await startErp({ ...UNGUARDED, file, port });
}

const MOST_REPAIRS = 5;

/** Compares the ERP with the hub and repairs, until nothing differs. @returns how many findings of each kind each comparison had. */
async function repairUntilClean(star: Star): Promise<Record<string, number>[]> {
  const { hub } = star.running;
  const listed: Record<string, number>[] = [];
  while (listed.length < MOST_REPAIRS) {
    await star.quiet(AT_PEACE_MS / 2).catch(async () => console.log(await standingStill(star)));
    const reports = [
      ...(await reconcile(hub, "erp", undefined)),
      ...(await reconcile(hub, "crm", undefined)),
    ];
    const kinds = Map.groupBy(
      reports.flatMap(({ findings }) => findings),
      ({ kind }) => kind,
    );
    listed.push(Object.fromEntries([...kinds].map(([kind, group]) => [kind, group.length])));
    if (kinds.size === 0) break;
    for (const { id } of reports) await applyRepair(hub, id, "the test");
  }
  return listed;
}
