import { randomUUID } from "node:crypto";
import { endDueWaits } from "../../../src/flows/waits/end-due.ts";
import type { Hub } from "../../../src/hub.ts";
import type { Database } from "../../../src/store/database.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { keptLog } from "../../services/kept-log.ts";
import { freshDatabase } from "../../services/postgres.ts";

/** A message that goes on from a node that waited, as the store has it. */
export type Resumed = {
  id: string;
  output: number;
  state: string;
  flow: string;
  flow_version: string;
  node: string;
  entity: string | null;
  canonical_id: string | null;
  correlation_id: string;
  causation_id: string | null;
  body: { payload: unknown; nave: { waited: Record<string, unknown> }; [property: string]: unknown };
};

/** Two workers on one store, without systems and flows; embedded, the two share its one session. */
export class TwoWorkers {
  readonly db: Database;
  readonly workers: readonly [Hub, Hub];
  readonly close: () => Promise<void>;

  constructor(dbs: readonly [Database, Database], close: () => Promise<void>) {
    this.db = dbs[0];
    const { log } = keptLog();
    const hubOf = (db: Database) =>
      ({ db, log, reached: () => {}, config: {}, channels: { publish: async () => {} } }) as unknown as Hub;
    this.workers = [hubOf(dbs[0]), hubOf(dbs[1])];
    this.close = close;
  }

  /** A message on its way through a flow, with a record and a story of its own. */
  async message(story: string = randomUUID()): Promise<string> {
    const id = randomUUID();
    await this.db.query(
      `insert into nave.message (id, kind, entity, canonical_id, body, state, correlation_id)
       values ($1, 'changed', 'order', $1, '{}', 'accepted', $2)`,
      [id, story],
    );
    return id;
  }

  resumed(): Promise<Resumed[]> {
    return this.db.query<Resumed>(
      "select * from nave.message where kind = 'resumed' order by created_at, id",
    );
  }

  async fallDue(): Promise<void> {
    await this.db.query(
      "update nave.wait set due_at = now() - interval '1 second' where state = 'open' and due_at is not null",
    );
  }

  /** Each looks for what is due, at the same moment. */
  async bothEndDue(schedules: string[] = []): Promise<void> {
    await Promise.all(this.workers.map((worker) => endDueWaits(worker, schedules)));
  }

  async forget(): Promise<void> {
    await this.db.query(
      "truncate nave.message, nave.hop, nave.dead_letter, nave.wait, nave.audit, nave.account cascade",
    );
  }
}

export async function openTwoWorkers(engine: "embedded" | "postgres"): Promise<TwoWorkers> {
  if (engine === "embedded") {
    const db = await openDatabase({ dataDir: "memory://" });
    await migrate(db);
    return new TwoWorkers([db, db], () => db.close());
  }
  const fresh = await freshDatabase();
  const open = () => openDatabase({ url: fresh.url, dataDir: "unused" });
  const dbs = [await open(), await open()] as const;
  await migrate(dbs[0]);
  return new TwoWorkers(dbs, async () => {
    for (const db of dbs) await db.close();
    await fresh.drop();
  });
}
