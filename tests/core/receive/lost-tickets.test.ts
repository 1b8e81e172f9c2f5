import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EmbeddedChannels } from "../../../src/channels/embedded.ts";
import { Sweeper } from "../../../src/receive/sweeper.ts";
import type { Database } from "../../../src/store/database.ts";
import { insertMessages } from "../../../src/store/messages.ts";
import { freshStore } from "../../services/fresh-store.ts";
import { keptLog } from "../../services/kept-log.ts";
import { until } from "../../services/until.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshStore());
});
afterAll(() => close?.());

/** A message that was published a minute ago and has not been worked off. */
async function oldMessage(entity: string): Promise<string> {
  const id = randomUUID();
  const nothing = { system: null, localId: null, observationNumber: null, native: null, fingerprint: null };
  const plain = { lockToken: null, modifiedAt: null, deleted: false, causationId: null, error: null };
  const message = { id, kind: "rerun", entity, canonicalId: id, body: {}, state: "accepted" } as const;
  await insertMessages(db, [{ ...nothing, ...plain, ...message, correlationId: id }], true);
  await db.query("update nave.message set published_at = now() - interval '1 minute' where id = $1", [id]);
  return id;
}

test("a ticket that is lost is published again; one that waits its turn in a long queue is not", async () => {
  const { log } = keptLog();
  const channels = new EmbeddedChannels(log);
  await oldMessage("customer");
  const waiting = await oldMessage("order");
  await channels.publish("inbound.order", [
    { id: `rerun/${randomUUID()}`, key: "before" },
    { id: `rerun/${waiting}`, key: waiting },
  ]);
  const retention = { settledMessagesDays: 1, hopsDays: 1 };
  const hub = {
    db,
    channels,
    log,
    systems: new Map(),
    config: { hub: { retention, republishAfterMs: 30_000 } },
  };
  const sweeper = new Sweeper(hub as unknown as ConstructorParameters<typeof Sweeper>[0]);
  sweeper.start();
  await until("the lost one is back", async () => (await channels.depth("inbound.customer")) === 1);
  await sleep(1500);
  await sweeper.stop();
  expect(await channels.depth("inbound.customer")).toBe(1);
  expect(await channels.depth("inbound.order")).toBe(2);
});
