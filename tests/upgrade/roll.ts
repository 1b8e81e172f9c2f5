import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../src/store/database.ts";
import { selectAppliedMigrations } from "../../src/store/migrate.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { settingsOf } from "../chaos/modes.ts";
import { storiesIn } from "../chaos/stories.ts";
import { until } from "../services/until.ts";
import { HubOfATree } from "./hub-of-a-tree.ts";
import type { Tree } from "./older-version.ts";
import type { Say, Story, Versions } from "./stories.ts";
import type { UpgradeBed } from "./upgrade-bed.ts";

/** Writes that a process has to have begun in a phase to have taken part in it. */
const TAKES_PART = 5;
const PHASE_WITHIN_MS = 180_000;

/**
 * Two older hubs; the first newer one migrates beside them, all three work, then the older ones go: one is stopped, one killed.
 * Where a migration needs the store to itself, the newer one is refused until both older ones have gone.
 */
export const roll: Story = {
  title: "one process after the other, on PostgreSQL and RabbitMQ",
  async run(bed, { older, newer }, say) {
    const { hub: store, drop } = await settingsOf("distributed");
    const db = await openDatabase({ url: store.databaseUrl, dataDir: "unused" });
    const start = async (label: string, tree: Tree) =>
      bed.start(label, tree, await bed.place(tree, store, label.replaceAll(" ", "-")));
    bed.storiesOf = (faults) => storiesIn(db, faults);
    try {
      say("two older hubs work");
      const leaving = await start("older hub 1", older);
      const dying = await start("older hub 2", older);
      bed.people.start();
      await allWrite(db, [leaving, dying]);

      const old = { leaving, dying };
      const first = (await needsTheStoreAlone(older, newer))
        ? await replaceAll(
            bed,
            db,
            { older, newer },
            old,
            { start, place: () => bed.place(newer, store, "newer-0") },
            say,
          )
        : await replaceOneByOne(
            bed,
            db,
            { older, newer },
            old,
            { start, place: () => bed.place(older, store, "older-3") },
            say,
          );

      say("people have gone home, and all settles");
      await bed.people.stop();
      return await bed.settled(first);
    } finally {
      await bed.endHubs();
      await db.close();
      await drop();
    }
  },
};

type Olds = { leaving: HubOfATree; dying: HubOfATree };
type Means = {
  start: (label: string, tree: Tree) => Promise<HubOfATree>;
  /** Of a hub that is to be refused. */
  place: () => Promise<{ config: string; dataDir: string }>;
};

/** @returns a newer hub. */
async function replaceOneByOne(
  bed: UpgradeBed,
  db: Database,
  { older, newer }: Versions,
  { leaving, dying }: Olds,
  { start, place }: Means,
  say: Say,
): Promise<HubOfATree> {
  say("a newer hub starts and migrates beside them");
  const first = await start("newer hub 1", newer);
  await isMigrated(db, newer);

  say("older and newer hubs work side by side on the newer store");
  bed.people.makeMore(60, 60);
  await allWrite(db, [leaving, dying, first]);

  if (older.migrations.length < newer.migrations.length) {
    say("an older hub that is started now is refused");
    await isRefused(older, await place(), "going back is not possible");
  }

  say("one older hub is stopped, and a newer one takes its place");
  await stop(leaving);
  const second = await start("newer hub 2", newer);

  say("the other older hub is killed, and the newer ones go on alone");
  await dying.end("SIGKILL");
  bed.people.makeMore(60, 60);
  await allWrite(db, [first, second]);
  return first;
}

/** @returns a newer hub. */
async function replaceAll(
  bed: UpgradeBed,
  db: Database,
  { newer }: Versions,
  { leaving, dying }: Olds,
  { start, place }: Means,
  say: Say,
): Promise<HubOfATree> {
  say("a newer hub that is started beside them is refused: it needs the store to itself");
  await isRefused(newer, await place(), "needs the store to itself");
  await allWrite(db, [leaving, dying]);

  say("one older hub is stopped, the other killed, and two newer ones start");
  await stop(leaving);
  await dying.end("SIGKILL");
  const first = await start("newer hub 1", newer);
  await isMigrated(db, newer);
  const second = await start("newer hub 2", newer);
  bed.people.makeMore(60, 60);
  await allWrite(db, [first, second]);
  return first;
}

async function stop(hub: HubOfATree): Promise<void> {
  const how = await hub.end("SIGTERM");
  if (how !== "code 0") throw new Error(`${hub.label} was told to stop, and ended by ${how}`);
}

async function needsTheStoreAlone(older: Tree, newer: Tree): Promise<boolean> {
  const added = newer.migrations.slice(older.migrations.length);
  const texts = added.map((name) => readFile(join(newer.folder, "src/store/migrations", name), "utf8"));
  return (await Promise.all(texts)).some((text) => /^-- alone: /m.test(text));
}

/** Resolves when each of these has begun some writes from now on: an older one has not if the newer store stops it. */
async function allWrite(db: Database, hubs: readonly HubOfATree[]): Promise<void> {
  for (const hub of hubs) {
    const begun = new Set<string>();
    // A write that is known to have happened leaves no intent behind: they are seen while they are open.
    const writes = async () => {
      if (!hub.isRunning) throw new Error(`${hub.label} has ended`);
      const rows = await db.query<{ id: string }>(
        "select id from nave.intent where state = 'open' and claimed_by like $1",
        [`%-${hub.pid}-%`],
      );
      for (const { id } of rows) begun.add(id);
      return begun.size >= TAKES_PART;
    };
    await until(`${hub.label} has begun ${TAKES_PART} writes in this phase`, writes, PHASE_WITHIN_MS);
  }
}

async function isMigrated(db: Database, { migrations }: Tree): Promise<void> {
  const applied = (await selectAppliedMigrations(db)).map(({ name }) => name);
  if (applied.join() === migrations.join()) return;
  throw new Error(`the newer hub is ready, and the store is at ${applied.at(-1)}, not ${migrations.at(-1)}`);
}

async function isRefused(
  tree: Tree,
  place: { config: string; dataDir: string },
  words: string,
): Promise<void> {
  const hub = new HubOfATree("refused hub", tree, place);
  const how = await hub.ended();
  if (how.startsWith("code") && how !== "code 0" && hub.log.includes(words)) return;
  throw new Error(`a hub of ${tree.name} ended by ${how}, not by a refusal: ${hub.log}`);
}
