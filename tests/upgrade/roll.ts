import type { Database } from "../../src/store/database.ts";
import { selectAppliedMigrations } from "../../src/store/migrate.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { settingsOf } from "../chaos/modes.ts";
import { storiesIn } from "../chaos/stories.ts";
import { until } from "../services/until.ts";
import { HubOfATree } from "./hub-of-a-tree.ts";
import type { Tree } from "./older-version.ts";
import type { Story } from "./stories.ts";

/** Writes that a process has to have begun in a phase to have taken part in it. */
const TAKES_PART = 5;
const PHASE_WITHIN_MS = 180_000;

/** Two older hubs; the first newer one migrates beside them, all three work, then the older ones go: one is stopped, one killed. */
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

      say("a newer hub starts and migrates beside them");
      const first = await start("newer hub 1", newer);
      await isMigrated(db, newer);

      say("older and newer hubs work side by side on the newer store");
      bed.people.makeMore(60, 60);
      await allWrite(db, [leaving, dying, first]);

      if (older.migrations.length < newer.migrations.length) {
        say("an older hub that is started now is refused");
        await isRefused(older, await bed.place(older, store, "older-3"));
      }

      say("one older hub is stopped, and a newer one takes its place");
      const how = await leaving.end("SIGTERM");
      if (how !== "code 0") throw new Error(`the older hub was told to stop, and ended by ${how}`);
      const second = await start("newer hub 2", newer);

      say("the other older hub is killed, and the newer ones go on alone");
      await dying.end("SIGKILL");
      bed.people.makeMore(60, 60);
      await allWrite(db, [first, second]);

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

/** Resolves when each of these has begun some writes from now on: an older one has not if the newer store stops it. */
async function allWrite(db: Database, hubs: readonly HubOfATree[]): Promise<void> {
  const [now] = await db.query<{ now: Date }>("select clock_timestamp() as now");
  const since = now?.now.toISOString();
  for (const hub of hubs) {
    const writes = async () => {
      if (!hub.isRunning) throw new Error(`${hub.label} has ended`);
      const [row] = await db.query<{ count: number }>(
        `select count(*)::int as count from nave.intent where created_at > $1::timestamptz and claimed_by like $2`,
        [since, `%-${hub.pid}-%`],
      );
      return (row?.count ?? 0) >= TAKES_PART;
    };
    await until(`${hub.label} has begun ${TAKES_PART} writes in this phase`, writes, PHASE_WITHIN_MS);
  }
}

async function isMigrated(db: Database, { migrations }: Tree): Promise<void> {
  const applied = (await selectAppliedMigrations(db)).map(({ name }) => name);
  if (applied.join() === migrations.join()) return;
  throw new Error(`the newer hub is ready, and the store is at ${applied.at(-1)}, not ${migrations.at(-1)}`);
}

async function isRefused(older: Tree, place: { config: string; dataDir: string }): Promise<void> {
  const hub = new HubOfATree("older hub 3", older, place);
  const how = await hub.ended();
  if (how.startsWith("code") && how !== "code 0" && hub.log.includes("going back is not possible")) return;
  throw new Error(`an older hub on the newer store ended by ${how}, not by a refusal: ${hub.log}`);
}
